"""A company made by hand, and each system's customers read back with nothing but csv, json and zipfile."""

import csv
import dataclasses
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook

from ingest.demo.formats import exports
from ingest.demo.organisation import REPS
from ingest.demo.world import Activity, Contact, Deal, Fault, Lead, Member, Order, OwnerSpan, Payment, Record

LAST = date(2026, 6, 30)
MADE = datetime(2025, 3, 4, 2, 30, 15, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class HandMade:
    """What a format asks of a Company, out of lists."""

    nights: tuple[date, ...]
    faults: tuple[Fault, ...]
    made: tuple[Record, ...]
    lead_list: tuple[Lead, ...]
    realigned_on: date
    gone: dict

    def records(self, system, parts=frozenset()):
        return (dataclasses.replace(record, system=system) for record in self.made)

    def leads(self, system):
        return iter(self.lead_list)

    def users(self, system):
        return tuple(rep for rep in REPS if system in rep.systems)

    def leaves(self, rep_id):
        return self.gone.get(rep_id)

    def territory_on(self, territory_id, night):
        return "CHINA-SOUTH" if territory_id == "CHINA-CENTRAL" and night < self.realigned_on else territory_id


@pytest.fixture(scope="session")
def make_record():
    """A record of a number; whatever else is given replaces what is usual. E1001 has a user in every system."""

    def make(number: int, **given) -> Record:
        usual = {
            "system": "salesforce",
            "number": number,
            "customer_number": number,
            "name": f"测试{number}有限公司",
            "short_name": f"测试{number}",
            "english_name": f"Trial {number} Co., Ltd.",
            "credit_code": "",
            "street": "Old Quarry Road 5\nSuite 200" if number % 3 == 0 else "Old Quarry Road 5",
            "district": "",
            "city": "苏州市",
            "region": "江苏省",
            "postal_code": "215000",
            "country": "中国",
            "phone": f"+86 512 555{number:05d}",
            "email": "",
            "website": f"https://trial{number}.example/",
            "industry": "Machinery",
            "employee_count": 120,
            "annual_revenue": 1_250_000,
            "currency": "CNY",
            "created_at": MADE,
            "changed_at": MADE,
            "deleted_at": None,
            "vanishes": False,
            "merged_into": None,
            "parent_number": None,
            "territory_id": "CHINA-EAST",
            "owners": (OwnerSpan(since=given.get("created_at", MADE), rep_id="E1001", action="created", actor="E1001"),),
            "members": (),
            "contacts": (),
            "deals": (),
            "activities": (),
            "orders": (),
        }
        return Record(**usual | given)

    return make


@pytest.fixture(scope="session")
def full_record(make_record):
    """A record with one of everything, owned by two people one after the other, and a member."""

    def make(number: int, **given) -> Record:
        later = MADE + timedelta(days=300, hours=3)
        parts = {
            "owners": (
                OwnerSpan(since=MADE, rep_id="E1001", action="created", actor="E1001"),
                OwnerSpan(since=later, rep_id="E1010", action="handed_over", actor="E1001", reason="left"),
            ),
            "changed_at": later,
            "members": (Member(rep_id="E1001", can_write=True, share_ratio=0.3),),
            "contacts": (
                Contact(number=number * 8 + 1, name="林 知夏", title="采购经理", phone="+86 1", email="a@b.example", created_at=MADE),
            ),
            "deals": (
                Deal(
                    number=number * 8 + 1,
                    name="first order",
                    rep_id="E1001",
                    amount=120_000,
                    opened_at=MADE + timedelta(days=3),
                    decided_on=date(2026, 6, 29),
                    is_won=True,
                    names_account=True,
                ),
            ),
            "activities": (
                Activity(number=number * 16 + 1, kind="call", subject="first call", rep_id="E1001", happened_at=MADE + timedelta(days=1)),
                Activity(number=number * 16 + 2, kind="visit", subject="visit", rep_id="E1001", happened_at=MADE + timedelta(days=2)),
            ),
            "orders": (
                Order(
                    number=number * 8 + 1,
                    rep_id="E1001",
                    amount=90_000,
                    ordered_on=date(2026, 6, 29),
                    payments=(Payment(number=number * 32 + 1, amount=45_000, paid_on=date(2026, 6, 30)),),
                ),
            ),
        }
        return make_record(number, **parts | given)

    return make


@pytest.fixture(scope="session")
def make_lead():
    """A lead of a number, given to E1010 after a while in nobody's hands, and converted to a record."""

    def make(number: int, **given) -> Lead:
        usual = {
            "system": "salesforce",
            "number": number,
            "name": "容 以宁",
            "company_name": f"线索{number}有限公司",
            "phone": "+86 512 55500001",
            "email": "lead@lead.example",
            "city": "苏州市",
            "region": "江苏省",
            "country": "中国",
            "source": "Web",
            "created_at": MADE,
            "owners": (
                OwnerSpan(since=MADE, rep_id="E1001", action="created", actor="E1001"),
                OwnerSpan(since=MADE + timedelta(days=5), rep_id=None, action="returned", actor="E1001", reason="no answer"),
                OwnerSpan(since=MADE + timedelta(days=9), rep_id="E1010", action="claimed", actor="E1010"),
            ),
            "converted_to": None,
            "converted_at": None,
        }
        return Lead(**usual | given)

    return make


@pytest.fixture(scope="session")
def make_company():
    """A company out of records, leads, nights and faults."""

    def make(*records, leads=(), nights=3, faults=(), gone=None, realigned_on=date(2026, 1, 1)) -> HandMade:
        days = tuple(LAST - timedelta(days=back) for back in reversed(range(nights)))
        return HandMade(nights=days, faults=tuple(faults), made=records, lead_list=tuple(leads), realigned_on=realigned_on, gone=gone or {})

    return make


@pytest.fixture(scope="session")
def files_of():
    """Every file of a night, as a home writes them: each before the next is asked for."""

    def write(company, system: str, night: date = LAST) -> dict[str, bytes]:
        found = {}
        for path, content in exports(company, system, night):
            stream = io.BytesIO()
            content(stream)
            assert path not in found, "a file was written twice"
            found[path] = stream.getvalue()
        return found

    return write


@pytest.fixture(scope="session")
def read():
    """Ways of reading a file back."""

    class Read:
        @staticmethod
        def csv(content: bytes, encoding: str = "utf-8") -> list[dict[str, str]]:
            return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))

        @staticmethod
        def member(archive: bytes, name: str) -> bytes:
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                assert opened.testzip() is None
                return opened.read(name)

        @staticmethod
        def pages(content: bytes, *path: str) -> list[dict]:
            found = []
            for line in content.decode().splitlines():
                page = json.loads(line)
                for step in path:
                    page = page[step]
                found += page
            return found

        @staticmethod
        def sheet(content: bytes) -> list[dict[str, object]]:
            header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
            return [dict(zip(header, row, strict=True)) for row in rows]

    return Read


@pytest.fixture(scope="session")
def customers_of(read):
    """Each system's customers out of the files of one night: (id, owner's id or "", name), in file order, garbled ones too."""

    def salesforce(files):
        rows = [row for name in sorted(files) for row in read.csv(read.member(files[name], "Account.csv"))]
        newest = {}
        for row in rows:
            if row["Id"] and row["SystemModstamp"] >= newest.get(row["Id"], row)["SystemModstamp"]:
                newest[row["Id"]] = row
        return [(row["Id"], row["OwnerId"], row["Name"]) for row in newest.values()]

    def zoho(files):
        rows = read.csv(read.member(files["Data_001.zip"], "Data/Accounts_001.csv"))
        return [(row["Record Id"], row["Account Owner.id"], row["Account Name"]) for row in rows]

    def fxiaoke(files):
        rows = read.pages(files.get("AccountObj.json", b""), "data", "dataList")
        return [(row.get("_id", ""), "".join(row["owner"]), row["name"]) for row in rows]

    def neocrm(files):
        return [(row["id"], row["ownerId"], row["accountName"]) for row in read.csv(files["account.csv"], "gb18030")]

    def yonyou(files):
        rows = read.pages(files.get("merchant_newlist.json", b""), "data", "recordList")
        owners = [[p["professSalesman"] or "" for p in row["principals"] if p["isDefault"]] for row in rows]
        return [(row.get("id", ""), owner, row["name"]["zh_CN"]) for row, (owner,) in zip(rows, owners, strict=True)]

    def jiandaoyun(files):
        rows = read.pages(files.get("客户报备.json", b""), "data")
        name, owner = "_widget_1688000000001", "_widget_1688000000006"
        return [(row.get("_id", ""), row[owner]["username"] if row[owner] else "", row[name]) for row in rows]

    return {f.__name__: f for f in (salesforce, zoho, fxiaoke, neocrm, yonyou, jiandaoyun)}
