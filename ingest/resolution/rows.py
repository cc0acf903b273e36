"""One table of customers with the contract's columns -> its groups: cleaning, placing and resolving in one call; and what is remembered
of such tables from one load to the next.

Here: the way from written columns to evidence without a company home, the state of `bailiwick resolve --state`, pairs in terms of records.
Not here: reading the file (landing/single_files.py), the order of a load, writing the result (orchestration/resolve.py), any step of
resolving.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl

from ingest.cleaning.birth_dates import read_birth_dates
from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.errors import FileRefused
from ingest.geocoding.places import place_customers
from ingest.landing.single_files import COLUMNS
from ingest.program import program_sha256
from ingest.resolution.evidence import KEY, NUMBERS, TEXTS, record_evidence
from ingest.resolution.groups import Decided, Groups, find_groups
from ingest.resolution.judgements import LEDGER
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import Parameters, default_parameters
from ingest.resolution.population import SCHEMA, Population
from ingest.resolution.scoring import ASK, DIFFERENT, SAME, field_weights, population, probability, verdict
from ingest.sources.mapping import Source
from ingest.tables import TABLES

_ANY_DAY = date(2000, 1, 1)  # the clean tables want a day; nothing that is read from a file of this kind depends on it
_NAMED_OTHERWISE = {"employees": "employee_count"}
_FORMAT = "1"  # of the state: another one when its tables change, so that no version reads what it does not understand
_PROGRAM = ("ingest/resolution", "ingest/cleaning", "ingest/values", "ingest/geocoding")
_PACKAGES = ("polars", "rapidfuzz", "duckdb", "scipy")
_KEPT = "kept"
_NO_EVIDENCE = pl.DataFrame(schema=dict.fromkeys((*KEY, *TEXTS), pl.String) | dict.fromkeys(NUMBERS, pl.Float32))
_SLICE_ROWS = 100_000  # cleaned at once, so that memory does not grow with the file
_REMEMBERED = {"records": "resolved.customer_records", "redirects": "resolved.customer_id_redirects"}


@dataclass(frozen=True, kw_only=True)
class RowsResolved:
    """`groups`: source, record_id, customer. `pairs`: both keys, score, weight, verdict, one level a kind of evidence.

    `report`: numbers."""

    groups: pl.DataFrame
    pairs: pl.DataFrame
    report: dict[str, Any]


def clean_rows(rows: pl.DataFrame, *, default_country: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """clean.customers and geo.customer_places of rows with the contract's columns as text (any of them but record_id may be missing)."""
    fields = list(ENTITIES["customers"].fields)
    written = rows.rename({old: new for old, new in _NAMED_OTHERWISE.items() if old in rows.columns})
    source = pl.col("source").fill_null("") if "source" in rows.columns else pl.lit("")
    raw = written.select(
        source.cast(pl.String).alias("source"),
        pl.col("record_id").cast(pl.String),
        pl.lit(_ANY_DAY).alias("as_of_date"),
        pl.lit("").alias("file_sha256"),
        pl.int_range(1, pl.len() + 1).alias("row_number"),
        *(pl.col(field).cast(pl.String) if field in written.columns else pl.lit(None, pl.String).alias(field) for field in fields),
    )
    names = raw["source"].unique().sort().to_list()
    sources = {name: Source(name=name or "file", crm="file", entities={}, default_country=default_country) for name in names}
    clean = clean_entity(
        "customers",
        raw.to_arrow(),
        sources=sources,
        identities=RepIdentities(reps_by_user={}, company_wide=frozenset()),
        latest_days=dict.fromkeys(names, _ANY_DAY),
        default_currency="XXX",
    )
    places = pl.DataFrame(pl.from_arrow(place_customers(clean, sources)))
    return _with_birth_dates(pl.DataFrame(pl.from_arrow(clean)), raw, written), places


def _with_birth_dates(clean: pl.DataFrame, raw: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """With `birth_date` of persons: a field of single files, for a CRM's customers are companies."""
    if "birth_date" not in written.columns:
        return clean
    said = raw.select(*KEY, birth_date=read_birth_dates(written["birth_date"])).unique(KEY, keep="last", maintain_order=True)
    return clean.join(said, on=KEY, how="left", maintain_order="left")


def resolve_rows(rows: pl.DataFrame, *, default_country: str | None = None, down_to: float | None = None) -> RowsResolved:
    """The groups of rows with the contract's columns. `down_to`: bits from which pairs are named; by default those that are at least to be
    asked."""
    parameters = default_parameters()
    clean, places = clean_rows(rows, default_country=default_country)
    evidence = record_evidence(clean, places)
    with duckdb.connect() as connection:
        people = Population(connection, parameters, least=down_to)
        taken = people.take(evidence, evidence.head(0).select(*KEY))
        found = find_groups(people, Decided(), parameters)
        pairs = people.pairs() if down_to is not None else found.pairs
    pairs = pairs.with_columns(score=probability(pl.col("weight")), verdict=verdict(pl.col("weight"), parameters))
    for end in ("left", "right"):
        names = found.named.rename({"n": end, "source": f"{end}_source", "record_id": f"{end}_record_id"})
        pairs = pairs.join(names, on=end, how="left")
    return RowsResolved(
        groups=found.members.select(*KEY, customer=pl.col("group").cast(pl.String)),
        pairs=pairs,
        report={
            "records": len(evidence), "profiles": taken.profiles, "pairs": taken.compared, "limits": taken.limits,
            "refused": taken.refused.to_dicts(), "cuts": dict(found.cuts.group_by("cause").len().sort("cause").iter_rows()), "seconds": {},
        },
    )  # fmt: skip


def named_pairs(found: Groups, *, size: int, parameters: Parameters) -> pl.DataFrame:
    """The pairs of a population in terms of records, sorted by their keys, each once: left_source, left_id, right_source, right_id, score
    (0 to 1), verdict, weight (bits, two decimals), is_identical, cut_cause, and per field `<field>_level` and `<field>_weight` (bits before
    caps, the prior not among them).

    `size`: profiles. Of records of one source that say exactly the same, the one with the lowest id stands in the pairs; each of the others
    is in one pair with that one, `is_identical`, without levels and weights. `cut_cause`: why the two are not one customer although they
    look so; such a pair waits for a person, unless a person judged it different.
    """
    weights = field_weights(found.pairs, size=population(size, parameters), parameters=parameters)
    told = [column for field in FIELDS for column in (_level_names(found.pairs, field), weights[field].round(2).alias(f"{field}_weight"))]
    scored = found.pairs.select("left", "right", "weight").with_columns(*told)
    scored = scored.with_columns(score=probability(pl.col("weight")), verdict=verdict(pl.col("weight"), parameters))
    ends = (pl.min_horizontal("left", "right").alias("left"), pl.max_horizontal("left", "right").alias("right"))
    cuts = found.cuts.select(*ends, cut_cause="cause").unique(["left", "right"])
    scored = scored.join(cuts, on=["left", "right"], how="left", maintain_order="left")
    decided = pl.when(pl.col("cut_cause") == "judged_different").then(pl.lit(DIFFERENT)).when(pl.col("cut_cause").is_not_null())
    scored = scored.with_columns(verdict=decided.then(pl.lit(ASK)).otherwise("verdict"), is_identical=pl.lit(False))
    for end in ("left", "right"):
        names = found.named.select(pl.col("n").alias(end), pl.struct(KEY).alias(f"{end}_key"))
        scored = scored.join(names, on=end, how="left", maintain_order="left")
    least = found.members.select("n", pl.struct(KEY).alias("right_key")).join(
        found.named.select("n", pl.struct(KEY).alias("left_key")), on="n"
    )
    twins = least.filter(pl.col("left_key") != pl.col("right_key")).select(
        "left_key", "right_key", score=pl.lit(1.0), verdict=pl.lit(SAME), is_identical=pl.lit(True)
    )
    return _put_in_order(pl.concat([scored.drop("left", "right"), twins], how="diagonal"))


def _level_names(pairs: pl.DataFrame, field: str) -> pl.Series:
    names = {number: level.name for number, level in enumerate(FIELDS[field])}
    return pairs[field].replace_strict(names, return_dtype=pl.String).alias(f"{field}_level")


def _put_in_order(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with keys of their own, the lower record on the left, sorted: numbers of profiles depend on the order of loads."""
    sides = [
        pairs.select(
            pl.col(f"{end}_key").struct.field("source").alias("source"), pl.col(f"{end}_key").struct.field("record_id").alias("id")
        )
        for end in ("left", "right")
    ]
    left, right = sides
    turned = (left["source"] > right["source"]) | ((left["source"] == right["source"]) & (left["id"] > right["id"]))
    keys = {
        f"{end}_{name}": one[name].zip_with(~turned, other[name])
        for end, one, other in (("left", left, right), ("right", right, left))
        for name in ("source", "id")
    }
    columns = [f"{field}_{part}" for field in FIELDS for part in ("level", "weight")]
    ordered = pairs.with_columns(**keys).select(*keys, "score", "verdict", "weight", "is_identical", "cut_cause", *columns)
    return ordered.sort(list(keys))


class RowState:
    """What is remembered of the tables of customers loaded so far, in the open database `connection`, inside the caller's transaction.

    The rows as they were written, by source and record_id; the population made of them; customer ids, redirects and judgements. The
    population is made anew from the rows where another program or other parameters made it (`is_rebuilt`); ids stay.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters):
        """Raises FileRefused, before anything is touched, for a database that is no state or has another format."""
        self._sql = connection
        is_new = _check_format(connection)
        program = f"{program_sha256(*_PROGRAM, packages=_PACKAGES)} {parameters.model_dump_json()}"
        made_by = hashlib.sha256(program.encode()).hexdigest()
        if is_new:
            self._create()
        self._add_columns()
        self.is_rebuilt = not is_new and self._setting("made_by") != made_by
        if self.is_rebuilt:
            connection.execute(f"drop schema if exists {SCHEMA} cascade")
        self.people = Population(connection, parameters)
        self._set("made_by", made_by)

    def _create(self) -> None:
        self._sql.execute(f"create schema {_KEPT}")
        self._sql.execute(f"create table {_KEPT}.settings (name varchar, value varchar)")
        self._sql.execute(f"create table {_KEPT}.written ({', '.join(f'{name} varchar' for name in COLUMNS)})")
        self._set("format", _FORMAT)
        for name, table in _REMEMBERED.items():
            self._keep(name, pl.DataFrame(pl.from_arrow(TABLES[table].arrow_schema.empty_table())))
        self._keep("judgements", pl.DataFrame(schema=LEDGER))

    def _add_columns(self) -> None:
        """Columns that files may hold since the state was made; nobody filled them before."""
        here = {name for name, *_ in self._sql.sql(f"describe {_KEPT}.written").fetchall()}
        for name in COLUMNS:
            if name not in here:
                self._sql.execute(f"alter table {_KEPT}.written add column {name} varchar")

    def _setting(self, name: str) -> str | None:
        found = self._sql.execute(f"select value from {_KEPT}.settings where name = ?", [name]).fetchall()
        return found[0][0] if found else None

    def _set(self, name: str, value: str) -> None:
        self._sql.execute(f"delete from {_KEPT}.settings where name = ?", [name])
        self._sql.execute(f"insert into {_KEPT}.settings values (?, ?)", [name, value])

    def _keep(self, name: str, frame: pl.DataFrame) -> None:
        incoming = frame.to_arrow()  # noqa: F841 - found by its name
        self._sql.execute(f"create or replace table {_KEPT}.{name} as select * from incoming")

    def _kept(self, name: str) -> pl.DataFrame:
        return self._sql.sql(f"select * from {_KEPT}.{name}").pl()

    @property
    def newest_day(self) -> date | None:
        """The as_of_date of the last load."""
        said = self._setting("as_of_date")
        return date.fromisoformat(said) if said else None

    @property
    def records(self) -> pl.DataFrame:
        """As resolved.customer_records."""
        return self._kept("records")

    @property
    def redirects(self) -> pl.DataFrame:
        """As resolved.customer_id_redirects."""
        return self._kept("redirects")

    @property
    def ledger(self) -> pl.DataFrame:
        """As judgements.LEDGER, by sequence."""
        return self._kept("judgements").sort("sequence")

    def keys(self) -> pl.DataFrame:
        """source, record_id of every record."""
        return self._sql.sql(f"select source, record_id from {_KEPT}.written").pl().sort(KEY)

    def sources(self) -> list[str]:
        """The sources of all records, ascending."""
        return [name for (name,) in self._sql.sql(f"select distinct source from {_KEPT}.written order by source").fetchall()]

    def put(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Put rows (COLUMNS as text, each key once) in the place of what was written by their keys: source, record_id, is_new of those
        that are not what they were."""
        sql = self._sql
        incoming = rows.select(COLUMNS).to_arrow()  # noqa: F841 - found by its name
        columns = ", ".join(COLUMNS)
        sql.execute(f"create or replace temp table changed as select * from incoming except select {columns} from {_KEPT}.written")
        told = sql.sql(
            f"""
            select c.source, c.record_id, w.record_id is null as is_new
            from changed as c left join {_KEPT}.written as w on c.source = w.source and c.record_id = w.record_id
            """
        ).pl()
        sql.execute(f"delete from {_KEPT}.written as w using changed as c where w.source = c.source and w.record_id = c.record_id")
        sql.execute(f"insert into {_KEPT}.written ({columns}) select {columns} from changed")
        sql.execute("drop table changed")
        return told.sort(KEY)

    def evidence(self, keys: pl.DataFrame | None, on_progress: Callable[[int, int], None] = lambda done, total: None) -> pl.DataFrame:
        """Evidence of the records with these keys, or of all, by key. No row looks at another, so slices give what all at once gives."""
        wanted = None if keys is None else keys.select(KEY).unique().to_arrow()  # noqa: F841 - found by its name
        which = "" if keys is None else "semi join wanted as k on w.source = k.source and w.record_id = k.record_id"
        rows = self._sql.sql(f"select w.* from {_KEPT}.written as w {which}").pl().sort(KEY)
        parts = [_NO_EVIDENCE]
        for start in range(0, len(rows), _SLICE_ROWS):
            parts.append(record_evidence(*clean_rows(rows.slice(start, _SLICE_ROWS))))
            on_progress(min(start + _SLICE_ROWS, len(rows)), len(rows))
        return pl.concat(parts)

    def keep(self, *, records: pl.DataFrame, redirects: pl.DataFrame, ledger: pl.DataFrame, as_of_date: date) -> None:
        """Remember what a load gave."""
        self._keep("records", records)
        self._keep("redirects", redirects)
        self._keep("judgements", ledger)
        self._set("as_of_date", as_of_date.isoformat())


def _check_format(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database is empty. Raises FileRefused where it holds something else than a state of this format."""
    here = connection.sql("select schema_name, table_name from duckdb_tables() where database_name = current_database()").fetchall()
    if not here:
        return True
    if (_KEPT, "settings") not in here or (_KEPT, "written") not in here:
        raise FileRefused(
            "no_state",
            "FileRefused: the state is a database that something else wrote, so nothing in it was touched.\n"
            "  Expected: a folder that `bailiwick resolve --state` made, or a new one. Give another folder.",
        )
    said = connection.execute(f"select value from {_KEPT}.settings where name = 'format'").fetchall()
    if said != [(_FORMAT,)]:
        written = said[0][0] if said else "without a number"
        raise FileRefused(
            "state_format",
            f"FileRefused: the state has format {written}, this version of Bailiwick knows format {_FORMAT}; nothing in it was touched.\n"
            "  Use the version that wrote it, or start a new state in another folder; ids begin anew there.",
        )
    return False
