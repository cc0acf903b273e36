"""The built-in Yonyou mapping: names of several languages, people and areas in lists or files of their own, leads' assignments."""

import pytest


@pytest.fixture(scope="module")
def yonyou(built_in):
    return built_in("yonyou")


def pages(*records: dict) -> dict:
    """What the answer of a list looks like around its records."""
    return {"code": "200", "message": "ok", "data": {"pageIndex": 1, "recordCount": len(records), "recordList": list(records)}}


def merchant(**fields: object) -> dict:
    return {
        "id": "1511000000000000013",
        "code": "CUST1",
        "name": {"zh_CN": "奥林泵业有限公司", "en_US": "Orlin Pumps"},
        "creditCode": "91330000MA0000001X",
        "customerIndustry": "I03",
        "customerIndustry_name": "机械",
        "country": "CN",
        "country_name": "中国",
        "address": "浙江省杭州市滨江路1号",
        "contactTel": "0571-1",
        "peopleNum": 250,
        "createTime": "2026-01-02 10:00:00",
        "modifyTime": "2026-02-02 10:00:00",
        "pubts": "2026-02-03 10:00:00",
        "stopstatus": False,
        "dr": 0,
    } | fields


def test_a_merchant_is_read_by_its_chinese_name_with_names_before_codes(yonyou, read_day):
    read = read_day(yonyou, "customers", {"merchant_newlist.json": pages(merchant(professSalesman="19"))})
    assert read.by_id == {
        "1511000000000000013": {
            "name": "奥林泵业有限公司",
            "credit_code": "91330000MA0000001X",
            "industry": "机械",
            "country": "中国",
            "address": "浙江省杭州市滨江路1号",
            "phone": "0571-1",
            "employee_count": "250",
            "owner_user_id": "19",
            "created_at": "2026-01-02 10:00:00",
            "modified_at": "2026-02-02 10:00:00",
            "is_deleted": "false",
        }
    }
    assert read.batch.unmapped_columns == []


@pytest.mark.parametrize("name", ["奥林", {"simplifiedName": "奥林"}, {"zh_CN": "奥林", "en_US": "Orlin"}])
def test_a_name_may_be_text_or_an_object_of_languages(yonyou, read_day, name):
    assert [row["name"] for row in read_day(yonyou, "customers", {"merchant_newlist.json": pages(merchant(name=name))}).rows] == ["奥林"]


def test_columns_may_stand_under_their_names_in_the_database(yonyou, read_day):
    read = read_day(
        yonyou, "customers", {"merchant.csv": [["id", "cCode", "cName", "cCreditCode", "iLNG"], ["1", "C", "奥林", "91X", "120.1"]]}
    )
    assert read.by_id == {"1": {"name": "奥林", "credit_code": "91X", "longitude": "120.1"}}


def test_the_default_person_and_area_come_from_files_of_their_own(yonyou, read_day):
    people = [
        {"merchantId": "1", "professSalesman": "8", "isDefault": False},
        {"merchantId": "1", "professSalesman": "9", "isDefault": True},
    ]
    areas = [{"merchantId": "1", "saleAreaId": "20", "isDefault": True}, {"merchantId": "1", "saleAreaId": "21", "isDefault": False}]
    files = {"merchant_newlist.json": pages(merchant(id="1"), merchant(id="2")), "Principal.json": people, "CustomerArea.json": areas}
    read = read_day(yonyou, "customers", files).by_id
    assert (read["1"]["owner_user_id"], read["1"]["territory_id"]) == ("9", "20")
    assert "owner_user_id" not in read["2"]
    members = read_day(yonyou, "customer_members", {"Principal.json": people}).rows
    assert {(row["user_id"], row["role"]) for row in members} == {("8", "false"), ("9", "true")}
    assert yonyou.entity_values("customer_members")["role"]["true"] == "owner"
    assert len(read_day(yonyou, "customer_territories", {"CustomerArea.json": areas}).rows) == 2


def test_people_and_areas_in_lists_are_members_and_territories(yonyou, read_day):
    principals = [{"professSalesman": "8", "isDefault": False}, {"professSalesman": "9", "isDefault": True}]
    records = pages(merchant(id="1", principals=principals, customerAreas=[{"saleAreaId": "20", "isDefault": True}]))
    members = read_day(yonyou, "customer_members", {"merchant_newlist.json": records})
    assert [(row["customer_record_id"], row["user_id"], row["role"]) for row in members.rows] == [("1", "8", "false"), ("1", "9", "true")]
    areas = read_day(yonyou, "customer_territories", {"merchant_newlist.json": records})
    assert [(row["customer_record_id"], row["territory_id"]) for row in areas.rows] == [("1", "20")]


@pytest.mark.parametrize(("state", "expected"), [({"stopstatus": True}, "true"), ({"dr": 1}, "true"), ({}, "false")])
def test_what_was_stopped_or_deleted_counts_as_deleted(yonyou, read_day, state, expected):
    read = read_day(yonyou, "customers", {"merchant_newlist.json": pages(merchant(**state))})
    assert [row["is_deleted"] for row in read.rows] == [expected]


@pytest.mark.parametrize(
    ("state", "outcome", "amount", "day"),
    [
        ("0", "won", "90.5", "2026-03-03"),
        ("1", "lost", "100", "2026-04-01"),
        ("2", "open", "100", "2026-04-01"),
        ("3", "won", "90.5", "2026-03-03"),
    ],
)
def test_a_deal_counts_with_what_was_signed_else_with_what_is_expected(yonyou, read_day, state, outcome, amount, day):
    deal = {"id": "5", "name": "泵", "customer": "1", "ower": "9", "winLoseOrderState": state, "opptState": "0", "expectSignMoney": 100}
    deal |= {"expectSignDate": "2026-04-01", "currency": "15", "currency_code": "CNY", "opptDate": "2026-01-01"}
    if outcome == "won":
        deal |= {"winOrderMoney": 90.5, "winOrderDate": "2026-03-03"}
    (row,) = read_day(yonyou, "opportunities", {"oppt_list.json": pages(deal)}).rows
    assert yonyou.entity_values("opportunities")["outcome"][row["outcome"]] == outcome
    assert (row["amount"], row["closed_date"], row["currency_code"], row["is_deleted"]) == (amount, day, "CNY", "false")


def test_a_deal_that_was_declared_void_is_no_lost_deal(yonyou, read_day):
    read = read_day(yonyou, "opportunities", {"oppt_list.json": pages({"id": "5", "winLoseOrderState": "2", "opptState": "2"})})
    assert [row["is_deleted"] for row in read.rows] == ["true"]


def test_a_collection_finds_its_order_by_number(yonyou, read_day):
    order = {"id": "171", "code": "SO-1", "agentId": "1", "corpContact": "9", "oriSum": 100, "vouchdate": "2026-01-05 00:00:00"}
    money = {"id": "181", "code": "SK-1", "customer": "1", "oriSum": 60.5, "currency": "15", "vouchdate": "2026-02-05 00:00:00"}
    money |= {"orderno": "SO-1", "auditstatus": "1"}
    files = {"voucherorder_list.json": pages(order), "collection_list.json": pages(money)}
    assert read_day(yonyou, "payments", files).by_id["181"] == {
        "customer_record_id": "1",
        "order_record_id": "171",
        "amount": "60.5",
        "currency_code": "15",
        "paid_date": "2026-02-05 00:00:00",
        "status": "1",
    }
    assert read_day(yonyou, "orders", files).by_id["171"] == {
        "customer_record_id": "1",
        "owner_user_id": "9",
        "amount": "100",
        "ordered_date": "2026-01-05 00:00:00",
    }


def test_the_assignments_of_a_lead_are_changes_of_owner_and_events_of_pools(yonyou, read_day):
    taken = {"id": "1", "clue": "14", "action": "领取", "assignor": "9", "receiver": "9", "clueHighSeasId": "40"}
    taken |= {"createTime": "2026-01-05 09:00:00", "staffReceiveTime": "2026-01-05 09:00:00"}
    back = {"id": "2", "clue": "14", "action": "收回", "originalOwer": "9", "retakeHighSeasId": "40", "retakeRule": "30天未跟进"}
    back |= {"createTime": "2026-02-05 09:00:00", "returnReason": "超期"}
    files = {"clueAssignRecord.json": pages(taken, back)}
    changes = read_day(yonyou, "owner_changes", files)
    assert changes.by_id["1"] == {
        "subject": "leads",
        "subject_record_id": "14",
        "changed_at": "2026-01-05 09:00:00",
        "to_user_id": "9",
        "changed_by_user_id": "9",
        "action": "领取",
    }
    events = read_day(yonyou, "pool_events", files)
    assert events.by_id["2"] == {
        "subject": "leads",
        "subject_record_id": "14",
        "happened_at": "2026-02-05 09:00:00",
        "event": "收回",
        "pool_id": "40",
        "from_user_id": "9",
        "reason": "超期",
        "retake_rule": "30天未跟进",
    }
    words = yonyou.entity_values("pool_events")["event"]
    assert [words[row["event"]] for row in events.rows] == ["claimed", "retaken"]
    assert changes.batch.unmapped_columns == events.batch.unmapped_columns == []


def test_people_areas_leads_and_visits_are_read(yonyou, read_day):
    person = {"id": "9", "code": "E7", "name": "林一", "email": "lin@orlin.example", "enable": 2, "mainJobList": [{"director": "8"}]}
    row = read_day(yonyou, "reps", {"staff.json": pages(person)}).by_id["9"]
    assert (row["employee_number"], row["manager_user_id"]) == ("E7", "8")
    assert yonyou.entity_values("reps")["is_active"][row["is_active"]] == "false"
    area = {"id": "20", "code": "EAST", "name": {"zh_CN": "华东"}, "parent": "10", "stopstatus": False}
    assert read_day(yonyou, "territories", {"salearea_newtree.json": pages(area)}).by_id == {
        "20": {"name": "华东", "parent_territory_id": "10"}
    }
    lead = {
        "id": "14",
        "name": "线索一",
        "contactPerson": "周二",
        "companyName": "奥林",
        "ower": "9",
        "owerChangeTime": "2026-01-05 09:00:00",
    }
    found = read_day(yonyou, "leads", {"clue_list.json": pages(lead | {"transCustomer": "1", "status": "3"})}).by_id["14"]
    assert (found["name"], found["owner_user_id"], found["converted_customer_record_id"]) == ("周二", "9", "1")
    visit = {
        "id": "16",
        "followTime": "2026-01-05 09:00:00",
        "followMethodDoc": "1",
        "followMethodDoc_name": "拜访",
        "customer": "1",
        "ower": "9",
    }
    assert read_day(yonyou, "activities", {"followup_list.json": pages(visit)}).by_id["16"]["kind"] == "拜访"
