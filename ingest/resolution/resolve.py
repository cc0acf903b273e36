"""clean.customers + geo.customer_places -> resolved.*: which records are one customer, under which id, with which values.

Here: the order of the steps and the four tables they give. Not here: the steps (one module each beside this one).

The result depends on the set of rows and the day only: the same rows in any order give the same bytes, and a second run on its
own result changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.resolution.blocking import candidate_pairs
from ingest.resolution.clustering import cluster
from ingest.resolution.comparisons import compare
from ingest.resolution.features import features
from ingest.resolution.identity import identify, record_periods
from ingest.resolution.merges import merged_pairs
from ingest.resolution.survivorship import surviving_customers
from ingest.resolution.thresholds import thresholds
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import conform

_KEY = ["source", "record_id"]
_ALONE = "No other record was found to be the same customer."
_APART = " Kept apart: the groups they belong to have different credit codes."


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The four tables of schema `resolved`, each as its contract says, and what the run did."""

    customers: pa.Table
    customer_records: pa.Table
    match_pairs: pa.Table
    customer_id_redirects: pa.Table
    details: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Numbers for people who watch the run: records, customers, pairs by verdict, ids minted and retired, keys skipped."""
        return {
            "customers": self.customers.num_rows,
            "customer_records": self.customer_records.num_rows,
            "match_pairs": self.match_pairs.num_rows,
            "customer_id_redirects": self.customer_id_redirects.num_rows,
            **self.details,
        }


def resolve_customers(
    customers: pa.Table,
    places: pa.Table,
    *,
    sources: Mapping[str, Source],
    previous_records: pa.Table,
    previous_redirects: pa.Table,
    first_seen: pa.Table,
    as_of_date: date,
    calendar_start: date,
) -> Resolution:
    """Resolve clean.customers (with geo.customer_places) against what was resolved before.

    `previous_records`, `previous_redirects`: resolved.customer_records and resolved.customer_id_redirects of the last run.
    `first_seen`: source, record_id, first_as_of_date; a record it does not name is taken to be there since `calendar_start`.
    """
    written, placed = pl.DataFrame(pl.from_arrow(customers)), pl.DataFrame(pl.from_arrow(places))
    was, led = pl.DataFrame(pl.from_arrow(previous_records)), pl.DataFrame(pl.from_arrow(previous_redirects))
    records = features(written, placed)
    blocks = candidate_pairs(records, largest_block=thresholds().largest_block)
    merged = merged_pairs(written, records)
    pairs = compare(records, blocks.pairs, limits=thresholds()).join(merged, on=["left", "right"], how="anti")
    strongest = pairs.filter(pl.col("verdict") == "same").sort("score", "left", "right", descending=[True, False, False])
    clusters = cluster(
        strongest.select("left", "right").iter_rows(),
        credit_codes=records["credit_code"].to_list(),
        merged=merged.select("left", "right").iter_rows(),
    )
    pairs = pl.concat([_with_refusals(pairs, clusters.refused), merged.select(pairs.columns)]).sort("left", "right")
    members = records.select("n", *_KEY).with_columns(group=pl.Series(clusters.group_of, dtype=pl.Int64))
    identity = identify(members, was, led, as_of_date=as_of_date)
    ids = pl.DataFrame(
        {"group": list(identity.customer_ids), "customer_id": list(identity.customer_ids.values())},
        schema={"group": pl.Int64, "customer_id": pl.String},
    )
    seen = pl.DataFrame(pl.from_arrow(first_seen)).select(*_KEY, pl.col("first_as_of_date").alias("first_day"))
    members = members.join(ids, on="group").join(seen, on=_KEY, how="left")
    members = members.join(_reasons(pairs, records), on="n", how="left").with_columns(pl.col("match_reason").fill_null(_ALONE))
    periods = record_periods(members, was, identity.redirects, as_of_date=as_of_date, calendar_start=calendar_start)
    first_days = periods.group_by(_KEY).agg(pl.col("valid_from").min().alias("first_day"))
    survivors = surviving_customers(written, placed, members.select(*_KEY, "customer_id"), first_days, sources=sources)
    return Resolution(
        customers=_conformed("resolved.customers", survivors),
        customer_records=_conformed("resolved.customer_records", periods),
        match_pairs=_conformed("resolved.match_pairs", _named(pairs, records)),
        customer_id_redirects=_conformed("resolved.customer_id_redirects", identity.redirects),
        details={
            "records": len(records),
            "pairs_compared": len(blocks.pairs),
            "pairs_same": pairs.filter(pl.col("verdict") == "same").height,
            "pairs_possible": pairs.filter(pl.col("verdict") == "possible").height,
            "pairs_merged": merged.height,
            "pairs_kept_apart": len(clusters.refused),
            "ids_minted": identity.minted_count,
            "ids_retired": len(identity.redirects) - len(led),
            "blocks_skipped": sum(blocks.skipped.values()),
        },
    )


def _conformed(name: str, frame: pl.DataFrame) -> pa.Table:
    return conform(TABLES[name], frame.select(TABLES[name].column_names).to_arrow())


def _with_refusals(pairs: pl.DataFrame, refused: list[tuple[int, int]]) -> pl.DataFrame:
    """Pairs that the veto kept apart are possible, and say why."""
    apart = pl.DataFrame(refused, schema={"left": pl.Int64, "right": pl.Int64}, orient="row").with_columns(is_apart=pl.lit(True))
    marked = pairs.join(apart, on=["left", "right"], how="left", maintain_order="left")
    is_apart = pl.col("is_apart").fill_null(False)
    return marked.with_columns(
        verdict=pl.when(is_apart).then(pl.lit("possible")).otherwise("verdict"),
        evidence=pl.when(is_apart).then(pl.col("evidence") + _APART).otherwise("evidence"),
    ).drop("is_apart")


def _reasons(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Per record that is not alone: the strongest pair that ties it to its customer, as a sentence."""
    same = pairs.filter(pl.col("verdict") == "same").select("left", "right", "score", "evidence")
    both_ways = pl.concat([same, same.rename({"left": "right", "right": "left"}).select(same.columns)])
    best = both_ways.sort("left", "score", "right", descending=[False, True, False]).unique("left", keep="first", maintain_order=True)
    other = records.select(pl.col("n").alias("right"), "source", "record_id")
    sentence = pl.format("With {} {}: {}", "source", "record_id", "evidence")
    return best.join(other, on="right").select(pl.col("left").alias("n"), sentence.alias("match_reason"))


def _named(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    keys = records.select("n", *_KEY)
    left = keys.rename({"n": "left", "source": "left_source", "record_id": "left_record_id"})
    right = keys.rename({"n": "right", "source": "right_source", "record_id": "right_record_id"})
    return pairs.join(left, on="left").join(right, on="right")
