"""The journals: what the record keeps of each night beside the events, so that a past night can be told although its input is gone.

Here: which journals there are, and what a night adds to each. Who was which customer, where retired ids lead and what stewards judged are
kept so that customers bear the same ids when the warehouse was lost (resolution/recorded.py reads them). Not here: their columns
(record_tables.py), their files (store.py), what is made of them (dbt_project).

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
        name="memberships",
        table=TABLES["record.customer_memberships"],
        news="""
            with known as (
                select * from record.customer_memberships
                qualify row_number() over (partition by source, record_id, valid_from order by night desc) = 1
            )

            select
                coalesce(periods.source, known.source) as source,
                coalesce(periods.record_id, known.record_id) as record_id,
                coalesce(periods.valid_from, known.valid_from) as valid_from,
                periods.customer_id,
                periods.valid_to,
                periods.match_reason
            from resolved.customer_records as periods
            full join known
                on
                    periods.source = known.source
                    and periods.record_id = known.record_id
                    and periods.valid_from = known.valid_from
            where periods.customer_id is distinct from known.customer_id or periods.valid_to is distinct from known.valid_to
            order by 1, 2, 3
        """,
    ),
    Journal(
        name="redirects",
        table=TABLES["record.customer_redirects"],
        news="""
            with known as (
                select * from record.customer_redirects
                qualify row_number() over (partition by old_customer_id order by night desc) = 1
            )

            select
                coalesce(redirects.old_customer_id, known.old_customer_id) as old_customer_id,
                redirects.customer_id,
                redirects.cause,
                redirects.happened_on,
                redirects.first_customer_id,
                redirects.detail
            from resolved.customer_id_redirects as redirects
            full join known on redirects.old_customer_id = known.old_customer_id
            where redirects.customer_id is distinct from known.customer_id or redirects.happened_on is distinct from known.happened_on
            order by 1
        """,
    ),
    Journal(
        name="judgements",
        table=TABLES["record.judgements"],
        news="""
            select * exclude (is_in_file) from resolved.judgements
            where judgement_id not in (select judgement_id from record.judgements)
            order by sequence
        """,
    ),
    Journal(
        name="customer_values",
        table=TABLES["record.customer_values"],
        news="""
            select
                customer_id, version_number as place, valid_from, customer_name, country_code, region_code, division_code, city_name,
                postal_code, latitude, longitude, place_precision, industry_code, size_band, potential_band, products
            from marts.dim_customer_periods as periods
            where
                valid_to is null
                and not exists (
                    from record.customer_values as known
                    where known.customer_id = periods.customer_id and known.place = periods.version_number
                )
            order by customer_id
        """,
    ),
)
