"""The blocks of a population: who shares which key, how large blocks are, and which pairs they give.

Here: SQL over the exploded keys in the state's DuckDB file. Not here: which keys a profile has (blocking_keys.py), the limits
(blocking.py), profiles and scored pairs (population.py).

A load lays out two relations first: born_keys (kind, value, n of new profiles) and dead (n of those that go). `resize` comes before
`replace_keys`, for it wants the blocks as they were.
"""

from collections.abc import Iterable

import duckdb
import polars as pl

from ingest.resolution.blocking import block_limits
from ingest.resolution.blocking_keys import BLOCKING, KINDS
from ingest.resolution.parameters import Blocking

SCHEMA = "resolution"
"""Schema of the state: private to resolution, rebuilt at will."""
TABLES = {
    "block_keys": "kind utinyint, value bigint, n bigint",
    "block_histogram": "kind utinyint, size bigint, blocks bigint",
}
_COUNTED_KINDS = (
    "name", "word", "brand", "bigram", "first_character", "sound", "phone", "email", "domain", "address", "postal_code", "district", "city",
)  # fmt: skip


class StoredBlocks:
    """The blocks inside an open DuckDB connection that has TABLES."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Blocking):
        self._sql, self._settings = connection, settings

    def histogram(self) -> pl.DataFrame:
        """kind, size, blocks: how many blocks of more than one profile there are."""
        return self._sql.sql(f"select * from {SCHEMA}.block_histogram").pl()

    def limits(self, records: int) -> dict[int, int]:
        """Per kind (number) of BLOCKING the most members of a block that is used, as the blocks are now."""
        return block_limits(self.histogram(), records=records, settings=self._settings)

    def resize(self) -> None:
        """changed_blocks (kind, value, old, new) and the histogram after it."""
        sql = self._sql
        sql.execute(
            f"""
            create or replace temp table changed_blocks as
            with moved as (
                select kind, value, 1 as change from born_keys
                union all
                select k.kind, k.value, -1 from {SCHEMA}.block_keys as k semi join dead as d on k.n = d.n
            ),
            changed as (select kind, value, sum(change)::bigint as change from moved group by kind, value),
            known as (
                select k.kind, k.value, count(*) as size
                from {SCHEMA}.block_keys as k
                semi join changed as c on k.kind = c.kind and k.value = c.value
                group by k.kind, k.value
            )
            select c.kind, c.value, coalesce(k.size, 0) as old, coalesce(k.size, 0) + c.change as new
            from changed as c
            left join known as k on c.kind = k.kind and c.value = k.value
            """
        )
        sql.execute(
            f"""
            create or replace table {SCHEMA}.block_histogram as
            select kind, size, sum(blocks)::bigint as blocks
            from (
                select kind, size, blocks from {SCHEMA}.block_histogram
                union all
                select kind, old, -count(*) from changed_blocks where old > 1 group by kind, old
                union all
                select kind, new, count(*) from changed_blocks where new > 1 group by kind, new
            )
            group by kind, size
            having sum(blocks) <> 0
            """
        )

    def asked(self, born: pl.Series, before: dict[int, int], after: dict[int, int]) -> pl.Series:
        """Profiles whose partners are looked for: new ones, and members of blocks that came within their limit or went beyond it."""
        sql = self._sql
        kinds = range(len(BLOCKING))
        limits = pl.DataFrame({"kind": kinds, "was": [before[k] for k in kinds], "now": [after[k] for k in kinds]})  # noqa: F841
        flipped = sql.sql(
            """
            select c.kind, c.value from changed_blocks as c join limits as l on c.kind = l.kind
            where c.old > 1 and (c.old <= l.was) <> (c.new <= l.now)
            """
        ).pl()
        moved = [k for k in kinds if before[k] != after[k]]
        if moved:
            narrow = ", ".join(str(kind) for kind in moved)
            whole = sql.sql(
                f"""
                select k.kind, k.value
                from {SCHEMA}.block_keys as k join limits as l on k.kind = l.kind
                where k.kind in ({narrow})
                group by k.kind, k.value, l.was, l.now
                having count(*) > least(l.was, l.now) and count(*) <= greatest(l.was, l.now)
                """
            ).pl()
            flipped = pl.concat([flipped, whole]).unique()
        if flipped.is_empty():
            return born
        blocks = flipped.to_arrow()  # noqa: F841 - found by its name
        members = sql.sql(
            f"""
            select distinct k.n
            from {SCHEMA}.block_keys as k
            semi join blocks as b on k.kind = b.kind and k.value = b.value
            anti join dead as d on k.n = d.n
            """
        ).pl()["n"]
        return pl.concat([born, members]).unique()

    def replace_keys(self) -> None:
        """Put born_keys in the place of the keys of `dead`."""
        if len(self._sql.sql("select 1 from dead limit 1").fetchall()):
            self._sql.execute(f"delete from {SCHEMA}.block_keys as k using dead as d where k.n = d.n")
        self._sql.execute(f"insert into {SCHEMA}.block_keys select kind, value, n from born_keys")

    def candidates(self, asked: pl.Series, limits: dict[int, int], *, whole: bool) -> None:
        """Temp table candidates (left, right): pairs of an asked profile with any, that share a usable block; each once.

        `whole`: all profiles are asked.
        """
        sql = self._sql
        limited = pl.DataFrame({"kind": range(len(BLOCKING)), "most": [limits[k] for k in range(len(BLOCKING))]}).to_arrow()  # noqa: F841
        ends = asked.to_frame("n").to_arrow()  # noqa: F841
        of_asked = f"{SCHEMA}.block_keys as k" if whole else f"{SCHEMA}.block_keys as k semi join ends as e on k.n = e.n"
        sql.execute(
            f"create or replace temp table asked_keys as select k.kind, k.value, k.n from {of_asked} where k.kind < {len(BLOCKING)}"
        )
        counted = "asked_keys" if whole else f"{SCHEMA}.block_keys as k semi join asked_keys as a on k.kind = a.kind and k.value = a.value"
        prefix = "" if whole else "k."
        sql.execute(
            f"""
            create or replace temp table used_keys as
            with sizes as (select {prefix}kind, {prefix}value, count(*) as size from {counted} group by {prefix}kind, {prefix}value)
            select a.kind, a.value, a.n
            from asked_keys as a
            join sizes as s on a.kind = s.kind and a.value = s.value
            join limited as l on a.kind = l.kind
            where s.size > 1 and s.size <= l.most
            """
        )
        other, condition = ("used_keys", "a.n < b.n") if whole else (f"{SCHEMA}.block_keys", "a.n <> b.n")
        sql.execute(
            f"""
            create or replace temp table candidates as
            select distinct least(a.n, b.n) as "left", greatest(a.n, b.n) as "right"
            from used_keys as a join {other} as b on a.kind = b.kind and a.value = b.value and {condition}
            """
        )
        sql.execute("drop table asked_keys; drop table used_keys")

    def sizes(self, keys: pl.DataFrame) -> pl.DataFrame:
        """kind, value, size of these keys."""
        wanted = keys.to_arrow()  # noqa: F841 - found by its name
        return self._sql.sql(
            f"""
            select k.kind, k.value, count(*)::uinteger as size
            from {SCHEMA}.block_keys as k
            semi join wanted as w on k.kind = w.kind and k.value = w.value
            group by k.kind, k.value
            """
        ).pl()

    def common_pairs(self) -> pl.DataFrame:
        """Scored pairs that share a value which became twice as common or half as common as a weight knows it."""
        sql = self._sql
        kinds = ", ".join(str(KINDS.index(kind)) for kind in _COUNTED_KINDS)
        # What names share need not be a key of both: initials, a brand inside a longer one (2026-11-22).
        words = ", ".join(str(KINDS.index(kind)) for kind in ("word", "brand", "bigram", "first_character", "sound"))
        sql.execute(
            f"""
            create or replace temp table moved_keys as
            select k.kind, k.value, k.n
            from {SCHEMA}.block_keys as k
            semi join (
                select kind, value from changed_blocks
                where kind in ({kinds}) and floor(log2(greatest(old, 1))) <> floor(log2(greatest(new, 1)))
            ) as c on k.kind = c.kind and k.value = c.value
            """
        )
        pairs = sql.sql(
            f"""
            select distinct p."left", p."right"
            from {SCHEMA}.scored_pairs as p
            join moved_keys as l on p."left" = l.n
            join moved_keys as r on p."right" = r.n and l.kind = r.kind and l.value = r.value
            union
            select p."left", p."right"
            from {SCHEMA}.scored_pairs as p
            semi join (select n from moved_keys where kind in ({words})) as e on p."left" = e.n
            union
            select p."left", p."right"
            from {SCHEMA}.scored_pairs as p
            semi join (select n from moved_keys where kind in ({words})) as e on p."right" = e.n
            """
        ).pl()
        sql.execute("drop table moved_keys")
        return pairs


def pairs_sharing_rare(connection: duckdb.DuckDBPyConnection, drawn: pl.DataFrame, kinds: Iterable[str], *, most: int) -> pl.DataFrame:
    """kind (name), left, right: pairs of a drawn profile (n) with any, that share a value which `most` profiles have."""
    numbers = ", ".join(str(KINDS.index(kind)) for kind in kinds)
    chosen = drawn.to_arrow()  # noqa: F841 - found by its name
    found = connection.sql(
        f"""
        with signs as (
            select k.kind, k.value, k.n from {SCHEMA}.block_keys as k semi join chosen as c on k.n = c.n where k.kind in ({numbers})
        ),
        shared as (
            select k.kind, k.value, k.n
            from {SCHEMA}.block_keys as k semi join signs as s on k.kind = s.kind and k.value = s.value
            qualify count(*) over (partition by k.kind, k.value) between 2 and {most}
        )
        select distinct s.kind::bigint as kind, least(s.n, o.n) as "left", greatest(s.n, o.n) as "right"
        from signs as s join shared as o on s.kind = o.kind and s.value = o.value and s.n <> o.n
        """
    ).pl()
    return found.with_columns(pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String))
