"""Agreement between sources (一致性): where several systems describe one customer, how often do they say the same?

Here: which fields are compared, in which cleaned form, and counting them, one set of rows per as-of date. Not here: which records are one
customer (resolve.py), which of several values a customer bears (survivorship.py), what is filled and readable (cleaning/health.py).

Only a record that stands in its source's newest export and is not deleted bears witness, and only by what it says itself: a place that was
told from the credit code, the telephone number or the source's own country is no witness of where the customer is. An empty field does not
disagree; it is counted by field_health.
"""

from datetime import date

import polars as pl

from ingest.tables import TABLES
from ingest.warehouse import Warehouse

NAME = "resolved.field_agreement"
_TOLERANCE = 0.1  # of the greater amount: companies round their revenue, and report it for different years
_OPEN_END = float("inf")
_TOLD_OTHERWISE = r"^(?:credit_code|phone|source_country)"
_CITY_TOLD_OTHERWISE = rf"{_TOLD_OTHERWISE}|^region_\w+\+"  # the region is written, its city told from a code or a number

# One text per record: two that are equal agree.
_TEXTS: dict[str, pl.Expr] = {
    "name": pl.col("core_name"),
    "credit_code": pl.col("credit_code"),
    "registry_id": pl.col("registry_id"),
    "phone": pl.col("phone"),
    "email": pl.col("email"),
    "website": pl.when(pl.col("website").is_not_null()).then("domain"),
    "country": pl.when(~pl.col("place_method").str.contains(_TOLD_OTHERWISE)).then("country_code"),
    "region": pl.when(~pl.col("place_method").str.contains(_TOLD_OTHERWISE)).then("region_code"),
    "city": pl.when(~pl.col("place_method").str.contains(_CITY_TOLD_OTHERWISE)).then(
        pl.col("city_name").str.to_lowercase().str.strip_suffix("市")
    ),
    "district": pl.when(~pl.col("place_method").str.contains(_CITY_TOLD_OTHERWISE)).then(pl.col("district_name").str.to_lowercase()),
    # 98101-1234 says of 98101 which side of the street
    "postal_code": pl.col("postal_code").str.normalize("NFKC").str.to_uppercase().str.replace_all(r"\s", "")
    .str.replace(r"^(\d{5})-\d{4}$", "$1").str.replace_all("-", ""),
    "industry": pl.col("gbt4754_code"),
    "size_band": pl.col("size_band").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(),
}  # fmt: skip
_IDS = ("customer_id", "source", "name_of_source")
COMPARED_FIELDS = (*_TEXTS, "employee_count", "annual_revenue_amount")
"""Canonical fields of customers that are compared. Ids of the source's own, its dates and free text have nothing to be compared with."""

_WRITTEN = (
    "core_name", "credit_code", "registry_id", "phone", "email", "website", "domain", "postal_code", "gbt4754_code", "size_band",
    "employee_count", "employee_count_from", "employee_count_to", "annual_revenue_amount", "currency_code",
)  # fmt: skip
_PLACED = ("place_method", "country_code", "region_code", "city_name", "district_name")
_LIVE = """
    select records.customer_id, written.* from clean.customers as written
    join resolved.customer_records as records
        on written.source = records.source and written.record_id = records.record_id and records.valid_to is null
    where written.is_in_latest_export and not coalesce(written.is_deleted, false)
"""


def refresh_field_agreement(warehouse: Warehouse, *, as_of_date: date) -> tuple[int, int]:
    """Write the day's rows of resolved.field_agreement; rows of days before stay, those of later days go (the exports of such a day were
    taken back). Returns the records that were compared and the rows written."""
    chosen = ", ".join(f"live.{name}" for name in _WRITTEN) + ", " + ", ".join(f"places.{name}" for name in _PLACED)
    with warehouse.opened():
        sources = warehouse.query(f"with live as ({_LIVE}) select distinct source from live order by source")["source"].to_pylist()
        records = warehouse.query(
            f"""
            with live as ({_LIVE}),
            shared as (select customer_id from live group by customer_id having count(distinct source) > 1)
            select live.customer_id, live.source, {chosen}
            from live join shared on live.customer_id = shared.customer_id
            left join geo.customer_places as places on live.source = places.source and live.record_id = places.record_id
            """
        )
        found = field_agreement(pl.DataFrame(pl.from_arrow(records)), sources)
        day = found.with_columns(as_of_date=pl.lit(as_of_date), entity=pl.lit("customers")).select(TABLES[NAME].column_names)
        known = warehouse.query(f"select distinct as_of_date from {NAME} order by as_of_date") if warehouse.exists(NAME) else None
        later = [known_day for known_day in known["as_of_date"].to_pylist() if known_day > as_of_date] if known else []
        empty = TABLES[NAME].arrow_schema.empty_table()
        parts = [(NAME, {"as_of_date": gone}, empty) for gone in later]
        warehouse.replace_parts([*parts, (NAME, {"as_of_date": as_of_date}, day.to_arrow())])
    return records.num_rows, len(day)


def field_agreement(records: pl.DataFrame, sources: list[str]) -> pl.DataFrame:
    """Per source and field: compared_count and agreeing_count, sorted.

    `records`: customer_id, source and the columns read above, one row per record. `sources`: all that have live records; one whose
    customers stand nowhere else has counts of 0.
    """
    # Numbers for ids: the thirteen texts of 1 M records take half the time (2026-11-22).
    coded = records.with_columns(pl.col("customer_id", "source").rank("dense").cast(pl.UInt32), name_of_source=pl.col("source"))
    counted = [_equal_texts(coded, value).with_columns(field=pl.lit(field)) for field, value in _TEXTS.items()]
    employees = coded.select(
        *_IDS,
        low=pl.coalesce("employee_count", "employee_count_from").cast(pl.Float64),
        high=pl.coalesce("employee_count", "employee_count_to").cast(pl.Float64),
    )
    counted.append(_meeting_ranges(employees, within=["customer_id"], tolerance=0).with_columns(field=pl.lit("employee_count")))
    amount = pl.col("annual_revenue_amount").cast(pl.Float64)
    revenue = coded.drop_nulls("currency_code").select(*_IDS, "currency_code", low=amount, high=amount)
    found = _meeting_ranges(revenue, within=["customer_id", "currency_code"], tolerance=_TOLERANCE)  # amounts in two currencies are apart
    counted.append(found.with_columns(field=pl.lit("annual_revenue_amount")))
    every = pl.DataFrame({"source": sources}, schema={"source": pl.String}).join(pl.DataFrame({"field": COMPARED_FIELDS}), how="cross")
    found = every.join(pl.concat(counted), on=["source", "field"], how="left")
    return found.with_columns(pl.col("compared_count", "agreeing_count").fill_null(0)).sort("source", "field")


def _in_other_sources(*within: str) -> pl.Expr:
    """Whether the rows that are equal in some columns come from several sources."""
    return pl.col("source").min().over(within) < pl.col("source").max().over(within)


def _equal_texts(coded: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """Per source: records whose customer has a text in another source too, and those of which another source's is equal."""
    said = coded.select(*_IDS, pl.when(value != "").then(value).alias("value")).drop_nulls("value")
    compared = said.filter(_in_other_sources("customer_id"))
    return _counts(compared.with_columns(agrees=_in_other_sources("customer_id", "value"), count=pl.lit(1)))


def _meeting_ranges(ranges: pl.DataFrame, *, within: list[str], tolerance: float) -> pl.DataFrame:
    """The same of ranges, one null end of which is open: two agree that meet, or miss each other by a share of where the upper begins."""
    said = ranges.filter(pl.col("low").is_not_null() | pl.col("high").is_not_null())
    said = said.with_columns(pl.col("low").fill_null(0.0), pl.col("high").fill_null(_OPEN_END)).filter(_in_other_sources(*within))
    distinct = said.group_by(*_IDS, *within[1:], "low", "high").agg(count=pl.len())
    pairs = distinct.join(distinct, on=within, suffix="_other").filter(pl.col("source") != pl.col("source_other"))
    upper = pl.max_horizontal("low", "low_other")
    misses_by = upper - pl.min_horizontal("high", "high_other")
    is_near = misses_by / tolerance <= upper.abs() if tolerance else misses_by <= 0
    return _counts(pairs.group_by(*_IDS, *within[1:], "low", "high").agg(agrees=is_near.any(), count=pl.col("count").first()))


def _counts(compared: pl.DataFrame) -> pl.DataFrame:
    return compared.group_by(pl.col("name_of_source").alias("source")).agg(
        compared_count=pl.col("count").sum().cast(pl.Int64), agreeing_count=pl.col("count").filter(pl.col("agrees")).sum().cast(pl.Int64)
    )
