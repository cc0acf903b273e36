"""The built-in Salesforce mapping: API names, snake_case and reports alike; overlapping parts; deletions, merges, histories."""

import pytest

ACME, BETA, USER = "001dL00000AbCdEQAV", "001dL00000AbCdFQAV", "005dL00000ZzYyXQAV"


@pytest.fixture(scope="module")
def salesforce(built_in):
    return built_in("salesforce")


@pytest.mark.parametrize(
    "header",
    [
        ["Id", "AccountId", "OwnerId", "Amount", "CloseDate", "IsClosed", "IsWon"],
        ["id", "account_id", "owner_id", "amount", "close_date", "is_closed", "is_won"],
        ["ID", "ACCOUNTID", "OWNERID", "AMOUNT", "CLOSEDATE", "ISCLOSED", "ISWON"],
    ],
)
def test_a_deal_is_read_whichever_way_its_header_is_spelt(salesforce, read_day, header):
    read = read_day(salesforce, "opportunities", {"Opportunity.csv": [header, ["006x", ACME, USER, "12.5", "2026-01-31", "true", "false"]]})
    assert read.by_id == {
        "006x": {
            "customer_record_id": ACME,
            "owner_user_id": USER,
            "amount": "12.5",
            "closed_date": "2026-01-31",
            "outcome": "true/false",
        }
    }
    assert salesforce.entity_values("opportunities")["outcome"]["true/false"] == "lost"


def test_labels_of_a_report_are_read_and_the_owner_may_be_a_name(salesforce, read_day):
    header = ["Account ID", "Account Name", "Account Owner", "Billing City"]
    read = read_day(salesforce, "customers", {"account.csv": [header, [ACME[:15], "Orlin Works", "Mara Quist", "Oslo"]]})
    assert read.by_id == {ACME: {"name": "Orlin Works", "owner_user_id": "Mara Quist", "city": "Oslo"}}


def test_the_country_code_wins_over_the_name_and_the_region_name_over_the_code(salesforce, read_day):
    header = ["Id", "Name", "OwnerId", "BillingState", "BillingStateCode", "BillingCountry", "BillingCountryCode"]
    rows = [
        ["1", "A", "5", "Shanghai", "31", "Volksrepublik China", "CN"],
        ["2", "B", "5", "", "WA", "", "US"],
        ["3", "C", "5", "Bayern", "", "Germany", ""],
    ]
    read = read_day(salesforce, "customers", {"Account.csv": [header, *rows]}).by_id
    assert {key: (row["country"], row["region"]) for key, row in read.items()} == {
        "1": ("CN", "Shanghai"),
        "2": ("US", "WA"),
        "3": ("Germany", "Bayern"),
    }


def test_of_a_row_in_two_parts_of_an_export_the_one_changed_last_counts(salesforce, read_day):
    header = ["Id", "Name", "OwnerId", "Phone", "SystemModstamp"]
    older = [ACME, "Orlin Works", USER, "1", "2026-11-01 08:00:00"]
    newer = [ACME, "Orlin Works", USER, "2", "2026-11-09 08:00:00"]
    other = [BETA, "Beta", USER, "3", "2026-11-02 08:00:00"]
    files = {"WE_00D_1.ZIP/Account.csv": [header, newer, other], "WE_00D_2.ZIP/Account.csv": [header, older]}
    read = read_day(salesforce, "customers", files)
    assert {key: row["phone"] for key, row in read.by_id.items()} == {ACME: "2", BETA: "3"}
    assert (read.batch.quarantine.num_rows, read.batch.rows_left_out) == (0, 1)


@pytest.mark.parametrize(("written", "expected"), [("1", "true"), ("true", "true"), ("TRUE", "true"), ("0", "false"), ("False", "false")])
def test_deletions_are_read_however_a_tool_writes_yes_and_no(salesforce, read_day, written, expected):
    header = ["Id", "IsDeleted", "MasterRecordId", "Name", "OwnerId"]
    read = read_day(salesforce, "customers", {"Account.csv": [header, [ACME, written, BETA[:15], "Orlin", USER]]})
    assert read.by_id[ACME]["is_deleted"] == expected
    assert read.by_id[ACME]["merged_into_record_id"] == BETA[:15], "raw values stay as written; cleaning makes ids alike"


def test_a_replica_marks_what_was_deleted_for_good(salesforce, read_day):
    header = ["id", "name", "owner_id", "is_deleted", "_fivetran_deleted"]
    read = read_day(salesforce, "customers", {"account.csv": [header, [ACME, "Orlin", USER, "false", "true"]]})
    assert read.by_id[ACME]["is_deleted"] == "true"


def test_a_contacts_name_may_come_in_parts(salesforce, read_day):
    read = read_day(salesforce, "contacts", {"Contact.csv": [["Id", "FirstName", "LastName", "AccountId"], ["003", "Ida", "Voss", ACME]]})
    assert read.by_id == {"003": {"name": "Ida Voss", "customer_record_id": ACME}}


def test_a_converted_lead_names_what_it_became(salesforce, read_day):
    header = ["Id", "LastName", "Company", "OwnerId", "IsConverted", "ConvertedDate", "ConvertedAccountId", "ConvertedOpportunityId"]
    read = read_day(salesforce, "leads", {"Lead.csv": [header, ["00Q", "Voss", "Orlin", "00G1", "1", "2026-02-03", ACME, "006x"]]})
    assert read.by_id["00Q"] == {
        "name": "Voss",
        "company_name": "Orlin",
        "owner_user_id": "00G1",
        "converted_at": "2026-02-03",
        "converted_customer_record_id": ACME,
        "converted_opportunity_record_id": "006x",
    }


def test_tasks_and_events_are_activities_with_the_time_they_took_place(salesforce, read_day):
    tasks = [["Id", "WhatId", "WhoId", "AccountId", "OwnerId", "ActivityDate", "Subject", "TaskSubtype"]]
    tasks += [["00T1", "006x", "003y", ACME, USER, "2026-03-04", "Call back", "Call"]]
    events = [["Id", "AccountId", "OwnerId", "StartDateTime", "ActivityDate", "Subject"]]
    events += [["00U1", ACME, USER, "2026-03-05 09:00:00", "2026-03-05", "Visit"]]
    read = read_day(salesforce, "activities", {"Task.csv": tasks, "Event.csv": events}).by_id
    assert read["00T1"] == {
        "kind": "Call",
        "subject": "Call back",
        "customer_record_id": ACME,
        "opportunity_record_id": "006x",
        "lead_record_id": "003y",
        "contact_record_id": "003y",
        "owner_user_id": USER,
        "activity_at": "2026-03-04",
    }
    assert read["00U1"]["activity_at"] == "2026-03-05 09:00:00"


def test_a_user_who_no_longer_works_a_territory_is_left_out(salesforce, read_day):
    header = ["Id", "UserId", "Territory2Id", "IsActive", "RoleInTerritory2"]
    rows = [["1", "5a", "0M", "true", ""], ["2", "5b", "0M", "false", ""], ["3", "5c", "0M", "1", ""]]
    read = read_day(salesforce, "rep_territories", {"UserTerritory2Association.csv": [header, *rows]})
    assert [row["user_id"] for row in read.rows] == ["5a", "5c"]
    assert read.batch.rows_left_out == 1


def test_the_log_of_assignments_gives_periods(salesforce, read_day):
    header = ["Id", "Name", "UserId", "Territory2Id", "Territory2ModelId", "RoleInTerritory2", "StartDate", "EndDate"]
    read = read_day(
        salesforce, "rep_territories", {"UserTerritory2AssocLog.csv": [header, ["L", "n", "5a", "0M", "0T", "", "2025-01-01", ""]]}
    )
    assert read.by_id == {"L": {"user_id": "5a", "territory_id": "0M", "valid_from": "2025-01-01"}}


def test_the_territories_of_a_model_that_is_not_active_are_closed(salesforce, read_day):
    territories = [
        ["Id", "Name", "Territory2ModelId", "ParentTerritory2Id"],
        ["0M1", "North", "0T1", ""],
        ["0M2", "Old north", "0T2", "0M1"],
    ]
    models = [["Id", "Name", "State"], ["0T1", "2026", "Active"], ["0T2", "2025", "Archived"]]
    with_models = read_day(salesforce, "territories", {"Territory2.csv": territories, "Territory2Model.csv": models}).by_id
    words = salesforce.entity_values("territories")["is_active"]
    assert {key: words[row["is_active"]] for key, row in with_models.items()} == {"0M1": "true", "0M2": "false"}
    alone = read_day(salesforce, "territories", {"Territory2.csv": territories}).by_id
    assert alone["0M2"] == {"name": "Old north", "parent_territory_id": "0M1"}


def test_territories_of_accounts_say_whether_a_rule_or_a_person_assigned_them(salesforce, read_day):
    header = ["Id", "ObjectId", "Territory2Id", "AssociationCause", "SobjectType", "IsDeleted", "LastModifiedById"]
    rows = [
        ["O1", ACME, "0M1", "Territory2Manual", "Account", "0", USER],
        ["O2", "00Q", "0M1", "Territory2AssignmentRule", "Lead", "0", USER],
    ]
    read = read_day(salesforce, "customer_territories", {"ObjectTerritory2Association.csv": [header, *rows]})
    assert read.by_id == {
        "O1": {
            "customer_record_id": ACME,
            "territory_id": "0M1",
            "cause": "Territory2Manual",
            "assigned_by_user_id": USER,
            "is_deleted": "false",
        }
    }
    assert salesforce.entity_values("customer_territories")["cause"]["Territory2Manual"] == "manual"


def test_changes_of_owner_are_read_in_both_shapes_and_nothing_else_of_the_history(salesforce, read_day):
    header = ["Id", "IsDeleted", "AccountId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue"]
    rows = [
        ["017a", "0", ACME, USER, "2026-05-01 10:00:00", "Owner", "Text", "Mara Quist", "Olle Berg"],
        ["017b", "0", ACME, USER, "2026-05-01 10:00:00", "Owner", "EntityId", "005a", "005b"],
        ["017c", "0", ACME, USER, "2026-05-02 10:00:00", "ownerAssignment", "Text", "Olle Berg", "Mara Quist"],
        ["017d", "0", ACME, USER, "2026-04-01 10:00:00", "created", "Text", "", ""],
        ["017e", "0", ACME, USER, "2026-05-03 10:00:00", "Phone", "Text", "1", "2"],
        ["017f", "0", ACME, USER, "2026-05-04 10:00:00", "Owner", "Text", "Mara Quist", ""],
    ]
    deals = [[*header[:2], "OpportunityId", *header[3:]], ["008a", "0", "006x", USER, "2026-05-05 10:00:00", "Owner", "Text", "A", "B"]]
    files = {"AccountHistory.csv": [header, *rows], "OpportunityFieldHistory.csv": deals}
    read = read_day(salesforce, "owner_changes", files)
    assert sorted(read.by_id) == ["008a", "017a", "017b", "017c", "017f"]
    assert read.by_id["017b"] == {
        "subject": "customers",
        "subject_record_id": ACME,
        "changed_at": "2026-05-01 10:00:00",
        "from_user_id": "005a",
        "to_user_id": "005b",
        "changed_by_user_id": USER,
        "action": "Owner",
    }
    assert "to_user_id" not in read.by_id["017f"], "kept, so that cleaning can say that the new value is missing"
    assert read.by_id["008a"]["subject"] == "opportunities"
    assert (read.batch.rows_left_out, read.batch.quarantine.num_rows) == (2, 0)
