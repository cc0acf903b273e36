"""Where the reference tables come from: tables/ORIGIN.csv, written by the scripts that build them.

Here: the record itself, one line for each table and package. Not here: which package gives what (build_chinese_tables.py,
build_world_tables.py), fetching packages.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from ingest.clock import now
from ingest.geocoding.reference_tables import TABLES

ORIGIN_COLUMNS = ("table", "package", "version", "licence", "built", "taken")


@dataclass(frozen=True)
class Package:
    """A package, pinned, with its licence as its own metadata states it."""

    name: str
    version: str
    licence: str


BY_HAND = Package("own", "", "Apache-2.0")


def path_of(table: str) -> Path:
    """Where a table lies: in tables/ beside this file, or in the room that its name begins with (`cleaning/country_names.csv`)."""
    return TABLES.parents[1] / table if "/" in table else TABLES / table


def record_origins(taken: list[tuple[str, Package, str]]) -> None:
    """Replace the lines of these tables (table, package, what is taken); other tables' lines stay, those of tables that are gone go."""
    path = TABLES / "ORIGIN.csv"
    replaced = {table for table, _, _ in taken}
    rows = [row for row in _lines(path) if row["table"] not in replaced and path_of(row["table"]).exists()]
    built = now().date().isoformat()
    for table, package, what in taken:
        values = (table, package.name, package.version, package.licence, built, what)
        rows.append(dict(zip(ORIGIN_COLUMNS, values, strict=True)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ORIGIN_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["table"], row["package"])))


def _lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
