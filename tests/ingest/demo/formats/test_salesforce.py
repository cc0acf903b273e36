"""The export looks like Salesforce's weekly Data Export: ids, overlapping ZIPs, histories, merges, wrong rows."""

import csv
import io
import zipfile
from datetime import date, timedelta
from itertools import pairwise

import pytest

from ingest.demo.formats import salesforce_columns
from ingest.demo.formats.salesforce import record_id, salesforce_id, territory_id, user_id
from ingest.demo.world import Fault

NIGHT_BEFORE = date(2026, 6, 27)
ONE, TWO = "WE_00DHv0000000001MAA_1.ZIP", "WE_00DHv0000000001MAA_2.ZIP"


@pytest.fixture(scope="module")
def accounts(read):
    """Accounts of both ZIPs: id -> rows, the first ZIP's before the second's."""

    def of(files):
        found = {}
        for name in (ONE, TWO):
            for row in read.csv(read.member(files[name], "Account.csv")):
                found.setdefault(row["Id"], []).append(row)
        return found

    return of


def test_the_three_last_characters_of_an_id_repeat_the_case_of_the_others():
    small, large = salesforce_id("001", 36), salesforce_id("001", 10)
    assert (small[:15].lower(), len(small)) == (large[:15].lower(), 18)
    assert small[15:] != large[15:]
    assert salesforce_id("001", 10) == "001Hv000000000AIAQ"  # A is the fifth of its five: 2^4 is Q; Hv: 2^3 is I


def test_ids_do_not_repeat_and_every_suffix_is_that_of_its_characters():
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    ids = [salesforce_id("00Q", number) for number in (*range(9_000), 61**5, 62**6 - 1)]
    assert len(set(ids)) == len(ids)
    for id_ in ids:
        chunks = (id_[:5], id_[5:10], id_[10:15])
        assert id_[15:] == "".join(alphabet[sum(2**place for place, sign in enumerate(chunk) if sign.isupper())] for chunk in chunks)


def test_two_zips_hold_one_csv_per_object_under_api_names(make_company, full_record, make_lead, files_of):
    files = files_of(make_company(full_record(1), leads=[make_lead(1)]), "salesforce")
    members = {name: set(zipfile.ZipFile(io.BytesIO(content)).namelist()) for name, content in files.items()}
    assert members == {
        ONE: {"Account.csv", "Contact.csv", "User.csv", "UserRole.csv", "Territory2.csv", "UserTerritory2Association.csv"},
        TWO: {"Account.csv", "Lead.csv", "Opportunity.csv", "Task.csv", "ObjectTerritory2Association.csv", "AccountHistory.csv"},
    }


def test_every_cell_is_quoted_and_the_columns_are_those_of_the_object(make_company, full_record, files_of, read):
    text = read.member(files_of(make_company(*(full_record(n) for n in range(9))), "salesforce")[TWO], "Account.csv").decode()
    header = next(csv.reader(io.StringIO(text, newline="")))
    assert tuple(header) == salesforce_columns.ACCOUNT
    assert text.startswith('"Id","IsDeleted",')
    assert ',"1250000.0","120",' in text


def test_streets_and_descriptions_may_have_several_lines(make_company, full_record, files_of, accounts):
    found = accounts(files_of(make_company(*(full_record(n) for n in range(30))), "salesforce"))
    rows = [row for copies in found.values() for row in copies]
    assert {"Old Quarry Road 5\nSuite 200", "Old Quarry Road 5"} == {row["BillingStreet"] for row in rows}
    assert any("\n" in row["Description"] and '"' in row["Description"] for row in rows)


def test_accounts_are_split_over_both_zips_and_some_copies_in_the_first_are_older(make_company, make_record, files_of, accounts):
    made = [make_record(n) for n in range(200)]
    touched = [make_record(n, changed_at=record.created_at + timedelta(days=40)) for n, record in enumerate(made)]
    found = accounts(files_of(make_company(*touched), "salesforce"))
    assert len(found) == 200
    twice = [copies for copies in found.values() if len(copies) == 2]
    assert 10 <= len(twice) <= 40
    for first, second in twice:
        assert first["SystemModstamp"] < second["SystemModstamp"]
        assert first["Phone"] != second["Phone"]
        assert first["OwnerId"] == second["OwnerId"]


def test_a_copy_that_nobody_touched_is_the_same_in_both_zips(make_company, make_record, files_of, accounts):
    found = accounts(files_of(make_company(*(make_record(n) for n in range(100))), "salesforce"))
    assert all(copies[0] == copies[-1] for copies in found.values())


def test_times_are_utc_without_a_zone(make_company, make_record, files_of, accounts):
    ((row,),) = accounts(files_of(make_company(make_record(3)), "salesforce")).values()
    assert row["CreatedDate"] == row["SystemModstamp"] == "2025-03-04 02:30:15"


def test_a_change_of_owner_is_logged_by_names_and_by_ids_and_the_first_owner_not_at_all(make_company, full_record, files_of, read):
    history = read.csv(read.member(files_of(make_company(full_record(3)), "salesforce")[TWO], "AccountHistory.csv"))
    owner = [(row["DataType"], row["OldValue"], row["NewValue"], row["CreatedDate"]) for row in history if row["Field"] == "Owner"]
    assert owner == [
        ("Text", "Ottilie Varnholt", "叶青禾", "2025-12-29 05:30:15"),
        ("EntityId", user_id("E1001"), user_id("E1010"), "2025-12-29 05:30:15"),
    ]
    assert [row["Field"] for row in history if row["Field"] != "Owner"] in (["created"], ["created", "Phone"])


def test_an_event_of_the_history_keeps_its_id_from_night_to_night(make_company, full_record, make_record, files_of, read):
    records = [full_record(n) for n in range(40)]
    moved = [full_record(n, changed_at=make_record(1).created_at + timedelta(days=481)) for n in range(40, 80)]
    company = make_company(*records, *moved, nights=8)
    nights = [
        {r["Id"]: r for r in read.csv(read.member(files_of(company, "salesforce", night)[TWO], "AccountHistory.csv"))}
        for night in company.nights
    ]
    assert any(len(after) > len(before) for before, after in pairwise(nights))
    for before, after in pairwise(nights):
        assert {id_: after[id_] for id_ in before} == before


def test_the_loser_of_a_merge_is_deleted_and_names_the_winner(make_company, full_record, make_record, files_of, accounts, read):
    merged = make_record(1).created_at + timedelta(days=350)
    company = make_company(
        full_record(1, merged_into=2, deleted_at=merged),
        full_record(2, merged_into=3, deleted_at=merged + timedelta(days=2)),
        full_record(3),
    )
    files = files_of(company, "salesforce")
    rows = {id_: copies[-1] for id_, copies in accounts(files).items()}
    assert [(rows[record_id(n)]["IsDeleted"], rows[record_id(n)]["MasterRecordId"]) for n in (1, 2, 3)] == [
        ("1", record_id(2)),
        ("1", record_id(3)),
        ("0", ""),
    ]
    contacts = read.csv(read.member(files[ONE], "Contact.csv"))
    assert [(row["AccountId"], row["IsDeleted"]) for row in contacts] == [(record_id(2), "0"), (record_id(3), "0"), (record_id(3), "0")]
    history = read.csv(read.member(files[TWO], "AccountHistory.csv"))
    assert [row["AccountId"] for row in history if row["Field"] == "accountMerged"] == [record_id(2), record_id(3)]


def test_what_hangs_on_a_deleted_account_is_deleted_with_it(make_company, full_record, make_record, files_of, read):
    company = make_company(full_record(1, deleted_at=make_record(1).created_at + timedelta(days=400)))
    files = files_of(company, "salesforce")
    for name, member in ((ONE, "Contact.csv"), (TWO, "Opportunity.csv"), (TWO, "Task.csv"), (TWO, "ObjectTerritory2Association.csv")):
        rows = read.csv(read.member(files[name], member))
        assert [row["IsDeleted"] for row in rows] == ["1"] * len(rows) != []


def test_some_parents_stand_only_in_a_text_of_15_characters(make_company, make_record, files_of, accounts):
    records = [make_record(0), *(make_record(n, parent_number=0) for n in range(1, 60))]
    rows = [copies[-1] for copies in accounts(files_of(make_company(*records), "salesforce")).values()]
    parents = {(row["ParentId"], row["Parent_Account_Ref__c"]) for row in rows}
    assert parents == {("", ""), (record_id(0), ""), ("", record_id(0)[:15])}


def test_a_deal_is_closed_from_the_night_it_is_decided_on(make_company, full_record, files_of, read):
    company = make_company(full_record(1))
    states, territories = [], set()
    for night in company.nights:  # decided on the second
        (row,) = read.csv(read.member(files_of(company, "salesforce", night)[TWO], "Opportunity.csv"))
        territories.add(row["Territory2Id"])
        states.append((row["IsClosed"], row["IsWon"], row["StageName"], row["CloseDate"], row["Amount"]))
    assert states == [
        ("0", "0", "Negotiation/Review", "2026-06-29", "120000.0"),
        ("1", "1", "Closed Won", "2026-06-29", "120000.0"),
        ("1", "1", "Closed Won", "2026-06-29", "120000.0"),
    ]
    assert territories == {territory_id("CHINA-EAST")}


def test_who_has_left_is_switched_off_and_keeps_the_id(make_company, full_record, files_of, read):
    company = make_company(full_record(1), gone={"E1009": None, "E1010": make_company().nights[1]})
    active = []
    for night in company.nights:
        users = {row["Id"]: row for row in read.csv(read.member(files_of(company, "salesforce", night)[ONE], "User.csv"))}
        active.append(users[user_id("E1010")]["IsActive"])
        assert users[user_id("E1010")]["ManagerId"] == user_id("E1002")
    assert active == ["1", "0", "0"]


def test_a_new_territory_and_its_people_stand_in_the_export_from_the_realignment_on(make_company, full_record, files_of, read):
    company = make_company(full_record(1, territory_id="CHINA-CENTRAL"), realigned_on=make_company().nights[1])
    seen = []
    for night in company.nights[:2]:
        files = files_of(company, "salesforce", night)
        names = {row["Id"]: row["Name"] for row in read.csv(read.member(files[ONE], "Territory2.csv"))}
        (link,) = read.csv(read.member(files[TWO], "ObjectTerritory2Association.csv"))
        of_people = read.csv(read.member(files[ONE], "UserTerritory2Association.csv"))
        moved = [names[row["Territory2Id"]] for row in of_people if row["UserId"] == user_id("E1018")]
        seen.append((len(names), names[link["Territory2Id"]], moved))
    assert seen == [(9, "China South", ["China South"]), (10, "China Central", ["China Central"])]


def test_a_garbled_night_has_a_row_without_id_one_that_repeats_an_id_and_one_with_a_cell_too_many(
    make_company, make_record, files_of, read
):
    company = make_company(*(make_record(n) for n in range(20)))
    fault = Fault(system="salesforce", night=company.nights[-1], kind="garbled")
    company = make_company(*(make_record(n) for n in range(20)), faults=[fault])
    text = read.member(files_of(company, "salesforce")[TWO], "Account.csv").decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    no_id, repeated, broken = rows[-3:]
    assert (no_id[0], no_id[3], len(no_id)) == ("", "import 0419 line 17", len(header))
    assert repeated[3].removesuffix(" (old)") == next(row[3] for row in rows if row[0] == repeated[0])
    assert repeated[3].endswith(" (old)")
    assert len(broken) == len(header) + 1
    assert all(len(row) == len(header) for row in rows[:-1])


def test_a_converted_lead_names_its_account_from_that_night_on(make_company, make_record, make_lead, files_of, read):
    when = make_record(1).created_at.replace(year=2026, month=6, day=29)
    company = make_company(make_record(7), leads=[make_lead(1, converted_to=7, converted_at=when)])
    found = []
    for night in company.nights:  # 02:30 UTC of the 29th is still the 28th in New York
        (row,) = read.csv(read.member(files_of(company, "salesforce", night)[TWO], "Lead.csv"))
        found.append((row["IsConverted"], row["ConvertedAccountId"], row["ConvertedDate"], row["OwnerId"]))
    assert found == [("1", record_id(7), "2026-06-29", user_id("E1010"))] * 3
    (before,) = read.csv(
        read.member(files_of(make_company(leads=company.lead_list, nights=4), "salesforce", NIGHT_BEFORE)[TWO], "Lead.csv")
    )
    assert (before["IsConverted"], before["ConvertedAccountId"], before["ConvertedDate"]) == ("0", "", "")
