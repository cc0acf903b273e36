"""What the six formats share: what stands in an export on a night, temporary files, CSV, pages of JSON, ZIPs.

Here: `Export` (a night as one system sees it) and the ways of writing a file in pieces. Not here: columns and ids (one module per
system), workbooks (workbook.py), what is true (company.py).

A night's files are filled side by side in one pass over the company, each in a temporary file, and copied out afterwards: inventing
the company once more for every file would cost more than the copying, and no file has to fit into memory.
"""

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice, pairwise
from typing import IO, Any, BinaryIO
from zoneinfo import ZoneInfo

from ingest.demo.company import PARTS, Company
from ingest.demo.organisation import REP_BY_ID, TERRITORIES, Rep, Territory
from ingest.demo.world import SYSTEMS, Activity, Contact, Deal, Lead, OwnerSpan, Record

Write = Callable[[BinaryIO], None]
"""Writes the content of one file to a stream. To be called before the next file is asked for: it reads a temporary file."""

Around = Callable[[int, int], tuple[str, str]]
"""Of a page of JSON: total of records and the page's number -> what stands before and behind the list."""

BEIJING = timezone(timedelta(hours=8))
TERRITORY_BY_ID = {territory.territory_id: territory for territory in TERRITORIES}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""English, whatever the machine's own language is (strftime would ask it)."""

_CORRECTED_LACKS = timedelta(days=7)
_BUFFER = 1 << 16
_ZIP64 = 1_900_000_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class Export:
    """One system at the end of one night. `end`: the first moment (UTC) that is no longer in the export."""

    company: Company
    system: str
    night: date
    end: datetime
    faults: frozenset[str]

    def records(self, *, flags_deletion: bool, parts: frozenset[str] = PARTS) -> Iterator[Record]:
        """The records that stand in the export. `flags_deletion`: a deleted one stays in it with a mark, unless it vanishes.

        `parts`: what is wanted beside the records themselves (company.PARTS).
        """
        for record in self.company.records(self.system, parts):
            gone = self.is_deleted(record) and (record.vanishes or not flags_deletion)
            if record.created_at < self.end and not gone:
                yield record.at(self.end)

    def leads(self) -> Iterator[Lead]:
        """The leads that stand in the export."""
        return (lead for lead in self.company.leads(self.system) if lead.created_at < self.end)

    def is_deleted(self, record: Record) -> bool:
        """Whether the record was deleted or merged away by the end of the night."""
        return record.deleted_at is not None and record.deleted_at < self.end

    def files_for(self, record: Record, whole: "Spool", early: "Spool") -> list[Any]:
        """Which files of customers a record stands in: a partial export has lost two rows out of three, and the first of two exports of
        a corrected night lacks the newest."""
        if "partial" in self.faults and spread(record.number, 3):
            return []
        is_early = "corrected" in self.faults and record.created_at < self.end - _CORRECTED_LACKS
        return [whole, early] if is_early else [whole]

    def contacts(self, record: Record) -> list[Contact]:
        """The record's contacts as of that night."""
        return [contact for contact in record.contacts if contact.created_at < self.end]

    def deals(self, record: Record) -> list[Deal]:
        """The record's deals as of that night."""
        return [deal for deal in record.deals if deal.opened_at < self.end]

    def activities(self, record: Record) -> list[Activity]:
        """The record's activities as of that night."""
        return [activity for activity in record.activities if activity.happened_at < self.end]

    def stage(self, deal: Deal, stages: int) -> int:
        """How far an open deal has come: 0 to `stages` - 1."""
        opened = deal.opened_at.date()
        passed = (self.night - opened).days / max(1, (deal.decided_on - opened).days)
        return min(max(0, int(passed * stages)), stages - 1)

    def has_left(self, rep_id: str) -> bool:
        """Whether the person's user was switched off by that night."""
        day = self.company.leaves(rep_id)
        return day is not None and day <= self.night

    def territories(self) -> list[Territory]:
        """The company's territories as of that night."""
        return [territory for territory in TERRITORIES if not territory.is_new or self.night >= self.company.realigned_on]

    def territory_of(self, record: Record) -> str | None:
        """The territory that the CRM holds for a record on that night."""
        return self.company.territory_on(record.territory_id, self.night)

    def territory_of_rep(self, rep: Rep) -> str:
        """Where a person works on that night."""
        return rep.new_territory_id if rep.new_territory_id and self.night >= self.company.realigned_on else rep.territory_id

    def span(self, owned: Record | Lead) -> OwnerSpan:
        """Who owns it at the end of the night."""
        return next((span for span in reversed(owned.owners) if span.since < self.end), owned.owners[0])

    def changes(self, owned: Record | Lead) -> list[tuple[OwnerSpan, OwnerSpan]]:
        """Every change of owner up to that night: (before, after), in time order."""
        return [(before, after) for before, after in pairwise(owned.owners) if after.since < self.end]

    def modified_at(self, record: Record) -> datetime:
        """When the record was last touched, as far as that night knows."""
        moments = [record.created_at, self.span(record).since, record.changed_at]
        moments += [moment for moment in (record.deleted_at, record.corrected_at) if moment is not None]
        return max(moment for moment in moments if moment < self.end)

    def last_activity_at(self, record: Record) -> datetime | None:
        """When somebody last followed up."""
        return max((activity.happened_at for activity in self.activities(record)), default=None)


def export_of(company: Company, system: str, night: date) -> Export | None:
    """The system at the end of a night; None where that night's export is missing on purpose."""
    faults = frozenset(fault.kind for fault in company.faults if fault.system == system and fault.night == night)
    if "missing" in faults:
        return None
    after = night + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(SYSTEMS[system])).astimezone(UTC)
    return Export(company=company, system=system, night=night, end=end, faults=faults)


def listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The names of columns, written one after another."""
    return tuple(text.split(separator))


def spread(number: int, parts: int) -> int:
    """A choice out of 0 to `parts` - 1 that differs between neighbours, whatever the step between numbers is."""
    return (number * 0x9E3779B1 & 0xFFFFFFFF) * parts >> 32


def user_number(rep_id: str) -> int:
    """The number that makes a person's id in every system."""
    return REP_BY_ID[rep_id].number


def utc_text(moment: datetime) -> str:
    """`2026-06-30 08:15:00`, in UTC."""
    return moment.isoformat(" ")[:19]


def beijing_text(moment: datetime) -> str:
    """`2026-06-30 16:15:00`, in Beijing."""
    return moment.astimezone(BEIJING).isoformat(" ")[:19]


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, of a moment known to the second."""
    return int(moment.timestamp()) * 1000


def day_ms(day: date) -> int:
    """Milliseconds since 1970 of midnight in Beijing, which is how the APIs write a day."""
    return epoch_ms(datetime(day.year, day.month, day.day, tzinfo=BEIJING))


def hex_id(kind: int, number: int) -> str:
    """24 hexadecimal digits, another for every number of a kind (0 to 255)."""
    # An odd factor visits every number of 56 bits once, so that neighbours do not look alike.
    return f"64a7c3{kind:02x}{(number + 1) * 0x9E3779B97F4A7D & 0xFFFFFFFFFFFFFF:014x}ff"[:24]


def earlier_phone(phone: str) -> str:
    """Another number, which a record is said to have had before; it stands in no whole export."""
    return f"{phone[:-2]}{'99' if phone.endswith('00') else '00'}" if phone else ""


class Spool:
    """A temporary file of one night, on disk and not in memory."""

    def __init__(self) -> None:
        # Closed by Spools, which lives as long as the night's files are asked for.
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=_BUFFER)  # noqa: SIM115

    def write(self, text: str) -> None:
        """Adds text, as UTF-8."""
        self._file.write(text.encode())

    def size(self) -> int:
        """Bytes written so far."""
        return self._file.seek(0, io.SEEK_END)

    def copy_to(self, stream: BinaryIO) -> None:
        """The whole content, to a stream; may be called again."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, stream, _BUFFER)

    def close(self) -> None:
        """Removes the file."""
        self._file.close()


class CsvSpool(Spool):
    """A CSV: rows are dicts, of which an absent column is an empty cell."""

    def __init__(self, columns: Sequence[str], *, encoding: str = "utf-8", line_end: str = "\n", quoting: int = csv.QUOTE_ALL) -> None:
        super().__init__()
        self._blank = dict.fromkeys(columns, "")
        self._text = io.TextIOWrapper(self._file, encoding=encoding, newline="")
        self._cells = csv.writer(self._text, quoting=quoting, lineterminator=line_end).writerow
        self._cells(columns)

    def row(self, values: Mapping[str, object]) -> None:
        """Writes one row. Raises KeyError for a column the file does not have."""
        row = self._blank | values
        if len(row) != len(self._blank):
            raise KeyError(sorted(set(values) - set(self._blank)))
        self._cells(row.values())

    def broken_row(self, values: Mapping[str, object]) -> None:
        """Writes a row with a cell too many."""
        self._cells([*(self._blank | values).values(), "surplus"])

    def size(self) -> int:
        """Bytes written so far."""
        self._text.flush()
        return super().size()

    def copy_to(self, stream: BinaryIO) -> None:
        """The whole content, to a stream; may be called again."""
        self._text.flush()
        super().copy_to(stream)

    def close(self) -> None:
        """Removes the file."""
        self._text.close()


class JsonSpool(Spool):
    """Records as JSON, written out in pages as an API returns them, one page a line.

    `around(total, page number)`: what stands before and behind the list of a page's records.
    """

    def __init__(self, around: Around, *, page_size: int) -> None:
        super().__init__()
        self._around, self._page_size, self.count = around, page_size, 0

    def record(self, values: Mapping[str, object]) -> None:
        """Adds a record."""
        self.write(_encode(values) + "\n")
        self.count += 1

    def lines(self) -> Iterator[bytes]:
        """Each record as JSON, with the line's end."""
        self._file.seek(0)
        for line in self._file:  # noqa: UP028 - `yield from` would close the file with a reader that stops half-way
            yield line

    def copy_to(self, stream: BinaryIO) -> None:
        """All pages, to a stream; may be called again. No records: no pages."""
        lines, number = self.lines(), 0
        while page := list(islice(lines, self._page_size)):
            number += 1
            before, behind = self._around(self.count, number)
            stream.write(f"{before}[".encode())
            stream.write(b",".join(page).replace(b"\n", b""))  # the only line feeds are the lines' ends: JSON writes others as \\n
            stream.write(f"]{behind}\n".encode())


@dataclass
class Spools:
    """The temporary files of one night; all are gone when it is left."""

    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Spools":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def csv(self, columns: Sequence[str], **how: Any) -> CsvSpool:
        """A CSV to fill; `how`: arguments of CsvSpool."""
        return self._kept(CsvSpool(columns, **how))

    def json(self, around: Around, *, page_size: int) -> JsonSpool:
        """Pages of JSON to fill; arguments of JsonSpool."""
        return self._kept(JsonSpool(around, page_size=page_size))

    def _kept(self, spool: Any) -> Any:
        self._stack.callback(spool.close)
        return spool


class _OnlyWritten:
    """A stream that can be written to and nothing else: zipfile writes other bytes to one in which it can go back."""

    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write

    def flush(self) -> None:
        """Nothing: whoever opened the stream closes it."""


def zip_of(members: Sequence[tuple[str, Spool | bytes]]) -> Write:
    """A ZIP of temporary files and short texts. Its dates are 1980-01-01, so that the same night has the same bytes."""

    def write(stream: BinaryIO) -> None:
        # Level 1: a third larger than the default, three times as fast (2026-11-22, a CSV of accounts).
        with zipfile.ZipFile(_OnlyWritten(stream), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in members:
                if isinstance(content, bytes):
                    archive.writestr(zipfile.ZipInfo(name), content)
                else:
                    with archive.open(name, "w", force_zip64=content.size() > _ZIP64) as member:
                        content.copy_to(member)

    return write


def twice_or_corrected(path: str, export: Export, whole: Write, first: Write) -> Iterator[tuple[str, Write]]:
    """The customers' file under the names that the night's faults give it.

    repeated: again under the name a browser gives a second download. corrected: `first`, which lacks the newest rows, and the whole
    file, told apart by the time in their names.
    """
    stem, _, suffix = path.rpartition(".")
    if "corrected" in export.faults:
        yield f"{stem}_{export.night:%Y%m%d}_183000.{suffix}", first
        yield f"{stem}_{export.night:%Y%m%d}_214500.{suffix}", whole
        return
    yield path, whole
    if "repeated" in export.faults:
        yield f"{stem} (1).{suffix}", whole
