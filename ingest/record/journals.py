"""The journals: what the record keeps of each night beside the events, so that a past night can be told although its input is gone.

Here: which journals there are, and what a night adds to each. Not here: their columns (record_tables.py), their files (store.py), what is
made of them (dbt_project).

A journal is a list of rows that is only added to. Its table in the warehouse has the column `night` first, which the record fills in; the
other columns are those of its files, record/<name>/000012_2026-06-15.parquet. To add one: its table in record_tables.py, a row in JOURNALS.
"""

from dataclasses import dataclass

import pyarrow as pa

from ingest.table_types import Table
from ingest.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Journal:
    """`name`: its folder below record/. `news`: a query of the rows that tonight adds, without `night`, in the order in which they are to
    stand; it is asked after all checks, right before the night is written."""

    name: str
    table: Table
    news: str

    @property
    def file_schema(self) -> pa.Schema:
        """Columns and types of a file."""
        return pa.schema([field for field in self.table.arrow_schema if field.name != "night"])

    def placed(self, rows: pa.Table, night: int) -> pa.Table:
        """Rows of a file as they stand in the warehouse."""
        return rows.add_column(0, "night", pa.repeat(pa.scalar(night, pa.int64()), rows.num_rows))


JOURNALS: tuple[Journal, ...] = (
    Journal(
        name="customer_values",
        table=TABLES["record.customer_values"],
        news="""
            select
                seen.customer_id, seen.place, seen.valid_from, customers.customer_name, customers.country_code, customers.region_code,
                customers.division_code, customers.city_name, customers.postal_code, seen.latitude, seen.longitude,
                customers.place_precision, customers.industry_code, customers.size_band, products.products
            from intermediate.int_territory__customer_values as seen
            inner join marts.dim_customers as customers on seen.customer_id = customers.customer_id
            left join intermediate.int_territory__customer_products as products on seen.customer_id = products.customer_id
            where seen.is_news
            order by seen.customer_id
        """,
    ),
)
