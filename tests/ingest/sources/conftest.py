"""What the tests of mappings share: a day of small exports, read through a mapping as landing reads it."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter

from ingest.landing.batches import Batch, FeedFiles, read_batch
from ingest.landing.columns import comparable_header
from ingest.landing.content import Content, Limits
from ingest.landing.feeds import mentioned_columns, mentioned_lookup_columns
from ingest.landing.files import LandedFile
from ingest.landing.read_content import read_content
from ingest.sources.mapping import BUILT_IN, Format, Source, read_source

DAY = date(2026, 11, 20)
LIMITS = Limits(max_bytes=1 << 26)
REAL_DATA = Path(__file__).parents[4] / "shared" / "data"

Rows = list[list[str]] | list[dict] | dict | bytes
"""A file of a test: rows of cells with the header first (CSV or workbook, by its name), JSON records or pages, or its bytes."""


def _bytes(name: str, rows: Rows) -> bytes:
    if isinstance(rows, bytes):
        return rows
    if name.endswith(".json"):
        return json.dumps(rows, ensure_ascii=False).encode()
    if name.endswith(".xlsx"):
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return out.getvalue()
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _spoken_of(source: Source, name: str) -> set[str] | None:
    """Comparable headers that any feed of the source uses or ignores in a file of that name; None where no feed reads the file."""
    base = name.rsplit("/", 1)[-1].casefold()
    spoken: list[set[str]] = []
    for feed in (feed for feeds in source.entities.values() for feed in feeds):
        if any(fnmatch(base, pattern.casefold()) for pattern in feed.file):
            spoken.append(mentioned_columns(feed))
        for lookup_name, lookup in feed.lookups.items():
            if any(fnmatch(base, pattern.casefold()) for pattern in lookup.file):
                spoken.append(mentioned_lookup_columns(feed, lookup_name))
    return set().union(*spoken) if spoken else None


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a mapping makes of a day's files for one entity."""

    batch: Batch

    @property
    def rows(self) -> list[dict]:
        return self.batch.rows.to_pylist()

    @property
    def by_id(self) -> dict[str, dict]:
        """Canonical values by record_id, empty ones left out, and without the evidence."""
        evidence = ("source", "as_of_date", "file_sha256", "row_number", "record_id")
        return {
            row["record_id"]: {name: value for name, value in row.items() if value is not None and name not in evidence}
            for row in self.rows
        }

    @property
    def adds_up(self) -> bool:
        """Rows read = rows loaded + quarantined + left out."""
        return self.batch.rows_read == self.batch.rows.num_rows + self.batch.quarantine.num_rows + self.batch.rows_left_out


def _read(source: Source, entity: str, files: dict[str, Rows]) -> Read:
    contents = {f"{source.name}/{DAY}/{name}": _bytes(name, rows) for name, rows in files.items()}
    landed = [
        LandedFile(
            path=path, source=source.name, as_of_date=DAY, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data), modified_ns=1
        )
        for path, data in sorted(contents.items())
    ]
    feeds = [
        FeedFiles(
            feed=feed,
            files=[file for file in landed if file.matches(feed.file)],
            lookups={name: [file for file in landed if file.matches(lookup.file)] for name, lookup in feed.lookups.items()},
            describes=[file for file in landed if source.describe and file.matches(source.describe.file)] if feed.coded else [],
        )
        for feed in source.entities[entity]
    ]

    def content(file: LandedFile, format_: Format) -> Content:
        return read_content(contents[file.path], file.path, format_, LIMITS)

    def spoken(file: LandedFile) -> set[str]:
        if source.describe and file.matches(source.describe.file):  # whatever else it says is the CRM's own business
            return {comparable_header(column) for column in content(file, source.describe.format).header}
        return _spoken_of(source, file.name) or set()

    taking_part = [feed for feed in feeds if feed.files]
    assert taking_part, f"no feed of {entity} reads any of {', '.join(files)}"
    return Read(batch=read_batch(source, entity, DAY, taking_part, content, spoken))


@pytest.fixture(scope="session")
def read_day() -> Callable[[Source, str, dict[str, Rows]], Read]:
    """A function that reads the files of a day for one entity through a mapping: source, entity, name of a file -> its rows."""
    return _read


@pytest.fixture(scope="session")
def built_in() -> Callable[[str], Source]:
    """A function that gives the mapping the program has of a CRM."""
    return cache(lambda crm: read_source(BUILT_IN / crm / "source.yml"))


@pytest.fixture(scope="session")
def spoken_of() -> Callable[[Source, str], set[str] | None]:
    """A function that names the comparable headers which a source uses or ignores in a file; None where no feed reads the file."""
    return _spoken_of


@pytest.fixture(scope="session")
def says() -> Callable[[set[str], str], bool]:
    """A function that tells whether spoken-of headers cover a column: itself, the value it is a part of, or a part of it."""

    def covered(spoken: set[str], column: str) -> bool:
        name = comparable_header(column)
        parents = {known[:place] for known in spoken for place in range(len(known)) if known[place] == "."}
        own_parents = (name[:place] for place in range(len(name)) if name[place] == ".")
        return name in spoken or name in parents or any(parent in spoken for parent in own_parents)

    return covered


@pytest.fixture(scope="session")
def real_files() -> Callable[[str], dict[str, bytes]]:
    """A function that gives the files of a folder of real exports by name; without the folder its test is skipped."""

    def files(folder: str) -> dict[str, bytes]:
        found = {path.name: path.read_bytes() for path in sorted((REAL_DATA / folder).glob("*.csv"))}
        if not found:
            pytest.skip(f"the real exports are not beside the repository: ../shared/data lacks {folder}")
        return found

    return files
