"""Landing one large export: a CSV of accounts from file to mapped, typed, archived and hashed, beside DuckDB's plain `read_csv`.

    python benchmarks/landing.py [--rows 1000000] [--runs 3]
    python benchmarks/landing.py --known 10000 [--runs 3]

The first builds one file of fictional accounts (22 columns as Salesforce has them, Chinese text, quoted cells; 274 MB at a million
rows) and lets each contestant handle it in a process of its own, by turns: `duckdb` reads it into a table of a database file, all text;
`reader` is this project's reader alone; `landing` is `land`: hashed, archived, mapped to canonical columns, keys checked, judged by the
guards, written to raw.customers; `typed` is landing and then clean.customers, every field typed with its raw text beside it.
Times are from opening the file to the committed table; peak memory is the process's own, imports included.

The second measures what files that the ledger knows already add to a landing: a home with N of them against a home with none, both
given one new file.

Not here: correctness (tests/ingest/landing).
"""

import argparse
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = (
    "Id,IsDeleted,MasterRecordId,Name,Type,ParentId,BillingStreet,BillingCity,BillingState,BillingPostalCode,BillingCountry,Phone,Website,"
    "Industry,AnnualRevenue,NumberOfEmployees,Description,OwnerId,CurrencyIsoCode,CreatedDate,LastModifiedDate,AccountSource"
)
SYLLABLES = "海天华中盛远东明达恒瑞金宏泰鑫博众联科创新源力"
CITIES = ("青岛,山东,266000", "北京,北京,100080", "上海,上海,200120", "广州,广东,510620", "成都,四川,610041")
KINDS = ("有限公司", "集团股份有限公司", "科技发展有限公司")


def account(number: int) -> str:
    """The line of one account: the same for the same number."""
    name = "".join(SYLLABLES[number * factor % len(SYLLABLES)] for factor in (1, 7, 11, 13)) + KINDS[number % len(KINDS)]
    street = f'"{SYLLABLES[number % 7]}{SYLLABLES[number % 19]}路 {number % 997} 号, {number % 31} 层"'
    note = f'"客户说""明年再谈""，第 {number % 12 + 1} 月回访"' if number % 20 == 0 else ""
    parent = f"001{number // 10:012d}AAA" if number % 10 else ""
    return (
        f"001{number:012d}AAA,0,,{name},Customer,{parent},{street},{CITIES[number % len(CITIES)]},中国,0532-{number % 10**8:08d},"
        f"www.account{number}.example,制造业,{number * 37 % 10**8}.50,{number % 5000},{note},005{number % 500:012d}AAA,CNY,"
        f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d} 03:04:05,2026-11-{number % 28 + 1:02d} 21:00:00,Web"
    )


def write_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\r\n")
        file.writelines(account(number) + "\r\n" for number in range(rows))


def read_with_bailiwick(path: Path) -> int:
    from ingest.landing.content import Limits  # noqa: PLC0415 - each process imports what it measures, and before the clock starts
    from ingest.landing.read_content import read_content  # noqa: PLC0415
    from ingest.sources.mapping import Format  # noqa: PLC0415

    start = time.perf_counter()
    content = read_content(path.read_bytes(), path.name, Format(), Limits(max_bytes=1 << 32))
    report(start)
    return content.frame.height


def land_it(path: Path, *, typed: bool) -> int:
    """The whole landing of the file in a new home, and the typed table where asked for."""
    from datetime import UTC, date, datetime  # noqa: PLC0415

    import pandas  # noqa: F401, PLC0415 - DuckDB does so itself on its first query over Arrow tables: 1.2 s

    from ingest.cleaning.refresh import refresh_entity  # noqa: PLC0415
    from ingest.cleaning.rep_ids import RepIdentities  # noqa: PLC0415
    from ingest.home import CompanyHome  # noqa: PLC0415
    from ingest.landing.land import land  # noqa: PLC0415
    from ingest.sources.mapping import BUILT_IN, read_source  # noqa: PLC0415
    from ingest.warehouse import Warehouse  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        home = CompanyHome(Path(folder))
        day = home.landing / "salesforce" / "2026-11-20"
        day.mkdir(parents=True)
        (day / path.name).hardlink_to(path)
        source = read_source(BUILT_IN / "salesforce" / "source.yml").model_copy(update={"name": "salesforce"})
        warehouse = Warehouse(home.warehouse_path)
        start = time.perf_counter()
        with warehouse.opened():
            land(home, warehouse, {"salesforce": source}, seen_at=datetime(2026, 11, 21, tzinfo=UTC), max_file_bytes=1 << 32)
            if typed:
                refresh_entity(
                    warehouse,
                    "customers",
                    sources={"salesforce": source},
                    identities=RepIdentities({}, frozenset()),
                    latest_days={"salesforce": date(2026, 11, 20)},
                    default_currency="CNY",
                    until=date(2026, 11, 20),
                )
        report(start)
        return warehouse.query("select count(*) as n from raw.customers").column("n")[0].as_py()


def land_with_bailiwick(path: Path) -> int:
    return land_it(path, typed=False)


def type_with_bailiwick(path: Path) -> int:
    return land_it(path, typed=True)


def read_with_duckdb(path: Path) -> int:
    import duckdb  # noqa: PLC0415

    database = path.with_suffix(".duckdb")
    database.unlink(missing_ok=True)
    start = time.perf_counter()
    with duckdb.connect(database) as connection:
        connection.execute("create table accounts as select * from read_csv(?, all_varchar = true)", [str(path)])
        rows = connection.sql("select count(*) from accounts").fetchall()[0][0]
    report(start)
    return rows


def report(start: float) -> None:
    """Say how long it took and the peak memory in MB, for the process that asked."""
    seconds = time.perf_counter() - start
    say(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


READERS = {"duckdb": read_with_duckdb, "reader": read_with_bailiwick, "landing": land_with_bailiwick, "typed": type_with_bailiwick}


def measure(reader: str, path: Path) -> tuple[float, float, int]:
    """Seconds, MB and rows of one run in a process of its own."""
    command = [sys.executable, __file__, "--reader", reader, "--file", str(path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    return float(out[0]), float(out[1]), int(out[2])


def measure_ledger(known: int, runs: int) -> None:
    """Median seconds of a landing with one new file, in a home whose ledger knows `known` files and in one that knows none."""
    from datetime import UTC, date, datetime, timedelta  # noqa: PLC0415

    from ingest.home import CompanyHome  # noqa: PLC0415
    from ingest.landing.land import land  # noqa: PLC0415
    from ingest.sources.mapping import Source  # noqa: PLC0415
    from ingest.warehouse import Warehouse  # noqa: PLC0415

    feed = {"file": "customers*.csv", "key": "Id", "columns": {"Name": "name"}}
    sources = {
        f"crm{number}": Source.model_validate({"name": f"crm{number}", "crm": "x", "entities": {"customers": feed}}) for number in range(10)
    }
    gc.set_threshold(100_000)  # as orchestration/cli.py does
    for count in (0, known):
        with tempfile.TemporaryDirectory() as folder:
            home = CompanyHome(Path(folder))
            home.landing.mkdir()
            warehouse = Warehouse(home.warehouse_path)

            def put(number: int, text: str, home: CompanyHome = home) -> None:
                day = date(2020, 1, 1) + timedelta(days=number // 10)
                path = home.landing / f"crm{number % 10}" / str(day) / "customers.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

            def landed(home: CompanyHome = home, warehouse: Warehouse = warehouse) -> float:
                start = time.perf_counter()
                with warehouse.opened():
                    land(home, warehouse, sources, seen_at=datetime(2026, 11, 21, tzinfo=UTC), max_file_bytes=1 << 20)
                return time.perf_counter() - start

            for number in range(count):
                put(number, f"Id,Name\n{number},Customer {number}\n")
            first = landed()
            seconds = []
            for run in range(runs):
                put(count + run, f"Id,Name\nnew {run},Customer\n")
                seconds.append(landed())
            say(f"{count:>7,} files known: one new file {statistics.median(seconds):.2f} s (the first landing took {first:.1f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--known", type=int, metavar="N", help="measure what N files that the ledger knows add to a landing")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.known is not None:
        sys.path.insert(0, str(ROOT))
        measure_ledger(options.known, options.runs)
        return
    if options.reader:
        sys.path.insert(0, str(ROOT))
        say(str(READERS[options.reader](options.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Account.csv"
        write_file(path, options.rows)
        say(f"{options.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
        found: dict[str, list[tuple[float, float, int]]] = {reader: [] for reader in READERS}
        for _ in range(options.runs):
            for reader, runs in found.items():
                runs.append(measure(reader, path))
    say(f"{'reader':<12}{'median s':>10}{'fastest s':>11}{'peak MB':>10}{'rows':>12}")
    for reader, runs in found.items():
        seconds = [run[0] for run in runs]
        say(f"{reader:<12}{statistics.median(seconds):>10.2f}{min(seconds):>11.2f}{max(run[1] for run in runs):>10.0f}{runs[0][2]:>12,}")
    medians = {reader: statistics.median(run[0] for run in runs) for reader, runs in found.items()}
    for reader in ("reader", "landing", "typed"):
        say(f"{reader} / duckdb: {medians[reader] / medians['duckdb']:.2f}")


if __name__ == "__main__":
    main()
