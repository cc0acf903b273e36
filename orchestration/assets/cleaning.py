"""Cleaning as assets: raw.* -> clean.*. The work is in ingest/cleaning."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from ingest.cleaning.health import refresh_field_health
from ingest.cleaning.industries import company_industries
from ingest.cleaning.owner_refresh import refresh_owner_observations
from ingest.cleaning.refresh import refresh_entity
from ingest.cleaning.rep_ids import PEOPLE_COLUMNS, RepIdentities
from ingest.entities import ENTITIES
from ingest.landing.load import PART_REFUSED
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

# Who is who: the sheet, and the users that the sources export.
_PEOPLE = [["rules", "reps"], ["rules", "company"], ["raw", "reps"]]
_OWN_WORDS = [["rules", "industries"]]


def _identities(session: Session) -> RepIdentities:
    return RepIdentities.from_rules(session.warehouse.read("rules.reps"), session.sources, session.read_until("raw.reps", PEOPLE_COLUMNS))


def _loaded_days(session: Session, entity: str, *, only_in_part: bool = False) -> dict[str, set[date]]:
    """Of each source: the days up to the as-of date whose export of the entity stands in raw.*.

    A day that was refused after an earlier reading of it had been loaded still does; a held day does not. `only_in_part`: those of
    which a file could not be read, so that what they lack says nothing.
    """
    until = session.as_of_date()
    days: dict[str, set[date]] = {}
    for row in session.warehouse.read("raw.batches").to_pylist():
        stands = row["state"] == "loaded" or (row["state"] == "refused" and row["rows_loaded"])
        asked = not only_in_part or row["reason_code"] == PART_REFUSED
        if row["entity"] == entity and row["as_of_date"] <= until and stands and asked:
            days.setdefault(row["source"], set()).add(row["as_of_date"])
    return days


def _latest_whole_days(session: Session, entity: str) -> dict[str, date]:
    """Of each source: the newest day that says which records there are; the newest at all where none was whole."""
    part = _loaded_days(session, entity, only_in_part=True)
    return {source: max(days - part.get(source, set()) or days) for source, days in _loaded_days(session, entity).items()}


def _clean_asset(entity: str) -> dg.AssetsDefinition:
    name = f"clean.{entity}"

    @dg.asset(
        key=["clean", entity],
        deps=[["raw", entity], ["raw", "batches"], *(key for key in _PEOPLE if key != ["raw", entity]), *_OWN_WORDS],
        group_name="clean",
        description=ENTITIES[entity].sentence,
    )
    def clean(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
        with session.step(f"clean {entity}") as step:
            step.rows_in = session.count_until(f"raw.{entity}")
            changed = refresh_entity(
                session.warehouse,
                entity,
                sources=session.sources,
                identities=_identities(session),
                latest_days=_latest_whole_days(session, entity),
                default_currency=session.settings.company.currency,
                until=session.as_of_date(),
                own_industries=company_industries(session.warehouse.read("rules.industries"), session.as_of_date()),
            )
            counted = session.warehouse.query(f"select count(*) as n, count(*) filter (where problems <> '') as bad from {name}")
            step.rows_out, with_problems = counted.column("n")[0].as_py(), counted.column("bad")[0].as_py()
            notes = [f"with a problem code: {with_problems}"] if with_problems else []
            notes += [f"new or changed: {changed.worked_on}"] if changed.worked_on < step.rows_out else []
            step.note = ", ".join(notes)
        return dg.MaterializeResult(metadata=table_metadata(session.warehouse, name, step) | {"rows_with_problems": with_problems})

    return clean


cleaned_entities = [_clean_asset(entity) for entity in ENTITIES]


@dg.asset(
    key=["clean", "field_health"],
    deps=[["raw", "batches"], *(["raw", entity] for entity in ENTITIES), ["rules", "company"]],
    group_name="clean",
    description=TABLES["clean.field_health"].grain,
)
def field_health(session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
    """How much of each field is filled and can be read, night by night (数据体检)."""
    with session.step("data health") as step:
        nights, step.rows_in = refresh_field_health(
            session.warehouse, session.sources, until=session.as_of_date(), default_currency=session.settings.company.currency
        )
        step.rows_out = session.count_until("clean.field_health")
        step.note = f"{nights} exports counted" if nights else ""
    return dg.MaterializeResult(metadata=table_metadata(session.warehouse, "clean.field_health", step))


_OWNER_TABLES = ("clean.owner_observations", "clean.owner_readings")


@dg.multi_asset(
    name="owner_observations",
    specs=[
        dg.AssetSpec(
            name.split("."),
            deps=[["raw", "customers"], ["raw", "owner_changes"], ["raw", "batches"], *_PEOPLE],
            group_name="clean",
            description=TABLES[name].grain,
        )
        for name in _OWNER_TABLES
    ],
)
def owner_observations(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """Who owned each record in its CRM (归属), by the source's own history and by what its exports show."""
    with session.step("owner observations") as step:
        step.rows_in = sum(session.count_until(f"raw.{entity}") for entity in ("customers", "owner_changes"))
        done = refresh_owner_observations(
            session.warehouse,
            _loaded_days(session, "customers"),
            sources=session.sources,
            identities=_identities(session),
            until=session.as_of_date(),
            part_days=_loaded_days(session, "customers", only_in_part=True),
        )
        counted = session.warehouse.query("select count(*) as n, count(known_to) as revised from clean.owner_observations")
        step.rows_out = counted.column("n")[0].as_py()
        notes = [f"no longer known to be so: {counted.column('revised')[0].as_py()}"]
        notes += [f"records with news: {done.records}"] if not done.read_afresh else [f"read afresh: {', '.join(done.read_afresh)}"]
        step.note = ", ".join(notes)
    for name in _OWNER_TABLES:
        yield dg.MaterializeResult(asset_key=name.split("."), metadata=table_metadata(session.warehouse, name, step))
