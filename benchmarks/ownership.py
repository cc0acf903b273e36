"""The ownership record at scale: what a night costs after 40 nights and after 400, and how long an answer takes.

    python benchmarks/ownership.py [--customers 1000000] [--rules 2000] [--nights 40 400] [--folder DIR] [--runs 3] [--again] [--lost]

Makes a synthetic company: customers over Chinese provinces and cities, industries and sizes; a fifth of them in two CRMs, a tenth below
a parent; owners that change, so that after 400 nights there are about five observations a customer. The nights before are recorded forty
at a time; then come nights on which 1 % of the records change hands. Each such night is what a refresh does between cleaning and
publishing: loading the record, `dbt run` of everything up to the periods and disputes (territories included), recording.
Printed: seconds of that, of the models of the territory and of the ownership domain alone (dbt's own start-up left out), of recording; peak
memory; seconds of one `owner` question on a copy as it is published; bytes of the record on disk. With --lost also the last night
once more after the warehouse was deleted: nothing tells what was recorded from what, so everybody is judged for every day, and no event
may come of it.

Not here: exports, cleaning, resolution (their own benchmarks), publishing.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ingest.record.nights import load_record, record_night  # noqa: E402
from ingest.record.store import RecordStore  # noqa: E402
from ingest.tables import TABLES  # noqa: E402
from ingest.warehouse import Warehouse  # noqa: E402

START = date(2025, 1, 1)
CHANGED = 0.01
# Nights recorded at once on the way to the first that is measured. A million customers judged for all 400 at once take a quarter of an hour
# and some 22 GB on disk (--lost, 2026-11-23).
STRIDE = 40
_CODES = "BJTJHESXNMLNJLHLSHJSZJAHFJJXSDHAHBHNGDGXHICQSCGZYNXZSNGSQHNXXJ"
REGIONS = [f"CN-{_CODES[place : place + 2]}" for place in range(0, len(_CODES), 2)]
INDUSTRIES = [f"Industry {number:02d}" for number in range(40)]
SIZES = ["small", "medium", "large"]
REPS = 800
VERSION = "1" * 64


def table(name: str, rows: int, **columns: object) -> pa.Table:
    """A declared table: the columns that are given, all others null."""
    arrays = []
    for field in TABLES[name].arrow_schema:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(rows, field.type))
        else:
            made = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
            arrays.append(made.cast(field.type))
    return pa.table(arrays, schema=TABLES[name].arrow_schema)


def texts(pattern: str, numbers: np.ndarray) -> pa.Array:
    """The pattern with each number in it."""
    return pa.array([pattern.format(number) for number in numbers.tolist()])


class Company:
    """A synthetic company as of any night; the same seed, the same company."""

    def __init__(self, customers: int, rules: int, nights: int) -> None:
        chance = np.random.default_rng(7)
        self.customers, self.rules, self.nights = customers, rules, min(STRIDE, nights)
        second = chance.choice(customers, customers // 5, replace=False)
        self.of_record = np.concatenate([np.arange(customers), second])
        self.records = len(self.of_record)
        self.owner = chance.integers(0, REPS, self.records)
        self.region = chance.zipf(1.3, customers) % len(REGIONS)
        self.city = chance.integers(0, 12, customers)
        self.industry = chance.zipf(1.4, customers) % len(INDUSTRIES)
        self.size = chance.integers(0, len(SIZES), customers)
        block = np.arange(customers) % 20  # groups of three: a head office and two companies below it
        self.parent = np.where((block == 1) | (block == 2), np.arange(customers) - block, -1)
        changes = int(self.records * CHANGED * nights)
        self.changed = np.concatenate([np.arange(self.records), chance.integers(0, self.records, changes)])
        self.changed_on = np.concatenate([np.zeros(self.records, int), np.sort(chance.integers(1, nights + 1, changes))])
        self.to = np.concatenate([self.owner, chance.integers(-REPS // 20, REPS, changes)])  # below 0: into the pool

    def go_on(self, nights: int) -> None:
        """Nights that pass of those the company was made with."""
        self.nights += nights

    def one_more_night(self) -> None:
        """A night on which one record in a hundred changes hands, after those the company was made with."""
        self.nights += 1
        chance = np.random.default_rng(self.nights)
        count = int(self.records * CHANGED)
        self.changed = np.concatenate([self.changed, chance.choice(self.records, count, replace=False)])
        self.changed_on = np.concatenate([self.changed_on, np.full(count, self.nights)])
        self.to = np.concatenate([self.to, chance.integers(0, REPS, count)])

    def observations(self) -> pa.Table:
        """clean.owner_observations: one per record and night, the last of them."""
        order = np.lexsort((np.arange(len(self.changed)), self.changed_on, self.changed))
        order = order[self.changed_on[order] <= self.nights]
        record, night, to = self.changed[order], self.changed_on[order], self.to[order]
        last = np.append((record[1:] != record[:-1]) | (night[1:] != night[:-1]), True)
        record, night, to = record[last], night[last], to[last]
        starts = np.flatnonzero(np.append(True, record[1:] != record[:-1]))
        sequence = np.arange(len(record)) - np.repeat(starts, np.diff(np.append(starts, len(record)))) + 1
        days = pa.array([START + timedelta(days=int(n)) for n in range(self.nights + 1)], pa.date32()).take(pa.array(night))
        reps = pa.array([f"E{number:04d}" for number in range(REPS)])
        return table(
            "clean.owner_observations",
            len(record),
            source=self._sources(record),
            record_id=self._ids.take(pa.array(record)),
            as_of_date=days,
            known_from=days,
            file_sha256=pa.array([f"{n:064x}" for n in range(self.nights + 1)]).take(pa.array(night)),
            row_number=pa.array(record + 1),
            sequence=pa.array(sequence),
            first_sequence=pa.array(sequence),
            observed_by=pa.array(["export"]).take(pa.array(np.zeros(len(record), int))),
            changed_on=days,
            owner_rep_id=reps.take(pa.array(np.maximum(to, 0), mask=to < 0)),
        )

    def others(self) -> dict[str, pa.Table]:
        """Every other table that the night reads and that has rows."""
        n, everybody = self.customers, np.arange(self.customers)
        self._ids = texts("R{:07d}", np.arange(self.records))
        ids = texts("C{:012d}", everybody)
        record = np.arange(self.records)
        first = pa.array([START] * n, pa.date32())
        cities = pa.array([f"{region} city {city}" for region in REGIONS for city in range(12)])
        rules = np.arange(self.rules)
        kinds = rules % 4  # region and industry; city and industry; region, industry and size; country and industry and size
        pick = np.random.default_rng(11).integers(0, 1 << 30, (4, self.rules))
        region, city, industry, size = pick[0] % len(REGIONS), pick[1] % 12, pick[2] % len(INDUSTRIES), pick[3] % len(SIZES)
        return {
            "rules.company": table(
                "rules.company",
                1,
                company_name=["Scale"],
                calendar_start_date=[START],
                currency_code=["CNY"],
                rules_version=[VERSION],
                as_of_date=[START + timedelta(days=self.nights)],
                opportunity_credit=["customer_territory"],
            ),
            "rules.territories": table(
                "rules.territories",
                200,
                territory_id=texts("T{:03d}", np.arange(200)),
                territory_name=texts("Territory {}", np.arange(200)),
                parent_territory_id=pa.array([None if t == 0 else f"T{(t - 1) // 6:03d}" for t in range(200)]),
                valid_from=[START] * 200,
            ),
            "rules.territory_rules": table(
                "rules.territory_rules",
                self.rules,
                rule_id=texts("R{:05d}", rules),
                territory_id=texts("T{:03d}", rules % 200),
                priority=pa.array(100 + rules % 7),
                country_codes=pa.array([None if k < 3 else "CN" for k in kinds]),
                region_codes=pa.array([REGIONS[r] if k in (0, 2) else None for r, k in zip(region, kinds, strict=True)]),
                city_names=pa.array([f"{REGIONS[r]} city {c}" if k == 1 else None for r, c, k in zip(region, city, kinds, strict=True)]),
                industries=pa.array([INDUSTRIES[i] for i in industry]),
                size_bands=pa.array([SIZES[s] if k >= 2 else None for s, k in zip(size, kinds, strict=True)]),
                valid_from=[START] * self.rules,
            ),
            "rules.protection": table(
                "rules.protection",
                3,
                protection_id=["P1", "P2", "P3"],
                kind=["headquarters", "branch", "first_touch"],
                applies_to=["customers"] * 3,
                priority=[10, 20, 30],
                days=[None, None, 90],
                valid_from=[START] * 3,
            ),
            "rules.reps": table(
                "rules.reps",
                REPS,
                rep_id=texts("E{:04d}", np.arange(REPS)),
                rep_name=texts("Person {}", np.arange(REPS)),
                valid_from=[START] * REPS,
            ),
            "resolved.customers": table(
                "resolved.customers",
                n,
                customer_id=ids,
                customer_name=texts("Company {}", everybody),
                country_code=pa.array(["CN"] * n),
                region_code=pa.array(REGIONS).take(pa.array(self.region)),
                city_name=cities.take(pa.array(self.region * 12 + self.city)),
                industry=pa.array(INDUSTRIES).take(pa.array(self.industry)),
                size_band=pa.array(SIZES).take(pa.array(self.size)),
                parent_customer_id=ids.take(pa.array(np.maximum(self.parent, 0), mask=self.parent < 0)),
                record_count=pa.array(np.ones(n, int)),
                source_count=pa.array(np.ones(n, int)),
                is_active=pa.array([True] * n),
                first_seen_date=first,
            ),
            "resolved.customer_records": table(
                "resolved.customer_records",
                self.records,
                source=self._sources(record),
                record_id=self._ids,
                customer_id=ids.take(pa.array(self.of_record)),
                match_reason=pa.array([""] * self.records),
                valid_from=pa.array([START] * self.records, pa.date32()),
            ),
            "clean.customers": table(
                "clean.customers",
                self.records,
                source=self._sources(record),
                record_id=self._ids,
                as_of_date=pa.array([START] * self.records, pa.date32()),
                is_branch=pa.array(record % 31 == 0),
                is_in_latest_export=pa.array([True] * self.records),
                problems=pa.array([""] * self.records),
            ),
        }

    def _sources(self, record: np.ndarray) -> pa.Array:
        return pa.array(["salesforce", "zoho"]).take(pa.array((record >= self.customers).astype(int)))


def dbt_run(folder: Path) -> dict[str, float]:
    """Seconds of each model of one `dbt run` up to the periods and disputes; its whole time under ``."""
    environment = os.environ | {
        "BAILIWICK_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    project = ROOT / "dbt_project"
    command = [str(Path(sys.executable).with_name("dbt")), "run", "--select", "+fct_ownership_periods", "+fct_ownership_conflicts"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--project-dir", str(project), "--profiles-dir", str(project)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = {result["unique_id"].split(".")[-1]: result["execution_time"] for result in results}
    return seconds | {"": time.perf_counter() - started}


def one_night(folder: Path, company: Company) -> dict[str, float]:
    """What one night costs, in seconds by part."""
    warehouse, store = Warehouse(folder / "warehouse.duckdb"), RecordStore(folder / "record")
    parts = {}
    started = time.perf_counter()
    load_record(warehouse, store)
    parts["loading the record"] = time.perf_counter() - started
    models = dbt_run(folder)
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    domain = {node["name"]: node["fqn"][2] for node in manifest.values() if node["resource_type"] == "model" and node["fqn"][1] == "marts"}
    for name in ("territory", "ownership"):
        parts[f"models: {name}"] = sum(seconds for model, seconds in models.items() if domain.get(model) == name)
    parts["dbt run in all"] = models[""]
    started = time.perf_counter()
    as_of = START + timedelta(days=company.nights)
    with warehouse.opened():
        recorded = record_night(warehouse, store, as_of_date=as_of, rules_version=VERSION)
    parts["recording"] = time.perf_counter() - started
    parts["a night"] = parts["loading the record"] + parts["dbt run in all"] + parts["recording"]
    parts["events added"] = recorded.added
    parts["events"] = recorded.head.rows
    (folder / "models.json").write_text(json.dumps(dict(sorted(models.items(), key=lambda item: -item[1])), indent=1), encoding="utf-8")
    return parts


def give(folder: Path, company: Company) -> None:
    """The night's input, as cleaning and resolution would leave it."""
    warehouse = Warehouse(folder / "warehouse.duckdb")
    with warehouse.opened():
        warehouse.prepare()
        for name, rows in (company.others() | {"clean.owner_observations": company.observations()}).items():
            warehouse.replace(name, rows)


def ask(folder: Path, runs: int) -> float:
    """Median seconds of an answer, on a copy of the record as it is published."""
    import duckdb  # noqa: PLC0415

    from serving.ownership import _HISTORY  # noqa: PLC0415

    path = folder / "copy.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{folder / 'warehouse.duckdb'}' as home (read_only)")
        for name in ("fct_ownership_events", "dim_territories"):
            connection.execute(f"create table {name} as select * from home.marts.{name}")
        connection.execute("create table dim_reps as select * from home.rules.reps")
        connection.execute("create table audit_files as select '' as sha256, '' as file, date '2025-01-01' as as_of_date")
    found = []
    for run in range(runs):
        started = time.perf_counter()
        with duckdb.connect(str(path), read_only=True) as connection:
            day = date(2027, 1, 1)
            for role in ("owner", "territory"):
                rows = connection.execute(
                    _HISTORY, {"id": f"C{run * 1001:012d}", "role": role, "known_on": day, "recorded_on": day}
                ).fetchall()
                assert rows, (run, role)
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def history(folder: Path, company: Company, nights: int) -> list[dict[str, float]]:
    """Record the nights before the first that is measured, from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    give(folder, company)
    first = [one_night(folder, company)]
    while company.nights < nights:
        company.go_on(min(STRIDE, nights - company.nights))
        give(folder, company)
        first.append(one_night(folder, company))
    return first


def catch_up(folder: Path, company: Company, nights: int) -> None:
    """Bring the company to the night that an earlier run of the same arguments recorded last."""
    last = (RecordStore(folder / "record").head().recorded_on - START).days
    company.go_on(nights - company.nights)
    while company.nights < last:
        company.one_more_night()


def after_a_loss(folder: Path, company: Company) -> dict[str, float]:
    """The last night once more, from the files of the record alone."""
    (folder / "warehouse.duckdb").unlink()
    give(folder, company)
    parts = one_night(folder, company)
    if parts["events added"]:
        raise SystemExit(f"{parts['events added']} events after the warehouse was lost, where nothing is new")
    return parts | {"peak_gb_dbt": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6}


def measure(folder: Path, customers: int, rules: int, nights: int, runs: int, again: bool, lost: bool) -> None:
    """One company with so many nights behind it, in this process; prints its figures as JSON, a line each for the nights and for a loss."""
    company, first = Company(customers, rules, nights), []
    if again:
        catch_up(folder, company, nights)
    else:
        first = history(folder, company, nights)
    measured = []
    for _ in range(runs):
        company.one_more_night()
        give(folder, company)
        measured.append(one_night(folder, company))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    answer = ask(folder, 20)
    print(  # noqa: T201
        json.dumps(
            {
                "nights": nights,
                "observations": len(company.changed),
                "first": [{part: one[part] for part in ("a night", "events")} for one in first],
                "night": {part: statistics.median(one[part] for one in measured) for part in measured[0]},
                "answer": answer,
                "record_bytes": sum(path.stat().st_size for path in (folder / "record").rglob("*") if path.is_file()),
                "peak_gb_dbt": children,
                "peak_gb_recording": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            }
        ),
        flush=True,
    )
    if lost:
        print(json.dumps({"after a loss": after_a_loss(folder, company)}))  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--nights", type=int, nargs="+", default=[40, 400])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks" / "ownership")
    parser.add_argument("--again", action="store_true", help="Go on from what an earlier run of the same arguments left in --folder.")
    parser.add_argument("--lost", action="store_true", help="Also a night after the warehouse was deleted.")
    parser.add_argument("--one", action="store_true", help="Measure the first of --nights in this process and print JSON.")
    given = parser.parse_args()
    if given.one:
        measure(given.folder, given.customers, given.rules, given.nights[0], given.runs, given.again, given.lost)
        return
    found = {}
    for nights in given.nights:
        command = [sys.executable, __file__, "--one", "--customers", str(given.customers), "--rules", str(given.rules)]
        command += ["--nights", str(nights), "--runs", str(given.runs), "--folder", str(given.folder / str(nights))]
        command += ["--again"] * given.again + ["--lost"] * given.lost
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        found[nights] = {part: value for line in done.stdout.splitlines() for part, value in json.loads(line).items()}
        print(json.dumps(found[nights], indent=1), flush=True)  # noqa: T201
    if len(given.nights) > 1:
        few, many = (found[nights]["night"]["a night"] for nights in (min(given.nights), max(given.nights)))
        print(f"a night after {max(given.nights)} nights costs {many / few:.2f} times one after {min(given.nights)}")  # noqa: T201


if __name__ == "__main__":
    main()
