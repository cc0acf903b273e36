"""The built-in Neocrm mapping: API names and labels, ids of 19 digits, picklists explained, pools and territories."""

import pytest

from ingest.errors import FileRefused

HEADER = ["id", "accountName", "ownerId", "level", "industryId", "fState", "fCity", "address", "territoryId", "highSeaId", "claimTime"]
HEADER += ["employeeNumber", "recentActivityRecordTime", "updatedAt", "deleteFlg"]
ROW = [
    "2817000000000012345",
    "奥林泵业",
    "2816000000000000017",
    "1",
    "3",
    "浙江",
    "杭州",
    "滨江路1号",
    "71",
    "81",
    "1767225600000",
    "250.0",
]
ROW += ["1767312000000", "1767312000000", "0"]


@pytest.fixture(scope="module")
def neocrm(built_in):
    return built_in("neocrm")


SELECT_ITEMS = {
    "code": 200,
    "data": {
        "records": [
            {"objectName": "account", "fieldName": "level", "value": 1, "label": "重点客户"},
            {"objectName": "account", "fieldName": "industryId", "value": 3, "label": "机械"},
            {"objectName": "opportunity", "fieldName": "status", "value": 2, "label": "赢单"},
            {"objectName": "lead", "fieldName": "status", "value": 2, "label": "跟进中"},
            {"objectName": "activityrecord", "fieldName": "type", "value": 1, "label": "电话"},
        ]
    },
}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_customer_is_read_with_its_picklists_explained(neocrm, read_day, encoding):
    data = "\r\n".join(",".join(cells) for cells in (HEADER, ROW)).encode(encoding)
    read = read_day(neocrm, "customers", {"account.csv": data, "selectitem.json": SELECT_ITEMS})
    assert read.by_id == {
        "2817000000000012345": {
            "name": "奥林泵业",
            "owner_user_id": "2816000000000000017",
            "size_band": "重点客户",
            "industry": "机械",
            "region": "浙江",
            "city": "杭州",
            "street": "滨江路1号",
            "territory_id": "71",
            "pool_id": "81",
            "claimed_at": "1767225600000",
            "owner_changed_at": "1767225600000",
            "employee_count": "250.0",
            "last_activity_at": "1767312000000",
            "modified_at": "1767312000000",
            "is_deleted": "false",
        }
    }
    assert read.batch.unmapped_columns == []


@pytest.mark.parametrize("name", ["account.csv", "Account.csv", "account (1).csv", "account_20261120_214500.csv"])
def test_the_customers_are_found_under_every_name_of_their_file(neocrm, read_day, name):
    assert len(read_day(neocrm, "customers", {name: [HEADER, ROW]}).rows) == 1


def test_labels_of_the_screens_say_the_same(neocrm, read_day):
    header = ["客户ID", "客户名称", "客户所有人", "客户级别", "行业", "省份", "市", "详细地址", "区域", "所属公海", "认领日期", "总人数"]
    read = read_day(neocrm, "customers", {"客户.xlsx": [header, ["9", "奥林泵业", "林一", *"ABCDEFGHI"]]})
    assert read.by_id["9"] == {
        "name": "奥林泵业",
        "owner_user_id": "林一",
        "size_band": "A",
        "industry": "B",
        "region": "C",
        "city": "D",
        "street": "E",
        "territory_id": "F",
        "pool_id": "G",
        "claimed_at": "H",
        "owner_changed_at": "H",
        "employee_count": "I",
    }


def test_a_file_whose_ids_went_through_a_spreadsheet_is_refused(neocrm, read_day):
    with pytest.raises(FileRefused) as refusal:
        read_day(neocrm, "customers", {"account.csv": [HEADER, ["2.817E+18", *ROW[1:]], ["2.818E+18", *ROW[1:]]]})
    assert refusal.value.code == "damaged_ids"


@pytest.mark.parametrize(("mark", "expected"), [("deleteFlg", "true"), ("is_crm_deleted", "true"), ("somethingElse", None)])
def test_the_marks_of_a_mirror_say_what_was_deleted(neocrm, read_day, mark, expected):
    read = read_day(neocrm, "customers", {"account.csv": [["id", "accountName", "ownerId", mark], ["1", "A", "2", "1"]]})
    assert [row["is_deleted"] for row in read.rows] == [expected]


def test_a_deals_status_leads_to_an_outcome_only_through_the_picklists(neocrm, read_day):
    header = ["id", "opportunityName", "accountId", "money", "saleStageId", "closeDate", "status", "ownerId", "createdAt"]
    deals = [header, ["5", "泵", "1", "100.0", "6", "1767225600000", "2", "17", "1735689600000"]]
    explained = read_day(neocrm, "opportunities", {"opportunity.csv": deals, "selectitem.json": SELECT_ITEMS}).by_id["5"]
    outcomes = neocrm.entity_values("opportunities")["outcome"]
    assert outcomes[explained["outcome"]] == "won"
    assert (explained["amount"], explained["closed_date"], explained["opened_date"]) == ("100.0", "1767225600000", "1735689600000")
    unexplained = read_day(neocrm, "opportunities", {"opportunity.csv": deals}).by_id["5"]
    assert unexplained["outcome"] not in outcomes, "a code whose meaning is each organisation's own is never guessed"


def test_a_lead_names_its_pool_and_what_it_became(neocrm, read_day):
    header = ["id", "name", "companyName", "status", "ownerId", "highSeaId", "claimTime", "accountId", "opportunityId"]
    files = {"lead.csv": [header, ["1", "周二", "奥林", "2", "", "81", "1767225600000", "9", "5"]], "selectitem.json": SELECT_ITEMS}
    assert read_day(neocrm, "leads", files).by_id["1"] == {
        "name": "周二",
        "company_name": "奥林",
        "status": "跟进中",
        "pool_id": "81",
        "owner_changed_at": "1767225600000",
        "converted_customer_record_id": "9",
        "converted_opportunity_record_id": "5",
    }


def test_activities_payments_people_and_territories_are_read(neocrm, read_day):
    activity = [["id", "type", "content", "startTime", "activityRecordFrom", "activityRecordFrom_data", "ownerId"]]
    activity += [["1", "1", "电话沟通", "1767225600000", "11", "9", "17"]]
    kind = read_day(neocrm, "activities", {"activityrecord.csv": activity, "selectitem.json": SELECT_ITEMS}).by_id["1"]
    assert (kind["kind"], kind["customer_record_id"], kind["lead_record_id"], kind["activity_at"]) == ("电话", "9", "9", "1767225600000")
    plan = [["id", "accountId", "orderId", "amount", "paymentAmount", "transactionDate"], ["1", "9", "3", "500", "200.5", "1767225600000"]]
    assert read_day(neocrm, "payments", {"paymentApplicationPlan.csv": plan}).by_id["1"] == {
        "customer_record_id": "9",
        "order_record_id": "3",
        "amount": "200.5",
        "paid_date": "1767225600000",
    }
    users = [["id", "name", "email", "status", "managerId"], ["17", "林一", "lin@orlin.example", "0", "18"]]
    user = read_day(neocrm, "reps", {"user.csv": users}).by_id["17"]
    assert neocrm.entity_values("reps")["is_active"][user["is_active"]] == "false"
    assert (user["manager_user_id"], user["user_name"]) == ("18", "lin@orlin.example")
    areas = [["id", "name", "parentId", "noContactDay"], ["71", "华东", "70", "30"]]
    assert read_day(neocrm, "territories", {"territory.csv": areas}).by_id == {"71": {"name": "华东", "parent_territory_id": "70"}}
