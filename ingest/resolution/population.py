"""All profiles ever resolved, with their keys and their scored pairs, in one DuckDB file: what an increment adds to and takes from.

Here: taking in changed evidence, profiles, scored pairs. Not here: blocks (stored_blocks.py), keys (blocking_keys.py), comparing and
scoring, groups (clustering.py), ids (identity.py).

A full run is an increment on an empty population; there is no other way. What the tables hold after a load depends on the records that
are there, never on the loads that brought them, but for the numbers n, which decide nothing. So a pair is compared again whenever anything
changed that its weight depends on: one of its records, the blocks that made it a pair, how common a value is that it shares, or the
size of the population.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb
import polars as pl

from ingest.resolution import stored_blocks, stored_groups
from ingest.resolution.blocking import refused_blocks
from ingest.resolution.blocking_keys import KINDS, blocking_keys
from ingest.resolution.commonness import COUNTED, count_columns, keys_of_profiles, keys_of_shared_names
from ingest.resolution.comparisons import compare_all_but_names, compare_names_of
from ingest.resolution.completeness import Completeness, pair_completeness
from ingest.resolution.evidence import KEY, NUMBERS, TEXTS
from ingest.resolution.levels import FIELDS, packed, unpacked
from ingest.resolution.parameters import Parameters
from ingest.resolution.scoring import greatest_score, population, score, score_of_rare
from ingest.resolution.stored_blocks import SCHEMA, StoredBlocks
from ingest.resolution.stored_groups import StoredGroups

_TABLES = {
    "profiles": "n bigint, mark bigint, other_mark bigint, records integer, source varchar, "
    + ", ".join(f"{name} varchar" for name in TEXTS)
    + ", latitude float, longitude float",
    "profile_records": "source varchar, record_id varchar, n bigint",
    **stored_blocks.TABLES,
    **stored_groups.TABLES,
    "scored_pairs": '"left" bigint, "right" bigint, levels bigint, counts bigint, weight double',
    "settings": "name varchar, value varchar",
}
_RICH = ("credit_code", "registry_id", "phone", "email", "domain", "address", "birth_date")
_SLICE = 1_000_000  # pairs compared at once: 1.5 GB of texts at most


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a load did. `touched`: profiles (n) whose pairs, or whose records, are not what they were. `compared`: pairs. `refused`: blocks
    beyond the limits, per kind."""

    touched: pl.Series
    born: int
    dead: int
    compared: int
    profiles: int
    limits: dict[str, int]
    refused: pl.DataFrame
    seconds: dict[str, float] = field(default_factory=dict)


class Population:
    """The state inside an open DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters, *, least: float | None = None):
        """`least`: bits below which a pair is not kept; by default those from which a person is asked."""
        self._sql, self.parameters = connection, parameters
        self.least = parameters.ask_above if least is None else least
        self._blocks = StoredBlocks(connection, parameters.blocking)
        self.stored_groups = StoredGroups(connection)
        connection.execute(f"create schema if not exists {SCHEMA}")
        for name, columns in _TABLES.items():
            connection.execute(f"create table if not exists {SCHEMA}.{name} ({columns})")

    def take(
        self,
        changed: pl.DataFrame,
        gone: pl.DataFrame,
        *,
        apart: pl.DataFrame | None = None,
        on_blocks: Callable[[Completeness], None] | None = None,
    ) -> Taken:
        """Put evidence of new and changed records (evidence.record_evidence) in the place of what was known of them, and forget records.

        `gone`: source, record_id. `apart`: source, record_id of records of which somebody said that they are different from another; they
        are never collapsed into one profile. `on_blocks` is told, before anything is compared, how many of the pairs that belong together
        the blocks bring together, as far as that can be estimated.
        """
        sql = self._sql
        before = self._size()
        born, dead, other_records = self._renew_profiles(changed, gone, apart)
        after = self._size()
        sql.register("born_keys", blocking_keys(born).to_arrow())
        sql.register("dead", dead.to_frame("n").to_arrow())
        limits_before = self._blocks.limits(before)
        self._blocks.resize()
        limits = self._blocks.limits(after)
        if population(before, self.parameters) == population(after, self.parameters):
            asked = self._blocks.asked(born["n"], limits_before, limits)
        else:  # every weight depends on it: once in a while, when the population is four times what it was
            asked = self._numbers()
        self._blocks.replace_keys()
        if on_blocks is not None:
            on_blocks(pair_completeness(sql, limits))
        again = self._blocks.common_pairs()
        touched = pl.concat([self._drop_pairs(asked, dead), asked, dead, other_records])
        again = again.join(asked.to_frame("left"), on="left", how="anti").join(asked.to_frame("right"), on="right", how="anti")
        touched = pl.concat([touched, again["left"], again["right"]])
        compared = self._compare(asked, again, limits, after)
        for name in ("born_keys", "dead"):
            sql.unregister(name)
        sql.execute("drop table changed_blocks")
        touched = touched.unique().sort()
        self.stored_groups.mark(touched)
        return Taken(
            touched=touched,
            born=len(born),
            dead=len(dead),
            compared=compared,
            profiles=after,
            limits={KINDS[kind]: most for kind, most in limits.items()},
            refused=refused_blocks(self._blocks.histogram(), limits),
        )

    def members(self) -> pl.DataFrame:
        """source, record_id, n of every record."""
        return self._sql.sql(f"select * from {SCHEMA}.profile_records").pl()

    def identifiers(self, numbers: pl.Series) -> pl.DataFrame:
        """n, credit_code of these profiles, ascending."""
        wanted = numbers.to_frame("n").to_arrow()  # noqa: F841 - found by its name
        return self._sql.sql(f"select n, credit_code from {SCHEMA}.profiles where n in (select n from wanted) order by n").pl()

    # Profiles

    def _renew_profiles(
        self, changed: pl.DataFrame, gone: pl.DataFrame, apart: pl.DataFrame | None
    ) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
        """The profiles that are new, the numbers of those that nobody says any more, and of those that other records say than before."""
        sql = self._sql
        marked = _marked(changed, apart)
        sql.register("marked", marked.select(*KEY, "mark", "other_mark").to_arrow())
        left = pl.concat([changed.select(*KEY), gone.select(*KEY)]).unique()
        sql.register("leaving", left.to_arrow())
        were = sql.sql(f"select source, record_id, n from {SCHEMA}.profile_records join leaving using (source, record_id)").pl()
        lost = were.group_by("n").agg(records=pl.len().cast(pl.Int64))
        known = sql.sql(
            f"select p.n, m.mark, m.other_mark from {SCHEMA}.profiles as p join (select distinct mark, other_mark from marked) as m"
            " on p.mark = m.mark and p.other_mark = m.other_mark"
        ).pl()
        highest = sql.sql(f"select coalesce(max(n), -1) from {SCHEMA}.profiles").fetchall()[0][0]
        first = marked.unique(["mark", "other_mark"], keep="first", maintain_order=True)
        new = first.join(known, on=["mark", "other_mark"], how="anti").sort("mark", "other_mark")
        new = new.with_columns(n=pl.int_range(highest + 1, highest + 1 + pl.len(), dtype=pl.Int64))
        numbers = pl.concat([known.select("n", "mark", "other_mark"), new.select("n", "mark", "other_mark")])
        members = marked.select(*KEY, "mark", "other_mark").join(numbers, on=["mark", "other_mark"], how="left", maintain_order="left")
        won = members.group_by("n").agg(won=pl.len().cast(pl.Int64))
        new = new.join(won.select("n", records=pl.col("won").cast(pl.Int32)), on="n", how="left", maintain_order="left")
        of_known = won.join(known, on="n", how="semi").join(lost.rename({"records": "lost"}), on="n", how="full", coalesce=True)
        change = of_known.select("n", change=pl.col("won").fill_null(0) - pl.col("lost").fill_null(0))
        sql.execute(f"delete from {SCHEMA}.profile_records as p using leaving as l where p.source = l.source and p.record_id = l.record_id")
        incoming = members.select(*KEY, "n").to_arrow()
        sql.execute(f"insert into {SCHEMA}.profile_records select * from incoming")
        profiles = new.select("n", "mark", "other_mark", "records", "source", *TEXTS, *NUMBERS)
        incoming = profiles.to_arrow()
        sql.execute(f"insert into {SCHEMA}.profiles select * from incoming")
        incoming = change.filter(pl.col("change") != 0).to_arrow()  # noqa: F841
        sql.execute(f"update {SCHEMA}.profiles as p set records = p.records + c.change from incoming as c where p.n = c.n")
        dead = sql.sql(f"select n from {SCHEMA}.profiles where records = 0 order by n").pl()["n"].cast(pl.Int64)
        sql.execute(f"delete from {SCHEMA}.profiles where records = 0")
        for name in ("marked", "leaving"):
            sql.unregister(name)
        here = [*KEY, "n"]
        moved = pl.concat([were.join(members, on=here, how="anti")["n"], members.select(here).join(were, on=here, how="anti")["n"]])
        return profiles, dead, moved.filter(~moved.is_in(new["n"].implode())).unique().cast(pl.Int64)

    def _size(self) -> int:
        return self._sql.sql(f"select count(*) from {SCHEMA}.profiles").fetchall()[0][0]

    def _numbers(self) -> pl.Series:
        return self._sql.sql(f"select n from {SCHEMA}.profiles").pl()["n"]

    def _profiles(self, numbers: pl.Series) -> pl.DataFrame:
        """The profiles with these numbers, ascending."""
        if len(numbers) == self._size():
            return self._sql.sql(f"select * from {SCHEMA}.profiles").pl().sort("n")
        wanted = numbers.to_frame("n").to_arrow()  # noqa: F841 - found by its name
        return self._sql.sql(f"select p.* from {SCHEMA}.profiles as p semi join wanted as w on p.n = w.n").pl().sort("n")

    # Pairs

    def _drop_pairs(self, asked: pl.Series, dead: pl.Series) -> pl.Series:
        """Forget the pairs of these profiles; the other ends of those that are forgotten."""
        sql = self._sql
        ends = pl.concat([asked, dead]).unique().to_frame("n").to_arrow()  # noqa: F841 - found by its name
        if not sql.sql(f"select 1 from {SCHEMA}.scored_pairs limit 1").fetchall():
            return pl.Series("n", [], dtype=pl.Int64)
        least = self.parameters.ask_above
        sql.execute(
            f"""
            create or replace temp table forgotten as
            select "left", "right", weight from {SCHEMA}.scored_pairs
            where "left" in (select n from ends) or "right" in (select n from ends)
            """
        )
        others = sql.sql(
            f'select "left" as n from forgotten where weight >= {least} union select "right" from forgotten where weight >= {least}'
        ).pl()["n"]
        sql.execute(f'delete from {SCHEMA}.scored_pairs where "left" in (select n from ends) or "right" in (select n from ends)')
        sql.execute("drop table forgotten")
        return others

    def _compare(self, asked: pl.Series, again: pl.DataFrame, limits: dict[int, int], size: int) -> int:
        """Compare and store the pairs of the asked profiles, and stored pairs (`again`) once more."""
        self._blocks.candidates(asked, limits, whole=len(asked) == size)
        if len(again):
            self._take_back(again)
        compared = self._store("candidates", size)
        self._sql.execute("drop table candidates")
        return compared

    def _store(self, pairs: str, size: int) -> int:
        """Compare and store the pairs of a temp table, in slices."""
        sql = self._sql
        numbers = sql.sql(f'select "left" as n from {pairs} union select "right" from {pairs}').pl()["n"]
        profiles = self._profiles(numbers)
        sizes = self._blocks.sizes(keys_of_profiles(profiles))
        people, total = population(size, self.parameters), 0
        waiting: list[pl.DataFrame] = []
        slices = list(_slices(sql.sql(f'select "left", "right" from {pairs}').pl()))
        for place, part in enumerate(slices):
            total += len(part)
            levels = compare_all_but_names(profiles, part)
            waiting.append(levels.filter(greatest_score(levels, size=people, parameters=self.parameters) >= self.least))
            # One name stands in many pairs: the more pairs at once, the less often it is taken apart.
            if place + 1 == len(slices) or sum(map(len, waiting)) >= _SLICE:
                scored = self._scored(profiles, pl.concat(waiting), sizes, size)
                incoming = scored.to_arrow()  # noqa: F841 - found by its name
                sql.execute(f"insert into {SCHEMA}.scored_pairs select * from incoming")
                waiting = []
        return total

    def _scored(self, profiles: pl.DataFrame, levels: pl.DataFrame, sizes: pl.DataFrame, size: int) -> pl.DataFrame:
        """Stored form of pairs with all levels but the names': those that may weigh enough, now or when their values become rarer."""
        people = population(size, self.parameters)
        levels = pl.concat([levels, compare_names_of(profiles, levels)], how="horizontal")
        levels = levels.filter(score_of_rare(levels, size=people, parameters=self.parameters) >= self.least)
        words = keys_of_shared_names(levels)
        of_words = self._blocks.sizes(words.select("kind", "value").unique())
        counts = count_columns(profiles, levels, words, pl.concat([sizes, of_words]).unique(), population=people)
        full = pl.concat([levels, counts], how="horizontal")
        return full.select(
            "left", "right", packed(FIELDS).alias("levels"), packed([f"{name}_count" for name in COUNTED]).alias("counts")
        ).with_columns(score(full, size=people, parameters=self.parameters))

    def _take_back(self, again: pl.DataFrame) -> None:
        """Put stored pairs among the candidates; those that were forgotten meanwhile are left out."""
        sql = self._sql
        asked = again.to_arrow()  # noqa: F841 - found by its name
        sql.execute(
            f"""
            create or replace temp table again as
            select p."left", p."right"
            from {SCHEMA}.scored_pairs as p
            semi join asked as a on p."left" = a."left" and p."right" = a."right"
            """
        )
        sql.execute(f'delete from {SCHEMA}.scored_pairs as p using again as a where p."left" = a."left" and p."right" = a."right"')
        sql.execute('insert into candidates select "left", "right" from again')
        sql.execute("drop table again")

    def pairs(self, where: str = "true") -> pl.DataFrame:
        """left, right, the level of every field, <field>_count of COUNTED, weight of the scored pairs that fit."""
        packed = self._sql.sql(f"select * from {SCHEMA}.scored_pairs where {where}").pl()
        return packed.select(
            "left", "right", *unpacked("levels", FIELDS), *unpacked("counts", [f"{name}_count" for name in COUNTED]), "weight"
        )  # fmt: skip


def _slices(pairs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, len(pairs), _SLICE):
        yield pairs.slice(start, _SLICE)


def _marked(evidence: pl.DataFrame, apart: pl.DataFrame | None) -> pl.DataFrame:
    """The evidence with two hashes over all of it. Records of one source that say the same, and say more than a name and a place, have
    the same."""
    rich = pl.any_horizontal(pl.col(name).is_not_null() for name in _RICH)
    own = pl.when(~rich).then("record_id")
    if apart is not None and len(apart):
        named = apart.select(*KEY).unique().with_columns(is_named=pl.lit(True))
        evidence = evidence.join(named, on=KEY, how="left", maintain_order="left")
        own = pl.when(~rich | pl.col("is_named").fill_null(False)).then("record_id")
    said = evidence.select("source", *TEXTS, own.alias("own"))
    return evidence.with_columns(mark=said.hash_rows(11).reinterpret(signed=True), other_mark=said.hash_rows(23).reinterpret(signed=True))
