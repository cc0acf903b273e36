"""raw.<entity> -> clean.<entity>: the newest version of every record, its values typed, its text kept beside them.

Here: which reader reads which field, the few checks that need more than one field, and the codes in `problems`.
Not here: how a kind of value is read (one module per kind), where a customer is (geocoding/), which records are one customer
(resolution/).

Nothing is dropped: an unreadable value is null, its text stands in <field>_raw and its code in `problems`. What can be read but
cannot be true (a deal opened after the day of the export) keeps its value and gets a code.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.cleaning.bands import unless_band
from ingest.cleaning.countries import read_countries
from ingest.cleaning.credit_codes import read_credit_codes
from ingest.cleaning.derived import derived_columns
from ingest.cleaning.domains import read_emails, read_websites
from ingest.cleaning.industries import Industry
from ingest.cleaning.names import clean_names
from ingest.cleaning.phones import read_phones
from ingest.cleaning.registry_ids import read_registry_ids, registry_kinds
from ingest.cleaning.rep_ids import RepIdentities, territory_ids
from ingest.entities import ENTITIES
from ingest.entity_tables import DAYS, day_column
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.values.booleans import read_booleans
from ingest.values.currencies import currencies_in_amounts, read_currency_codes
from ingest.values.dates import day_after, day_in_zone, read_dates, read_timestamps
from ingest.values.ids import read_ids
from ingest.values.numbers import read_amounts, read_degrees, read_doubles, read_integers, read_ratios, scaled
from ingest.values.reading import Reading, no_problems, problem_where, read_text
from ingest.values.value_lists import read_listed
from ingest.warehouse import conform

_WORKERS = 2  # columns read at a time; polars reads one on one core
_EVIDENCE = ("source", "record_id", "as_of_date", "file_sha256", "row_number")
_USER_FIELDS = {
    "owner_user_id": "owner_rep_id", "user_id": "rep_id", "manager_user_id": "manager_rep_id", "from_user_id": "from_rep_id",
    "to_user_id": "to_rep_id", "changed_by_user_id": "changed_by_rep_id", "assigned_by_user_id": "assigned_by_rep_id",
    "actor_user_id": "actor_rep_id",
}  # fmt: skip
_TERRITORY_FIELDS = ("territory_id", "parent_territory_id")
# What happened after the day an export describes cannot stand in it; a task or a deal that is still open can.
_PAST_DATES = {"orders": ("ordered_date",), "payments": ("paid_date",)}
_PAST_MOMENTS = {
    "customers": ("owner_changed_at",), "leads": ("owner_changed_at", "converted_at"), "activities": ("activity_at",),
    "owner_changes": ("changed_at",), "pool_events": ("happened_at",),
}  # fmt: skip
# What an event is no event without.
_NEEDED_MOMENT = {"owner_changes": "changed_at", "pool_events": "happened_at"}
INTO_POOL = ("returned", "retaken")  # what an owner change's action says when nobody owns the record afterwards
READ_BESIDE = {"phone": "country", "mobile": "country"}
"""Fields that another one of the same record helps to read, where the entity has it."""
_OWN_ID = {"reps": "rep_id", "territories": "territory_id"}
# Words the program itself knows, whatever the source: what a value list must lead to.
_CLOSED_LISTS = {
    ("opportunities", "outcome"): ("won", "lost", "open"),
    ("rep_territories", "role"): ("owner", "manager", "overlay", "support"),
    ("customer_territories", "cause"): ("rule", "manual"),
    ("customer_members", "permission"): ("read", "write"),
    ("owner_changes", "subject"): ("customers", "leads", "opportunities"),
    ("pool_events", "subject"): ("customers", "leads"),
    ("pool_events", "event"): ("entered", "claimed", "assigned", "returned", "retaken"),
}
# What an empty cell means where it does mean something; an unreadable cell stays null.
_EMPTY_MEANS: dict[tuple[str, str], bool | str] = {
    ("reps", "is_active"): True,
    ("territories", "is_active"): True,
    ("rep_territories", "role"): "owner",
    **{(entity.name, "is_deleted"): False for entity in ENTITIES.values() if "is_deleted" in entity.fields},
}


@dataclass(frozen=True, kw_only=True)
class _Settings:
    """What decides how one source's text of one entity is read."""

    entity: str
    source: Source
    identities: RepIdentities
    default_currency: str
    own_industries: Mapping[str, Industry]


def clean_entity(
    entity: str,
    newest: pa.Table,
    *,
    sources: Mapping[str, Source],
    identities: RepIdentities,
    latest_days: Mapping[str, date],
    default_currency: str,
    own_industries: Mapping[str, Industry] | None = None,
) -> pa.Table:
    """clean.<entity> out of the newest version of every record of raw.<entity>, or out of a slice of them: no row looks at another.

    `latest_days`: newest loaded day of this entity per source. `default_currency`: ISO 4217, for sources that name none.
    `own_industries`: the company's own list of industries (industries.py). A source without a mapping (removed from sources/ since) is
    read with a mapping's default settings. Where every feed of the entity only adds to what was exported before (`snapshot: changes`),
    each record that is not deleted is in the latest export. Raises KeyError for an entity that does not exist.
    """
    rows = pl.DataFrame(pl.from_arrow(newest))
    cleaned = []
    for name in rows["source"].unique().sort():
        source = sources.get(name) or Source(name=name, crm=name, entities={})
        settings = _Settings(
            entity=entity, source=source, identities=identities, default_currency=default_currency, own_industries=own_industries or {}
        )
        part = rows.filter(pl.col("source") == name)
        found = _clean_source(part, settings)
        cleaned.append(found.with_columns(is_in_latest_export=is_in_latest(found, entity, source, latest_days.get(name))))
    table = TABLES[f"clean.{entity}"]
    return conform(table, pl.concat(cleaned).to_arrow() if cleaned else table.arrow_schema.empty_table())


def read_field(
    entity: str, field: str, texts: pl.Series, *, source: Source, default_currency: str = "XXX", beside: pl.Series | None = None
) -> Reading:
    """One field of one source: its value list first, then its type. `beside`: the field of READ_BESIDE as exported.

    Also used by owner_observations.py and health.py.
    """
    if field in READ_BESIDE:
        return _read_phones(texts, _countries(entity, beside, source, len(texts)))
    values = source.entity_values(entity).get(field)
    listed = read_listed(texts, values) if values else read_text(texts)
    if (entity, field) in _CLOSED_LISTS:
        words = _CLOSED_LISTS[entity, field]
        typed = read_listed(listed.values, {word: word for word in words})
    else:
        typed = _reader(entity, field, source, default_currency)(listed.values)
    if field in (scales := source.scales(entity)):
        typed = scaled(typed, scales[field])
    values = typed.values
    if (entity, field) in _EMPTY_MEANS:
        is_empty = read_text(texts).values.is_null() & values.is_null()
        values = pl.select(pl.when(is_empty).then(pl.lit(_EMPTY_MEANS[entity, field])).otherwise(values)).to_series()
    return Reading(values=values, problems=pl.select(pl.coalesce(listed.problems, typed.problems)).to_series())


def is_in_latest(found: pl.DataFrame, entity: str, source: Source | None, latest_day: date | None) -> pl.Series:
    """Whether each record of one source stands in its newest export. Columns: as_of_date, and is_deleted where the entity has it."""
    feeds = source.entities.get(entity, []) if source else []
    if latest_day is None:
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(found))
    if feeds and all(feed.snapshot == "changes" for feed in feeds):
        deleted = found["is_deleted"] if "is_deleted" in found.columns else pl.Series([False]).new_from_index(0, len(found))
        return ~deleted.fill_null(False)
    return found["as_of_date"] >= latest_day  # a later day of which only a part could be read adds to it


def _read_phones(texts: pl.Series, countries: pl.Series) -> Reading:
    read = read_phones(texts, countries)
    return Reading(values=read["phone"], problems=read["problem"], extensions=read["extension"])


def _countries(entity: str, written: pl.Series | None, source: Source, length: int) -> pl.Series:
    """ISO 3166-1 alpha-2 of each record: its country as written, else its source's."""
    default = pl.Series([source.default_country], dtype=pl.String).new_from_index(0, length)
    if written is None:
        return default
    listed = (
        read_listed(written, source.entity_values(entity)["country"]) if "country" in source.entity_values(entity) else read_text(written)
    )
    return pl.select(pl.coalesce(read_countries(listed.values)["country_code"], default)).to_series()


def _read_country(texts: pl.Series) -> Reading:
    """The name as written, and whether a country bears it."""
    problem = read_countries(read_text(texts).values)["country_problem"].str.strip_prefix("country:")
    return Reading(values=read_text(texts).values, problems=problem.alias("problem"))


def _is_reference(field: str) -> bool:
    return field.endswith("_record_id") or field == "pool_id"


def _reader(entity: str, field: str, source: Source, default_currency: str) -> Callable[[pl.Series], Reading]:
    type_ = ENTITIES[entity].fields[field][0]
    by_field: dict[str, Callable[[pl.Series], Reading]] = {
        "name": lambda texts: Reading(values=clean_names(texts), problems=no_problems(len(texts))),
        "company_name": lambda texts: Reading(values=clean_names(texts), problems=no_problems(len(texts))),
        "share_ratio": lambda texts: read_ratios(texts, decimal_mark=source.decimal_mark),
        "annual_revenue_amount": lambda texts: unless_band(
            read_amounts(texts, decimal_mark=source.decimal_mark), texts, decimal_mark=source.decimal_mark
        ),
        "employee_count": lambda texts: unless_band(
            read_integers(texts, decimal_mark=source.decimal_mark), texts, decimal_mark=source.decimal_mark
        ),
        "country": _read_country,
        "credit_code": read_credit_codes,
        "email": read_emails,
        "website": read_websites,
        "registry_id": read_registry_ids,
        "currency_code": lambda texts: read_currency_codes(texts, default=source.default_currency or default_currency),
        "latitude": lambda texts: read_degrees(texts, limit=90, decimal_mark=source.decimal_mark),
        "longitude": lambda texts: read_degrees(texts, limit=180, decimal_mark=source.decimal_mark),
    }
    if _is_reference(field):
        return lambda texts: Reading(values=read_ids(texts, source.ids), problems=no_problems(len(texts)))
    by_type: dict[str, Callable[[pl.Series], Reading]] = {
        "text": read_text,
        "integer": lambda texts: read_integers(texts, decimal_mark=source.decimal_mark),
        "decimal": lambda texts: read_amounts(texts, decimal_mark=source.decimal_mark),
        "double": lambda texts: read_doubles(texts, decimal_mark=source.decimal_mark),
        "date": lambda texts: read_dates(texts, date_order=source.date_order, time_zone=source.time_zone),
        "timestamp": lambda texts: read_timestamps(texts, date_order=source.date_order, time_zone=source.time_zone),
        "boolean": read_booleans,
    }
    return by_field.get(field) or by_type[type_]


def _clean_source(rows: pl.DataFrame, settings: _Settings) -> pl.DataFrame:
    entity, source = settings.entity, settings.source
    columns = [rows[name] for name in _EVIDENCE]
    columns.append(rows["read_from"] if "read_from" in rows.columns else pl.Series("read_from", [""]).new_from_index(0, len(rows)))
    problems: dict[str, list[pl.Series]] = {}
    values: dict[str, pl.Series] = {}
    if entity in _OWN_ID:
        columns.append(_own_ids(rows["record_id"], settings).alias(_OWN_ID[entity]))
    fields = list(ENTITIES[entity].fields)
    with ThreadPoolExecutor(_WORKERS) as pool:
        readings = pool.map(lambda field: _read_column(settings, field, rows), fields)
    for field, read in zip(fields, readings, strict=True):
        value = read.values
        if field == "credit_code" and "registry_id" in fields:
            value = _codes_in_the_wrong_column(value, rows["registry_id"])
        if field in source.inclusive_ends(entity):
            value = day_after(value)
        if field in _USER_FIELDS:
            value = settings.identities.rep_id(source.name, value)
        elif field in _TERRITORY_FIELDS:
            value = territory_ids(source, value)
        values[field] = value
        if read.extensions is not None:
            values[f"{field}_extension"] = read.extensions
        problems[field] = [read.problems]
        if field in _USER_FIELDS:
            doubtful = settings.identities.ambiguous_names(source.name, read.values)
            problems[field].append(problem_where(doubtful, "ambiguous_user_name"))
        columns += [value.alias(_USER_FIELDS.get(field, field)), rows[field].alias(f"{field}_raw")]
        if field in DAYS.get(entity, ()):
            columns.append(day_in_zone(value, source.time_zone).alias(day_column(field)))
    if entity == "customers":
        derived, found = derived_columns(
            values,
            {name: rows[name] for name in fields},
            decimal_mark=source.decimal_mark,
            own_industries=settings.own_industries,
            scales=source.scales(entity),
        )
        columns += derived
        for field, codes in found.items():
            problems[field].append(codes)
    for field, found in _problems_across_fields(settings, values, rows):
        problems[field].append(found)
    return pl.DataFrame(columns).with_columns(_joined(problems, len(rows)))


def _read_column(settings: _Settings, field: str, rows: pl.DataFrame) -> Reading:
    """`read_field` of a column. One that the source does not fill, as half of them are, is read once: no row looks at another."""
    texts = rows[field]
    is_empty = len(texts) > 1 and texts.null_count() == len(texts)
    used = rows.head(1) if is_empty else rows
    beside = READ_BESIDE.get(field)
    read = read_field(
        settings.entity,
        field,
        used[field],
        source=settings.source,
        default_currency=settings.default_currency,
        beside=used[beside] if beside in rows.columns else None,
    )
    if not is_empty:
        return read
    columns = (read.values, read.problems, read.extensions)
    values, problems, extensions = (None if column is None else column.new_from_index(0, len(texts)) for column in columns)
    return Reading(values=values, problems=problems, extensions=extensions)


def _codes_in_the_wrong_column(codes: pl.Series, registry_ids: pl.Series) -> pl.Series:
    """Credit codes, also where only the column of the other register numbers holds one."""
    numbers = read_registry_ids(registry_ids).values
    return pl.select(pl.coalesce(codes, pl.when(registry_kinds(numbers) == "credit_code").then(numbers))).to_series()


def _own_ids(record_ids: pl.Series, settings: _Settings) -> pl.Series:
    if settings.entity == "reps":
        return settings.identities.rep_id(settings.source.name, record_ids)
    return territory_ids(settings.source, record_ids)


def _problems_across_fields(settings: _Settings, values: Mapping[str, pl.Series], rows: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Codes for values that can be read but cannot be right beside another field or the export's own day, with their field."""
    entity, export_days = settings.entity, rows["as_of_date"]
    for field in _PAST_DATES.get(entity, ()):
        yield field, problem_where(values[field] > export_days, "after_export_day")
    for field in _PAST_MOMENTS.get(entity, ()):
        yield field, problem_where(day_in_zone(values[field], settings.source.time_zone) > export_days, "after_export_day")
    for field in (name for name in ("amount", "annual_revenue_amount") if name in values):
        named = currencies_in_amounts(rows[field])
        yield field, problem_where(named != values["currency_code"], "other_currency")
    if entity == "opportunities":
        is_closed = values["outcome"].is_in(["won", "lost"])
        yield "opened_date", problem_where(values["opened_date"] > export_days, "after_export_day")
        yield "closed_date", problem_where((values["closed_date"] > export_days) & is_closed, "after_export_day")
    if entity == "rep_territories":
        yield "valid_from", problem_where(values["valid_from"].is_null(), "missing_start")
    if entity == "leads":
        is_converted = values["converted_customer_record_id"].is_not_null() | values["converted_opportunity_record_id"].is_not_null()
        yield "converted_at", problem_where(is_converted & _is_empty(rows["converted_at"]), "missing_moment")
    if moment := _NEEDED_MOMENT.get(entity):
        yield moment, problem_where(_is_empty(rows[moment]), "missing_moment")
    if entity == "owner_changes":
        says_nobody = values["action"].str.to_lowercase().is_in(list(INTO_POOL)).fill_null(False)
        yield (
            "to_user_id",
            problem_where(values["from_user_id"].is_null() & values["to_user_id"].is_null() & ~says_nobody, "no_owner_named"),
        )


def _is_empty(texts: pl.Series) -> pl.Series:
    return read_text(texts).values.is_null()


def _joined(problems: Mapping[str, list[pl.Series]], height: int) -> pl.Series:
    """`field:code` of every problem, sorted and comma-separated; empty text where there are none."""
    coded = [
        pl.select(pl.concat_str(pl.lit(f"{field}:"), found)).to_series()
        for field in sorted(problems)
        for found in problems[field]
        if found.null_count() < len(found)
    ]
    if not coded:
        return pl.Series("problems", [""], dtype=pl.String).new_from_index(0, height)
    text = pl.select(pl.concat_str(coded, separator=",", ignore_nulls=True)).to_series()
    several = text.str.contains(",", literal=True)  # lists are made for these rows alone: for all of them they took longest of all
    in_order = pl.select(pl.when(several).then(text)).to_series().str.split(",").list.sort().list.join(",")
    return pl.select(pl.coalesce(in_order, text).alias("problems")).to_series()
