"""The export looks like Zoho's data backup, and the timeline like its API."""

import io
import json
import zipfile
from datetime import timedelta
from itertools import pairwise

import pytest

from ingest.demo.formats import zoho_columns
from ingest.demo.formats.zoho import contact_id, record_id, territory_id, user_id
from ingest.demo.world import Fault


@pytest.fixture(scope="module")
def module(read):
    """Rows of one module's CSV."""
    return lambda files, name: read.csv(read.member(files["Data_001.zip"], f"Data/{name}_001.csv"))


def test_the_backup_is_one_zip_with_a_folder_of_modules(make_company, full_record, files_of):
    files = files_of(make_company(full_record(1)), "zoho")
    assert set(files) == {"Data_001.zip", "timeline_accounts.json"}
    names = zipfile.ZipFile(io.BytesIO(files["Data_001.zip"])).namelist()
    modules = ("Accounts", "Contacts", "Leads", "Deals", "Tasks", "Calls", "Users", "Territories")
    assert names == [f"Data/{name}_001.csv" for name in modules]


def test_accounts_have_labels_prefixed_ids_and_amounts_with_a_sign(make_company, make_record, files_of, module):
    (row,) = module(files_of(make_company(make_record(1, currency="EUR", parent_number=2)), "zoho"), "Accounts")
    assert tuple(row) == zoho_columns.ACCOUNT
    assert (row["Record Id"], row["Account Owner.id"], row["Account Owner"]) == (record_id(1), user_id("E1001"), "Ottilie Varnholt")
    assert row["Record Id"].startswith("zcrm_")
    assert row["Record Id"].removeprefix("zcrm_").isdigit()
    assert len(row["Record Id"]) == len("zcrm_") + 18
    assert (row["Annual Revenue"], row["Employees"], row["Currency"]) == ("€1,250,000.00", "120", "EUR")
    assert row["Parent Account.id"] == record_id(2)
    assert (row["Territories.id"], row["Territories"]) == (territory_id("CHINA-EAST"), "China East")


def test_times_are_local_and_two_columns_are_written_for_readers(make_company, full_record, files_of, module):
    files = files_of(make_company(full_record(1)), "zoho")
    (account,) = module(files, "Accounts")
    assert account["Created Time"] == "2025-03-04 03:30:15"  # 02:30:15 UTC, in winter
    assert account["Last Activity Time"] == "Mar 6, 2025 3:30 AM"
    assert account["Change Log Time"] == "Dec 29, 2025 6:30 AM"
    (call,) = module(files, "Calls")
    assert call["Call Start Time"] == "2025-03-05 03:30:15"


def test_noon_and_midnight_are_twelve(make_company, make_record, files_of, module):
    for hour, said in ((23, "12:05 AM"), (11, "12:05 PM"), (12, "1:05 PM"), (10, "11:05 AM")):
        made = make_record(1).created_at.replace(month=1, day=10, hour=hour, minute=5)
        (row,) = module(files_of(make_company(make_record(1, created_at=made, changed_at=made)), "zoho"), "Accounts")
        assert row["Change Log Time"].endswith(said)


def test_lookups_are_pairs_of_id_and_name(make_company, full_record, files_of, module):
    files = files_of(make_company(full_record(1)), "zoho")
    (contact,) = module(files, "Contacts")
    assert (contact["Record Id"], contact["Account Name.id"], contact["Account Name"]) == (contact_id(9), record_id(1), "测试1有限公司")
    (deal,) = module(files, "Deals")
    assert (deal["Account Name.id"], deal["Deal Owner.id"], deal["Stage"]) == (record_id(1), user_id("E1001"), "Closed Won")
    assert (deal["Territory.id"], deal["Territory"]) == (territory_id("CHINA-EAST"), "China East")
    (task,) = module(files, "Tasks")
    assert (task["What Id.id"], task["Task Owner.id"], task["Due Date"]) == (record_id(1), user_id("E1001"), "2025-03-06")


def test_the_timeline_has_bare_ids_times_with_an_offset_and_what_is_not_about_the_owner(make_company, full_record, files_of, read):
    files = files_of(make_company(*(full_record(n) for n in range(40))), "zoho")
    events = read.pages(files["timeline_accounts.json"], "__timeline")
    about = [field["api_name"] for event in events for field in event["field_history"]]
    assert about.count("Owner") == 40
    assert set(about) == {"Owner", "Phone"}
    assert sum(event["action"] == "added" and event["field_history"] == [] for event in events) == 40
    for event in events:
        assert event["record"]["id"].isdigit()
        assert event["done_by"]["id"].isdigit()
        assert event["audited_time"][-6:] == "+01:00"  # all of them in winter
    owners = [field["_value"] for event in events for field in event["field_history"] if field["api_name"] == "Owner"]
    ids, names = [v for v in owners if isinstance(v["new"], dict)], [v for v in owners if isinstance(v["new"], str)]
    assert len(ids) > len(names) > 0
    assert ids[0]["new"] == {"id": user_id("E1010").removeprefix("zcrm_"), "name": "叶青禾"}
    assert names[0] == {"old": "Ottilie Varnholt", "new": "叶青禾"}


def test_the_timeline_comes_in_pages(make_company, make_record, files_of):
    pages = files_of(make_company(*(make_record(n) for n in range(401))), "zoho")["timeline_accounts.json"].decode().splitlines()
    read = [json.loads(page) for page in pages]
    assert [len(page["__timeline"]) for page in read] == [200, 200, len(read[2]["__timeline"])]
    assert [page["info"]["more_records"] for page in read] == [True, True, False]


def test_an_event_of_the_timeline_keeps_its_id_from_night_to_night(make_company, full_record, make_record, files_of, read):
    changed = make_record(1).created_at + timedelta(days=481)
    company = make_company(*(full_record(n, changed_at=changed) for n in range(40)), nights=8)
    nights = [
        {event["id"]: event for event in read.pages(files_of(company, "zoho", night)["timeline_accounts.json"], "__timeline")}
        for night in company.nights
    ]
    assert len(nights[-1]) > len(nights[0])
    for before, after in pairwise(nights):
        assert {id_: after[id_] for id_ in before} == before


def test_a_garbled_night_has_rows_that_cannot_be_read(make_company, make_record, files_of, read):
    company = make_company(make_record(1), make_record(2))
    company = make_company(*company.made, faults=[Fault(system="zoho", night=company.nights[-1], kind="garbled")])
    lines = read.member(files_of(company, "zoho")["Data_001.zip"], "Data/Accounts_001.csv").decode().split("\r\n")
    assert len(lines) == 1 + 2 + 3 + 1
    assert lines[3].startswith('"",')
    assert lines[4].startswith(f'"{record_id(1)}"')
    assert lines[5].endswith(',"surplus"')
