"""A small warehouse with the marts that readers get, and hand-made rows in them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ingest.tables import TABLES
from ingest.warehouse import Warehouse

DAY = dt.date(2026, 11, 21)
SHA = "ab" * 32

KEYS = {
    "dim_customers": ["customer_id"],
    "bridge_customer_records": ["source", "record_id", "valid_from"],
    "dim_territories": ["territory_id", "valid_from"],
    "dim_reps": ["rep_id", "valid_from"],
    "fct_territory_assignments": ["customer_id", "valid_from"],
    "fct_ownership_periods": ["customer_id", "valid_from"],
    "kpi_territory_monthly": ["territory_id", "month", "basis"],
}

MARTS = """
create schema if not exists marts;

create or replace table marts.dim_customers as select * from (values
    ('C2', '海尔集团 (Haier)', 'CN', 'Qingdao', 'white_goods', 'large', 2, 2, true, '91370200000000001A'),
    ('C1', 'Aurora Trading Ltd', 'US', 'Seattle', 'retail', null, 2, 1, true, null),
    ('C3', '100% Cotton_Works', null, null, null, null, 1, 1, false, null)
) as t(
    customer_id, customer_name, country_code, city_name, industry_code, size_band, record_count, source_count, is_active,
    credit_code
);
comment on table marts.dim_customers is 'One row per customer; it''s the one view. Grain: one row per customer.';
comment on column marts.dim_customers.customer_name is 'Surviving name.';

create or replace table marts.bridge_customer_records as select * from (values
    ('C1', 'crm', '0011', date '2026-11-01', null::date, 'alone'),
    ('C1', 'crm', '0012', date '2026-11-20', null, 'same phone and same name as crm 0011'),
    ('C2', 'crm', '0020', date '2026-11-01', null, 'alone'),
    ('C2', 'erp', 'K-7', date '2026-11-01', null, 'same credit code as crm 0020'),
    ('C3', 'erp', 'K-8', date '2026-11-01', date '2026-11-15', 'alone'),
    ('C3', 'erp', 'K-9', date '2026-11-01', null, 'alone')
) as t(customer_id, source, record_id, valid_from, valid_to, match_reason);

create or replace table marts.dim_territories as select * from (values
    ('UNASSIGNED', 'Unassigned', null, 'UNASSIGNED', 1, null, date '2026-01-01', null::date),
    ('WEST', 'West', null, 'WEST', 1, 'R1', date '2026-01-01', null),
    ('CN', 'China 中国', null, 'CN', 1, 'R2', date '2026-01-01', date '2026-06-01'),
    ('CN', 'Greater China 大中华', null, 'CN', 1, 'R2', date '2026-06-01', null)
) as t(territory_id, territory_name, parent_territory_id, path, level, manager_rep_id, valid_from, valid_to);

create or replace table marts.dim_reps as select * from (values
    ('R1', 'Ann Example', true, date '2026-01-01', null::date),
    ('R2', '王小明', true, date '2026-01-01', null)
) as t(rep_id, rep_name, is_active, valid_from, valid_to);

create or replace table marts.fct_territory_assignments as select * from (values
    ('C1', 'UNASSIGNED', null, 'No rule matches.', 0, date '2026-01-01', date '2026-11-10'),
    ('C1', 'WEST', 'T-1', 'Rule T-1 (1 dimension: country US) beat no other.', 1, date '2026-11-10', null::date),
    ('C2', 'CN', 'T-2', 'Rule T-2 (1 dimension: country CN) beat no other.', 1, date '2026-01-01', null),
    ('C3', 'UNASSIGNED', null, 'No rule matches.', 0, date '2026-01-01', null)
) as t(customer_id, territory_id, rule_id, assignment_reason, candidate_count, valid_from, valid_to);

create or replace table marts.fct_ownership_periods as select * from (values
    ('C1', 'R2', false, date '2026-11-01', date '2026-11-20', 'first_observed', 'crm', '0011', 1),
    ('C1', 'R1', false, date '2026-11-20', null::date, 'owner_changed', 'crm', '0011', 4),
    ('C2', 'R2', false, date '2026-11-01', null, 'first_observed', 'crm', '0020', 2),
    ('C3', null, true, date '2026-11-01', null, 'never_owned', null, null, null)
) as t(customer_id, owner_rep_id, is_in_pool, valid_from, valid_to, cause, source, record_id, evidence_row);

create or replace table marts.kpi_territory_monthly as
select
    territory_id, month, basis, won_count, lost_count, cast(won_amount as decimal(18, 4)) as won_amount,
    case when won_count + lost_count > 0 then won_count / (won_count + lost_count) end as win_ratio,
    customer_count, active_customer_count, cast(quota_amount as decimal(18, 4)) as quota_amount
from (values
    ('WEST', date '2026-10-01', 'as_sold', 1, 1, 100.25, 1, 1, 200),
    ('WEST', date '2026-11-01', 'as_sold', 3, 0, 300, 1, 1, 200),
    ('CN', date '2026-10-01', 'as_sold', 0, 0, 0, 1, 0, null),
    ('CN', date '2026-11-01', 'as_sold', 1, 3, 50, 1, 1, 100),
    ('UNASSIGNED', date '2026-10-01', 'as_sold', 0, 0, 0, 1, 0, null),
    ('UNASSIGNED', date '2026-11-01', 'as_sold', 0, 0, 0, 1, 0, null),
    ('WEST', date '2026-11-01', 'as_of_today', 4, 3, 350, 1, 1, 200)
) as t(
    territory_id, month, basis, won_count, lost_count, won_amount, customer_count, active_customer_count, quota_amount
);
"""


def rows_of(table: str, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a declared table; columns that are not given are null."""
    schema = TABLES[table].arrow_schema
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def execute(path: Path, sql: str) -> None:
    """Run SQL on a warehouse file, as dbt would: open, write, close."""
    connection = duckdb.connect(str(path))
    try:
        connection.execute(sql)
    finally:
        connection.close()


@pytest.fixture
def run_row() -> Callable[..., pa.Table]:
    """One row of raw.runs."""

    def make(run_id: str = "run-1", as_of_date: dt.date = DAY, **columns: Any) -> pa.Table:
        minute = dt.datetime(2026, 11, 22, 1 if run_id == "run-1" else 2, tzinfo=dt.UTC).replace(tzinfo=None)
        defaults = {"started_at": minute, "finished_at": minute, "outcome": "published", "rows_quarantined": 1}
        return rows_of("raw.runs", {"run_id": run_id, "as_of_date": as_of_date} | defaults | columns)

    return make


@pytest.fixture
def sql() -> Callable[[Path, str], None]:
    return execute


@pytest.fixture
def keys() -> dict[str, list[str]]:
    return {name: list(columns) for name, columns in KEYS.items()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A company home with a warehouse: seven marts, two files (one refused), one quarantined row, one earlier run."""
    folder = tmp_path / "home"
    warehouse = Warehouse(folder / "warehouse.duckdb")
    minute = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC).replace(tzinfo=None)
    file = {"source": "crm", "as_of_date": DAY, "file_sha256": SHA, "size_bytes": 10, "first_seen_at": minute}
    warehouse.replace(
        "raw.files",
        rows_of(
            "raw.files",
            file | {"path": "crm/2026-11-21/a.csv", "state": "loaded", "entities": "customers", "row_count": 3},
            file
            | {"path": "crm/2026-11-21/b.csv", "state": "refused", "reason_code": "empty_file", "reason": "The file b.csv has no rows."},
        ),
    )
    warehouse.replace(
        "raw.quarantine",
        rows_of(
            "raw.quarantine",
            {
                "source": "crm",
                "entity": "customers",
                "as_of_date": DAY,
                "file_sha256": SHA,
                "path": "crm/2026-11-21/a.csv",
                "row_number": 3,
                "reason_code": "no_key",
                "reason": "The row has no Id.",
                "raw_values": '["", "Nobody"]',
                "status": "open",
            },
        ),
    )
    earlier = {"run_id": "run-0", "as_of_date": dt.date(2026, 11, 20), "outcome": "published"}
    earlier |= {"started_at": minute, "finished_at": minute, "rows_quarantined": 0}
    warehouse.append("raw.runs", rows_of("raw.runs", earlier))
    execute(warehouse.path, MARTS)
    return folder
