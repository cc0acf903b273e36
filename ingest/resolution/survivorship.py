"""Which of several written values a customer bears.

Here: the order of a customer's records, the best value of each field, the place, the parent, and whether it still lives.
Not here: which records are one customer (resolve.py).

Best record first: one that stands in its source's newest export and is not deleted, then the source's priority (lower wins),
then the newest change, the newest export, the source's name and the record's id. Each field takes the best record that has a
value. Three things are never mixed from several records: the address with its place (from the record placed most precisely), the
revenue with its currency, and the industry with its codes.
"""

from collections.abc import Mapping

import polars as pl

from ingest.cleaning.names import comparable_names
from ingest.sources.mapping import Source

_KEY = ["source", "record_id"]
_SINGLE_FIELDS = ("credit_code", "registry_id", "email", "website", "size_band", "employee_count")
_PLACE_FIELDS = (
    "country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude",
    "place_precision", "h3_cell_5", "h3_cell_7",
)  # fmt: skip
_PRECISIONS = ("point", "street", "postal_code", "district", "city", "region", "country", "none")
# A number that only lacks its country or area code stands as it is written where there is no better one.
_LOCAL_NUMBER = pl.when(pl.col("problems").str.contains(r"(?:^|,)phone:no_")).then(pl.col("phone_raw").str.strip_chars())


def surviving_customers(
    customers: pl.DataFrame, places: pl.DataFrame, members: pl.DataFrame, first_days: pl.DataFrame, *, sources: Mapping[str, Source]
) -> pl.DataFrame:
    """resolved.customers. `members`: source, record_id, customer_id. `first_days`: source, record_id, first_day."""
    records = (
        customers.join(members, on=_KEY)
        .join(places.select(*_KEY, *_PLACE_FIELDS), on=_KEY, how="left")
        .join(first_days, on=_KEY, how="left")
        .with_columns(
            is_live=pl.col("is_in_latest_export").fill_null(False) & ~pl.col("is_deleted").fill_null(False),
            priority=pl.col("source").replace_strict(
                list(sources), [source.priority for source in sources.values()], default=100, return_dtype=pl.Int64
            ),
        )
    )
    ranked = _best_first(records)
    singles = ranked.group_by("customer_id", maintain_order=True).agg(
        *(pl.col(field).drop_nulls().first() for field in _SINGLE_FIELDS),
        pl.coalesce(pl.col("phone").drop_nulls().first(), _LOCAL_NUMBER.drop_nulls().first()).alias("phone"),
        pl.len().alias("record_count"),
        pl.col("source").n_unique().alias("source_count"),
        pl.col("is_live").any().alias("is_active"),
        pl.col("first_day").min().alias("first_seen_date"),
    )
    names = _of_one_record(ranked, "name", name="customer_name", comparable_name="comparable_name")
    revenue = _of_one_record(ranked, "annual_revenue_amount", annual_revenue_amount="annual_revenue_amount", currency_code="currency_code")
    industry = _of_one_record(ranked, "industry", industry="industry", gbt4754_code="gbt4754_code", naics_code="naics_code")
    result = singles
    for part in (names, revenue, industry, _places(ranked), _parents(records, names)):
        result = result.join(part, on="customer_id", how="left")
    return result.sort("customer_id")


def _best_first(records: pl.DataFrame) -> pl.DataFrame:
    return records.sort(
        "customer_id", "is_live", "priority", "modified_at", "as_of_date", "source", "record_id",
        descending=[False, True, False, True, True, False, False], nulls_last=True,
    )  # fmt: skip


def _of_one_record(ranked: pl.DataFrame, decides: str, **columns: str) -> pl.DataFrame:
    """Columns that go together, from the best record that has `decides`."""
    best = ranked.drop_nulls(decides).unique("customer_id", keep="first", maintain_order=True)
    return best.select("customer_id", *(pl.col(written).alias(name) for written, name in columns.items()))


def _places(ranked: pl.DataFrame) -> pl.DataFrame:
    """Address and place of the record that is placed most precisely; of equals the one that has a street, then the best."""
    precision = pl.col("place_precision").replace_strict(list(_PRECISIONS), range(len(_PRECISIONS)), default=len(_PRECISIONS))
    address = pl.coalesce("street", "address")
    placed = ranked.with_row_index("rank").with_columns(_precision=precision, address=address, _lacks_street=address.is_null())
    best = placed.sort("customer_id", "_precision", "_lacks_street", "rank").unique("customer_id", keep="first", maintain_order=True)
    return best.select("customer_id", "address", "postal_code", *_PLACE_FIELDS).with_columns(pl.col("place_precision").fill_null("none"))


def _parents(records: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The customer above: by the parent's record in the same source, else by the parent's name, which exactly one customer bears, else of
    a branch (分公司) the one company of its name.

    Where the records of one customer name several parents, the best record's counts. A customer is never its own parent.
    """
    by_record = records.select("source", pl.col("record_id").alias("parent_record_id"), pl.col("customer_id").alias("by_record"))
    unique_names = names.drop_nulls("comparable_name").filter(pl.len().over("comparable_name") == 1)
    by_name = unique_names.select(pl.col("comparable_name").alias("parent_comparable"), pl.col("customer_id").alias("by_name"))
    named = records.with_columns(parent_comparable=comparable_names(records["parent_name"]))
    companies = records.filter(~pl.col("is_branch").fill_null(False)).select("core_name", "customer_id").drop_nulls().unique()
    companies = companies.filter(pl.len().over("core_name") == 1)
    by_branch = companies.select("core_name", pl.lit(True).alias("is_branch"), pl.col("customer_id").alias("by_branch"))
    found = (
        named.join(by_record, on=["source", "parent_record_id"], how="left")
        .join(by_name, on="parent_comparable", how="left")
        .join(by_branch, on=["core_name", "is_branch"], how="left")
        .with_columns(parent_customer_id=pl.coalesce("by_record", "by_name", "by_branch"))
        .filter(pl.col("parent_customer_id") != pl.col("customer_id"))
    )
    return _of_one_record(_best_first(found), "parent_customer_id", parent_customer_id="parent_customer_id")
