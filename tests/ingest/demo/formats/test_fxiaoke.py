"""The export looks like Fxiaoke's OpenAPI and its screens' workbooks."""

import json
from datetime import timedelta

import pytest

from ingest.demo.formats import fxiaoke
from ingest.demo.formats.fxiaoke import contact_id, lead_id, pool_id, record_id, user_id
from ingest.demo.world import Fault, OwnerSpan

CONTACTS, DEALS, PEOPLE = "联系人对象导出结果.xlsx", "商机2.0对象导出结果.xlsx", "人员对象导出结果.xlsx"


@pytest.fixture(scope="module")
def objects(read):
    """Records of one JSON file."""
    return lambda files, name: read.pages(files[f"{name}.json"], "data", "dataList")


@pytest.fixture(scope="module")
def through_the_pool(make_record):
    """A record that its owner gave back, and that somebody claimed three days later."""
    made = make_record(1).created_at

    def make(number, *, claimed):
        spans = [OwnerSpan(since=made, rep_id="E1001", action="created", actor="E1001")]
        spans.append(OwnerSpan(since=made + timedelta(days=50), rep_id=None, action="returned", actor="E1001", reason="没有意向"))
        if claimed:
            spans.append(OwnerSpan(since=made + timedelta(days=53), rep_id="E1010", action="claimed", actor="E1010"))
        return make_record(number, owners=tuple(spans))

    return make


def test_a_customer_has_the_ids_lists_and_milliseconds_of_the_api(make_company, full_record, files_of, objects):
    (customer,) = objects(files_of(make_company(full_record(1)), "fxiaoke"), "AccountObj")
    assert customer["_id"] == record_id(1)
    assert len(customer["_id"]) == 24
    assert int(customer["_id"], 16) > 0
    assert customer["owner"] == [user_id("E1010")] == ["1010"]
    assert (customer["owner__r"], customer["create_time"]) == ("叶青禾", 1741055415000)
    assert customer["owner_modified_time"] == 1766986215000
    assert (customer["life_status"], customer["is_deleted"], customer["high_seas_id"]) == ("normal", False, None)
    assert customer["relevant_team"] == [
        {"teamMemberEmployee": ["1010"], "teamMemberRole": "1", "teamMemberPermissionType": "2"},
        {"teamMemberEmployee": ["1001"], "teamMemberRole": "4", "teamMemberPermissionType": "2"},
    ]


def test_pages_have_at_most_a_hundred_records_and_say_the_total(make_company, make_record, files_of):
    pages = files_of(make_company(*(make_record(n) for n in range(205))), "fxiaoke")["AccountObj.json"].decode().splitlines()
    data = [json.loads(page)["data"] for page in pages]
    assert [(len(page["dataList"]), page["total"], page["offset"]) for page in data] == [(100, 205, 0), (100, 205, 100), (5, 205, 200)]


def test_who_lies_in_the_pool_has_no_owner_and_says_why(make_company, through_the_pool, files_of, objects):
    waiting, taken = objects(
        files_of(make_company(through_the_pool(1, claimed=False), through_the_pool(2, claimed=True)), "fxiaoke"), "AccountObj"
    )
    assert (waiting["owner"], waiting["owner__r"], waiting["biz_status"]) == ([], None, "un_allocated")
    assert (waiting["high_seas_id"], waiting["back_reason"], waiting["claimed_time"]) == (pool_id("CHINA-EAST"), "没有意向", None)
    assert waiting["relevant_team"] == []
    assert (taken["owner"], taken["biz_status"], taken["high_seas_id"]) == (["1010"], "allocated", pool_id("CHINA-EAST"))
    assert taken["claimed_time"] == taken["owner_modified_time"] == waiting["returned_time"] + 3 * 86_400_000
    assert taken["transfer_count"] == 2


def test_the_log_tells_each_change_of_owner(make_company, through_the_pool, files_of, objects):
    log = objects(files_of(make_company(through_the_pool(3, claimed=True)), "fxiaoke"), "crmLog")
    owner = [(e["dataId"], e["oldValue"], e["newValue"], e["operation"], e["operatorId"]) for e in log if e["fieldApiName"] == "owner"]
    assert owner == [(record_id(3), "1001", "", "Return", "1001"), (record_id(3), "", "1010", "Choose", "1010")]
    assert len({event["logId"] for event in log}) == len(log)


def test_a_deleted_customer_is_invalid(make_company, make_record, files_of, objects):
    gone = make_record(1).created_at + timedelta(days=100)
    (customer,) = objects(files_of(make_company(make_record(1, deleted_at=gone)), "fxiaoke"), "AccountObj")
    assert (customer["life_status"], customer["life_status_before_invalid"]) == ("invalid", "normal")
    assert customer["invalid_time"] == int(gone.timestamp()) * 1000


def test_every_option_code_is_explained(make_company, full_record, files_of, objects):
    files = files_of(make_company(*(full_record(n) for n in range(20))), "fxiaoke")
    fields = json.loads(files["describe.json"])["data"]["fieldList"]
    known = {(field["describeApiName"], field["apiName"]): {option["value"] for option in field["options"]} for field in fields}
    for customer in objects(files, "AccountObj"):
        for name in ("account_level", "account_source", "account_type", "industry_level1", "deal_status", "biz_status", "life_status"):
            assert customer[name] in known["AccountObj", name]
    for activity in objects(files, "ActiveRecordObj"):
        assert activity["interactive_types"] in known["ActiveRecordObj", "interactive_types"]


def test_contacts_and_deals_come_from_screens_with_names_instead_of_ids(make_company, full_record, files_of, read):
    files = files_of(make_company(full_record(1)), "fxiaoke")
    (contact,) = read.sheet(files[CONTACTS])
    assert (contact["数据ID"], contact["客户ID"], contact["负责人（必填）"]) == (contact_id(9), record_id(1), "叶青禾")
    assert (contact["负责人主属部门"], contact["创建时间"]) == ("华南销售部", "2025-03-04 10:30")
    (deal,) = read.sheet(files[DEALS])
    assert (deal["商机金额（必填）"], deal["预计成交日期（必填）"].isoformat()) == (120_000.0, "2026-06-29")
    assert (deal["商机阶段（必填）"], deal["阶段状态"], deal["赢率"]) == ("赢单", "赢单", "100%")
    people = {row["用户ID"]: row for row in read.sheet(files[PEOPLE])}
    assert (people["1010"]["姓名（必填）"], people["1010"]["汇报对象"], people["1010"]["启用状态"]) == ("叶青禾", "钟砚秋", "启用")


def test_too_many_rows_for_a_screen_come_from_the_api(make_company, full_record, files_of, objects, monkeypatch):
    monkeypatch.setattr(fxiaoke, "MAX_SHEET_ROWS", 3)
    few, many = (files_of(make_company(*(full_record(n) for n in range(rows))), "fxiaoke") for rows in (2, 3))
    assert {CONTACTS, DEALS} <= set(few)
    assert not {CONTACTS, DEALS} & set(many)
    assert [row["owner"] for row in objects(many, "ContactObj")] == [["1010"]] * 3
    assert [row["sales_status"] for row in objects(many, "NewOpportunityObj")] == ["2"] * 3


def test_a_converted_lead_names_its_customer(make_company, make_record, make_lead, files_of, objects):
    when = make_record(1).created_at + timedelta(days=30)
    company = make_company(make_record(7), leads=[make_lead(1), make_lead(2, converted_to=7, converted_at=when)])
    open_, converted = objects(files_of(company, "fxiaoke"), "LeadsObj")
    assert (open_["_id"], open_["account_id"], open_["transform_time"]) == (lead_id(1), None, None)
    assert (converted["account_id"], converted["transform_time"]) == (record_id(7), int(when.timestamp()) * 1000)


def test_a_garbled_night_has_a_record_without_id_and_one_that_repeats_an_id(make_company, make_record, files_of, objects):
    company = make_company(make_record(1))
    company = make_company(make_record(1), faults=[Fault(system="fxiaoke", night=company.nights[-1], kind="garbled")])
    found = [(row.get("_id"), row["name"]) for row in objects(files_of(company, "fxiaoke"), "AccountObj")]
    assert found == [(record_id(1), "测试1有限公司"), (None, "import 0419 line 17"), (record_id(1), "测试1有限公司 (old)")]
