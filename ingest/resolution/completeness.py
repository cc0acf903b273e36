"""How many of the pairs that are one customer the keys bring together, estimated before any pair is compared.

Here: capture and recapture over the keys of a sample of profiles. Not here: the keys and limits (blocking_keys.py, blocking.py), what the
comparison then makes of the pairs.

Nobody knows all pairs that are one customer, but some are nearly sure before they are compared: those that share a rare identifying value
(credit code, register number, e-mail address, or two of telephone number, domain and address), and those that share a rare name in one
place. Of the first it can be counted how many the keys made of names would have brought together as well, of the second how many the keys
made of identifying values would. If both ways miss pairs independently, both miss one in so many (the estimate of Petersen 1896 and Lincoln
1930, in the form of Chapman 1951 for the number of pairs). A pair without telephone number and e-mail address is likelier to be short of
other things too, so the share is rather too high than too low; keys made of addresses belong to neither way and are left out, which makes
up for a part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from ingest.resolution.blocking_keys import BLOCKING, KINDS
from ingest.resolution.stored_blocks import SCHEMA, pairs_sharing_rare

IDENTIFYING = ("credit_code", "registry_id", "email", "phone", "domain")
"""Kinds of keys that need no name."""
SURE = ("credit_code", "registry_id", "email")
"""Kinds whose rare values make a pair nearly sure without its name."""
# 2026-11-22, demo company: of 1,100 pairs with one telephone number alone 716 are strangers.
TOGETHER = ("phone", "domain", "address")
"""Kinds of which it takes two."""
NAME = "name_in_place"
_NAMED = tuple(kind for kind in BLOCKING if kind not in (*IDENTIFYING, "road_and_house", "house_in_postal_code"))
_RARE = 4  # 2026-11-22: more profiles with one address, or one name in a place, are often a chain
_FEWEST = 20  # sure pairs of each way, from which a share is said
BY_SIGN = {"sign": pl.String, "sure_pairs": pl.Int64, "found_by_others": pl.Int64, "share": pl.Float64}
BY_KIND = {"kind": pl.String, "brought": pl.Int64, "share": pl.Float64, "brought_by_it_alone": pl.Int64}


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """`share`: of the pairs that are one customer, those that a used key brings together, 0 to 1; null where too few pairs are sure in one
    of both ways. `matching_pairs`: estimated, of the drawn profiles with any. `by_sign`: BY_SIGN, sure pairs by what makes them sure, and
    how many of these keys of the other way bring together too. `by_kind`: BY_KIND, a row per kind of key: how many of all sure pairs it
    brings together, and how many no other kind would. `profiles`: drawn, `of`: there are. `detail`: the sentence for people."""

    share: float | None
    matching_pairs: float | None
    by_sign: pl.DataFrame
    by_kind: pl.DataFrame
    profiles: int
    of: int
    detail: str


def pair_completeness(connection: duckdb.DuckDBPyConnection, limits: Mapping[int, int], *, profiles: int = 20_000) -> Completeness:
    """Completeness of the blocks of a population in an open database, with limits as of StoredBlocks.limits (kind's number -> records).
    `profiles`: how many are drawn, by the hash of what they say."""
    of = connection.sql(f"select count(*) from {SCHEMA}.profiles").fetchall()[0][0]
    drawn = connection.sql(f"select n from {SCHEMA}.profiles order by mark, other_mark, n limit {profiles}").pl()
    sure = _sure_pairs(connection, drawn)
    used = _used_kinds(connection, sure.select("left", "right"), limits)
    pairs = sure.join(used, on=["left", "right"], how="left")
    pairs = pairs.with_columns(pl.col("kinds").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    pairs = pairs.with_columns(
        by_name=pl.col("signs").list.contains(NAME),
        by_id=pl.col("signs").list.set_difference([NAME]).list.len() > 0,
        id_key=pl.col("kinds").list.set_intersection(list(IDENTIFYING)).list.len() > 0,
        name_key=pl.col("kinds").list.set_intersection(list(_NAMED)).list.len() > 0,
    )
    share, matching, detail = _estimated(pairs, len(drawn))
    return Completeness(
        share=share,
        matching_pairs=matching,
        by_sign=_by_sign(pairs),
        by_kind=_by_kind(pairs),
        profiles=len(drawn),
        of=of,
        detail=detail,
    )


def _sure_pairs(connection: duckdb.DuckDBPyConnection, drawn: pl.DataFrame) -> pl.DataFrame:
    """left, right, signs: pairs of a drawn profile with any that are nearly sure to be one, and what makes them so."""
    named = pairs_sharing_rare(connection, drawn, (*SURE, *TOGETHER, NAME), most=_RARE)
    pairs = named.group_by("left", "right").agg(kinds=pl.col("kind").sort())
    alone = pl.col("kinds").list.set_intersection([*SURE, NAME])
    two = pl.col("kinds").list.set_intersection(list(TOGETHER)).list.sort()
    together = pl.when(two.list.len() >= 2).then(pl.concat_list(two.list.join(" and "))).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    return pairs.select("left", "right", signs=pl.concat_list(alone, together)).filter(pl.col("signs").list.len() > 0)


def _used_kinds(connection: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, limits: Mapping[int, int]) -> pl.DataFrame:
    """left, right, kinds: of each pair the kinds of which it shares a block within the limit."""
    asked = pairs.to_arrow()  # noqa: F841 - found by its name
    limited = pl.DataFrame({"kind": list(limits), "most": list(limits.values())}, schema={"kind": pl.Int64, "most": pl.Int64}).to_arrow()  # noqa: F841
    found = connection.sql(
        f"""
        with ends as (select "left" as n from asked union select "right" from asked),
        keys as (select k.kind, k.value, k.n from {SCHEMA}.block_keys as k semi join ends as e on k.n = e.n where k.kind < {len(BLOCKING)}),
        shared as (
            select a."left", a."right", l.kind, l.value
            from asked as a
            join keys as l on a."left" = l.n
            join keys as r on a."right" = r.n and l.kind = r.kind and l.value = r.value
        ),
        sizes as (
            select k.kind, k.value, count(*) as size
            from {SCHEMA}.block_keys as k semi join shared as s on k.kind = s.kind and k.value = s.value
            group by k.kind, k.value
        )
        select distinct s."left", s."right", s.kind::integer as kind
        from shared as s
        join sizes as z on s.kind = z.kind and s.value = z.value
        join limited as l on s.kind = l.kind
        where z.size <= l.most
        """
    ).pl()
    named = found.with_columns(pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String))
    return named.group_by("left", "right").agg(kinds=pl.col("kind"))


def _estimated(pairs: pl.DataFrame, drawn: int) -> tuple[float | None, float | None, str]:
    """share, matching pairs, sentence."""
    by_id, by_name = pairs.filter("by_id"), pairs.filter("by_name")
    fewest = min(len(by_id), len(by_name))
    if fewest < _FEWEST:
        lacking = "share an identifying value" if len(by_id) < len(by_name) else "share a name in one place"
        said = f"of {drawn:,} profiles looked at too few pairs ({fewest:,}) {lacking}, {_FEWEST:,} are needed."
        return None, None, f"How many pairs the keys miss cannot be said: {said}"
    named, identified = int(by_id["name_key"].sum()), int(by_name["id_key"].sum())
    missed = (1 - named / len(by_id)) * (1 - identified / len(by_name))
    both = len(pairs.filter(pl.col("by_id") & pl.col("by_name")))
    matching = (len(by_id) + 1) * (len(by_name) + 1) / (both + 1) - 1
    detail = (
        f"The keys bring together about {1 - missed:.1%} of the pairs that are one customer: names alone {named:,} of {len(by_id):,} "
        f"that share an identifying value, identifying values alone {identified:,} of {len(by_name):,} that share a name in one place."
    )
    return round(1 - missed, 4), round(matching, 1), detail


def _by_sign(pairs: pl.DataFrame) -> pl.DataFrame:
    """BY_SIGN, by name."""
    signs = pairs.select("id_key", "name_key", sign="signs").explode("sign")
    signs = signs.with_columns(found=pl.when(pl.col("sign") == NAME).then("id_key").otherwise("name_key"))
    counted = signs.group_by("sign").agg(sure_pairs=pl.len().cast(pl.Int64), found_by_others=pl.col("found").sum().cast(pl.Int64))
    return counted.with_columns(share=(pl.col("found_by_others") / pl.col("sure_pairs")).round(4)).sort("sign").select(*BY_SIGN)


def _by_kind(pairs: pl.DataFrame) -> pl.DataFrame:
    """BY_KIND, in the order of BLOCKING."""
    kinds = pairs.select(kind="kinds", is_alone=pl.col("kinds").list.len() == 1).explode("kind")
    counted = kinds.group_by("kind").agg(brought=pl.len().cast(pl.Int64), brought_by_it_alone=pl.col("is_alone").sum().cast(pl.Int64))
    every = pl.DataFrame({"kind": BLOCKING}).join(counted, on="kind", how="left", maintain_order="left")
    filled = every.with_columns(pl.col("brought", "brought_by_it_alone").fill_null(0))
    share = pl.when(len(pairs) > 0).then((pl.col("brought") / max(len(pairs), 1)).round(4))
    return filled.with_columns(share=share.cast(pl.Float64)).select(*BY_KIND)
