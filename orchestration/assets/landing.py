"""Landing as assets: files in the home -> raw.*. The work is in ingest/landing."""

from collections.abc import Iterator

import dagster as dg

from ingest.entities import ENTITIES
from ingest.errors import ExportsRefused
from ingest.landing.land import Landing, land
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

EXPORTS = dg.AssetSpec(
    ["home", "landing"], group_name="home", description="Exports of the CRMs: landing/<source>/<YYYY-MM-DD>/, by the day they describe."
)
RAW_TABLES = ["raw.files", "raw.batches", "raw.quarantine", "raw.drift", "raw.acceptances", *(f"raw.{entity}" for entity in ENTITIES)]


def stop_if_all_was_refused(session: Session, result: Landing) -> None:
    """Raises ExportsRefused when exports were refused, none was loaded, and nothing else changed that could be published."""
    nothing_else = session.rest_is_unchanged() if result.newest_day else True
    if result.refused and not result.loaded and nothing_else:
        raise ExportsRefused(result.refusals)


@dg.multi_asset(
    name="landing",
    specs=[dg.AssetSpec(name.split("."), deps=[EXPORTS], group_name="raw", description=TABLES[name].grain) for name in RAW_TABLES],
)
def landing(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """Read what is new in landing/ into raw.*; a file seen before is a no-op, a bad one is refused and blocks nothing."""
    with session.step("landing") as step:
        result = land(
            session.home,
            session.warehouse,
            session.sources,
            seen_at=session.started_at,
            max_file_bytes=session.settings.landing.max_file_mb << 20,
            progress=session.steps.progress("landing"),
        )
        step.rows_in, step.rows_out, step.quarantined = result.rows_read, result.rows_loaded, result.rows_quarantined
        left_out = f", {result.rows_left_out} rows left out by mappings" if result.rows_left_out else ""
        held = f", {len(result.held)} day(s) held" if result.held else ""
        step.note = f"{result.file_count} files, {result.new_file_count} new{held}{left_out}"
    stop_if_all_was_refused(session, result)
    session.steps.messages += [*result.refusals, *result.messages]
    with session.warehouse.opened():
        found = {name: table_metadata(session.warehouse, name, step) for name in RAW_TABLES}
    for name in RAW_TABLES:
        yield dg.MaterializeResult(asset_key=name.split("."), metadata=found[name])
