"""Rule sheets as assets: rules/*.csv and company.toml -> rules.*. The work is in ingest/rules."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pyarrow as pa

from ingest.cleaning.exported_ids import exported_ids
from ingest.errors import HomeInvalid
from ingest.rules.read import add_versions, read_rules
from ingest.rules.sheets import SHEETS
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

SHEET_FILES = dg.AssetSpec(["home", "rules"], group_name="home", description="Rule sheets that sales operations keeps: rules/*.csv.")
NAMED_IN = ("raw.territories", "raw.reps", "raw.rep_territories")  # exports whose ids the sheets may refer to
RULE_TABLES = ["rules.company", "rules.sheet_versions", *(f"rules.{sheet}" for sheet in SHEETS)]


@dg.multi_asset(
    name="rules",
    specs=[
        dg.AssetSpec(
            name.split("."),
            deps=[SHEET_FILES, ["raw", "batches"], *(table.split(".") for table in NAMED_IN)],
            group_name="rules",
            description=TABLES[name].grain,
        )
        for name in RULE_TABLES
    ],
)
def rules(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """Validate the rule sheets and keep their versions; settle the day this run describes."""
    with session.step("rules") as step:
        as_of_date = _as_of_date(session)
        known = exported_ids(*(session.warehouse.read(name) for name in NAMED_IN), session.sources)
        found = read_rules(session.home, known, home_currency=session.settings.company.currency)
        versions = add_versions(session.warehouse.read("rules.sheet_versions"), found, as_of_date)
        session.warehouse.replace_all(
            {**found.tables, "rules.sheet_versions": versions, "rules.company": _company(session, as_of_date, found.version)}
        )
        step.rows_in = step.rows_out = sum(table.num_rows for table in found.tables.values())
        step.note = f"{len(found.sheets)} sheets, version {found.version[:8]}"
    with session.warehouse.opened():
        found_metadata = {name: table_metadata(session.warehouse, name, step) for name in RULE_TABLES}
    for name in RULE_TABLES:
        yield dg.MaterializeResult(asset_key=name.split("."), metadata=found_metadata[name])


def _as_of_date(session: Session) -> date:
    batches = session.warehouse.read("raw.batches").to_pylist()
    days = [row["as_of_date"] for row in batches if row["state"] == "loaded" or row["rows_loaded"]]
    if session.asked_date is not None:
        days = [day for day in days if day <= session.asked_date]
    if not days:
        until = f" up to {session.asked_date}" if session.asked_date else ""
        raise HomeInvalid(
            f"HomeInvalid: no export could be loaded{until}, so there is nothing to describe.\n"
            "  Expected: files in landing/<source>/<YYYY-MM-DD>/ with a mapping in sources/<source>.yml.\n"
            "  `bailiwick doctor` says what is wrong with each file; nothing was published."
        )
    return session.asked_date or max(days)


def _company(session: Session, as_of_date: date, rules_version: str) -> pa.Table:
    company = session.settings.company
    row = {
        "company_name": company.name,
        "as_of_date": as_of_date,
        "calendar_start_date": company.calendar_start,
        "currency_code": company.currency,
        "opportunity_credit": session.settings.credit.opportunities,
        "rules_version": rules_version,
    }
    return pa.Table.from_pylist([row], schema=TABLES["rules.company"].arrow_schema)
