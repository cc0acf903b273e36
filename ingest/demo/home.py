"""The demo's company home: settings, mapping, rule sheets, the exports, and the truth they were made from.

Here: `write_demo`, and what each file of the home says.
Not here: the world (company.py), a CRM's export format (salesforce.py), an empty home (`bailiwick init`).

Writing the same demo over itself changes no file, so that a refresh after it has nothing to do. Anything else that lies
in the folder is refused: a demo must never be mixed with a real home.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from ingest.demo.company import Company, invent_company
from ingest.demo.organisation import CALENDAR_START, LEAVER, REPS, TERRITORIES
from ingest.demo.salesforce import CURRENCY, account_id, exports, user_id
from ingest.errors import HomeInvalid
from ingest.tables import TABLES

_SHEET_EVIDENCE = ("sheet_sha256", "row_number")

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

_SOURCE_YML = f"""\
# Salesforce is mapped by the program; this file adds what this company has changed in its own.
crm: salesforce
title: Salesforce of Halvane Instruments
default_currency: {CURRENCY}
entities:
  customers:
    columns:
      Credit_Code__c: credit_code      # a field of the company's own: Salesforce has none for the 统一社会信用代码
"""

_TRUTH_README = """\
What the exports were made from. The warehouse never reads this folder; tests hold its answers against it.

customers.csv     record_id of every account, and the number of the company it stands for: same number, same company
territories.csv   the territory each record's customer belongs to on the last night, and the rule that says so
owners.csv        who owned each record from which day on (valid_to is the first day no longer; empty: still)
"""


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """What was written: the nights, and how many companies, records of them, deals, people and files."""

    folder: Path
    nights: tuple[date, ...]
    customers: int
    records: int
    deals: int
    reps: int
    files: int


def write_demo(folder: Path, *, customers: int = 400, nights: int = 3, seed: int = 7, last_night: date = date(2026, 6, 30)) -> DemoReport:
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
    files = {
        "company.toml": settings,
        "sources/salesforce.yml": _SOURCE_YML.encode(),
        **{f"rules/{sheet}.csv": _sheet(sheet, rows) for sheet, rows in _rule_sheets(company).items()},
        **{f"truth/{name}": content for name, content in _truth(company).items()},
    }
    landed = ((f"landing/{path}", content) for path, content in exports(company))  # one at a time: they may be large
    written = 0
    for path, content in chain(files.items(), landed):
        _write_if_new(folder / path, content)
        written += 1
    return DemoReport(
        folder=folder,
        nights=company.nights,
        customers=len(company.customers),
        records=len(company.records),
        deals=len(company.deals),
        reps=len(REPS),
        files=written,
    )


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


def _write_if_new(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return  # its modification time stays, by which a refresh knows that it need not read it
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return text.getvalue().encode()


def _sheet(sheet: str, rows: list[dict[str, object]]) -> bytes:
    columns = [name for name in TABLES[f"rules.{sheet}"].column_names if name not in _SHEET_EVIDENCE]
    return _csv(columns, [[row.get(column) for column in columns] for row in rows])


def _rule_sheets(company: Company) -> dict[str, list[dict[str, object]]]:
    last_night = company.nights[-1]
    leaves = len(company.nights) > 1  # with one export there is no night before to have worked on
    until = {rep.rep_id: last_night if leaves and rep.rep_id == LEAVER else None for rep in REPS}
    always = {"valid_from": CALENDAR_START}
    return {
        "territories": [
            {
                "territory_id": territory.territory_id,
                "territory_name": territory.name,
                "parent_territory_id": territory.parent,
                "manager_rep_id": territory.manager,
            }
            | always
            for territory in TERRITORIES
        ],
        "territory_rules": [
            {
                "rule_id": rule.rule_id,
                "territory_id": rule.territory_id,
                "priority": rule.priority,
                "customer_names": "|".join(rule.customer_names),
                "country_codes": "|".join(rule.countries),
                "region_codes": "|".join(rule.regions),
                "industries": "|".join(rule.industries),
                "reason": rule.reason,
            }
            | always
            for rule in company.rules
        ],
        "reps": [
            {
                "rep_id": rep.rep_id,
                "rep_name": rep.name,
                "user_name": rep.user_name,
                "manager_rep_id": rep.manager,
                "access_scope": rep.access_scope,
                "source_user_ids": f"salesforce={user_id(rep.rep_id)}",
                "valid_to": until[rep.rep_id],
            }
            | always
            for rep in REPS
        ],
        "rep_territories": [
            always | {"rep_id": rep.rep_id, "territory_id": rep.territory_id, "role": rep.role, "valid_to": until[rep.rep_id]}
            for rep in REPS
        ],
        "quotas": [
            {"rep_id": rep.rep_id, "quota_date": month, "amount": rep.monthly_quota, "currency_code": CURRENCY}
            for rep in REPS
            if rep.monthly_quota
            for month in _months(last_night)
        ],
    }


def _months(last: date) -> list[date]:
    """First day of every month from the calendar's start to the month of `last`."""
    first = CALENDAR_START.year * 12 + CALENDAR_START.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, last.year * 12 + last.month)]


def _truth(company: Company) -> dict[str, bytes]:
    owners = []
    for record in company.records:
        ends = [since for since, _ in record.owners[1:]]
        owners += [
            ("salesforce", account_id(record), rep_id, since, until)
            for (since, rep_id), until in zip(record.owners, [*ends, None], strict=True)
        ]
    return {
        "README.txt": _TRUTH_README.encode(),
        "customers.csv": _csv(
            ("source", "record_id", "customer_number"),
            [("salesforce", account_id(r), r.customer_number) for r in company.records],
        ),
        "territories.csv": _csv(
            ("source", "record_id", "territory_id", "rule_id"),
            [("salesforce", account_id(r), r.territory_id, r.rule_id) for r in company.records],
        ),
        "owners.csv": _csv(("source", "record_id", "rep_id", "valid_from", "valid_to"), owners),
    }
