"""Entity resolution as assets: clean + geo -> resolved.*. The work is in ingest/resolution."""

from collections.abc import Iterator

import dagster as dg

from ingest.resolution.agreement import refresh_field_agreement
from ingest.resolution.judgements import read_judgements
from ingest.resolution.resolve import TABLE_NAMES, refresh_resolution
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

RESOLVED_TABLES = list(TABLE_NAMES)
JUDGEMENTS_FILE = dg.AssetSpec(["home", "judgements"], group_name="home", description="What data stewards decided: judgements.csv.")


@dg.multi_asset(
    name="resolution",
    specs=[
        dg.AssetSpec(
            name.split("."),
            deps=[
                JUDGEMENTS_FILE,
                ["raw", "customers"],
                ["clean", "customers"],
                ["geo", "customer_places"],
                ["rules", "company"],
                ["rules", "survivorship"],
                *(["record", name] for name in ("customer_memberships", "customer_redirects", "judgements")),
            ],
            group_name="resolved",
            description=TABLES[name].grain,
        )
        for name in RESOLVED_TABLES
    ],
)
def resolution(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """Which records are one real-world customer; ids are minted once and kept from night to night."""
    with session.step("resolution") as step:
        warehouse = session.warehouse
        seen = session.read_until("raw.customers", ["source", "record_id", "as_of_date"])
        first_seen = seen.group_by(["source", "record_id"]).aggregate([("as_of_date", "min")])
        result = refresh_resolution(
            warehouse,
            sources=session.sources,
            judgements=read_judgements(session.home.judgements_path),
            first_seen=first_seen.rename_columns(["source", "record_id", "first_as_of_date"]),
            as_of_date=session.as_of_date(),
            calendar_start=session.settings.company.calendar_start,
            parameters=session.parameters,
        )
        session.steps.messages += result.notes
        counts = result.counts()
        step.rows_in, step.rows_out = counts["records"], counts["customers"]
        step.note = f"{counts['records'] - counts['customers']} records joined others, {counts['match_questions']} questions for people"
    with warehouse.opened():
        found = {name: table_metadata(warehouse, name, step) for name in RESOLVED_TABLES}
    found["resolved.customers"] |= counts
    for name in RESOLVED_TABLES:
        yield dg.MaterializeResult(asset_key=name.split("."), metadata=found[name])


@dg.asset(
    key=["resolved", "field_agreement"],
    deps=[["clean", "customers"], ["geo", "customer_places"], ["resolved", "customer_records"], ["rules", "company"]],
    group_name="resolved",
    description=TABLES["resolved.field_agreement"].grain,
)
def field_agreement(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """How often sources that know one customer say the same of it (数据体检)."""
    with session.step("agreement") as step:
        step.rows_in, step.rows_out = refresh_field_agreement(session.warehouse, as_of_date=session.as_of_date())
    return dg.MaterializeResult(metadata=table_metadata(session.warehouse, "resolved.field_agreement", step))
