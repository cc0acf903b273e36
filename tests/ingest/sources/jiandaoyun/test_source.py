"""The built-in Jiandaoyun mapping is a start: a usual form in its labels, and a company's own form laid over it."""

import pytest

from ingest.sources.mapping import read_source

OWN = """\
crm: jiandaoyun
entities:
  customers:
    file: 客户报备*.json
    labels:
      客户名称: _widget_1688000000001
      负责人: _widget_1688000000002
      地址: _widget_1688000000003
    columns:
      _widget_1688000000004: size_band
    ignore: [appId, entryId, formName, creator, updater, flowState, _widget_1688000000005]
"""


def test_a_workbook_of_the_usual_form_is_read(built_in, read_day):
    header = ["数据ID", "客户名称", "客户编号", "客户类型", "来源渠道", "负责人", "联系电话", "地址", "提交人", "提交时间"]
    row = ["65a1", "奥林泵业", "C1", "终端", "展会", "林一", "0571-1", "浙江省杭州市滨江路1号", "林一", "2026-01-02 10:00"]
    read = read_day(built_in("jiandaoyun"), "customers", {"客户信息.xlsx": [header, row]})
    assert read.by_id == {
        "65a1": {
            "name": "奥林泵业",
            "phone": "0571-1",
            "address": "浙江省杭州市滨江路1号",
            "owner_user_id": "林一",
            "created_at": "2026-01-02 10:00",
        }
    }
    assert read.batch.unmapped_columns == []


def test_a_company_names_its_fields_once_and_keeps_the_rest(tmp_path, read_day):
    path = tmp_path / "filings.yml"
    path.write_text(OWN, encoding="utf-8")
    entry = {
        "_id": "65a1",
        "appId": "a",
        "entryId": "e",
        "creator": {"_id": "u0", "username": "hv9", "name": "王三"},
        "createTime": "2026-01-02T02:00:00.000Z",
        "updateTime": "2026-01-03T02:00:00.000Z",
        "_widget_1688000000001": "奥林泵业",
        "_widget_1688000000002": {"_id": "u1", "username": "hv7", "name": "林一", "departments": [3], "type": 0, "status": 1},
        "_widget_1688000000003": {"province": "浙江省", "city": "杭州市", "district": "滨江区", "detail": "滨江路1号"},
        "_widget_1688000000004": "A",
        "_widget_1688000000005": "a remark",
        "_widget_1688000000006": "not spoken of",
    }
    read = read_day(read_source(path), "customers", {"客户报备.json": {"data": [entry]}})
    assert read.by_id == {
        "65a1": {
            "name": "奥林泵业",
            "owner_user_id": "hv7",
            "region": "浙江省",
            "city": "杭州市",
            "district": "滨江区",
            "address": "滨江路1号",
            "size_band": "A",
            "created_at": "2026-01-02T02:00:00.000Z",
            "modified_at": "2026-01-03T02:00:00.000Z",
        }
    }
    assert read.batch.unmapped_columns == ["_widget_1688000000006"], "a field that nobody spoke of is named, not lost"


@pytest.mark.parametrize("owner", [None, ""])
def test_a_customer_without_a_person_in_charge_has_no_owner(built_in, read_day, owner):
    read = read_day(built_in("jiandaoyun"), "customers", {"客户.json": {"data": [{"_id": "1", "客户名称": "奥林", "负责人": owner}]}})
    assert [row["owner_user_id"] for row in read.rows] == [None]
