"""Geocoding as an asset: clean.customers -> geo.customer_places. The work is in ingest/geocoding."""

import dagster as dg

from ingest.geocoding.places import place_customers
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session


@dg.asset(key=["geo", "customer_places"], deps=[["clean", "customers"]], group_name="geo", description=TABLES["geo.customer_places"].grain)
def customer_places(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """Where each customer record is, found offline."""
    with session.step("places") as step:
        customers = session.warehouse.read("clean.customers")
        places = place_customers(customers)
        session.warehouse.replace("geo.customer_places", places)
        step.rows_in, step.rows_out = customers.num_rows, places.num_rows
        unplaced = sum(1 for precision in places.column("place_precision").to_pylist() if precision == "none")
        step.note = f"without a place: {unplaced}" if unplaced else ""
    return dg.MaterializeResult(metadata=table_metadata(session.warehouse, "geo.customer_places", step) | {"without_place": unplaced})
