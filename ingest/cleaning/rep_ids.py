"""The company's own ids of people and territories, from the user and territory ids of its CRMs.

Here: which user of which system is which rep (rules/reps.csv, then the mapping's `rep_ids`), and the same for territories.
Not here: whether the rep exists, is active or may own something (dbt).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from ingest.values.reading import trimmed
from ingest.sources.mapping import Source


@dataclass(frozen=True)
class RepIdentities:
    """Who is who: `reps_by_user` maps (source, user id) to rep_id, `company_wide` names the sources whose ids are the company's."""

    reps_by_user: Mapping[tuple[str, str], str]
    company_wide: frozenset[str]

    @classmethod
    def from_rules(cls, rule_reps: pa.Table, sources: Mapping[str, Source]) -> "RepIdentities":
        """Identities out of rules.reps, all periods. A user claimed by several rows is the newest row's, then the lowest rep_id's."""
        rows = (
            pl.DataFrame(pl.from_arrow(rule_reps))
            .select("rep_id", "valid_from", "source_user_ids")
            .drop_nulls(["rep_id", "source_user_ids"])
        )
        claims = (
            rows.with_columns(pl.col("source_user_ids").str.split("|"))
            .explode("source_user_ids")
            .with_columns(pl.col("source_user_ids").str.strip_chars().str.splitn("=", 2).struct.rename_fields(["source", "user_id"]))
            .unnest("source_user_ids")
            .with_columns(pl.col("source", "user_id").str.strip_chars())
            .drop_nulls(["source", "user_id"])
            .sort("valid_from", "rep_id", descending=[True, False], nulls_last=True)
            .unique(["source", "user_id"], keep="first", maintain_order=True)
        )
        return cls(
            reps_by_user={(source, user): rep for rep, source, user in claims.select("rep_id", "source", "user_id").iter_rows()},
            company_wide=frozenset(name for name, source in sources.items() if source.rep_ids == "company"),
        )

    def rep_id(self, source: str, user_ids: pl.Series) -> pl.Series:
        """The rep_id of every user id of one source; null stays null. An unlisted user is `source:id`, or `id` company-wide."""
        users = trimmed(user_ids)
        listed = {user: rep for (of_source, user), rep in self.reps_by_user.items() if of_source == source}
        bare = users if source in self.company_wide else _prefixed(source, users)
        known = users.replace_strict(list(listed), list(listed.values()), default=None, return_dtype=pl.String)
        return pl.select(pl.coalesce(known, bare)).to_series().alias(user_ids.name)


def territory_ids(source: Source, ids: pl.Series) -> pl.Series:
    """The territory_id of every territory id of one source: bare where the source's ids are the company's own, else `source:id`."""
    bare = trimmed(ids)
    return bare if source.territory_ids == "company" else _prefixed(source.name, bare).alias(ids.name)


def _prefixed(source: str, ids: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(f"{source}:"), ids)).to_series()
