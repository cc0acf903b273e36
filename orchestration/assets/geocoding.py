"""Geocoding as an asset: clean.customers -> geo.customer_places. The work is in ingest/geocoding."""

import dagster as dg

from ingest.geocoding.refresh import count_places, refresh_places
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session


@dg.asset(key=["geo", "customer_places"], deps=[["clean", "customers"]], group_name="geo", description=TABLES["geo.customer_places"].grain)
def customer_places(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """Where each customer record is, found offline."""
    with session.step("places") as step:
        changed = refresh_places(session.warehouse, session.sources)
        counts = count_places(session.warehouse)
        step.rows_in, step.rows_out = counts.customers, counts.places
        notes = [", ".join(f"{country} {rows:,}" for country, rows in counts.countries)] if counts.countries else []
        notes += [f"without a place: {counts.unplaced}"] if counts.unplaced else []
        notes += [f"new or changed: {changed.worked_on}"] if changed.worked_on < counts.places else []
        step.note = ", ".join(notes)
    metadata = table_metadata(session.warehouse, "geo.customer_places", step)
    return dg.MaterializeResult(metadata=metadata | {"without_place": counts.unplaced})
