"""`bailiwick what-if` at scale: a million customers, two thousand rules of every kind, a plan that changes one rule in ten.

    python benchmarks/what_if.py [--customers 1000000] [--rules 2000] [--dir .benchmarks/what_if] [--keep]

Invents the customers and rules of benchmarks/territories.py, with owners, deals, quotas, records of two CRMs and the sheets as files, makes
a home of them (its territory models by the real dbt project; ownership and deals are put where their models would leave them), and a plan:
one rule in ten leads elsewhere, some end, some wait no longer. Then it runs the command as a user does, with --out. Printed: what the
command says, with seconds by step; seconds in all, peak memory of the process. Asked: at most 60 s and less than 6 GB for a million.
--keep: the home of the last run.

Not here: whether the answer is right (tests/orchestration/test_what_if.py).
"""

import argparse
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ingest.home import CompanyHome  # noqa: E402
from ingest.rules.consistency import KnownIds  # noqa: E402
from ingest.rules.read import read_rules  # noqa: E402
from ingest.rules.sheets import SHEETS  # noqa: E402
from ingest.tables import TABLES  # noqa: E402
from ingest.warehouse import Warehouse  # noqa: E402

_SPEC = importlib.util.spec_from_file_location("territories", Path(__file__).with_name("territories.py"))
territories = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(territories)

REPS_EACH = 3
SETTINGS = '[company]\nname = "Bench"\ncurrency = "CNY"\ncalendar_start = 2025-01-01\n'
POLICIES = (None, "least_loaded", "round_robin", "named")
MARTS = (
    "dim_customers", "bridge_customer_records", "dim_territories", "dim_reps", "bridge_rep_territories", "fct_territory_assignments",
    "fct_territory_rule_issues",
)  # fmt: skip


def sheets(random: np.random.Generator, customers: pl.DataFrame, rules: int) -> dict[str, pl.DataFrame]:
    """The rows of the sheets, as columns of text."""
    given = territories.invent_sheets(random, customers, rules)
    always = {"valid_from": territories.RULES_FROM}
    areas = given["rules.territories"].with_row_index("number").to_dicts()
    for row in areas:
        row["assignment_policy"] = POLICIES[row["number"] % len(POLICIES)]
        row["default_rep_id"] = f"E{row.pop('number') * REPS_EACH:05d}" if row["assignment_policy"] == "named" else None
        row["source_territory_ids"] = f"salesforce=0MI000000000{row['territory_id'][1:]:0>3}|zoho=9{row['territory_id'][1:]:0>17}"
    people = range(len(areas) * REPS_EACH)
    return {
        "territories": pl.DataFrame(areas, infer_schema_length=None),
        "territory_rules": given["rules.territory_rules"],
        "industries": given["rules.industries"],
        "reps": pl.DataFrame(
            [always | {"rep_id": f"E{n:05d}", "rep_name": f"Person {n}", "source_user_ids": f"zoho=7{n:017d}"} for n in people]
        ),
        "rep_territories": pl.DataFrame([always | {"rep_id": f"E{n:05d}", "territory_id": f"T{n // REPS_EACH}"} for n in people]),
        "quotas": pl.DataFrame(
            [
                {"territory_id": row["territory_id"], "quota_date": f"2026-{month:02d}-01", "amount": 1_000_000, "currency_code": "CNY"}
                for row in areas
                for month in (10, 11, 12)
            ]
        ),
    }


def write_sheets(folder: Path, rows: dict[str, pl.DataFrame]) -> None:
    """The sheets as files; only columns that a sheet has."""
    folder.mkdir(parents=True)
    for sheet, frame in rows.items():
        frame.select(name for name in SHEETS[sheet].model_fields if name in frame.columns).write_csv(folder / f"{sheet}.csv")


def plan_of(rules: pl.DataFrame) -> pl.DataFrame:
    """Another set of rules: one in ten leads elsewhere, one in fifty ends, what waits in planning acts."""
    number = pl.int_range(pl.len())
    return rules.with_columns(
        territory_id=pl.when(number % 10 == 3).then("T" + (number % 280 + 20).cast(pl.String)).otherwise("territory_id"),
        valid_to=pl.when(number % 50 == 17).then(pl.lit(territories.DAY)).otherwise("valid_to"),
        state=pl.lit("active"),
    )


def table(name: str, frame: pl.DataFrame) -> object:
    """A declared table: the columns that are given, the others as in benchmarks/territories.py."""
    columns = [
        pl.col(field.name) if field.name in frame.columns else pl.lit(territories.FILLED.get(field.name)).alias(field.name)
        for field in TABLES[name].arrow_schema
    ]
    return frame.select(columns).to_arrow().cast(TABLES[name].arrow_schema)


def write_home(root: Path, customers: int, rules: int) -> pl.DataFrame:
    """A home as a refresh leaves it, as far as the command reads it; the rows of its territory rules."""
    random = np.random.default_rng(20261122)
    people = territories.invent_customers(random, customers)
    count = people.height
    rows = sheets(random, people, rules)
    home = CompanyHome(root)
    write_sheets(home.rules, rows)
    home.settings_path.write_text(SETTINGS)
    home.sources.mkdir()
    for crm in ("salesforce", "zoho"):
        (home.sources / f"{crm}.yml").write_text(f"crm: {crm}\n")
    read = read_rules(home, KnownIds(), home_currency="CNY")
    company = {
        "company_name": "Bench",
        "as_of_date": territories.DAY,
        "calendar_start_date": territories.START,
        "currency_code": "CNY",
        "opportunity_credit": "own_field",
        "rules_version": read.version,
    }
    second = random.random(count) < 0.2
    numbers = pl.concat([pl.Series(np.arange(count)), pl.Series(np.arange(count)[second])])
    source = pl.Series(["salesforce"] * count + ["zoho"] * int(second.sum()))
    records = pl.DataFrame(
        {
            "source": source,
            "record_id": pl.select(
                pl.when(source == "zoho").then(pl.format("5{}", numbers)).otherwise(pl.format("001{}", numbers))
            ).to_series(),
            "customer_id": people["customer_id"].gather(numbers.to_list()),
            "valid_from": [territories.START] * len(numbers),
        }
    )
    owner = pl.Series("owner_rep_id", [f"E{n:05d}" for n in random.integers(0, len(rows["reps"]), count)]).gather(numbers.to_list())
    held = pl.select(pl.when(source == "zoho").then(pl.format("zoho:9{}", numbers % 300)).otherwise(None)).to_series()
    deals = territories.invent_sheets(random, people, 1)["clean.opportunities"].with_columns(
        record_id=pl.lit("d") + pl.int_range(pl.len()).cast(pl.String),
        customer_record_id="001" + pl.col("customer_record_id").cast(pl.Int64).cast(pl.String),
        source=pl.lit("salesforce"),
    )
    given = {
        "rules.company": pl.DataFrame([company]),
        "resolved.customers": people.with_columns(employee_count=pl.Series(random.integers(1, 9000, count))),
        "resolved.customer_records": records,
        "clean.customers": records.drop("valid_from").with_columns(name=pl.lit("Company"), owner_rep_id=owner, territory_id=held),
        "clean.opportunities": deals,
    }
    tables = {name: table(name, frame) for name, frame in given.items()} | read.tables
    warehouse = Warehouse(home.warehouse_path)
    warehouse.replace_all({name: tables.get(name, declared.arrow_schema.empty_table()) for name, declared in TABLES.items()})
    territories.dbt(root, "run", "--select", "path:models/staging", *(f"+{name}" for name in MARTS))
    with duckdb.connect(str(home.warehouse_path)) as connection:
        for statement in PUT_THERE:
            connection.execute(statement)
    return rows["territory_rules"]


PUT_THERE = (
    """
    create table marts.fct_ownership_periods as
    select customer_id, min(owner_rep_id) as owner_rep_id, date '2025-01-01' as valid_from, cast(null as date) as valid_to
    from clean.customers inner join resolved.customer_records using (source, record_id) group by customer_id""",
    """
    create table marts.fct_opportunities as
    select d.record_id as opportunity_id, r.customer_id, 'open' as outcome, false as is_deleted, true as is_in_latest_export,
        cast(100 + hash(d.record_id) % 100000 as decimal(18, 4)) as home_amount
    from clean.opportunities as d
    inner join resolved.customer_records as r on d.source = r.source and d.customer_record_id = r.record_id""",
    """
    create table intermediate.int_performance__quotas as
    select territory_id, date_trunc('month', quota_date) as month, amount as home_amount, true as counts_for_territory from rules.quotas""",
)


def main() -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=2_000)
    parser.add_argument("--dir", type=Path, default=ROOT / ".benchmarks" / "what_if")
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    home, plan, answer = (chosen.dir / name for name in ("home", "plan", "answer"))
    if not (chosen.keep and home.exists()):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        rules = write_home(home, chosen.customers, chosen.rules)
        shutil.rmtree(plan, ignore_errors=True)
        write_sheets(plan, {"territory_rules": plan_of(rules)})
    bailiwick = str(Path(sys.executable).with_name("bailiwick"))
    subprocess.run([bailiwick, "what-if", str(plan), "--help"], check=True, capture_output=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak_before = spent.ru_maxrss
    shutil.rmtree(answer, ignore_errors=True)
    started = time.monotonic()
    done = subprocess.run(
        [bailiwick, "what-if", str(plan), "--home", str(home), "--out", str(answer)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    seconds = time.monotonic() - started
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(done.stdout)
    sizes = {path.name: path.stat().st_size for path in sorted(answer.iterdir())}
    sys.stdout.write(json.dumps(sizes) + "\n")
    worked = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    peak = f"peak {after.ru_maxrss / 2**20:.1f} GiB" if after.ru_maxrss > peak_before else f"peak below {peak_before / 2**20:.1f} GiB"
    sys.stdout.write(
        f"{chosen.customers:,} customers, {chosen.rules:,} rules: {seconds:.1f} s ({worked:.1f} s of processor time), {peak}\n"
    )


if __name__ == "__main__":
    main()
