"""What the data-health report says, as figures: read from the Parquet files that are about to be published.

Here: the queries, and the shares as text. Not here: which figures call for action (health_findings.py), the page (health_report.py), the
tables themselves (ingest/cleaning/health.py, ingest/resolution/agreement.py, dbt_project/models/marts/territory).

The figures come from the published tables and from nowhere else, so that whoever doubts the page finds each of them there.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingest.entities import ENTITIES

# Columns that are read. A copy may lack a table (one that was made before there were rules, or exports): it has no rows then.
_READ = {
    "audit_field_health": "source varchar, entity varchar, as_of_date date, field varchar, is_mapped boolean, row_count bigint, "
    "filled_count bigint, unreadable_count bigint",
    "audit_field_agreement": "source varchar, entity varchar, field varchar, as_of_date date, compared_count bigint, agreeing_count bigint",
    "fct_territory_blockers": "customer_id varchar, field varchar, is_unassigned boolean",
    "fct_territory_blocked_rules": "rule_id varchar, territory_id varchar, field varchar, customer_count bigint",
    "fct_rep_issues": "issue varchar, rep_id varchar, source varchar, subject varchar, territory_id varchar, other_territory_id varchar, "
    "record_count bigint",
    "bridge_customer_records": "source varchar, customer_id varchar, valid_to date",
}
RULE_FIELDS = {"country": "country", "region": "region", "city": "city", "industry": "industry", "size": "size_band"}
"""What a territory rule can ask for -> the canonical field of customers that it comes from."""


@dataclass(frozen=True, kw_only=True)
class FieldFigures:
    """One field of one source's newest export. Counts are rows; those of the export before are None where there is none."""

    source: str
    entity: str
    field: str
    day: date
    is_mapped: bool
    rows: int
    filled: int
    unreadable: int
    day_before: date | None
    rows_before: int | None
    filled_before: int | None
    compared: int
    agreeing: int


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """One field that keeps customers out of the reach of rules. `rules`: (rule_id, territory_id, customers), the one that misses most
    first. `sources`: (name, customers of them that it knows), the one that knows most first."""

    field: str
    customers: int
    unassigned: int
    rules: tuple[tuple[str, str, int], ...]
    sources: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Strangers:
    """People whom one source names in rows of one kind and nobody knows: (rep_id, records that name them), the most named first."""

    source: str
    subject: str
    people: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class HealthFigures:
    """All the report needs: fields in the order of sources, entities and fields; blocked fields, the worst first; strangers, those of
    most records first; `doubly`: (rep_id, territory, other territory) of people who own two exclusive territories."""

    as_of_date: str
    fields: tuple[FieldFigures, ...]
    blocked: tuple[Blocked, ...]
    strangers: tuple[Strangers, ...] = ()
    doubly: tuple[tuple[str, str, str], ...] = ()

    def customers_field(self, field: str) -> list[FieldFigures]:
        """The field of every source that exports customers, the emptiest first."""
        found = [figures for figures in self.fields if figures.entity == "customers" and figures.field == field and figures.rows]
        return sorted(found, key=lambda figures: (figures.filled / figures.rows, figures.source))


def read_figures(parquet: Path, *, as_of_date: str) -> HealthFigures:
    """The figures as of a day (ISO 8601), out of a folder of published Parquet files."""
    connection = duckdb.connect()
    try:
        for name, columns in _READ.items():
            file = parquet / f"{name}.parquet"
            if file.is_file():
                connection.read_parquet(str(file)).create_view(name)
            else:
                connection.execute(f"create table {name} ({columns})")
        day = date.fromisoformat(as_of_date)
        return HealthFigures(
            as_of_date=as_of_date,
            fields=_fields(connection, day),
            blocked=_blocked(connection),
            strangers=_strangers(connection),
            doubly=_doubly(connection),
        )
    finally:
        connection.close()


def _fields(connection: duckdb.DuckDBPyConnection, day: date) -> tuple[FieldFigures, ...]:
    rows = connection.execute(
        """
        with counted as (
            select *, dense_rank() over (partition by source, entity order by as_of_date desc) as night
            from audit_field_health where as_of_date <= $day
        )
        select
            now.source, now.entity, now.field, now.as_of_date, now.is_mapped, now.row_count, now.filled_count, now.unreadable_count,
            before.as_of_date, before.row_count, before.filled_count,
            coalesce(agreement.compared_count, 0), coalesce(agreement.agreeing_count, 0)
        from counted as now
        left join counted as before
            on now.source = before.source and now.entity = before.entity and now.field = before.field and before.night = 2
        left join audit_field_agreement as agreement
            on now.source = agreement.source and now.entity = agreement.entity and now.field = agreement.field
            and agreement.as_of_date = $day
        where now.night = 1
        """,
        {"day": day},
    ).fetchall()
    names = (
        "source", "entity", "field", "day", "is_mapped", "rows", "filled", "unreadable", "day_before", "rows_before", "filled_before",
        "compared", "agreeing",
    )  # fmt: skip
    found = [FieldFigures(**dict(zip(names, row, strict=True))) for row in rows]
    return tuple(sorted(found, key=lambda figures: (figures.source, *_place(figures.entity, figures.field))))


def _place(entity: str, field: str) -> tuple[int, str, int, str]:
    """Entities and fields in the order in which ingest/entities.py lists them, strangers last."""
    entities = list(ENTITIES)
    fields = list(ENTITIES[entity].fields) if entity in ENTITIES else []
    return (
        entities.index(entity) if entity in entities else len(entities),
        entity,
        fields.index(field) if field in fields else len(fields),
        field,
    )


def _blocked(connection: duckdb.DuckDBPyConnection) -> tuple[Blocked, ...]:
    counts = connection.execute(
        "select field, count(*), count(*) filter (where is_unassigned) from fct_territory_blockers group by field"
    ).fetchall()
    rules = connection.execute(
        "select field, rule_id, territory_id, customer_count from fct_territory_blocked_rules order by customer_count desc, rule_id, field"
    ).fetchall()
    sources = connection.execute(
        """
        select blockers.field, records.source, count(distinct blockers.customer_id) as customers
        from fct_territory_blockers as blockers
        join bridge_customer_records as records on blockers.customer_id = records.customer_id and records.valid_to is null
        group by blockers.field, records.source order by customers desc, records.source, blockers.field
        """
    ).fetchall()
    found = [
        Blocked(
            field=field,
            customers=customers,
            unassigned=unassigned,
            rules=tuple(row[1:] for row in rules if row[0] == field),
            sources=tuple(row[1:] for row in sources if row[0] == field),
        )
        for field, customers, unassigned in counts
    ]
    return tuple(sorted(found, key=lambda blocked: (-blocked.unassigned, -blocked.customers, blocked.field)))


def _strangers(connection: duckdb.DuckDBPyConnection) -> tuple[Strangers, ...]:
    rows = connection.execute(
        "select source, subject, rep_id, record_count from fct_rep_issues where issue = 'unknown_person' order by record_count desc, rep_id"
    ).fetchall()
    kinds = sorted({row[:2] for row in rows})
    found = [Strangers(source=source, subject=subject, people=_of_kind(rows, source, subject)) for source, subject in kinds]
    return tuple(sorted(found, key=lambda item: (-sum(records for _, records in item.people), item.source, item.subject)))


def _of_kind(rows: list[tuple], source: str, subject: str) -> tuple[tuple[str, int], ...]:
    return tuple((row[2], row[3]) for row in rows if row[:2] == (source, subject))


def _doubly(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str, str], ...]:
    rows = connection.execute(
        "select distinct rep_id, territory_id, other_territory_id from fct_rep_issues "
        "where issue = 'two_exclusive_territories' order by all"
    ).fetchall()
    return tuple(rows)


def percent(part: int, whole: int) -> str:
    """A share for people, e.g. `41 %`, `0.4 %`; never 0 % of what is there nor 100 % of what is not whole. `-` of nothing."""
    if not whole:
        return "-"
    tenths = (2000 * part + whole) // (2 * whole)
    if part and not tenths:
        return "<0.1 %"
    if part < whole and tenths >= 1000:
        return ">99.9 %"
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def points(figures: FieldFigures) -> float | None:
    """By how many percentage points the filled share rose (or, below 0, fell) since the export before."""
    if not figures.rows or not figures.rows_before or figures.filled_before is None:
        return None
    return 100 * (figures.filled * figures.rows_before - figures.filled_before * figures.rows) / (figures.rows * figures.rows_before)
