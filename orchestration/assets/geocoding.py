"""Geocoding as an asset: clean.customers -> geo.customer_places. The work is in ingest/geocoding."""

import dagster as dg

from ingest.geocoding.refresh import refresh_places
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session


@dg.asset(key=["geo", "customer_places"], deps=[["clean", "customers"]], group_name="geo", description=TABLES["geo.customer_places"].grain)
def customer_places(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """Where each customer record is, found offline."""
    with session.step("places") as step:
        changed = refresh_places(session.warehouse, session.sources)
        step.rows_in = session.warehouse.query("select count(*) as n from clean.customers").column("n")[0].as_py()
        counted = "select count(*) as n, count(*) filter (where place_precision = 'none') as unplaced from geo.customer_places"
        counts = session.warehouse.query(counted)
        step.rows_out, unplaced = counts.column("n")[0].as_py(), counts.column("unplaced")[0].as_py()
        notes = [f"without a place: {unplaced}"] if unplaced else []
        notes += [f"new or changed: {changed.worked_on}"] if changed.worked_on < step.rows_out else []
        step.note = ", ".join(notes)
    return dg.MaterializeResult(metadata=table_metadata(session.warehouse, "geo.customer_places", step) | {"without_place": unplaced})
