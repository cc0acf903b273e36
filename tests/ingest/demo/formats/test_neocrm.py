"""The export looks like Neocrm's: GB18030, integers for picklists, milliseconds."""

import csv
import io
import json
from datetime import timedelta

from ingest.demo.formats import neocrm
from ingest.demo.formats.neocrm import pool_id, record_id, territory_id, user_id
from ingest.demo.world import Fault, OwnerSpan


def test_files_are_in_gb18030_and_no_other_encoding(make_company, full_record, files_of, read):
    files = files_of(make_company(full_record(1)), "neocrm")
    assert set(files) == {
        *("account.csv", "contact.csv", "lead.csv", "opportunity.csv", "activityrecord.csv", "user.csv", "territory.csv"),
        "selectitem.json",
    }
    assert "测试1有限公司".encode("gb18030") in files["account.csv"]
    assert "测试1有限公司".encode() not in files["account.csv"]
    (row,) = read.csv(files["account.csv"], "gb18030")
    assert tuple(row) == neocrm.ACCOUNT


def test_an_account_has_ids_as_text_milliseconds_and_numbers_with_a_point(make_company, full_record, files_of, read):
    (row,) = read.csv(files_of(make_company(full_record(1)), "neocrm")["account.csv"], "gb18030")
    assert (row["id"], len(row["id"])) == (record_id(1), 16)
    assert (row["ownerId"], row["territoryId"]) == (user_id("E1010"), territory_id("CHINA-EAST"))
    assert (row["annualRevenue"], row["employeeNumber"], row["createdAt"]) == ("1250000.0", "120.0", "1741055415000")
    assert (row["highSeaId"], row["claimTime"], row["deleteFlg"]) == ("", "", "0")


def test_an_account_in_the_pool_has_no_owner(make_company, make_record, files_of, read):
    made = make_record(1).created_at
    spans = (
        OwnerSpan(since=made, rep_id="E1001", action="created", actor="E1001"),
        OwnerSpan(since=made + timedelta(days=60), rep_id=None, action="retaken", actor=None, reason="30 天未跟进"),
    )
    (row,) = read.csv(files_of(make_company(make_record(1, owners=spans)), "neocrm")["account.csv"], "gb18030")
    assert (row["ownerId"], row["highSeaId"], row["highSeaStatus"]) == ("", pool_id("CHINA-EAST"), "1")
    assert row["releaseDescription"] == "30 天未跟进"


def test_a_deleted_account_has_a_mark(make_company, make_record, files_of, read):
    gone = make_record(1).created_at + timedelta(days=100)
    rows = read.csv(files_of(make_company(make_record(1, deleted_at=gone), make_record(2)), "neocrm")["account.csv"], "gb18030")
    assert [row["deleteFlg"] for row in rows] == ["1", "0"]


def test_every_integer_of_a_picklist_is_explained(make_company, full_record, make_lead, files_of, read):
    files = files_of(make_company(*(full_record(n) for n in range(20)), leads=[make_lead(n) for n in range(9)]), "neocrm")
    known = {}
    for item in json.loads(files["selectitem.json"])["data"]["records"]:
        known.setdefault((item["objectName"], item["fieldName"]), {})[str(item["value"])] = item["label"]
    for (object_, field), labels in known.items():
        for row in read.csv(files[f"{object_}.csv"], "gb18030"):
            assert row[field] in labels
    assert known["account", "industryId"][read.csv(files["account.csv"], "gb18030")[0]["industryId"]] == "Machinery"


def test_a_deal_and_its_stage_follow_the_night(make_company, full_record, files_of, read):
    company = make_company(full_record(1))
    rows = [read.csv(files_of(company, "neocrm", night)["opportunity.csv"], "gb18030")[0] for night in company.nights]
    assert [(row["status"], row["saleStageId"], row["winRate"]) for row in rows] == [("1", "4", "80"), ("2", "5", "100"), ("2", "5", "100")]
    assert {(row["accountId"], row["money"], row["closeDate"]) for row in rows} == {(record_id(1), "120000.0", "1782662400000")}


def test_a_lead_tells_how_often_it_was_returned(make_company, make_lead, files_of, read):
    (row,) = read.csv(files_of(make_company(leads=[make_lead(1)]), "neocrm")["lead.csv"], "gb18030")
    assert (row["ownerId"], row["lastOwnerId"], row["returnTimes"]) == (user_id("E1010"), user_id("E1001"), "1")


def test_a_garbled_night_has_rows_that_cannot_be_read(make_company, make_record, files_of):
    company = make_company(make_record(1), make_record(2))
    company = make_company(*company.made, faults=[Fault(system="neocrm", night=company.nights[-1], kind="garbled")])
    header, *rows = csv.reader(io.StringIO(files_of(company, "neocrm")["account.csv"].decode("gb18030"), newline=""))
    assert [row[0] for row in rows] == [record_id(1), record_id(2), "", record_id(1), record_id(900_000_000)]
    assert [len(row) - len(header) for row in rows] == [0, 0, 0, 0, 1]
