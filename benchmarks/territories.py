"""Territory rules at scale: a million customers against two thousand rules of every kind, by the real dbt project.

    python benchmarks/territories.py [--customers 1000000] [--rules 2000] [--dir .benchmarks/territories] [--marts all] [--nights 3]

Invents customers (districts, ZIPs and towns from the reference tables, few of them holding most customers; industries in a tree of three
levels, sizes, products; one in eight lacks a field) and rules over regions, divisions, cities, postal codes, circles, industries, sizes,
products, names and exclusions, alone and mixed. Writes them into a warehouse, builds what the territory models read, and then times
`dbt run` of the models up to fct_territory_candidates and fct_territory_assignments; with --marts all also blockers and issues.
Printed: seconds by dbt's own clock and of the whole process, peak memory of the process, rows. Asked: at most 20 s for the assignment.

With --nights N each night is recorded as a refresh would (ingest/record: what rules looked at in each customer), then one customer in a
hundred takes over another one's place, industry and size, and the next night is timed; printed too: what recording and loading cost.

Not here: whether the answer is right (tests/dbt_project/test_territory_rules.py).
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ingest.record.journals import JOURNALS  # noqa: E402
from ingest.record.nights import load_record  # noqa: E402
from ingest.record.store import EVENTS, RecordStore  # noqa: E402
from ingest.record_tables import EVENT_COLUMNS  # noqa: E402
from ingest.tables import TABLES  # noqa: E402
from ingest.warehouse import Warehouse  # noqa: E402

TABLES_OF_PLACES = ROOT / "ingest" / "geocoding" / "tables"
DAY, START, RULES_FROM = date(2026, 11, 22), date(2025, 1, 1), date(2024, 1, 1)
SECTIONS, GROUPS, CLASSES, PRODUCTS, TERRITORIES = 10, 5, 4, 30, 300
SIZES = ("small", "medium", "large", "huge")
FILLED = {
    "as_of_date": DAY, "file_sha256": "f" * 64, "sheet_sha256": "5" * 64, "row_number": 1, "is_in_latest_export": True, "problems": "",
    "match_reason": "Only record of its kind.", "record_count": 1, "source_count": 1, "is_active": True, "first_seen_date": START,
}  # fmt: skip
MARTS = ("fct_territory_candidates", "fct_territory_assignments")


def places() -> pl.DataFrame:
    """Every district of China, ZIP of the United States and German town: what customers are put into, in a fixed order."""
    divisions = pl.read_csv(TABLES_OF_PLACES / "cn_divisions.csv", schema_overrides={"division_code": pl.String, "parent_code": pl.String})
    regions = pl.read_csv(TABLES_OF_PLACES / "world_china_regions.csv").select("region_code", "short_name")
    provinces = (
        divisions.filter(level="province")
        .join(regions, on="short_name")
        .select(pl.col("division_code").str.head(2).alias("p"), "region_code")
    )
    cities = divisions.filter(level="city").select(pl.col("division_code").str.head(4).alias("c"), pl.col("name").alias("city_name"))
    chinese = (
        divisions.filter(level="district")
        .with_columns(p=pl.col("division_code").str.head(2), c=pl.col("division_code").str.head(4))
        .join(provinces, on="p").join(cities, on="c")
        .select(
            pl.lit("CN").alias("country_code"), "region_code", "city_name", "division_code",
            (pl.col("division_code").str.slice(0, 4)).alias("postal"), "latitude", "longitude",
        )
    )  # fmt: skip
    american = pl.read_parquet(TABLES_OF_PLACES / "us_zip.parquet").select(
        pl.lit("US").alias("country_code"), ("US-" + pl.col("state")).alias("region_code"), pl.col("city").alias("city_name"),
        pl.col("county_fips").alias("division_code"), pl.col("zip").alias("postal"), pl.col("latitude") / 1e4, pl.col("longitude") / 1e4,
    )  # fmt: skip
    german = pl.read_parquet(TABLES_OF_PLACES / "world_cities.parquet").filter(country_code="DE").select(
        "country_code", "region_code", pl.col("name").alias("city_name"), pl.lit(None, pl.String).alias("division_code"),
        pl.lit("1011").alias("postal"), pl.col("latitude") / 1e4, pl.col("longitude") / 1e4,
    )  # fmt: skip
    return pl.concat([chinese, american, german], how="vertical_relaxed").drop_nulls(["latitude", "longitude"])


def skewed(random: np.random.Generator, most: int, count: int) -> np.ndarray:
    """Numbers below `most`, the low ones by far the most often."""
    return (most * random.random(count) ** 3).astype(np.int64)


def invent_customers(random: np.random.Generator, count: int) -> pl.DataFrame:
    """The customers: columns of resolved.customers."""
    where = places().with_columns(pl.Series("order", random.permutation(places().height))).sort("order")
    by_country = {code: frame for (code,), frame in where.group_by("country_code", maintain_order=True)}
    parts = []
    for code, share in (("CN", 0.55), ("US", 0.35), ("DE", 0.1)):
        number = int(count * share)
        parts.append(by_country[code][skewed(random, by_country[code].height, number)])
    found = pl.concat(parts)
    rows = found.height
    industry = skewed(random, SECTIONS * GROUPS * CLASSES, rows)
    digits = pl.Series(random.integers(0, 100, rows)).cast(pl.String).str.zfill(2)
    lacks = [pl.Series(random.random(rows) < 0.12) for _ in range(4)]
    return found.select(
        pl.Series("customer_id", np.arange(rows)).cast(pl.String).str.zfill(9).alias("customer_id"),
        ("Company " + pl.Series("n", np.arange(rows)).cast(pl.String)).alias("customer_name"),
        "country_code", "region_code",
        pl.when(lacks[0]).then(None).otherwise("city_name").alias("city_name"),
        pl.when(lacks[0]).then(None).otherwise("division_code").alias("division_code"),
        pl.when(lacks[1]).then(None).when(country_code="CN").then(pl.col("postal") + digits).otherwise("postal").alias("postal_code"),
        (pl.col("latitude") + pl.Series(random.normal(0, 0.05, rows))).round(5).alias("latitude"),
        (pl.col("longitude") + pl.Series(random.normal(0, 0.05, rows))).round(5).alias("longitude"),
        pl.lit("street").alias("place_precision"),
        pl.when(lacks[2]).then(None).otherwise("industry " + pl.Series(industry).cast(pl.String)).alias("industry"),
        pl.when(lacks[3]).then(None).otherwise(pl.Series([SIZES[n] for n in skewed(random, 4, rows)])).alias("size_band"),
    )  # fmt: skip


def conditions(random: np.random.Generator, kind: str, number: int, some: list[dict]) -> dict:
    """What one rule asks for; `some`: three customers that it may be about."""
    first = some[0]
    words = [f"industry {n}" for n in range(SECTIONS * GROUPS * CLASSES)] + [f"group {n}" for n in range(SECTIONS * GROUPS)]
    words += [f"section {n}" for n in range(SECTIONS)]
    industries = "|".join(dict.fromkeys(str(word) for word in random.choice(words, 1 + number % 3)))
    country, code, division = first["country_code"], first["postal_code"], first["division_code"]
    codes = [one["division_code"] for one in some[: 1 + number // 10 % 3]] if number % 20 or len(division) != 6 else [division[:4] + "00"]
    postal = (f"{code[:4]}*", code, f"{code[:3]}{'0' * (len(code) - 3)}..{code}")[number % 3]
    circle = {
        "latitude": round(first["latitude"], 3),
        "longitude": round(first["longitude"], 3),
        "within_km": (5.0, 20.0, 50.0, 120.0)[number % 4],
    }
    asked: dict[str, dict] = {
        "division": {"division_codes": "|".join(dict.fromkeys(codes))},
        "region industry": {"region_codes": "|".join(dict.fromkeys(one["region_code"] for one in some)), "industries": industries},
        "city size": {
            "country_codes": country, "city_names": "|".join(dict.fromkeys(one["city_name"] for one in some)), "size_bands": "large|huge",
        },
        "postal": {"country_codes": country, "postal_codes": postal},
        "circle": circle,
        "industry": {"industries": industries, "country_codes": (None, country)[number % 2]},
        "product region": {"product_lines": f"product {number % PRODUCTS}", "region_codes": first["region_code"]},
        "name": {"customer_names": "|".join(one["customer_name"] for one in some)},
        "exclude": {
            "effect": "exclude", "region_codes": first["region_code"], "industries": first["industry"], "territory_id": f"T{number % 20}",
        },
        "country size industry": {"country_codes": country, "size_bands": first["size_band"], "industries": industries},
    }  # fmt: skip
    return asked[kind]


KINDS = (
    "division", "region industry", "city size", "postal", "circle", "industry", "product region", "name", "exclude",
    "country size industry",
)  # fmt: skip


def invent_rules(random: np.random.Generator, customers: pl.DataFrame, count: int) -> list[dict]:
    """Rules of every kind; what they ask for is taken from customers, so that they match some. Some wait, begin or end."""
    samples = customers.drop_nulls(["city_name", "division_code", "postal_code", "industry", "size_band"])
    taken = samples[skewed(random, samples.height, count * 3)].to_dicts()
    rules = []
    for number in range(count):
        row = {"rule_id": f"R{number:05d}", "territory_id": f"T{int(random.integers(20, TERRITORIES))}", "valid_from": RULES_FROM}
        row |= conditions(random, KINDS[number % len(KINDS)], number, taken[number * 3 : number * 3 + 3])
        if number % 40 == 7:
            row["valid_from"] = date(2025, 1 + number // 40 % 12, 1)
        if number % 40 == 11:
            row["valid_to"] = date(2026, 1 + number // 40 % 11, 1)
        if number % 50 == 13:
            row["state"] = "planning"
        rules.append({"effect": "assign", "state": "active", "priority": int(random.integers(1, 10)) * 100} | row)
    return rules


def invent_sheets(random: np.random.Generator, customers: pl.DataFrame, rules: int) -> dict[str, pl.DataFrame]:
    """Every table that the territory models read, by name; columns that are not given are filled in."""
    count = customers.height
    always = {"valid_from": RULES_FROM}
    industries = [{"industry": f"section {n}", "parent_industry": None} for n in range(SECTIONS)]
    industries += [{"industry": f"group {n}", "parent_industry": f"section {n // GROUPS}"} for n in range(SECTIONS * GROUPS)]
    industries += [{"industry": f"industry {n}", "parent_industry": f"group {n // CLASSES}"} for n in range(SECTIONS * GROUPS * CLASSES)]
    deals = skewed(random, count, count // 2)
    territories = [{"territory_id": f"T{n}", "parent_territory_id": f"T{n % 20}" if n >= 20 else None} for n in range(TERRITORIES)]
    company = {
        "company_name": "Bench",
        "as_of_date": DAY,
        "calendar_start_date": START,
        "currency_code": "CNY",
        "opportunity_credit": "own_field",
    }
    named = [always | row | {"industry_code": row["industry"], "industry_name": row["industry"]} for row in industries]
    ids = pl.col("customer_id")
    return {
        "rules.company": pl.DataFrame([company]),
        "rules.territories": pl.DataFrame([always | row | {"territory_name": row["territory_id"]} for row in territories]),
        "rules.territory_rules": pl.DataFrame(invent_rules(random, customers, rules), infer_schema_length=None),
        "rules.industries": pl.DataFrame(named, infer_schema_length=None),
        "resolved.customers": customers,
        "resolved.customer_records": customers.select(
            pl.lit("crm").alias("source"), ids.alias("record_id"), ids, pl.lit(START).alias("valid_from")
        ),
        "clean.opportunities": pl.DataFrame(
            {
                "record_id": [f"d{n}" for n in range(len(deals))],
                "customer_record_id": customers["customer_id"].gather(deals),
                "product": [f"product {n}" for n in skewed(random, PRODUCTS, len(deals))],
            }
        ).with_columns(pl.lit("crm").alias("source"), pl.lit("won").alias("outcome")),
    }


def write_warehouse(path: Path, customers: int, rules: int) -> None:
    """The invented company as a warehouse, by the declared tables."""
    random = np.random.default_rng(20261122)
    given = invent_sheets(random, invent_customers(random, customers), rules)
    warehouse = Warehouse(path)
    tables = {}
    for name, table in TABLES.items():
        schema = table.arrow_schema
        if name not in given:
            tables[name] = schema.empty_table()
            continue
        frame = given[name]
        columns = [
            pl.col(field.name) if field.name in frame.columns else pl.lit(FILLED.get(field.name)).alias(field.name) for field in schema
        ]
        tables[name] = frame.select(columns).to_arrow().cast(schema)
    warehouse.replace_all(tables)


def record(folder: Path, day: date) -> None:
    """Record the night's journal as a refresh does, and load it into a warehouse that lost it; prints what that costs. No events: they hang
    on owners, which this company has not."""
    warehouse, store = Warehouse(folder / "warehouse.duckdb"), RecordStore(folder / "record")
    with warehouse.opened():
        began = time.monotonic()
        journal = next(journal for journal in JOURNALS if journal.name == "customer_values")
        rows = warehouse.query(journal.news).cast(journal.file_schema)
        events = EVENTS.arrow_schema.empty_table().select([column.name for column in EVENT_COLUMNS])
        night, _ = store.add_night(day, "v", events, {journal.name: rows})
        wrote = time.monotonic() - began
        size = sum(path.stat().st_size for path in (folder / "record" / journal.name).glob(f"{night['night']:06d}_*"))
        began = time.monotonic()
        load_record(warehouse, store)
        loaded = time.monotonic() - began
    sys.stdout.write(
        f"  night {night['night']}: {rows.num_rows:,} rows recorded in {wrote:.1f} s, {size / 1e6:.1f} MB; brought into the warehouse in "
        f"{loaded:.1f} s\n"
    )


def move_customers(folder: Path, day: date, night: int) -> None:
    """One customer in a hundred takes over the place, industry and size of another; it is the next day."""
    columns = "country_code, region_code, city_name, division_code, postal_code, latitude, longitude, industry, size_band"
    taken = ", ".join(f"{column} = other.{column}" for column in columns.split(", "))
    with Warehouse(folder / "warehouse.duckdb").transaction() as connection:
        count = connection.execute("select count(*) from resolved.customers").fetchall()[0][0]
        connection.execute(f"""
            update resolved.customers as moved set {taken}
            from (select customer_id, {columns} from resolved.customers) as other
            where cast(moved.customer_id as bigint) % 100 = {night}
            and cast(other.customer_id as bigint) = (cast(moved.customer_id as bigint) * 7 + 13) % {count}
        """)
        connection.execute("update rules.company set as_of_date = ?", [day])


def dbt(folder: Path, *arguments: str) -> tuple[float, float, int]:
    """Seconds, processor seconds and peak bytes of one dbt process. Ends the program where it fails."""
    environment = os.environ | {
        "BAILIWICK_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    project = str(ROOT / "dbt_project")
    command = [str(Path(sys.executable).with_name("dbt")), *arguments, "--project-dir", project, "--profiles-dir", project]
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss * 1024


def main() -> None:
    """Write a company, and one night after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=2_000)
    parser.add_argument("--dir", type=Path, default=ROOT / ".benchmarks" / "territories")
    parser.add_argument("--marts", choices=("assignment", "all"), default="assignment")
    parser.add_argument("--nights", type=int, default=1)
    chosen = parser.parse_args()
    folder = chosen.dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "warehouse.duckdb").unlink(missing_ok=True)
    shutil.rmtree(folder / "record", ignore_errors=True)
    write_warehouse(folder / "warehouse.duckdb", chosen.customers, chosen.rules)
    for night in range(1, chosen.nights + 1):
        one_night(folder, chosen)
        if night < chosen.nights:
            record(folder, DAY + timedelta(days=night - 1))
            move_customers(folder, DAY + timedelta(days=night), night)


def one_night(folder: Path, chosen: argparse.Namespace) -> None:
    """Build what the territory models read, time them, print."""
    wanted = (
        MARTS
        if chosen.marts == "assignment"
        else (*MARTS, "fct_territory_blockers", "fct_territory_blocked_rules", "fct_territory_rule_issues")
    )
    before = ("dim_customers", "bridge_customer_records", "dim_territories", "dim_reps", "bridge_rep_territories")
    dbt(folder, "run", "--select", "path:models/staging", *(f"+{name}" for name in before))
    seconds, worked, peak = dbt(
        folder, "run", "--select", *(f"+{name}" for name in wanted), "--exclude", *(f"+{name}" for name in before), "path:models/staging"
    )
    results = json.loads((folder / "target" / "run_results.json").read_text())
    timings = {result["unique_id"].split(".")[-1]: result["execution_time"] for result in results["results"]}
    for name, took in timings.items():
        sys.stdout.write(f"  {name:45} {took:7.2f} s\n")
    sys.stdout.write(
        f"{chosen.customers:,} customers, {chosen.rules:,} rules: {results['elapsed_time']:.1f} s by dbt's clock, "
        f"{seconds:.1f} s with dbt's start ({worked:.1f} s of processor time), peak {peak / 2**30:.1f} GiB\n"
    )
    for name, sql in (
        ("candidates", "select count(*) from marts.fct_territory_candidates"),
        ("assignments", "select count(*) from marts.fct_territory_assignments"),
        ("profiles", "select count(distinct profile_number) from intermediate.int_territory__customer_profiles"),
        ("moved", "select count(distinct customer_id) from marts.dim_customer_periods where valid_to is not null"),
        ("unassigned", "select count(*) from marts.fct_territory_assignments where territory_id = 'UNASSIGNED' and valid_to is null"),
        ("excluded", "select count(*) from marts.fct_territory_candidates where is_excluded"),
    ):
        found = next(iter(Warehouse(folder / "warehouse.duckdb").query(sql).to_pylist()[0].values()))
        sys.stdout.write(f"  {name:12} {found:>12,}\n")


if __name__ == "__main__":
    main()
