"""The truth about the fictional company, as files: who is who, where, in which territory, and who owned what since when.

Here: truth/*.csv, one row at a time. Not here: what is true (company.py), the rest of the home (home.py).

owners.csv holds what a perfect observer of the exports can know, and no more: of systems that export a history each change, of the
others what two loaded nights in a row show. It is reasoned from the spans of ownership and not from any export.
"""

from bisect import bisect_left
from collections.abc import Iterator

from ingest.demo.chance import Calendar, day_number, day_of
from ingest.demo.company import Company
from ingest.demo.ownership import NATIVE_HISTORY
from ingest.demo.world import Record

CUSTOMERS = ("source", "record_id", "customer_number")
PLACES = ("customer_number", "country", "region_code", "city", "street")
TERRITORIES = ("source", "record_id", "territory_id", "rule_id")
OWNERS = ("source", "record_id", "sequence", "changed_on", "changed_at", "owner_rep_id")

README = """\
What the exports were made from. The warehouse never reads this folder; tests hold its answers against it.
Records that no whole (loaded) export ever showed are left out of all files.

customers.csv     source and record_id of every record, and the number of the company it stands for: same number, same company.
                  Zoho's ids stand without the zcrm_ of its files.
                  A branch (分公司) and a subsidiary are companies of their own.
cases.csv         the few records of which people must say who they are, or that somebody merges or corrects: kind, company, the night on
                  which that happens. Only in demos of eight nights and more; what the steward said stands in ../judgements.csv.
places.csv        where each company is: country, ISO 3166-2 region, city and street. Some CRMs still have a former address.
territories.csv   the territory each record's company belongs to on the last night, and the rule that says so. Where no record of a company
                  says where it is, the rule for customers without a region applies. Deleted and merged records are left out.
owners.csv        who owned each record, as far as the exports can tell. Rows of a record are numbered by `sequence` from 1; the first
                  is the first owner known. owner_rep_id is empty while nobody owned it: in the public pool (公海), deleted, merged, gone,
                  or bought in the web shop and entered as nobody's.
                  changed_on   day on the calendar of the source. Sources without a history (neocrm, yonyou, jiandaoyun): the loaded night
                               whose export first shows it. Deletions, in every source: the first loaded night that shows them.
                  changed_at   UTC, to the second; from sources that export a history (salesforce, zoho, fxiaoke), where the first
                               owner's is the record's creation, and neocrm's claims. Empty for what only an export shows.
"""


_CLAIMS = ("claimed", "assigned")


class Observer:
    """What the loaded exports of one system can tell about its records."""

    def __init__(self, company: Company, system: str, *, flags_deletion: bool) -> None:
        self._calendar: Calendar = company.calendar(system)
        self._has_history = system in NATIVE_HISTORY
        self._shows_claims = system == "neocrm"  # 认领日期: its exports say when the present owner took the record
        self._flags_deletion = flags_deletion
        self._loaded = [day_number(night) for night in company.loaded_nights(system)]

    def is_seen(self, record: Record) -> bool:
        """Whether the record stands in any loaded export."""
        shown = self._first_loaded(self._calendar.day(record.created_at))
        gone = self._gone(record)
        return shown is not None and (gone is None or self._shows_deleted(record) or shown < gone)

    def owners(self, record: Record) -> Iterator[tuple[int, str, str, str]]:
        """Rows of owners.csv after the record's id: sequence, changed_on, changed_at, owner."""
        sequence, owner = 0, "nobody yet"
        for day, moment, rep_id in self._changes(record):
            if (rep_id or "") != owner:
                sequence, owner = sequence + 1, rep_id or ""
                yield sequence, day_of(day).isoformat(), moment, owner

    def _changes(self, record: Record) -> Iterator[tuple[int, str, str | None]]:
        gone = self._gone(record)
        deleted = None if gone is None else self._first_loaded(gone)
        # The last night that shows the record, deleted or not: what happened later nobody can know.
        last = self._loaded[-1] if gone is None or self._shows_deleted(record) else self._last_loaded_before(gone)
        days = [self._calendar.day(span.since) for span in record.owners]
        for place, (span, day) in enumerate(zip(record.owners, days, strict=True)):
            if self._has_history:
                if day <= last:
                    yield day, f"{span.since:%Y-%m-%d %H:%M:%S}", span.rep_id
                continue
            shown, following = self._first_loaded(day), self._first_loaded(days[place + 1]) if place + 1 < len(days) else None
            if shown is not None and shown <= last and shown not in (following, deleted):
                is_dated = self._shows_claims and span.action in _CLAIMS
                yield (day, f"{span.since:%Y-%m-%d %H:%M:%S}", span.rep_id) if is_dated else (shown, "", span.rep_id)
        if deleted is not None:
            yield deleted, "", None

    def _gone(self, record: Record) -> int | None:
        return None if record.deleted_at is None else self._calendar.day(record.deleted_at)

    def _shows_deleted(self, record: Record) -> bool:
        return self._flags_deletion and not record.vanishes

    def _first_loaded(self, day: int) -> int | None:
        place = bisect_left(self._loaded, day)
        return self._loaded[place] if place < len(self._loaded) else None

    def _last_loaded_before(self, day: int) -> int:
        place = bisect_left(self._loaded, day)
        return self._loaded[place - 1] if place else -1
