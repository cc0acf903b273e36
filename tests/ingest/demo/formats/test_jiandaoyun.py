"""The form's entries look like API v5's, and the company's own mapping reads all of them."""

import pytest

from ingest.demo.formats import jiandaoyun
from ingest.demo.formats.jiandaoyun import CONTACT_LABELS, MAPPING, contact_id, record_id, user_id
from ingest.demo.world import Fault
from ingest.landing.columns import comparable_header
from ingest.landing.content import Limits
from ingest.landing.feeds import Setting, apply_feed, mentioned_columns
from ingest.landing.read_content import read_content
from ingest.sources.mapping import read_source

LIMITS = Limits(max_bytes=100_000_000)
FILES = {"customers": "客户报备.json", "contacts": "客户联系人.xlsx", "reps": "成员.json"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("home") / "jiandaoyun.yml"
    path.write_text(MAPPING, encoding="utf-8")
    return read_source(path)


@pytest.fixture(scope="module")
def mapped(source):
    """Canonical rows of one entity out of a night's files."""

    def read(files, entity):
        (feed,) = source.entities[entity]
        content = read_content(files[FILES[entity]], FILES[entity], feed.format, LIMITS)
        unmapped = [name for name in content.header if comparable_header(name) not in mentioned_columns(feed)]
        assert unmapped == []
        frame, _ = apply_feed(feed, FILES[entity], content, {}, Setting(place=f"({entity})"))
        return frame.to_dicts()

    return read


def test_an_entry_has_people_as_objects_and_times_with_z(make_company, make_record, files_of, read):
    (entry,) = read.pages(files_of(make_company(make_record(1)), "jiandaoyun")["客户报备.json"], "data")
    assert entry["_id"] == record_id(1)
    assert entry["createTime"] == "2025-03-04T02:30:15.000Z"
    assert entry["creator"]["username"] == entry["_widget_1688000000006"]["username"] == user_id("E1001")
    assert entry["_widget_1688000000004"] == {"province": "江苏省", "city": "苏州市", "district": "", "detail": "Old Quarry Road 5"}
    assert "deleteTime" not in entry


def test_the_company_s_mapping_reads_the_form(make_company, make_record, files_of, mapped):
    (row,) = mapped(files_of(make_company(make_record(1, parent_number=2)), "jiandaoyun"), "customers")
    expected = {
        "__key": record_id(1),
        "name": "测试1有限公司",
        "phone": "+86 512 55500001",
        "region": "江苏省",
        "city": "苏州市",
        "street": "Old Quarry Road 5",
        "country": "中国",
        "industry": "Machinery",
        "owner_user_id": user_id("E1001"),
        "employee_count": "120",
        "parent_record_id": record_id(2),
        "claimed_at": "2025-03-04T02:30:15.000Z",
        "expires_at": "2025-08-31T02:30:15.000Z",
    }
    assert {name: row[name] for name in expected} == expected


def test_the_company_s_mapping_reads_contacts_and_members(make_company, full_record, files_of, mapped):
    files = files_of(make_company(full_record(1), gone={"E1009": make_company().nights[0]}), "jiandaoyun")
    (contact,) = mapped(files, "contacts")
    assert (contact["__key"], contact["customer_record_id"]) == (contact_id(9), record_id(1))
    assert (contact["name"], contact["owner_user_id"]) == ("林 知夏", "叶青禾")
    people = {row["__key"]: row for row in mapped(files, "reps")}
    assert people[user_id("E1010")]["name"] == "叶青禾"
    assert people[user_id("E1010")]["user_name"] == "ye.qinghe@crm.example.com"
    assert (people[user_id("E1010")]["is_active"], people[user_id("E1009")]["is_active"]) == ("1", "0")


def test_contacts_of_a_large_company_come_in_several_workbooks(make_company, full_record, files_of, read, monkeypatch):
    monkeypatch.setattr(jiandaoyun, "_SHEET_ROWS", 2)
    files = files_of(make_company(*(full_record(n) for n in range(5))), "jiandaoyun")
    books = ["客户联系人.xlsx", "客户联系人_2.xlsx", "客户联系人_3.xlsx"]
    assert [name for name in files if name.endswith(".xlsx")] == books
    rows = [row for book in books for row in read.sheet(files[book])]
    assert [row["数据ID"] for row in rows] == [contact_id(n * 8 + 1) for n in range(5)]
    assert tuple(rows[0]) == CONTACT_LABELS


def test_a_garbled_night_has_an_entry_without_id_and_one_that_repeats_an_id(make_company, make_record, files_of, read):
    company = make_company(make_record(1))
    company = make_company(make_record(1), faults=[Fault(system="jiandaoyun", night=company.nights[-1], kind="garbled")])
    rows = read.pages(files_of(company, "jiandaoyun")["客户报备.json"], "data")
    assert [row.get("_id") for row in rows] == [record_id(1), None, record_id(1)]
