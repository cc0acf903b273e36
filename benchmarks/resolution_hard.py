"""Tables that make entity resolution slow where it is built naively: each in seconds, with what was refused said.

    python benchmarks/resolution_hard.py [--rows 50000]

A name that so many rows bear and nothing beside it; the same with another telephone number in each row; rows that say exactly the same;
companies of different names with one telephone number; one row for ever with one letter more. Each case is a process of its own, from
written rows to groups. Printed: seconds, peak memory, pairs compared, customers, and the blocks that were too large to be compared.

Not here: accuracy (resolution.py), a million ordinary records (resolution_scale.py).
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[1]
NAME = "Quillfeather Press Ltd"


def _bare(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"name": [NAME] * rows})


def _telephones(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"name": [NAME] * rows, "phone": [f"+1 206 {place:07d}" for place in range(rows)]})


def _identical(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"name": [NAME] * rows, "phone": ["+1 206 555 0100"] * rows, "city": ["Seattle"] * rows})


def _one_telephone(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"name": [f"{_word(place)} {_word(place * 7919 + 13)}" for place in range(rows)], "phone": ["+1 206 555 0100"] * rows}
    )


def _growing(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"name": [NAME + " " + "a" * (1 + place % 290) + _word(place) for place in range(rows)]})


def _word(number: int) -> str:
    """Six letters, another for each number below 64 million."""
    letters = []
    for _ in range(3):
        number, rest = divmod(number, 400)
        letters.append("bcdfghjklmnprstvwxyz"[rest % 20] + "aeiouaeiouaeiouaeiou"[rest // 20])
    return "".join(letters)


CASES: dict[str, Callable[[int], pl.DataFrame]] = {
    "one name, nothing else": _bare,
    "one name, other telephones": _telephones,
    "rows that say the same": _identical,
    "one telephone, other names": _one_telephone,
    "a name that grows": _growing,
}


def measure(case: str, rows: int) -> dict[str, object]:
    """One case in this process."""
    from ingest.resolution.rows import resolve_rows  # noqa: PLC0415 - imports are start-up

    table = CASES[case](rows).with_columns(record_id=pl.int_range(rows).cast(pl.String), source=pl.lit("a"))
    start = time.perf_counter()
    found = resolve_rows(table)
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "pairs": found.report["pairs"],
        "customers": found.groups["customer"].n_unique(),
        "blocks_refused": {one["kind"]: one["largest"] for one in found.report["refused"]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        sys.stdout.write(json.dumps(measure(arguments.one, arguments.rows)))
        return
    for case in CASES:
        command = [sys.executable, __file__, "--rows", str(arguments.rows), "--one", case]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        said = json.loads(done.stdout) if not done.returncode else {"failed": done.stderr[-300:]}
        sys.stdout.write(f"{case}: " + ", ".join(f"{name} {value}" for name, value in said.items()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
