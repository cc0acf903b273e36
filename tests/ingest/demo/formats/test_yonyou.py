"""The export looks like Yonyou's open API: pages, objects of languages, principals, Beijing's time."""

import json
from datetime import timedelta

import pytest

from ingest.demo.formats.yonyou import deal_id, lead_id, order_code, record_id, territory_id, user_id
from ingest.demo.world import Fault


@pytest.fixture(scope="module")
def records(read):
    """Records of one JSON file."""
    return lambda files, name: read.pages(files[f"{name}.json"], "data", "recordList")


def test_a_merchant_has_names_by_language_and_times_of_beijing(make_company, full_record, files_of, records):
    (merchant,) = records(files_of(make_company(full_record(1)), "yonyou"), "merchant_newlist")
    assert (merchant["id"], len(merchant["id"])) == (record_id(1), 17)
    assert merchant["name"] == {"zh_CN": "测试1有限公司", "en_US": "Trial 1 Co., Ltd."}
    assert merchant["shortname"] == {"zh_CN": "测试1"}
    assert (merchant["createTime"], merchant["pubts"]) == ("2025-03-04 10:30:15", "2025-12-29 13:30:15")
    assert merchant["address"] == "江苏省苏州市Old Quarry Road 5"
    assert [(area["saleAreaId"], area["isDefault"]) for area in merchant["customerAreas"]] == [(territory_id("CHINA-EAST"), True)]
    assert (merchant["stopstatus"], merchant["stoptime"]) == (False, None)


def test_the_owner_is_the_default_principal_and_not_always_the_first(make_company, full_record, files_of, records):
    merchants = records(files_of(make_company(*(full_record(n) for n in range(40))), "yonyou"), "merchant_newlist")
    for merchant in merchants:
        assert [p["professSalesman"] for p in merchant["principals"] if p["isDefault"]] == [user_id("E1010")]
        assert {p["professSalesman"] for p in merchant["principals"]} == {user_id("E1010"), user_id("E1001")}
    assert {merchant["principals"][0]["isDefault"] for merchant in merchants} == {True, False}


def test_a_deleted_merchant_is_stopped(make_company, make_record, files_of, records):
    gone = make_record(1).created_at + timedelta(days=100)
    (merchant,) = records(files_of(make_company(make_record(1, deleted_at=gone)), "yonyou"), "merchant_newlist")
    assert (merchant["stopstatus"], merchant["stoptime"]) == (True, "2025-06-12 10:30:15")


def test_orders_and_what_was_paid_for_them_come_on_their_days(make_company, full_record, files_of, records):
    company = make_company(full_record(1))
    before, ordered, paid = (files_of(company, "yonyou", night) for night in company.nights)
    assert not {"voucherorder_list.json", "collection_list.json"} & set(before)
    assert "collection_list.json" not in ordered
    (order,) = records(ordered, "voucherorder_list")
    assert (order["agentId"], order["oriSum"], order["vouchdate"]) == (record_id(1), 90_000, "2026-06-29 00:00:00")
    (collection,) = records(paid, "collection_list")
    assert (collection["orderno"], collection["oriSum"], collection["currency_code"]) == (order["code"], 45_000, "CNY")
    assert order["code"] == order_code(9)


def test_a_deal_is_open_until_its_day(make_company, full_record, files_of, records):
    company = make_company(full_record(1))
    deals = [records(files_of(company, "yonyou", night), "oppt_list")[0] for night in company.nights]
    assert [(deal["opptState"], deal["winLoseOrderState"], deal["winOrderMoney"]) for deal in deals] == [
        ("0", "2", None),
        ("3", "0", 120_000),
        ("3", "0", 120_000),
    ]
    assert {(deal["id"], deal["customer"], deal["ower"]) for deal in deals} == {(deal_id(9), record_id(1), user_id("E1001"))}


def test_the_history_of_a_clue_tells_who_gave_it_to_whom(make_company, make_lead, files_of, records):
    files = files_of(make_company(leads=[make_lead(1), make_lead(2)]), "yonyou")
    assert [clue["ower"] for clue in records(files, "clue_list")] == [user_id("E1010")] * 2
    history = records(files, "clueAssignRecord")
    assert [(h["clue"], h["action"], h["originalOwer"], h["receiver"]) for h in history] == [
        (lead_id(1), "退回", user_id("E1001"), None),
        (lead_id(1), "领取", None, user_id("E1010")),
        (lead_id(2), "退回", user_id("E1001"), None),
        (lead_id(2), "领取", None, user_id("E1010")),
    ]
    assert len({h["id"] for h in history}) == 4
    assert len({h["clueHighSeasId"] for h in history} - {None}) == 1, "it went into the pool and came out of it"


def test_sales_areas_know_their_place_in_the_tree(make_company, full_record, files_of, records):
    areas = {area["code"]: area for area in records(files_of(make_company(full_record(1)), "yonyou"), "salearea_newtree")}
    east = areas["CHINA-EAST"]
    assert (east["parent"], east["level"], east["isEnd"]) == (areas["CHINA"]["id"], 3, True)
    assert east["path"] == "".join(f"{areas[code]['id']}|" for code in ("WORLD", "CHINA", "CHINA-EAST"))
    assert not areas["CHINA"]["isEnd"]


def test_who_has_left_is_switched_off(make_company, full_record, files_of, records):
    company = make_company(full_record(1), gone={"E1010": make_company().nights[-1]})
    staff = {person["code"]: person for person in records(files_of(company, "yonyou"), "staff")}
    assert (staff["E1010"]["enable"], staff["E1010"]["mainJobList"][0]["enddate"]) == (2, "2026-06-30")
    assert (staff["E1002"]["enable"], staff["E1002"]["mainJobList"][0]["enddate"]) == (1, None)
    assert staff["E1010"]["mainJobList"][0]["director"] == user_id("E1002")


def test_pages_say_how_many_there_are(make_company, make_record, files_of):
    pages = files_of(make_company(*(make_record(n) for n in range(501))), "yonyou")["merchant_newlist.json"].decode().splitlines()
    data = [json.loads(page)["data"] for page in pages]
    assert [(page["pageIndex"], page["pageCount"], page["recordCount"], len(page["recordList"])) for page in data] == [
        (1, 2, 501, 500),
        (2, 2, 501, 1),
    ]


def test_a_garbled_night_has_a_record_without_id_and_one_that_repeats_an_id(make_company, make_record, files_of, records):
    company = make_company(make_record(1))
    company = make_company(make_record(1), faults=[Fault(system="yonyou", night=company.nights[-1], kind="garbled")])
    assert [row.get("id") for row in records(files_of(company, "yonyou"), "merchant_newlist")] == [record_id(1), None, record_id(1)]
