"""The record of ownership as assets: record/ of the home -> record.*. The work is in ingest/record."""

from collections.abc import Iterator

import dagster as dg

from ingest.record.nights import load_record
from ingest.record.store import RecordStore
from ingest.record_tables import RECORD_TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

RECORD_FILES = dg.AssetSpec(["home", "record"], group_name="home", description="What was recorded of ownership, one file a night: record/.")


@dg.multi_asset(
    name="record",
    specs=[
        dg.AssetSpec(table.name.split("."), deps=[RECORD_FILES], group_name="record", description=table.grain) for table in RECORD_TABLES
    ],
)
def record(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """What earlier nights recorded, brought in at the front; what this night adds is recorded when it is published."""
    with session.step("record") as step:
        nights = load_record(session.warehouse, RecordStore(session.home.record))
        step.rows_out = session.warehouse.query("select count(*) as n from record.ownership_events").column("n")[0].as_py()
        step.note = f"{nights} nights read" if nights else ""
    with session.warehouse.opened():
        for table in RECORD_TABLES:
            yield dg.MaterializeResult(asset_key=table.name.split("."), metadata=table_metadata(session.warehouse, table.name, step))
