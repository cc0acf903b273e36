"""The demo's company home: settings, mappings, rule sheets, the exports of six CRMs, and the truth they were made from.

Here: `write_demo`, and what each file of the home says.
Not here: the world (company.py), a CRM's export format (formats/), the rows of the sheets (rule_rows.py), the truth (truth.py), an empty
home (`bailiwick init`).

Writing the same demo over itself changes no file, so that a refresh after it has nothing to do. Anything else that lies in the folder
is refused: a demo must never be mixed with a real home. Nothing is held in memory that grows with the company.
"""

import csv
import filecmp
import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from ingest.demo import cases, truth
from ingest.demo.cases import Place
from ingest.demo.company import Company, invent_company
from ingest.demo.formats import FORMATS, exports, jiandaoyun
from ingest.demo.organisation import CALENDAR_START, REPS
from ingest.demo.records import record_number
from ingest.demo.rule_rows import CURRENCY, rule_rows
from ingest.demo.world import Member, Record
from ingest.errors import HomeInvalid
from ingest.rules.sheets import SHEETS

Progress = Callable[[str, int, int], None]
"""Is told what was written last, how many steps are done, and how many there are."""
MOST_SPLITS = 200
"""No more agreements about credit than people would keep in a sheet."""

_ZOHO_PREFIX = "zcrm_"  # stands in Zoho's files and not in its API; the program knows its records without

_COMPANY_TOML = """\
# A fictional company, written by `bailiwick demo`:
# customers={customers} nights={nights} seed={seed} last_night={last_night}

[company]
name = "{name}"
time_zone = "Asia/Shanghai"
currency = "{currency}"
calendar_start = {calendar_start}

[credit]
opportunities = "customer_territory"    # a deal counts for the territory its customer is in

[refresh]
schedule = "0 3 * * *"

[landing]
max_file_mb = 2048
"""

# Records times nights from which on other processes help: below, starting them costs what they save (2026-11-22). Only where a process
# can be forked.
_LARGE = 20_000 if sys.platform == "linux" else 10**12

_SOURCES = {
    "salesforce": """\
# Salesforce is mapped by the program; this file adds what this company has changed in its own. Its times are UTC, wherever its users sit.
crm: salesforce
title: Salesforce of Halvane Instruments, United States
default_currency: USD
entities:
  customers:
    columns:
      Credit_Code__c: credit_code      # a field of the company's own: Salesforce has none for the 统一社会信用代码
      Parent_Account_Ref__c: parent_record_id   # where people typed the parent before ParentId was used, with 15 characters
""",
    "zoho": """\
crm: zoho
title: Zoho CRM of Halvane Instruments, Germany
time_zone: Europe/Berlin               # of the user who exports
default_currency: EUR
""",
    "fxiaoke": """\
crm: fxiaoke
title: Fxiaoke (纷享销客) of Halvane Instruments, east and south of China
time_zone: Asia/Shanghai
default_currency: CNY
""",
    "neocrm": """\
crm: neocrm
title: Neocrm (销售易) of Halvane Instruments, north of China
time_zone: Asia/Shanghai
default_currency: CNY
""",
    "yonyou": """\
crm: yonyou
title: Yonyou (用友) of Halvane Instruments, orders and payments of China
time_zone: Asia/Shanghai
default_currency: CNY
""",
    "jiandaoyun": jiandaoyun.MAPPING,
}


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """What was written: the nights, and how many companies, records of them, deals, people and files.

    `first_look`: the night to refresh as of first (cases.py); None where nothing is found out later.
    """

    folder: Path
    nights: tuple[date, ...]
    first_look: date | None
    customers: int
    records: int
    deals: int
    reps: int
    files: int


def write_demo(
    folder: Path,
    *,
    customers: int = 5_000,
    nights: int = 30,
    seed: int = 7,
    last_night: date = date(2026, 6, 30),
    progress: Progress | None = None,
) -> DemoReport:
    """Write a fictional company's home into `folder`, which is new, empty or holds this very demo.

    Raises HomeInvalid if it holds anything else, or for numbers out of range (company.invent_company).
    """
    company = invent_company(customers=customers, nights=nights, seed=seed, last_night=last_night)
    settings = _COMPANY_TOML.format(
        customers=customers,
        nights=nights,
        seed=seed,
        last_night=last_night,
        name=company.name,
        currency=CURRENCY,
        calendar_start=CALENDAR_START,
    ).encode()
    _refuse_other_home(folder, settings)
    report = _Report(progress, len(FORMATS) * (len(company.nights) + 1) + 1)
    report.files += _write_bytes(folder, {"company.toml": settings})  # first: an interrupted demo is known as one
    told = _write_exports(folder, company, report)
    sheets = {f"rules/{sheet}.csv": _sheet(sheet, rows) for sheet, rows in rule_rows(company, told.splits).items()}
    sources = {f"sources/{name}.yml": text.encode() for name, text in _SOURCES.items()}
    report.files += _write_bytes(folder, sheets | sources | _judged(company) | {"truth/README.txt": truth.README.encode()})
    report.step("rule sheets and mappings")
    return DemoReport(
        folder=folder,
        nights=company.nights,
        first_look=company.cases.first_look if company.cases.all else None,
        customers=company.customer_count,
        records=told.records,
        deals=told.deals,
        reps=len(REPS),
        files=report.files,
    )


class _Report:
    """How far the writing has come."""

    def __init__(self, progress: Progress | None, steps: int) -> None:
        self._progress, self._steps, self._done, self.files = progress, steps, 0, 0

    def step(self, what: str) -> None:
        """One more step is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(what, self._done, self._steps)


@dataclass(kw_only=True)
class _Told:
    """What is learned while the truth is written, in one pass over the records."""

    records: int = 0
    deals: int = 0
    splits: list[tuple[str, str, str, Member]]


def _write_exports(folder: Path, company: Company, report: _Report) -> _Told:
    """landing/ and truth/. The exports of a large company are written by other processes meanwhile, a system each."""
    told = _Told(splits=[])
    with ExitStack() as open_files:
        workers = open_files.enter_context(_workers()) if company.customer_count * len(company.nights) >= _LARGE else None
        written_apart = (
            {system: workers.submit(_write_system_apart, folder, _parameters(company), system) for system in FORMATS} if workers else {}
        )
        tables = {
            name: open_files.enter_context(_table(folder / "truth" / f"{name}.csv", columns))
            for name, columns in (("customers", truth.CUSTOMERS), ("territories", truth.TERRITORIES), ("owners", truth.OWNERS))
        }
        for system in FORMATS:
            _write_truth(company, system, tables, told)
            report.step(f"truth about {system}")
            if not workers:  # now, while the records of this system are still at hand
                report.files += _write_system(folder, company, system, report)
        with _table(folder / "truth" / "places.csv", truth.PLACES) as places:
            for customer in company.customers():
                city = customer.city
                places((customer.number, city.country_code, city.region_code, city.names[0], customer.street))
        for system, written in written_apart.items():
            report.files += written.result()
            for night in company.nights:
                report.step(f"{system} {night}")
    report.files += len(tables) + 1
    return told


def _workers() -> ProcessPoolExecutor:
    # Forked, so that a script without `if __name__ == "__main__"` may write a demo too; the workers run Python only, no threads.
    return ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=multiprocessing.get_context("fork"))


def _parameters(company: Company) -> dict[str, Any]:
    """What makes the company again."""
    nights = company.nights
    return {"customers": company.customer_count, "nights": len(nights), "seed": company.seed, "last_night": nights[-1]}


def _write_system_apart(folder: Path, parameters: dict[str, Any], system: str) -> int:
    """`_write_system` in another process. The company is invented again there: what this one has thought of so far would be packed up by
    a thread while it thinks on, which broke a demo of a million customers (2026-11-22)."""
    return _write_system(folder, invent_company(**parameters), system)


def _write_system(folder: Path, company: Company, system: str, report: _Report | None = None) -> int:
    """Every night's exports of one system. Returns the number of files."""
    files = 0
    for night in company.nights:
        for path, write in exports(company, system, night):
            with _written(folder / "landing" / system / night.isoformat() / path) as stream:
                write(stream)
            files += 1
        if report:
            report.step(f"{system} {night}")
    return files


def _write_truth(company: Company, system: str, tables: dict[str, Callable[[Iterable[object]], object]], told: _Told) -> None:
    module = FORMATS[system]
    observer = truth.Observer(company, system, flags_deletion=module.FLAGS_DELETION)
    customers, territories, owners = tables["customers"], tables["territories"], tables["owners"]
    for record in company.records(system, frozenset({"deals"})):
        if not observer.is_seen(record):
            continue
        record_id = module.record_id(record.number).removeprefix(_ZOHO_PREFIX)
        told.records += 1
        told.deals += len(record.deals)
        customers((system, record_id, record.customer_number))
        if record.deleted_at is None:
            territories((system, record_id, *company.territory_and_rule(record.customer_number)))
            _remember_split(record, system, record_id, told)
        for row in observer.owners(record):
            owners((system, record_id, *row))


def _remember_split(record: Record, system: str, record_id: str, told: _Told) -> None:
    owner = record.owners[-1].rep_id
    for member in record.members:
        if member.share_ratio and owner is not None and member.rep_id != owner and len(told.splits) < MOST_SPLITS:
            told.splits.append((system, record_id, owner, member))


def _refuse_other_home(folder: Path, settings: bytes) -> None:
    path = folder / "company.toml"
    if path.is_file() and path.read_bytes() == settings:
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "another company's home or another demo" if path.is_file() else "something else"
        raise HomeInvalid(
            f"HomeInvalid: {folder} holds {what}, and a demo is not mixed with it.\n"
            "  Expected: a new or empty folder, or one with this very demo (same customers, nights and seed).\n"
            "  Name another folder, or remove this one first."
        )


def _write_bytes(folder: Path, files: dict[str, bytes]) -> int:
    for path, content in files.items():
        with _written(folder / path) as stream:
            stream.write(content)
    return len(files)


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file, unless the file says the same already.

    Then its modification time stays, by which a refresh knows that it need not read it. A file half written is never seen.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        yield stream
    if path.is_file() and filecmp.cmp(path, part, shallow=False):
        part.unlink()
    else:
        part.replace(path)


@contextmanager
def _table(path: Path, columns: Iterable[str]) -> Iterator[Callable[[Iterable[object]], object]]:
    """A function that adds one row to a CSV file."""
    with _written(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        yield writer.writerow
        text.flush()
        text.detach()


def _judged(company: Company) -> dict[str, bytes]:
    """What the steward decided, and which records that and other finds are about; nothing where there are no cases."""
    if not company.cases.all:
        return {}
    return {
        "judgements.csv": _csv(cases.COLUMNS, company.cases.rows(_record_id)),
        "truth/cases.csv": _csv(cases.TRUTH_COLUMNS, company.cases.truth(_record_id)),
    }


def _record_id(place: Place) -> str:
    """The record's id as the program knows it."""
    return FORMATS[place.system].record_id(record_number(place)).removeprefix(_ZOHO_PREFIX)


def _sheet(sheet: str, rows: list[dict[str, object]]) -> bytes:
    columns = list(SHEETS[sheet].model_fields)
    return _csv(columns, [["" if row.get(column) is None else row[column] for column in columns] for row in rows])


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
