"""Scored pairs, judgements and merges -> which records are one customer.

Here: the clusters of a population in terms of its records. Not here: scoring (population.py), the rules of clustering (clustering.py), ids
(identity.py).
"""

from dataclasses import dataclass, field

import polars as pl

from ingest.resolution.clustering import ClusterLimits, cluster
from ingest.resolution.evidence import KEY
from ingest.resolution.levels import number
from ingest.resolution.parameters import Parameters
from ingest.resolution.population import Population

PAIR_KEY = ("left_source", "left_record_id", "right_source", "right_record_id")


def no_pairs() -> pl.DataFrame:
    """PAIR_KEY of no pair."""
    return pl.DataFrame(schema=dict.fromkeys(PAIR_KEY, pl.String))


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Pairs of records (PAIR_KEY) about which somebody decided: judged the same, judged different, merged by a system."""

    same: pl.DataFrame = field(default_factory=no_pairs)
    different: pl.DataFrame = field(default_factory=no_pairs)
    merged: pl.DataFrame = field(default_factory=no_pairs)


@dataclass(frozen=True, kw_only=True)
class Groups:
    """`members`: source, record_id, n, group. `pairs`: as population.pairs, those at least to be asked. `cuts`: left, right, cause, detail,
    of pairs that look the same and are in different groups. Numbers n are profiles'; `named` says whose they are: n, source, record_id of
    the least record of each."""

    members: pl.DataFrame
    pairs: pl.DataFrame
    cuts: pl.DataFrame
    named: pl.DataFrame


def find_groups(people: Population, decided: Decided, parameters: Parameters) -> Groups:
    """The groups of all records of a population. A group's number is that of its least record's profile."""
    members = people.members()
    named = members.sort(KEY).unique("n", keep="first", maintain_order=True)
    profiles = people.identifiers().join(named, on="n", how="left").sort("n")
    place = pl.Series("place", range(len(profiles)), dtype=pl.Int64)
    numbers = profiles["n"]
    records = profiles.select(n=place, tie=pl.concat_str("source", "record_id", separator="\x1f"), credit_code="credit_code")
    pairs = people.pairs(f"weight >= {parameters.ask_above}")
    placed = pairs.with_columns(
        left=numbers.search_sorted(pairs["left"]).cast(pl.Int64), right=numbers.search_sorted(pairs["right"]).cast(pl.Int64)
    )
    is_same = pl.col("weight") >= parameters.same_above
    in_one_system = pl.col("source") == number("source", "same")
    found = cluster(
        records,
        placed.filter(is_same).select("left", "right", "weight"),
        **{kind: _placed_pairs(getattr(decided, kind), members, numbers) for kind in ("same", "different", "merged")},
        against=placed.filter(~is_same & in_one_system).select("left", "right", "weight"),
        limits=ClusterLimits(**parameters.clustering.model_dump()),
    )
    group = pl.DataFrame({"n": numbers, "group": numbers.gather(found.group)})
    cuts = found.cuts.with_columns(left=numbers.gather(found.cuts["left"]), right=numbers.gather(found.cuts["right"]))
    return Groups(members=members.join(group, on="n", how="left").sort(KEY), pairs=pairs, cuts=cuts, named=named)


def _placed_pairs(pairs: pl.DataFrame, members: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """left, right (places of profiles) of decided pairs whose records are there; those inside one profile left out."""
    known = members.select(*KEY, pl.Series("place", numbers.search_sorted(members["n"]), dtype=pl.Int64))
    found = pairs.join(
        known.rename({"source": "left_source", "record_id": "left_record_id", "place": "left"}), on=["left_source", "left_record_id"]
    )
    found = found.join(
        known.rename({"source": "right_source", "record_id": "right_record_id", "place": "right"}), on=["right_source", "right_record_id"]
    )
    return found.filter(pl.col("left") != pl.col("right")).select("left", "right").unique().sort("left", "right")
