"""What the tests of landing share: a company home on disk, sources and file contents out of a few words."""

import csv
import hashlib
import io
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from ingest.home import CompanyHome
from ingest.landing.batches import FeedFiles
from ingest.landing.content import Content, Limits
from ingest.landing.files import LandedFile
from ingest.landing.land import land
from ingest.landing.read_content import read_content
from ingest.sources.mapping import Format, Source
from ingest.warehouse import Warehouse

DAY = date(2026, 11, 20)
SEEN_AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
REAL_DATA = Path(__file__).parents[4] / "shared" / "data"

# Two cores are shared: no example has a deadline, and every run draws the same ones.
settings.register_profile("bailiwick", deadline=None, derandomize=True)
settings.load_profile("bailiwick")


def _source(name="crm", entities=None, **settings):
    """A source of customers with the columns Id and Name, unless `entities` says otherwise."""
    entities = entities or {"customers": {"file": "customers*.csv", "key": "Id", "columns": {"Name": "name"}}}
    return Source.model_validate({"name": name, "crm": name, "entities": entities} | settings)


def _text(*rows):
    """CSV text of rows of cells, as a program writes it."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


class Home:
    """A company home in a folder, with what a test does to it."""

    def __init__(self, root: Path):
        self.home = CompanyHome(root)
        self.warehouse = Warehouse(self.home.warehouse_path)
        self.home.landing.mkdir(parents=True)
        self._ticks = 0

    def put(self, path: str, content: str | bytes) -> Path:
        """A file below landing/, a second younger than the one put before it."""
        file = self.home.landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self._ticks += 1
        os.utime(file, (1_790_000_000 + self._ticks,) * 2)
        return file

    def remove(self, path: str) -> None:
        (self.home.landing / path).unlink()

    def land(self, *sources: Source, **options):
        by_name = {source.name: source for source in sources or (_source(),)}
        return land(self.home, self.warehouse, by_name, seen_at=SEEN_AT, **{"max_file_bytes": 1 << 20} | options)

    def rows(self, name: str, *columns: str) -> list[tuple]:
        """The columns of a table of the warehouse, in the order of its key."""
        return [tuple(row[column] for column in columns) for row in self.warehouse.read(name).to_pylist()]

    def states(self) -> dict[str, tuple]:
        """State and reason code of the newest version of each path; versions that were superseded only where no other is left."""
        rows = sorted(self.warehouse.read("raw.files").to_pylist(), key=lambda row: row["state"] != "superseded")
        return {row["path"]: (row["state"], row["reason_code"]) for row in rows}

    def quarantine(self) -> dict[str, str]:
        """Every file of quarantine/ with its content."""
        found = sorted(path for path in self.home.quarantine.rglob("*") if path.is_file())
        return {path.relative_to(self.home.quarantine).as_posix(): path.read_text("utf-8-sig") for path in found}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def new_home(tmp_path_factory):
    """A function that makes another empty home: for properties, which try many."""
    return lambda: Home(tmp_path_factory.mktemp("landing") / "home")


@pytest.fixture(scope="session")
def make_source():
    return _source


@pytest.fixture(scope="session")
def csv_text():
    return _text


@pytest.fixture(scope="session")
def content():
    """A function that reads text as a file: what `read_content` makes of it."""

    def read(text: str | bytes) -> Content:
        data = text.encode() if isinstance(text, str) else text
        return read_content(data, "crm/2026-11-20/file.csv", Format(), Limits(max_bytes=1 << 20))

    return read


@pytest.fixture(scope="session")
def landed():
    """A function that makes a LandedFile of a path and content; nothing is written."""

    def make(path: str, text: str = "") -> LandedFile:
        digest = hashlib.sha256(text.encode()).hexdigest()
        source, day = path.split("/")[:2]
        return LandedFile(path=path, source=source, as_of_date=date.fromisoformat(day), sha256=digest, size_bytes=len(text), modified_ns=1)

    return make


@pytest.fixture(scope="session")
def feed_files():
    """A function that makes FeedFiles of a feed, its own files and those of its lookups."""
    return lambda feed, files, **lookups: FeedFiles(feed=feed, files=files, lookups=lookups)


@pytest.fixture(scope="session")
def real_data():
    """A function that names a file of the real exports beside the repository; without them its test is skipped."""

    def path(name: str) -> Path:
        if not (REAL_DATA / name).is_file():
            pytest.skip(f"the real exports are not beside the repository: ../shared/data lacks {name}")
        return REAL_DATA / name

    return path
