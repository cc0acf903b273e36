"""Which of several written values a customer bears.

Here: what is known of the records beside what they say, the fields put together to a customer, the parent, and whether it still lives.
Not here: which records are one customer (resolve.py), which value of a field stands and why (field_values.py).

Each field takes the best record that has a value. Unless a company decides otherwise (rules/survivorship.csv) that is, first, one that
stands in its source's newest export and is not deleted, then of the source with the lowest priority number, then of the newest change, the
newest export, the source's name and the record's id. Three things are never mixed from several records: the address with its place (from
the record placed most precisely), the revenue with its currency, and the industry with its codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ingest.cleaning.names import comparable_names
from ingest.resolution.field_values import FIELDS, Choice, FieldRule, choose, columns_read
from ingest.sources.mapping import Source

_KEY = ["source", "record_id"]
_PARENT = "parent_customer_id"
_READ_BESIDE = (
    *_KEY, "as_of_date", "modified_at", "is_in_latest_export", "is_deleted", "core_name", "is_branch", "parent_record_id", "parent_name",
)  # fmt: skip
"""Columns of clean.customers that are read beside what the fields are made of."""


@dataclass(frozen=True, kw_only=True)
class Survivors:
    """`customers`: resolved.customers. `values`: resolved.customer_values."""

    customers: pl.DataFrame
    values: pl.DataFrame


def surviving_customers(
    customers: pl.DataFrame,
    places: pl.DataFrame,
    members: pl.DataFrame,
    first_days: pl.DataFrame,
    *,
    sources: Mapping[str, Source],
    decided: Mapping[str, FieldRule] | None = None,
) -> Survivors:
    """The customers with their values. `members`: source, record_id, customer_id. `first_days`: source, record_id, first_day. `decided`:
    what a company decided about single fields, by field."""
    decided = decided or {}
    records = _records(customers, places, members, first_days, sources)
    ids = records.select("customer", "customer_id").unique("customer", keep="first", maintain_order=True)["customer_id"]
    count = len(ids)
    chosen = {name: choose(name, records, count, decided.get(name)) for name in FIELDS if name != _PARENT}
    names = pl.DataFrame({"customer_id": ids, "comparable_name": records["comparable_name"].gather(chosen["customer_name"].rows)})
    records = _with_parents(records, names)
    chosen[_PARENT] = choose(_PARENT, records, count, decided.get(_PARENT))
    borne = [_borne(name, records, choice) for name, choice in chosen.items()]
    counts = records.group_by("customer").agg(
        pl.len().alias("record_count"),
        pl.col("source").n_unique().alias("source_count"),
        pl.col("is_live").any().alias("is_active"),
        pl.col("first_day").min().alias("first_seen_date"),
    )
    whole = pl.concat([ids.to_frame(), counts.sort("customer").drop("customer"), *borne], how="horizontal")
    told = [choice.values.with_columns(field=pl.lit(name)) for name, choice in chosen.items()]
    values = pl.concat(told).with_columns(customer_id=ids.gather(pl.concat(part["customer"] for part in told))).drop("customer")
    return Survivors(customers=whole.with_columns(pl.col("place_precision").fill_null("none")), values=values)


def _records(
    customers: pl.DataFrame, places: pl.DataFrame, members: pl.DataFrame, first_days: pl.DataFrame, sources: Mapping[str, Source]
) -> pl.DataFrame:
    """The records in the order of customer, source and record id, with their places, and `customer`: its number in that order."""
    read = columns_read()
    placed = [name for name in places.columns if name in read and name not in (*_KEY, "problems")]
    # Of the degrees those of the place: a CRM's own are in whatever system, and mostly empty (2026-11-22).
    written = [name for name in customers.columns if name in {*read, *_READ_BESIDE} - set(placed)]
    return (
        customers.select(written)
        .join(members, on=_KEY)
        .join(places.select(*_KEY, *placed), on=_KEY, how="left")
        .join(first_days, on=_KEY, how="left")
        .sort("customer_id", *_KEY)
        .with_columns(
            customer=pl.col("customer_id").rle_id(),
            id_order=pl.int_range(pl.len(), dtype=pl.UInt32),
            is_live=pl.col("is_in_latest_export").fill_null(False) & ~pl.col("is_deleted").fill_null(False),
            priority=pl.col("source").replace_strict(
                list(sources), [source.priority for source in sources.values()], default=100, return_dtype=pl.Int64
            ),
        )
    )


def _borne(name: str, records: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """The columns that come along with a field, one row per customer."""
    columns = [pl.col(given) if isinstance(given, str) else given for given in FIELDS[name].columns.values()]
    written = records.select(column.alias(own) for own, column in zip(FIELDS[name].columns, columns, strict=True))
    return written.select(pl.all().gather(choice.rows))


def _with_parents(records: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The records, each with the customer above that it names: by the parent's record in the same source, else by the parent's name, which
    exactly one customer bears, else of a branch (分公司) the one company of its name.

    Where the records of one customer name several parents, one is chosen as of any field. A customer is never its own parent.
    """
    by_record = records.select("source", pl.col("record_id").alias("parent_record_id"), pl.col("customer_id").alias("by_record"))
    unique_names = names.drop_nulls("comparable_name").filter(pl.len().over("comparable_name") == 1)
    by_name = unique_names.select(pl.col("comparable_name").alias("parent_comparable"), pl.col("customer_id").alias("by_name"))
    named = records.with_columns(parent_comparable=comparable_names(records["parent_name"]))
    companies = records.filter(~pl.col("is_branch").fill_null(False)).select("core_name", "customer_id").drop_nulls().unique()
    companies = companies.filter(pl.len().over("core_name") == 1)
    by_branch = companies.select("core_name", pl.lit(True).alias("is_branch"), pl.col("customer_id").alias("by_branch"))
    found = (
        named.join(by_record, on=["source", "parent_record_id"], how="left", maintain_order="left")
        .join(by_name, on="parent_comparable", how="left", maintain_order="left")
        .join(by_branch, on=["core_name", "is_branch"], how="left", maintain_order="left")
    )
    above = pl.coalesce("by_record", "by_name", "by_branch")
    return found.with_columns(pl.when(above != pl.col("customer_id")).then(above).alias(_PARENT))
