"""raw.customers and raw.owner_changes -> clean.owner_observations in the warehouse: only records of which something new is told.

Here: which sources are read afresh, and of the others which records a new night can have changed. Not here: what an observation is
(owner_observations.py).

A source is read afresh where an export came late or was replaced, a part of one could not be read, or its mapping, the program or who is
who differ from when it was read last. Otherwise exports of later days have been added, and they concern a record if its row differs from
the one of the day before, if a row of the log about it is new or says something else, or if it changed hands on the last day that was
read or later: whether that day's export lagged behind shows only now. Taking up a record that has not changed does no harm.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl
import pyarrow as pa

from ingest.cleaning.owner_history import logged_changes
from ingest.cleaning.owner_observations import SHOWN_COLUMNS, Reading, observations_of
from ingest.cleaning.owner_versions import days_of_a_log
from ingest.cleaning.records import read_field
from ingest.cleaning.rep_ids import RepIdentities
from ingest.program import program_sha256
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.values.dates import day_in_zone
from ingest.warehouse import Warehouse

_OBSERVATIONS, _READINGS = "clean.owner_observations", "clean.owner_readings"
_PROGRAM = ("ingest/cleaning", "ingest/values", "ingest/entities.py", "ingest/entity_tables.py", "ingest/sources/mapping.py")
_SHOWN = ("owner_user_id", "owner_changed_at", "created_at", "is_deleted", "merged_into_record_id")
_LOGGED = ("subject", "subject_record_id", "changed_at", "from_user_id", "to_user_id", "changed_by_user_id", "action")
_PEOPLE = {"customers": ("owner_user_id",), "owner_changes": ("from_user_id", "to_user_id", "changed_by_user_id")}
_MOST_NEW_DAYS = 5  # 2026-11-22: who catches up on more reads all of it again, which is not slower by then

Exports = dict[tuple[str, date], str]
"""Entity and day of each export, and what tells it from another of that day."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """`read_afresh`: sources that were read as a whole. `records`: of how many records of the others something new was told."""

    read_afresh: list[str]
    records: int


@dataclass(frozen=True, kw_only=True)
class _Last:
    """How a source was read last: the row of clean.owner_readings."""

    as_of_date: date
    exports: Exports
    log_days: pl.DataFrame
    read_by: str


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What became of one source: its rows, in place of those with the keys in `gone`, and its row of clean.owner_readings."""

    rows: pl.DataFrame
    gone: pa.Table
    state: dict[str, object]


def refresh_owner_observations(
    warehouse: Warehouse,
    loaded_days: Mapping[str, Collection[date]],
    *,
    sources: Mapping[str, Source],
    identities: RepIdentities,
    until: date,
    part_days: Mapping[str, Collection[date]] | None = None,
) -> Refreshed:
    """Make clean.owner_observations what `observe_owners` makes of raw.*; the parameters are its parameters."""
    program = program_sha256(*_PROGRAM)
    with warehouse.transaction():
        _prepare(warehouse)
        known = {row["source"]: _last(row) for row in warehouse.read(_READINGS).to_pylist()}
        wanted = sorted(set(loaded_days) & set(sources))
        afresh, records, states = [], 0, []
        for name in sorted(set(known) - set(wanted)):
            warehouse.merge(_OBSERVATIONS, [], gone=_keys(warehouse, name))
        for name in wanted:
            part = frozenset((part_days or {}).get(name, ()))
            days = sorted(day for day in loaded_days[name] if day <= until)
            work = _Work(warehouse, Reading(source=sources[name], identities=identities, days=days, part=part), until, program)
            found = work.added(known[name]) if name in known else None
            if found is None:
                afresh.append(name)
                found = work.afresh()
            else:
                records += found.rows["record_id"].n_unique()
            if len(found.rows) or found.gone.num_rows:
                warehouse.merge(_OBSERVATIONS, [found.rows.to_arrow()], gone=found.gone)
            states.append(found.state)
        readings = pa.Table.from_pylist(states, schema=TABLES[_READINGS].arrow_schema)
        if readings != warehouse.read(_READINGS):
            warehouse.replace(_READINGS, readings)
    return Refreshed(read_afresh=afresh, records=records)


class _Work:
    """The work on one source up to a day."""

    def __init__(self, warehouse: Warehouse, reading: Reading, until: date, program: str):
        self._warehouse, self._reading, self._until, self._program = warehouse, reading, until, program
        self._source = reading.source
        self._of_source = f"source = {_quoted(reading.source.name)} and as_of_date <= date '{until}'"
        self._exports = self._all_exports()

    def afresh(self) -> _Found:
        """All records of the source."""
        name, read_part = self._source.name, self._warehouse.read_part
        rows = read_part("raw.customers", {"source": name, "as_of_date": self._reading.days}, SHOWN_COLUMNS)
        logged = self._logged(read_part("raw.owner_changes", {"source": name}, until=self._until))
        kept = days_of_a_log(logged)
        found = observations_of(pl.DataFrame(pl.from_arrow(rows)).drop("source"), logged, kept, self._reading)
        return self._found(found, None, kept)

    def added(self, last: _Last) -> _Found | None:
        """The records that exports of later days concern; None where the source has to be read afresh."""
        if (
            last.as_of_date > self._until
            or last.read_by != self._read_by(last.exports)
            or not last.exports.items() <= self._exports.items()
        ):
            return None
        if last.as_of_date == self._until and last.exports == self._exports:
            return self._found(_nothing(), pl.Series([], dtype=pl.String), last.log_days)
        shown, logs = (self._pairs(entity, last.exports) for entity in ("customers", "owner_changes"))
        if shown is None or logs is None:
            return None
        touched = self._touched(shown, logs, last)
        rows, logged = self._rows_of(touched), self._logged(self._log_of(touched))
        if not self._keeps_a_log(last.log_days, touched, logged):
            return None
        return self._found(observations_of(rows, logged, last.log_days, self._reading), touched, last.log_days)

    def _found(self, rows: pl.DataFrame, touched: pl.Series | None, kept: pl.DataFrame) -> _Found:
        return _Found(rows=rows, gone=_keys(self._warehouse, self._source.name, touched), state=self._state(kept))

    def _all_exports(self) -> Exports:
        mappings = {
            (row["entity"], row["as_of_date"]): f"{row['state']} {row['mapping_sha256']}"
            for row in self._warehouse.read_part("raw.batches", {"source": self._source.name}, until=self._until).to_pylist()
        }
        found: Exports = {("customers", day): "" for day in self._reading.days}
        for entity in _PEOPLE:
            files = self._query(
                f"""
                select as_of_date, string_agg(file_sha256 || ' ' || n, ',' order by file_sha256) as files
                from (select as_of_date, file_sha256, count(*) as n from raw.{entity} where {self._of_source} group by all)
                group by as_of_date
                """
            )
            found |= {(entity, day): text for day, text in files.rows() if entity != "customers" or day in self._reading.days}
        parts = {("customers", day) for day in self._reading.part}
        return {key: f"{text} {mappings.get(key, '')}{' in part' if key in parts else ''}" for key, text in found.items()}

    def _read_by(self, exports: Exports) -> str:
        """The mapping, the program, and whom every text of these exports means."""
        digest, people = hashlib.sha256(f"{self._program} {self._source.model_dump_json()}".encode()), self._reading.identities
        for entity, fields in _PEOPLE.items():
            days = _one_of([day for of, day in exports if of == entity])
            for field in fields:
                texts = self._texts(f"select distinct {field} as text from raw.{entity} where {self._of_source} and {days}")
                read = read_field(entity, field, texts, source=self._source).values
                meant = people.rep_id(self._source.name, read), people.certainty(self._source.name, read)
                digest.update(repr([*zip(texts, *meant, strict=True)]).encode())
        return digest.hexdigest()

    def _pairs(self, entity: str, known: Exports) -> list[tuple[date, date]] | None:
        """The added days of an entity, each behind the day before it; None where they do not simply follow."""
        days, old = (sorted(day for of, day in exports if of == entity) for exports in (self._exports, known))
        new = days[len(old) :]
        is_whole = entity != "customers" or not self._reading.part.intersection([*old[-1:], *new])
        follows = days[: len(old)] == old and bool(old or not new) and len(new) <= _MOST_NEW_DAYS
        return list(pairwise([*old[-1:], *new])) if follows and is_whole else None

    def _touched(self, shown: list[tuple[date, date]], logs: list[tuple[date, date]], last: _Last) -> pl.Series:
        """The ids of records that may have changed."""
        found = [pl.Series("record_id", [], dtype=pl.String)]
        is_full = all(feed.snapshot == "full" for feed in self._source.entities.get("customers", []))
        for before, after in shown:
            old, new = self._export("customers", before), self._export("customers", after)
            differs = " or ".join(f"old.{column} is distinct from new.{column}" for column in ("record_id", *_SHOWN))
            either = f"select record_id from {old} as old full join {new} as new using (record_id) where {differs}"
            found.append(self._query(either if is_full else f"select record_id from {new} as new")["record_id"].cast(pl.String))
        for before, after in logs:
            old, new = self._export("owner_changes", before), self._export("owner_changes", after)
            same = " and ".join(f"old.{column} is not distinct from new.{column}" for column in ("record_id", *_LOGGED))
            told = f"select record_id from {new} as new where not exists (select 1 from {old} as old where {same})"
            found.append(self._subjects(self._texts(f"select distinct subject_record_id as text {self._log} and record_id in ({told})")))
        days = [day for entity, day in last.exports if entity == "customers"]
        found.append(self._changed_since(max(days, default=date.min)))
        return pl.concat(found).drop_nulls().unique().sort()

    def _changed_since(self, day: date) -> pl.Series:
        """Records of which any wording of the log tells a change on a day or later."""
        moments = self._texts(f"select distinct changed_at as text {self._log}")
        read = read_field("owner_changes", "changed_at", moments, source=self._source).values
        late = moments.filter((day_in_zone(read, self._source.time_zone) >= day).fill_null(False))
        query = f"select distinct subject_record_id as text {self._log} and changed_at in (select text from late)"
        return self._subjects(self._texts(query, late=_table(text=late)))

    def _subjects(self, texts: pl.Series) -> pl.Series:
        """Whom the log means by texts, null where nobody."""
        return read_field("owner_changes", "subject_record_id", texts, source=self._source).values.cast(pl.String).alias("record_id")

    def _keeps_a_log(self, log_days: pl.DataFrame, touched: pl.Series, logged: pl.DataFrame) -> bool:
        """Whether it is sure that the days on which the log tells of changes stay what they were. `logged`: what it says of `touched`."""
        if log_days.is_empty():
            return logged.is_empty()
        stays = (
            f"select 1 as one from {_OBSERVATIONS} where {self._of_source} and observed_by = 'history' and known_to is null "
            "and record_id not in (select record_id from touched) limit 1"
        )
        return bool(log_days["is_kept"][-1]) and not self._query(stays, touched=_table(record_id=touched)).is_empty()

    def _rows_of(self, touched: pl.Series) -> pl.DataFrame:
        columns = ", ".join(column for column in SHOWN_COLUMNS if column != "source")
        query = f"select {columns} from raw.customers where {self._of_source} and {_one_of(self._reading.days)}"
        return self._query(f"{query} and record_id in (select record_id from touched)", touched=_table(record_id=touched))

    def _log_of(self, touched: pl.Series) -> pa.Table:
        """All wordings of the log's rows of which any is about one of these records."""
        texts = self._texts(f"select distinct subject_record_id as text {self._log}")
        about = texts.filter(self._subjects(texts).is_in(touched.implode()).fill_null(False))
        query = f"select * {self._log} and record_id in (select record_id {self._log} and subject_record_id in (select text from about))"
        return self._warehouse.query(query, about=_table(text=about))

    @property
    def _log(self) -> str:
        return f"from raw.owner_changes where {self._of_source}"

    def _export(self, entity: str, day: date) -> str:
        return f"(select * from raw.{entity} where {self._of_source} and as_of_date = date '{day}')"

    def _logged(self, rows: pa.Table) -> pl.DataFrame:
        return logged_changes(rows, source=self._source, identities=self._reading.identities, until=self._until)

    def _state(self, kept: pl.DataFrame) -> dict[str, object]:
        return {
            "source": self._source.name,
            "as_of_date": self._until,
            "exports": json.dumps([[entity, str(day), text] for (entity, day), text in sorted(self._exports.items())]),
            "log_days": json.dumps([[str(day), is_kept] for day, is_kept in kept.rows()]),
            "read_by": self._read_by(self._exports),
        }

    def _texts(self, sql: str, **tables: pa.Table) -> pl.Series:
        """The column `text` of a query without nulls, sorted."""
        return self._query(sql, **tables)["text"].cast(pl.String).drop_nulls().sort()

    def _query(self, sql: str, **tables: pa.Table) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(self._warehouse.query(sql, **tables)))


def _prepare(warehouse: Warehouse) -> None:
    """Have every table that is read. Observations that an earlier version of the program left in another form are forgotten."""
    for name in ("raw.batches", *(f"raw.{entity}" for entity in _PEOPLE)):
        warehouse.create(name)
    kept = (_OBSERVATIONS, _READINGS)
    is_as_declared = (
        warehouse.exists(name) and warehouse.query(f"select * from {name} limit 0").column_names == TABLES[name].column_names
        for name in kept
    )
    if not all(is_as_declared):
        warehouse.replace_all({name: TABLES[name].arrow_schema.empty_table() for name in kept})


def _last(row: Mapping[str, object]) -> _Last:
    days = [(date.fromisoformat(day), is_kept) for day, is_kept in json.loads(row["log_days"])]
    return _Last(
        as_of_date=row["as_of_date"],
        exports={(entity, date.fromisoformat(day)): text for entity, day, text in json.loads(row["exports"])},
        log_days=pl.DataFrame(days, schema={"day": pl.Date, "is_kept": pl.Boolean}, orient="row"),
        read_by=row["read_by"],
    )


def _one_of(days: Collection[date]) -> str:
    listed = ", ".join(f"date '{day}'" for day in days)
    return f"as_of_date in ({listed})" if days else "false"


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(TABLES[_OBSERVATIONS].arrow_schema.empty_table()))


def _table(**columns: pl.Series) -> pa.Table:
    return pa.table({name: column.to_arrow().cast(pa.string()) for name, column in columns.items()})


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _keys(warehouse: Warehouse, source: str, records: pl.Series | None = None) -> pa.Table:
    """The keys of a source's rows of clean.owner_observations; of all, or of some records."""
    query = f"select {', '.join(TABLES[_OBSERVATIONS].key)} from {_OBSERVATIONS} where source = {_quoted(source)}"
    if records is None:
        return warehouse.query(query)
    return warehouse.query(f"{query} and record_id in (select record_id from touched)", touched=_table(record_id=records))
