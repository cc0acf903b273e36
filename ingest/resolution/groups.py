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
    the least record of each. `changed`: the groups that were found anew; all others are what they were."""

    members: pl.DataFrame
    changed: pl.Series
    pairs: pl.DataFrame
    cuts: pl.DataFrame
    named: pl.DataFrame


def find_groups(people: Population, decided: Decided, parameters: Parameters) -> Groups:
    """The groups of all records of a population. A group's number is that of its least record's profile.

    Only components about which something changed since the last time are looked at; the others are remembered.
    """
    members = people.members().sort(KEY)
    named = members.unique("n", keep="first", maintain_order=True)
    pairs = people.pairs(f"weight >= {parameters.ask_above}")
    ends = [_ends(getattr(decided, kind), members) for kind in ("same", "different", "merged")]
    touched_ends = pl.concat([pl.concat([one["left"], one["right"]]) for one in ends]).unique()
    numbers = people.stored_groups.to_group(touched_ends, same_above=parameters.same_above)
    found = _grouped(people.identifiers(numbers).join(named, on="n", how="left").sort("n"), pairs, *ends, parameters)
    people.stored_groups.keep(*found, touched_ends)
    return Groups(
        members=members.join(people.stored_groups.groups(), on="n", how="left", maintain_order="left"),
        changed=found[0]["group"].unique(),
        pairs=pairs,
        cuts=people.stored_groups.cuts(),
        named=named,
    )


def _grouped(
    profiles: pl.DataFrame, pairs: pl.DataFrame, same: pl.DataFrame, different: pl.DataFrame, merged: pl.DataFrame, parameters: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """n, component, group of these profiles, and left, right, cause, detail of their cuts. `profiles`: n (ascending), credit_code, KEY."""
    place = pl.Series("place", range(len(profiles)), dtype=pl.Int64)
    numbers = profiles["n"]
    records = profiles.select(n=place, tie=pl.concat_str("source", "record_id", separator="\x1f"), credit_code="credit_code")

    def placed_among(some: pl.DataFrame) -> pl.DataFrame:
        inside = some.filter(pl.col("left").is_in(numbers.implode()) & pl.col("right").is_in(numbers.implode()))
        return inside.with_columns(
            left=numbers.search_sorted(inside["left"]).cast(pl.Int64), right=numbers.search_sorted(inside["right"]).cast(pl.Int64)
        )

    placed = placed_among(pairs)
    is_same = pl.col("weight") >= parameters.same_above
    in_one_system = pl.col("source") == number("source", "same")
    found = cluster(
        records,
        placed.filter(is_same).select("left", "right", "weight"),
        same=placed_among(same),
        different=placed_among(different),
        merged=placed_among(merged),
        against=placed.filter(~is_same & in_one_system).select("left", "right", _speaking_against(parameters)),
        limits=ClusterLimits(**parameters.clustering.model_dump()),
    )
    clusters = pl.DataFrame({"n": numbers, "component": numbers.gather(found.component), "group": numbers.gather(found.group)})
    cuts = found.cuts.with_columns(left=numbers.gather(found.cuts["left"]), right=numbers.gather(found.cuts["right"]))
    return clusters, cuts


def _speaking_against(parameters: Parameters) -> pl.Expr:
    """What a pair that one system keeps apart weighs against a group. Where only the unlike names keep it from being the same, these are
    what the system knew: a family of one address, telephone and e-mail (2026-11-22)."""
    unlike = pl.col("name").is_in([number("name", name) for name in ("unlike", "shared_word")])
    weighed = pl.col("weight") - parameters.caps.unlike_names + parameters.weights["name"]["unlike"]
    return pl.when(unlike).then(pl.min_horizontal("weight", weighed)).otherwise("weight").alias("weight")


def _ends(pairs: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """left, right (profiles) of decided pairs whose records are there; those inside one profile left out."""
    known = members.select(*KEY, "n")
    found = pairs.join(
        known.rename({"source": "left_source", "record_id": "left_record_id", "n": "left"}), on=["left_source", "left_record_id"]
    )
    found = found.join(
        known.rename({"source": "right_source", "record_id": "right_record_id", "n": "right"}), on=["right_source", "right_record_id"]
    )
    return found.filter(pl.col("left") != pl.col("right")).select("left", "right").unique().sort("left", "right")
