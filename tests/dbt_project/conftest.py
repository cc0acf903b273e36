"""One tiny company, built once with the real dbt project.

Here: rows in the shape of ingest/tables.py, one `dbt build` with its data tests and unit tests, and a reader of the result.
Not here: what must come out (the test modules beside this file, worked out by hand).

The company counts in dollars from 2026-01-01; its newest export is of 2026-04-15. Nobody and nothing in it is real.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ingest.entity_tables import DAYS, day_column
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

PROJECT = Path(__file__).parents[2] / "dbt_project"

Rows = list[dict[str, Any]]


def day(text: str) -> date:
    return date.fromisoformat(text)


COMPANY: Rows = [
    {
        "company_name": "Tiny",
        "as_of_date": day("2026-04-15"),
        "calendar_start_date": day("2026-01-01"),
        "currency_code": "USD",
        "opportunity_credit": "customer_territory",
        "rules_version": "1" * 64,
    }
]

RULE_TERRITORIES: Rows = [
    {"territory_id": "ROOT", "territory_name": "World", "valid_from": day("2025-01-01")},
    {
        "territory_id": "EAST",
        "territory_name": "East",
        "parent_territory_id": "ROOT",
        "manager_rep_id": "mia",
        "valid_from": day("2025-01-01"),
    },
    {"territory_id": "SH", "territory_name": "Shanghai", "parent_territory_id": "EAST", "valid_from": day("2025-01-01")},
]
EXPORTED_TERRITORIES: Rows = [
    {"source": "crm", "record_id": "EAST", "territory_id": "EAST", "name": "Another name for East"},
    {"source": "crm", "record_id": "WEST", "territory_id": "WEST", "name": "West", "parent_territory_id": "LOOP"},
    {"source": "crm", "record_id": "LOOP", "territory_id": "LOOP", "name": "Loop", "parent_territory_id": "WEST"},
]
RULES: Rows = [
    {"rule_id": "R-01", "territory_id": "EAST", "priority": 100, "country_codes": "CN", "valid_from": day("2025-01-01")},
    {
        "rule_id": "R-02",
        "territory_id": "SH",
        "priority": 100,
        "region_codes": "CN-BJ|CN-SH",
        "industries": "Retail",
        "valid_from": day("2026-02-01"),
        "valid_to": day("2026-04-01"),
    },
    {"rule_id": "R-03", "territory_id": "WEST", "priority": 900, "customer_names": " acme ltd ", "valid_from": day("2025-01-01")},
    {
        "rule_id": "R-04",
        "territory_id": "ROOT",
        "priority": 1,
        "country_codes": "US",
        "region_codes": "US-WA",
        "valid_from": day("2025-01-01"),
    },
    {"rule_id": "R-05", "territory_id": "WEST", "city_names": "Bonn|Ulm", "country_codes": "DE|CH", "valid_from": day("2025-01-01")},
    {"rule_id": "R-06", "territory_id": "WEST", "priority": 7, "region_codes": "DE-BY|CN-BJ", "valid_from": day("2025-01-01")},
    {"rule_id": "R-07", "territory_id": "EAST", "customer_names": "C0", "size_bands": "large", "valid_from": day("2025-01-01")},
]
SIZE_BANDS: Rows = [
    {"size_band": "small", "to_employees": 100, "valid_from": day("2025-01-01")},
    {"size_band": "large", "from_employees": 100, "valid_from": day("2025-01-01")},
]
RULE_REPS: Rows = [
    {"rep_id": "ann", "rep_name": "Ann", "manager_rep_id": "mia", "valid_from": day("2025-01-01")},
    {"rep_id": "mia", "rep_name": "Mia", "user_name": "mia.m", "manager_rep_id": "joe", "valid_from": day("2025-01-01")},
    {"rep_id": "joe", "rep_name": "Joe", "access_scope": "all", "valid_from": day("2025-01-01"), "valid_to": day("2026-04-01")},
]
EXPORTED_REPS: Rows = [
    {"source": "crm", "record_id": "u1", "rep_id": "ann", "name": "Ann of the CRM", "is_active": False},
    {"source": "crm", "record_id": "u2", "rep_id": "crm:u2", "name": "Bob", "user_name": "bob", "manager_rep_id": "mia", "is_active": True},
    {"source": "crm", "record_id": "u3", "rep_id": "crm:u3", "name": "Left", "is_active": False},
]
RULE_REP_TERRITORIES: Rows = [
    {"rep_id": "ann", "territory_id": "SH", "role": "owner", "valid_from": day("2026-01-01"), "valid_to": day("2026-03-01")},
    {"rep_id": "ann", "territory_id": "EAST", "role": "owner", "valid_from": day("2026-03-01")},
]
EXPORTED_REP_TERRITORIES: Rows = [
    {"source": "crm", "record_id": "t1", "rep_id": "crm:u2", "territory_id": "WEST", "valid_from": day("2025-06-01")},
    {"source": "crm", "record_id": "t2", "rep_id": "ann", "territory_id": "EAST", "role": "owner", "valid_from": day("2026-03-01")},
    {"source": "crm", "record_id": "t3", "rep_id": "crm:u3", "territory_id": "NORTH", "role": "support", "valid_from": None},
    {
        "source": "crm",
        "record_id": "t4",
        "rep_id": "mia",
        "territory_id": "WEST",
        "valid_from": day("2026-01-02"),
        "valid_to": day("2026-01-01"),
    },
]
RULE_QUOTAS: Rows = [
    {"rep_id": "ann", "territory_id": "", "quota_date": day("2026-02-01"), "amount": "800", "row_number": 1},
    {"rep_id": "ann", "territory_id": "", "quota_date": day("2026-03-01"), "amount": "999", "row_number": 2},
    {"rep_id": "", "territory_id": "EAST", "quota_date": day("2026-03-01"), "amount": "300", "row_number": 3},
]
EXPORTED_QUOTAS: Rows = [
    {"source": "crm", "record_id": "q1", "rep_id": "crm:u2", "quota_date": day("2026-02-15"), "amount": "100"},
    {"source": "crm", "record_id": "q2", "rep_id": "ann", "quota_date": day("2026-02-01"), "amount": "5"},
    {"source": "crm", "record_id": "q3", "rep_id": "mia", "quota_date": day("2026-02-01"), "amount": "40"},
]
CUSTOMERS: Rows = [
    {
        "customer_id": "C1",
        "customer_name": "Acme Ltd",
        "country_code": "US",
        "region_code": "US-WA",
        "industry": "Retail",
        "employee_count": 100,
    },
    {"customer_id": "C2", "customer_name": "Bolt", "country_code": "CN", "region_code": "CN-SH", "industry": "retail", "size_band": "重点"},
    {"customer_id": "C3", "customer_name": "Cargo", "country_code": "DE"},
]
CUSTOMER_RECORDS: Rows = [
    {"source": "crm", "record_id": "1", "customer_id": "C1"},
    {"source": "crm", "record_id": "2", "customer_id": "C2"},
    {"source": "crm", "record_id": "3", "customer_id": "C3"},
    {"source": "erp", "record_id": "9", "customer_id": "C0", "valid_to": day("2026-02-01")},
    {"source": "erp", "record_id": "9", "customer_id": "C2", "valid_from": day("2026-02-01")},
]
REDIRECTS: Rows = [{"old_customer_id": "C0", "customer_id": "C2", "cause": "merged", "happened_on": day("2026-02-01")}]
_OBSERVED: Rows = [
    {"source": "crm", "record_id": "1", "sequence": 1, "changed_on": day("2026-01-05"), "owner_rep_id": "ann", "row_number": 11},
    {"source": "crm", "record_id": "1", "sequence": 2, "changed_on": day("2026-02-10"), "owner_rep_id": None, "row_number": 12},
    {"source": "crm", "record_id": "1", "sequence": 3, "changed_on": day("2026-03-01"), "owner_rep_id": "crm:u2", "row_number": 13},
    {"source": "crm", "record_id": "2", "sequence": 1, "changed_on": day("2026-01-05"), "owner_rep_id": "ann", "row_number": 21},
    {"source": "crm", "record_id": "2", "sequence": 2, "changed_on": day("2026-03-15"), "owner_rep_id": None, "row_number": 22},
    {"source": "erp", "record_id": "9", "sequence": 1, "changed_on": day("2026-01-10"), "owner_rep_id": "crm:u2", "row_number": 91},
    # Was known for ten days, until the source said otherwise: nobody reads it as what stands now.
    {"source": "crm", "record_id": "1", "sequence": 3, "changed_on": day("2026-02-18"), "owner_rep_id": "ann", "row_number": 14}
    | {"known_to": day("2026-02-28")},
]
OWNER_OBSERVATIONS: Rows = [row | {"first_sequence": row["sequence"], "known_from": row["changed_on"]} for row in _OBSERVED]


def _deal(
    number: int,
    customer: str | None,
    rep: str | None,
    outcome: str,
    opened: str | None,
    closed: str | None,
    amount: str | None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "source": "crm",
        "record_id": f"d{number}",
        "customer_record_id": customer,
        "owner_rep_id": rep,
        "outcome": outcome,
        "opened_date": opened and day(opened),
        "closed_date": closed and day(closed),
        "amount": amount,
        **more,
    }


OPPORTUNITIES: Rows = [
    _deal(1, "2", "ann", "won", "2026-01-10", "2026-01-20", "1000.10"),
    _deal(2, "2", "ann", "won", "2026-02-01", "2026-02-20", "500.20", currency_code="USD"),
    _deal(3, "1", "ann", "lost", "2026-02-01", "2026-02-11", None),
    _deal(4, None, "ann", "won", "2026-01-05", "2026-02-05", "70"),
    _deal(5, "unheard-of", "crm:u2", "won", "2026-03-01", "2026-03-03", "30", currency_code="EUR"),
    _deal(6, "1", "crm:u2", "open", "2026-03-05", "2026-06-01", "40"),
    _deal(7, "1", "crm:u2", "won", "2026-03-05", "2026-03-06", "9999", is_deleted=True),
    _deal(8, "1", "crm:u2", "won", "2026-03-05", None, "8888"),
    _deal(9, "1", None, "won", "2025-12-01", "2025-12-20", "900"),
    _deal(10, "1", "dan", "won", "2026-03-20", "2026-03-10", "200"),
    _deal(11, "1", "dan", "won", "2026-03-20", "2026-04-16", "7777"),
]
ORDERS: Rows = [
    {
        "source": "erp",
        "record_id": "o1",
        "customer_record_id": "9",
        "owner_rep_id": "ann",
        "ordered_date": day("2026-02-21"),
        "amount": "450.5",
    },
    {"source": "erp", "record_id": "o2", "customer_record_id": "9", "owner_rep_id": "ann", "ordered_date": None, "amount": "3"},
]

# The pool's life, hand-overs, collaborators.
_POOL = {"applies_to": "customers", "relation": "any", "priority": 100, "valid_from": day("2026-01-01")}
_WEST_POOL = _POOL | {"pool_id": "WEST-POOL", "territory_id": "WEST", "claim_method": "claim", "holding_limit": 5, "cool_down_days": 30}
_WEST_POOL |= {"claim_limit": 1, "claim_limit_days": 60}
_EAST_POOL = _POOL | {"pool_id": "EAST-POOL", "territory_id": "EAST", "industries": "Commerce", "claim_method": "assign"}
RULE_POOL: Rows = [
    _WEST_POOL | {"pool_rule_id": "W1", "trigger": "no_activity", "days": 30, "warn_days": 7},
    _WEST_POOL | {"pool_rule_id": "W2", "trigger": "returned"},
    _EAST_POOL | {"pool_rule_id": "E1", "trigger": "no_activity", "days": 45, "warn_days": 20},
]
INDUSTRIES: Rows = [
    {"industry": name, "industry_code": name, "industry_name": name, "parent_industry": parent, "valid_from": day("2025-01-01")}
    for name, parent in (("Commerce", None), ("Retail", "Commerce"))
]
_SPLIT = {"split_id": "S1", "subject": "customers", "source": "crm", "record_id": "2", "valid_from": day("2026-03-20")}
CREDIT_SPLITS: Rows = [
    _SPLIT | {"rep_id": "crm:u2", "credit": "revenue", "share_ratio": "0.6", "valid_to": day("2026-04-10")},
    _SPLIT | {"rep_id": "ann", "credit": "revenue", "share_ratio": "0.4", "valid_to": day("2026-04-10")},
    _SPLIT | {"rep_id": "mia", "credit": "overlay", "share_ratio": "0.1", "valid_to": None},
]
CONTACTS: Rows = [{"source": "crm", "record_id": "p1", "customer_record_id": "1"}]
ACTIVITIES: Rows = [
    {"source": "crm", "record_id": "a1", "contact_record_id": "p1", "activity_at": datetime.fromisoformat("2026-03-10 09:00")},
    {"source": "crm", "record_id": "a2", "customer_record_id": "2", "activity_at": datetime.fromisoformat("2026-03-20 09:00")},
    {"source": "crm", "record_id": "a3", "customer_record_id": "1", "activity_at": datetime.fromisoformat("2026-05-01 09:00")},
]
OWNER_CHANGES: Rows = [
    {
        "source": "crm",
        "record_id": "h1",
        "subject": "customers",
        "subject_record_id": "1",
        "changed_at": datetime.fromisoformat("2026-02-10 08:00"),
        "from_rep_id": "ann",
        "action": "Return",
        "reason": "客户暂无需求",
    },
]
CUSTOMER_MEMBERS: Rows = [
    {"source": "crm", "record_id": "m1", "customer_record_id": "1", "rep_id": "ann", "role": "collaborator", "permission": "write"},
    {"source": "crm", "record_id": "m2", "customer_record_id": "1", "rep_id": "crm:u2", "role": "owner", "permission": "write"},
]
RAW_CUSTOMER_MEMBERS: Rows = [{"source": "crm", "record_id": "m1", "as_of_date": day("2026-03-05")}]
RAW_REPS: Rows = [
    {"source": "crm", "record_id": "u3", "as_of_date": day(date_), "is_active": text}
    for date_, text in (("2026-04-01", "1"), ("2026-04-10", "0"), ("2026-04-15", "0"))
]

GIVEN: dict[str, Rows] = {
    "rules.company": COMPANY,
    "rules.territories": RULE_TERRITORIES,
    "rules.territory_rules": RULES,
    "rules.size_bands": SIZE_BANDS,
    "rules.reps": RULE_REPS,
    "rules.rep_territories": RULE_REP_TERRITORIES,
    "rules.quotas": RULE_QUOTAS,
    "rules.pool": RULE_POOL,
    "rules.industries": INDUSTRIES,
    "rules.credit_splits": CREDIT_SPLITS,
    "raw.reps": RAW_REPS,
    "raw.customer_members": RAW_CUSTOMER_MEMBERS,
    "clean.contacts": CONTACTS,
    "clean.activities": ACTIVITIES,
    "clean.owner_changes": OWNER_CHANGES,
    "clean.customer_members": CUSTOMER_MEMBERS,
    "clean.territories": EXPORTED_TERRITORIES,
    "clean.reps": EXPORTED_REPS,
    "clean.rep_territories": EXPORTED_REP_TERRITORIES,
    "clean.quotas": EXPORTED_QUOTAS,
    "clean.opportunities": OPPORTUNITIES,
    "clean.orders": ORDERS,
    "clean.owner_observations": OWNER_OBSERVATIONS,
    "resolved.customers": CUSTOMERS,
    "resolved.customer_records": CUSTOMER_RECORDS,
    "resolved.customer_id_redirects": REDIRECTS,
}
# What every row has where the lists above say nothing.
FILLED_IN = {
    "as_of_date": day("2026-04-15"),
    "file_sha256": "f" * 64,
    "first_seen_date": day("2026-01-05"),
    "is_active": True,
    "is_in_latest_export": True,
    "match_reason": "Only record of its kind.",
    "problems": "",
    "record_count": 1,
    "row_number": 1,
    "sheet_sha256": "5" * 64,
    "source_count": 1,
    "valid_from": day("2026-01-05"),
}


def arrow_table(name: str, rows: Rows) -> pa.Table:
    """`rows` in the shape of the declared table `name`: absent columns take FILLED_IN, else null; the day of a moment is that of UTC."""
    table = TABLES[name]
    moments = DAYS.get(name.removeprefix("clean."), ())
    days = [{day_column(moment): row[moment] and row[moment].date() for moment in moments if moment in row} for row in rows]
    rows = [of_row | row for row, of_row in zip(rows, days, strict=True)]
    full = [{column: row.get(column, None if column in row else FILLED_IN.get(column)) for column in table.column_names} for row in rows]
    columns = {}
    for field in table.arrow_schema:
        values = [row[field.name] for row in full]
        source = pa.array(values, pa.string()) if pa.types.is_decimal(field.type) else pa.array(values, field.type)
        columns[field.name] = source.cast(field.type)
    return pa.table(columns, schema=table.arrow_schema)


def _dbt_in(work: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs the dbt of this environment on the project, with everything it writes in the folder `work`."""
    environment = os.environ | {
        "BAILIWICK_WAREHOUSE": str(work / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [str(Path(sys.executable).with_name("dbt")), *arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        return subprocess.run(command, env=environment, cwd=work, capture_output=True, text=True, check=False)

    run.work = work
    return run


def _reader(warehouse: Warehouse) -> Callable[[str], list[tuple]]:
    """Rows of a query as tuples: decimals and dates as text, so that expectations read like a table."""

    def fetch(sql: str) -> list[tuple]:
        return [tuple(_plain(value) for value in row.values()) for row in warehouse.query(sql).to_pylist()]

    return fetch


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess]:
    """Runs dbt on the tiny company's warehouse, in a temporary folder."""
    return _dbt_in(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="session")
def other_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Callable[[str], list[tuple]]]:
    """Builds another company: its rows by table and the models to build, data tests included; gives a reader of it."""

    def build(given: dict[str, Rows], *select: str) -> Callable[[str], list[tuple]]:
        run = _dbt_in(tmp_path_factory.mktemp("other"))
        warehouse = Warehouse(run.work / "warehouse.duckdb")
        warehouse.replace_all({name: arrow_table(name, given.get(name, [])) for name in TABLES})
        result = run("build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious", "--select", *select)
        assert result.returncode == 0, result.stdout
        return _reader(warehouse)

    return build


@pytest.fixture(scope="session")
def built(dbt) -> Warehouse:
    """The warehouse after `dbt build` with all data tests and unit tests."""
    warehouse = Warehouse(dbt.work / "warehouse.duckdb")
    warehouse.replace_all({name: arrow_table(name, GIVEN.get(name, [])) for name in TABLES})
    result = dbt("build")
    assert result.returncode == 0, result.stdout
    return warehouse


@pytest.fixture(scope="session")
def run_results(built, dbt) -> list[dict]:
    """What each node of the build came to: the results of dbt's run_results.json."""
    return json.loads((dbt.work / "target" / "run_results.json").read_text())["results"]


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | None) else str(value)


@pytest.fixture(scope="session")
def rows(built) -> Callable[[str], list[tuple]]:
    """Reads the tiny company: rows of a query as tuples, as _reader says."""
    return _reader(built)
