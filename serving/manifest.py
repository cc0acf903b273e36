"""The manifest of a published copy: which tables stand there, and by which hashes anybody can tell that they are whole.

Here: the form of published/manifest.json, reading and writing it, comparing it with the files.
Not here: making the files (publish.py).

    published/manifest.json
    published/marts.duckdb
    published/parquet/<table>.parquet
    published/report/<name>.html
"""

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.landing.files import sha256_of

# 2026-11-21: 1 is the first form; 2026-11-22: 2 names reports. Raise it when the form of the published copy changes; the next refresh
# then publishes anew even though no table did.
FORMAT_VERSION = 2

MANIFEST = "manifest.json"
DATABASE = "marts.duckdb"
PARQUET = "parquet"
REPORT = "report"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedTable(_Strict):
    """One table: its rows, and the size and hash of its Parquet file."""

    name: str
    rows: int
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """Path below published/, with forward slashes."""
        return f"{PARQUET}/{self.name}.parquet"


class PublishedDatabase(_Strict):
    """The DuckDB copy: its size and hash."""

    bytes: int
    sha256: str


class PublishedReport(_Strict):
    """One page for people: the name of its file, its size and hash."""

    name: str
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """Path below published/, with forward slashes."""
        return f"{REPORT}/{self.name}"


class Manifest(_Strict):
    """What stands in published/, and which run made it. `tables` and `reports` are sorted by name."""

    format_version: int
    run_id: str
    as_of_date: str
    database: PublishedDatabase
    tables: tuple[PublishedTable, ...]
    reports: tuple[PublishedReport, ...] = ()  # a manifest of format 1 has none

    def hashes(self, *, without: str) -> dict[str, str]:
        """sha256 of every table but one."""
        return {table.name: table.sha256 for table in self.tables if table.name != without}


def read_manifest(published: Path) -> Manifest:
    """The manifest of a published copy. Raises FileNotFoundError, and ValueError where it cannot be understood."""
    text = (published / MANIFEST).read_bytes()
    try:
        return Manifest.model_validate(json.loads(text))
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{MANIFEST} is not a manifest of format {FORMAT_VERSION}: {error}") from error


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write the manifest, readable for people, and have it on the disk when this returns."""
    content = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def verify_published(published: Path) -> list[str]:
    """What is wrong with a published copy, as sentences; an empty list when every file is what the manifest says.

    Reads every byte. Says so, too, when nothing was ever published.
    """
    try:
        manifest = read_manifest(published)
    except FileNotFoundError:
        return [f"{published.name}/{MANIFEST} is missing: nothing was published here, or the manifest was removed."]
    except ValueError as error:
        return [f"{published.name}/{error}"]
    problems = []
    if manifest.format_version != FORMAT_VERSION:
        problems.append(f"{MANIFEST} has format {manifest.format_version}; this program writes format {FORMAT_VERSION}.")
    problems += _file_problems(published, DATABASE, manifest.database.bytes, manifest.database.sha256)
    for file in (*manifest.tables, *manifest.reports):
        problems += _file_problems(published, file.file, file.bytes, file.sha256)
    problems += [
        f"{path.relative_to(published).as_posix()} stands there, and the manifest does not know it."
        for path in unknown_files(published, manifest)
    ]
    return problems


def unknown_files(published: Path, manifest: Manifest) -> list[Path]:
    """Parquet files and pages in their folders that the manifest does not name, sorted."""
    known = {published / file.file for file in (*manifest.tables, *manifest.reports)}
    there = [*sorted((published / PARQUET).glob("*.parquet")), *sorted((published / REPORT).glob("*.html"))]
    return [path for path in there if path not in known]


def _file_problems(published: Path, file: str, size: int, sha256: str) -> list[str]:
    path = published / file
    if not path.is_file():
        return [f"{file} is missing."]
    actual = path.stat().st_size
    if actual != size:
        return [f"{file} has {actual:,} bytes; the manifest says {size:,}."]
    if sha256_of(path) != sha256:
        return [f"{file} was altered: its content hash differs from the manifest's."]
    return []
