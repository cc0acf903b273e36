"""Cleaning as assets: raw.* -> clean.*. The work is in ingest/cleaning."""

from datetime import date

import dagster as dg

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

_RULES = [["rules", "reps"], ["rules", "company"]]


def _identities(session: Session) -> RepIdentities:
    return RepIdentities.from_rules(session.warehouse.read("rules.reps"), session.sources)


def _latest_days(session: Session, entity: str) -> dict[str, date]:
    """Of each source: the newest loaded day of the entity up to the as-of date."""
    until = session.as_of_date()
    days: dict[str, date] = {}
    for row in session.warehouse.read("raw.batches").to_pylist():
        counts = row["entity"] == entity and row["as_of_date"] <= until and (row["state"] == "loaded" or row["rows_loaded"])
        if counts:
            days[row["source"]] = max(days.get(row["source"], row["as_of_date"]), row["as_of_date"])
    return days


def _clean_asset(entity: str) -> dg.AssetsDefinition:
    name = f"clean.{entity}"

    @dg.asset(
        key=["clean", entity],
        deps=[["raw", entity], ["raw", "batches"], *_RULES],
        group_name="clean",
        description=ENTITIES[entity].sentence,
    )
    def clean(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
        with session.step(f"clean {entity}") as step:
            raw = session.read_until(f"raw.{entity}")
            cleaned = clean_entity(
                entity,
                raw,
                sources=session.sources,
                identities=_identities(session),
                latest_days=_latest_days(session, entity),
                default_currency=session.settings.company.currency,
            )
            session.warehouse.replace(name, cleaned)
            step.rows_in, step.rows_out = raw.num_rows, cleaned.num_rows
            with_problems = sum(1 for problems in cleaned.column("problems").to_pylist() if problems)
            step.note = f"with a problem code: {with_problems}" if with_problems else ""
        return dg.MaterializeResult(metadata=table_metadata(session.warehouse, name, step) | {"rows_with_problems": with_problems})

    return clean


cleaned_entities = [_clean_asset(entity) for entity in ENTITIES]


@dg.asset(
    key=["clean", "owner_observations"],
    deps=[["raw", "customers"], *_RULES],
    group_name="clean",
    description=TABLES["clean.owner_observations"].grain,
)
def owner_observations(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """Who owned each record in its CRM, from the day an export first showed it (归属)."""
    with session.step("owner observations") as step:
        raw = session.read_until("raw.customers")
        observed = observe_owners(raw, sources=session.sources, identities=_identities(session))
        session.warehouse.replace("clean.owner_observations", observed)
        step.rows_in, step.rows_out = raw.num_rows, observed.num_rows
    return dg.MaterializeResult(metadata=table_metadata(session.warehouse, "clean.owner_observations", step))
