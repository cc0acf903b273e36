"""The built-in Fxiaoke mapping: API records and workbooks alike; lists, option codes, two-step deletion, the team, the log."""

import pytest


@pytest.fixture(scope="module")
def fxiaoke(built_in):
    return built_in("fxiaoke")


def account(**fields: object) -> dict:
    """A record of AccountObj, as a query returns it."""
    return {
        "_id": "65a0000000000000000000f1",
        "name": "奥林泵业有限公司",
        "owner": ["1001"],
        "owner__r": {"id": "1001", "name": "林一"},
        "account_level": "1",
        "industry_level1": "i3",
        "province": "浙江",
        "uniform_social_credit_code": "91330000MA0000001X",
        "high_seas_id": "65a0000000000000000000aa",
        "claimed_time": 1767225600000,
        "owner_modified_time": 1767225600000,
        "life_status": "normal",
        "is_deleted": False,
        "create_time": 1735689600000,
        "last_modified_time": 1767312000000,
        "field_a1b2c__c": "own",
    } | fields


def pages(*records: dict) -> dict:
    """What a query's answer looks like around its records."""
    return {"errorCode": 0, "errorMessage": "OK", "data": {"total": len(records), "offset": 0, "dataList": list(records)}}


DESCRIBE = {
    "data": {
        "fieldList": [
            {
                "describeApiName": "AccountObj",
                "apiName": "account_level",
                "options": [{"value": "1", "label": "重点客户"}, {"value": "2", "label": "普通客户"}],
            },
            {"describeApiName": "AccountObj", "apiName": "industry_level1", "options": [{"value": "i3", "label": "机械"}]},
            {"describeApiName": "NewOpportunityObj", "apiName": "sales_stage", "options": [{"value": "s5", "label": "赢单"}]},
        ]
    }
}


def test_a_record_of_the_api_is_read_with_its_codes_explained(fxiaoke, read_day):
    read = read_day(fxiaoke, "customers", {"AccountObj.json": pages(account()), "describe.json": DESCRIBE})
    assert read.by_id == {
        "65a0000000000000000000f1": {
            "name": "奥林泵业有限公司",
            "credit_code": "91330000MA0000001X",
            "owner_user_id": "1001",
            "owner_changed_at": "1767225600000",
            "size_band": "重点客户",
            "industry": "机械",
            "region": "浙江",
            "pool_id": "65a0000000000000000000aa",
            "claimed_at": "1767225600000",
            "created_at": "1735689600000",
            "modified_at": "1767312000000",
            "is_deleted": "false",
        }
    }
    assert read.batch.unmapped_columns == ["field_a1b2c__c"], "a field of the company's own is named, not lost"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, "false"),
        ({"life_status": "invalid"}, "true"),
        ({"life_status": "invalid", "is_deleted": True}, "true"),
        ({"life_status": "in_change"}, "false"),
    ],
)
def test_both_steps_of_a_deletion_count(fxiaoke, read_day, state, expected):
    read = read_day(fxiaoke, "customers", {"AccountObj.json": pages(account(**state))})
    assert [row["is_deleted"] for row in read.rows] == [expected]


def test_a_customer_in_the_pool_has_no_owner(fxiaoke, read_day):
    read = read_day(fxiaoke, "customers", {"AccountObj.json": pages(account(owner=[]), account(_id="65a0000000000000000000f2"))})
    assert [row["owner_user_id"] for row in read.rows] == [None, "1001"]


def test_a_workbook_of_the_screen_has_chinese_labels_required_marks_and_owners_by_name(fxiaoke, read_day):
    header = ["数据ID", "客户名称（必填）", "负责人（必填）", "负责人主属部门", "客户级别", "详细地址", "所属公海", "生命状态", "创建时间"]
    row = ["65a0000000000000000000f1", "奥林泵业有限公司", "林一", "华东", "重点客户", "滨江路1号", "华东公海", "作废", "2026-01-02 10:00"]
    read = read_day(fxiaoke, "customers", {"客户对象导出结果.xlsx": [header, row]})
    assert read.by_id == {
        "65a0000000000000000000f1": {
            "name": "奥林泵业有限公司",
            "owner_user_id": "林一",
            "size_band": "重点客户",
            "street": "滨江路1号",
            "pool_id": "华东公海",
            "created_at": "2026-01-02 10:00",
            "is_deleted": "true",
        }
    }
    assert read.batch.unmapped_columns == []


def test_contacts_deals_and_people_are_read_from_workbooks(fxiaoke, read_day):
    contacts = [
        ["数据ID", "姓名（必填）", "客户ID", "客户名称（必填）", "职务", "手机", "负责人（必填）"],
        ["c1", "周二", "a1", "奥林", "经理", "1", "林一"],
    ]
    deals = [
        [
            "数据ID",
            "商机名称（必填）",
            "客户ID",
            "商机阶段（必填）",
            "阶段状态",
            "商机金额（必填）",
            "预计成交日期（必填）",
            "负责人（必填）",
        ]
    ]
    deals += [["d1", "泵", "a1", "赢单", "赢单", "100.50", "2026-03-01", "林一"]]
    people = [["用户ID", "姓名（必填）", "员工编号", "汇报对象", "启用状态"], ["1001", "林一", "E7", "王三", "停用"]]
    assert read_day(fxiaoke, "contacts", {"联系人对象导出结果.xlsx": contacts}).by_id == {
        "c1": {"name": "周二", "customer_record_id": "a1", "title": "经理", "mobile": "1", "owner_user_id": "林一"}
    }
    deal = read_day(fxiaoke, "opportunities", {"商机2.0对象导出结果.xlsx": deals}).by_id["d1"]
    assert (deal["customer_record_id"], deal["outcome"], deal["amount"], deal["closed_date"]) == ("a1", "赢单", "100.50", "2026-03-01")
    assert fxiaoke.entity_values("opportunities")["outcome"]["赢单"] == "won"
    person = read_day(fxiaoke, "reps", {"人员对象导出结果.xlsx": people}).by_id["1001"]
    assert person == {"name": "林一", "employee_number": "E7", "manager_user_id": "王三", "is_active": "停用"}
    assert fxiaoke.entity_values("reps")["is_active"]["停用"] == "false"


def test_a_lead_says_which_pool_it_lies_in_and_what_it_became(fxiaoke, read_day):
    lead = {"_id": "l1", "name": "周二", "company": "奥林", "owner": ["1001"], "leads_pool_id": "p1", "biz_status": "transformed"}
    lead |= {"owner_change_time": 1767225600000, "transform_time": 1767312000000, "account_id": "a1", "life_status": "normal"}
    assert read_day(fxiaoke, "leads", {"LeadsObj.json": pages(lead)}).by_id["l1"] == {
        "name": "周二",
        "company_name": "奥林",
        "owner_user_id": "1001",
        "pool_id": "p1",
        "status": "transformed",
        "owner_changed_at": "1767225600000",
        "converted_at": "1767312000000",
        "converted_customer_record_id": "a1",
        "is_deleted": "false",
    }


def test_a_payment_finds_its_order_in_its_lines(fxiaoke, read_day):
    payment = {"_id": "p1", "account_id": "a1", "payment_time": 1767225600000, "payment_amount": "88.00", "owner": ["1001"]}
    line = {"payment_id": "p1", "order_id": "o1", "payment_amount": "88.00"}
    with_line = read_day(fxiaoke, "payments", {"PaymentObj.json": pages(payment), "OrderPaymentObj.json": pages(line)}).by_id["p1"]
    assert with_line == {
        "customer_record_id": "a1",
        "order_record_id": "o1",
        "owner_user_id": "1001",
        "amount": "88.00",
        "paid_date": "1767225600000",
    }
    alone = read_day(fxiaoke, "payments", {"PaymentObj.json": pages(payment)}).by_id["p1"]
    assert alone == {name: value for name, value in with_line.items() if name != "order_record_id"}


def test_the_team_of_a_customer_is_read_one_person_a_row(fxiaoke, read_day):
    team = [
        {"teamMemberEmployee": ["1001"], "teamMemberRole": "1", "teamMemberPermissionType": "2"},
        {"teamMemberEmployee": ["1002"], "teamMemberRole": "4", "teamMemberPermissionType": "1"},
    ]
    read = read_day(fxiaoke, "customer_members", {"AccountObj.json": pages(account(relevant_team=team))})
    assert [(row["user_id"], row["role"], row["permission"]) for row in read.rows] == [("1001", "1", "2"), ("1002", "4", "1")]
    words = fxiaoke.entity_values("customer_members")
    assert (words["role"]["1"], words["permission"]["1"]) == ("owner", "read")


def test_the_log_gives_changes_of_owner_and_leaves_out_the_rest(fxiaoke, read_day):
    common = {"objectApiName": "AccountObj", "dataId": "a1", "operatorId": "-10000"}
    log = [
        common | {"fieldApiName": "owner", "oldValue": ["1001"], "newValue": "1002", "operateTime": 1767225600000, "operation": "Allocate"},
        common | {"fieldApiName": "owner", "oldValue": "1002", "newValue": "", "operateTime": 1767312000000, "operation": "Return"},
        common | {"fieldApiName": "tel", "oldValue": "1", "newValue": "2", "operateTime": 1767312000000, "operation": "Edit"},
        common | {"objectApiName": "LeadsObj", "dataId": "l1", "fieldApiName": "owner", "newValue": "1001", "operateTime": 1767312000001},
    ]
    read = read_day(fxiaoke, "owner_changes", {"crmLog.json": pages(*log)})
    found = [(row["subject"], row["subject_record_id"], row["from_user_id"], row["to_user_id"], row["action"]) for row in read.rows]
    assert sorted(found, key=str) == [
        ("customers", "a1", "1001", "1002", "Allocate"),
        ("customers", "a1", "1002", None, "Return"),
        ("leads", "l1", None, "1001", None),
    ]
    assert read.adds_up
    assert read.batch.quarantine.num_rows == 0
