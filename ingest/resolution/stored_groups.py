"""The groups of a population as they were found last, and which profiles must be grouped anew.

Here: SQL over both in the state's DuckDB file. Not here: how groups are found (clustering.py, groups.py), blocks (stored_blocks.py).

Everything about a group follows from its component alone, the profiles that hang together along pairs that are the same, judged pairs and
merges. So only components are looked at again that hold a profile about which anything changed, or to which a new pair leads.
"""

import duckdb
import polars as pl

from ingest.resolution.stored_blocks import SCHEMA

TABLES = {
    "clusters": "n bigint, component bigint, grp bigint",
    "cuts": '"left" bigint, "right" bigint, cause varchar, detail varchar',
    "decided": "n bigint",
    "to_group": "n bigint",
}


class StoredGroups:
    """The groups inside an open DuckDB connection that has TABLES, and Population's profiles and scored_pairs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._sql = connection

    def mark(self, touched: pl.Series) -> None:
        """Profiles about which something changed."""
        marked = touched.to_frame("n").to_arrow()  # noqa: F841 - found by its name
        self._sql.execute(f"insert into {SCHEMA}.to_group select n from marked")

    def to_group(self, decided: pl.Series, *, same_above: float) -> pl.Series:
        """Profiles of the components that may not be what they were, ascending. `decided`: ends of judged and merged pairs, of which there
        may be others than last time."""
        ends = decided.to_frame("n").to_arrow()  # noqa: F841 - found by its name
        self._sql.execute(
            f"""
            create or replace temp table seeds as
            select n from {SCHEMA}.to_group union select n from {SCHEMA}.decided union select n from ends
            """
        )
        found = self._sql.sql(
            f"""
            with reached as (
                select n from seeds
                union
                select "right" from {SCHEMA}.scored_pairs where weight >= {same_above} and "left" in (select n from seeds)
                union
                select "left" from {SCHEMA}.scored_pairs where weight >= {same_above} and "right" in (select n from seeds)
            ),
            components as (select distinct component from {SCHEMA}.clusters where n in (select n from reached)),
            wanted as (
                select n from {SCHEMA}.clusters where component in (select component from components)
                union
                select n from reached
            )
            select n from {SCHEMA}.profiles where n in (select n from wanted) order by n
            """
        ).pl()
        self._sql.execute("drop table seeds")
        return found["n"].cast(pl.Int64)

    def keep(self, clusters: pl.DataFrame, cuts: pl.DataFrame, decided: pl.Series) -> None:
        """What was found for the profiles of `to_group`: n, component, group, and left, right, cause, detail of their cuts."""
        sql = self._sql
        fresh, cut = clusters.to_arrow(), cuts.to_arrow()  # noqa: F841 - found by their names
        ends = decided.to_frame("n").to_arrow()  # noqa: F841
        gone = f"select n from fresh union select n from {SCHEMA}.to_group"
        sql.execute(f'delete from {SCHEMA}.cuts where "left" in ({gone}) or "right" in ({gone})')
        sql.execute(f"delete from {SCHEMA}.clusters where n in ({gone})")
        sql.execute(f'insert into {SCHEMA}.clusters select n, component, "group" from fresh')
        sql.execute(f'insert into {SCHEMA}.cuts select "left", "right", cause, detail from cut')
        sql.execute(f"delete from {SCHEMA}.decided; insert into {SCHEMA}.decided select n from ends")
        sql.execute(f"delete from {SCHEMA}.to_group")

    def groups(self) -> pl.DataFrame:
        """n, group of every profile."""
        return self._sql.sql(f'select n, grp as "group" from {SCHEMA}.clusters').pl()

    def cuts(self) -> pl.DataFrame:
        """left, right, cause, detail of every cut."""
        return self._sql.sql(f"select * from {SCHEMA}.cuts").pl()
