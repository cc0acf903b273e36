"""Reading a large CSV: `read_content` beside DuckDB's `read_csv` into a table, in time and memory.

    python benchmarks/csv_reading.py [--rows 1000000] [--runs 3]

Here: one file of fictional accounts (22 columns as Salesforce has them, Chinese text, quoted cells), written to a temporary folder;
each reader runs in a process of its own, by turns. Times are from opening the file to the finished table; peak memory is the
process's own, imports included. Not here: correctness (tests/ingest/landing/test_csv_files.py).
"""

import argparse
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


READERS = {"bailiwick": read_with_bailiwick, "duckdb": read_with_duckdb}


def measure(reader: str, path: Path) -> tuple[float, float, int]:
    """Seconds, MB and rows of one run in a process of its own."""
    command = [sys.executable, __file__, "--reader", reader, "--file", str(path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    return float(out[0]), float(out[1]), int(out[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
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
    say(f"ratio bailiwick / duckdb: {medians['bailiwick'] / medians['duckdb']:.2f}")


if __name__ == "__main__":
    main()
