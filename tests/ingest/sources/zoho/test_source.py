"""The built-in Zoho mapping: labels of a backup and names of the API alike; people and companies as pairs; the timeline of owners."""

import json

import pytest


@pytest.fixture(scope="module")
def zoho(built_in):
    return built_in("zoho")


def test_a_backup_and_the_api_say_the_same_of_an_account(zoho, read_day):
    header = ["Record Id", "Account Owner.id", "Account Owner", "Account Name", "Billing City", "Annual Revenue", "Parent Account.id"]
    header += ["Parent Account", "Created Time", "Modified Time", "Territories"]
    row = ["zcrm_501", "zcrm_77", "Mara Quist", "Orlin Works", "Bergen", "$ 1,200.00", "zcrm_500", "Orlin Group", "2024-07-08 14:56:28"]
    row += ["Oct 7, 2025 6:55 PM", "North"]
    api = {
        "id": "501",
        "Owner": {"name": "Mara Quist", "id": "77", "email": "mara@orlin.example"},
        "Account_Name": "Orlin Works",
        "Billing_City": "Bergen",
        "Annual_Revenue": 1200,
        "Parent_Account": {"name": "Orlin Group", "id": "500"},
        "Created_Time": "2024-07-08T14:56:28+02:00",
        "Modified_Time": "2025-10-07T18:55:00+02:00",
        "Territories": [{"id": "9", "Name": "North", "$assigned": "auto"}, {"id": "8", "Name": "All", "$assigned": "manual"}],
    }
    backup = read_day(zoho, "customers", {"Data_001.zip/Data/Accounts_001.csv": [header, row]})
    records = read_day(zoho, "customers", {"Accounts.json": {"data": [api], "info": {"more_records": False}}})
    assert backup.by_id == {
        "501": {
            "name": "Orlin Works",
            "city": "Bergen",
            "annual_revenue_amount": "$ 1,200.00",
            "parent_record_id": "zcrm_500",
            "parent_name": "Orlin Group",
            "owner_user_id": "zcrm_77",
            "territory_id": "North",
            "created_at": "2024-07-08 14:56:28",
            "modified_at": "Oct 7, 2025 6:55 PM",
        }
    }
    assert records.by_id["501"] == backup.by_id["501"] | {
        "annual_revenue_amount": "1200",
        "parent_record_id": "500",
        "owner_user_id": "77",
        "territory_id": "9",
        "created_at": "2024-07-08T14:56:28+02:00",
        "modified_at": "2025-10-07T18:55:00+02:00",
    }
    assert backup.batch.unmapped_columns == records.batch.unmapped_columns == []


def test_an_owner_without_an_id_is_known_by_name(zoho, read_day):
    read = read_day(
        zoho, "customers", {"Accounts.csv": [["Record Id", "Account Name", "Account Owner"], ["zcrm_1", "Orlin", "Mara Quist"]]}
    )
    assert read.by_id["1"]["owner_user_id"] == "Mara Quist"


def test_a_deal_names_its_account_by_id_and_its_stage_leads_to_an_outcome(zoho, read_day):
    header = ["Record Id", "Deal Owner.id", "Deal Owner", "Deal Name", "Amount", "Stage", "Closing Date", "Account Name.id", "Account Name"]
    row = ["zcrm_9", "zcrm_77", "Mara Quist", "Pumps", "$1,000.50", "Closed Won", "2026-03-01", "zcrm_501", "Orlin"]
    read = read_day(zoho, "opportunities", {"Deals_2026_05_28.csv": [[*header, "Probability (%)"], [*row, "100"]]})
    assert read.by_id == {
        "9": {
            "name": "Pumps",
            "customer_record_id": "zcrm_501",
            "owner_user_id": "zcrm_77",
            "stage": "Closed Won",
            "outcome": "Closed Won",
            "amount": "$1,000.50",
            "closed_date": "2026-03-01",
        }
    }
    assert zoho.entity_values("opportunities")["outcome"]["Closed Won"] == "won"
    assert read.batch.unmapped_columns == []


def test_the_territories_of_an_account_come_with_how_when_and_by_whom_they_were_assigned(zoho, read_day):
    by = {"id": "77", "name": "Mara Quist"}
    accounts = [
        {"id": "1", "Territories": [{"id": "9", "Name": "North", "$assigned": "auto", "$assigned_time": "2026-01-02T00:00:00Z"}]},
        {"id": "2", "Territories": []},
        {"id": "3", "Territories": [{"id": "9", "Name": "North", "$assigned": "manual", "$assigned_by": by}]},
    ]
    read = read_day(zoho, "customer_territories", {"Accounts.json": accounts})
    assert read.by_id == {
        "1|9": {"customer_record_id": "1", "territory_id": "9", "cause": "auto", "assigned_at": "2026-01-02T00:00:00Z"},
        "3|9": {"customer_record_id": "3", "territory_id": "9", "cause": "manual", "assigned_by_user_id": "77"},
    }
    assert zoho.entity_values("customer_territories")["cause"]["auto"] == "rule"
    assert read.adds_up


def test_tasks_meetings_and_calls_are_activities_of_three_kinds(zoho, read_day):
    task = {"id": "1", "Subject": "Mail", "Owner": {"id": "77"}, "What_Id": {"id": "501", "name": "Orlin"}, "Due_Date": "2026-01-05"}
    meeting = {"id": "2", "Event_Title": "Visit", "Owner": {"id": "77"}, "Start_DateTime": "2026-01-06T09:00:00+01:00"}
    call = {"id": "3", "Subject": "Call", "Owner": {"id": "77"}, "Who_Id": {"id": "61"}, "Call_Start_Time": "2026-01-07T09:00:00+01:00"}
    read = read_day(zoho, "activities", {"Tasks.json": [task], "Events.json": [meeting], "Calls.json": [call]}).by_id
    assert {key: (row["kind"], row["subject"], row["activity_at"][:10]) for key, row in read.items()} == {
        "1": ("task", "Mail", "2026-01-05"),
        "2": ("meeting", "Visit", "2026-01-06"),
        "3": ("call", "Call", "2026-01-07"),
    }
    assert read["1"]["customer_record_id"] == "501"
    assert read["3"]["contact_record_id"] == "61"


def test_only_an_invoice_that_is_paid_is_a_payment(zoho, read_day):
    paid = {"id": "1", "Status": "Paid", "Grand_Total": 10.5, "Invoice_Date": "2026-02-01", "Account_Name": {"id": "501", "name": "Orlin"}}
    sent = paid | {"id": "2", "Status": "Sent"}
    read = read_day(zoho, "payments", {"Invoices.json": [paid, sent]})
    assert read.by_id == {"1": {"customer_record_id": "501", "amount": "10.5", "paid_date": "2026-02-01", "status": "Paid"}}
    assert read.batch.rows_left_out == 1


def test_the_timeline_gives_changes_of_owner_as_ids_or_names_and_leaves_out_the_rest(zoho, read_day):
    def event(record: str, time: str, *changes: dict) -> dict:
        who = {"id": "5", "name": "Sys"}
        return {"audited_time": time, "action": "updated", "source": "crm_ui", "done_by": who, "record": {"id": record}} | (
            {"field_history": list(changes)} if changes else {}
        )

    by_id = {"api_name": "Owner", "field_label": "Owner", "_value": {"old": {"id": "1", "name": "A"}, "new": {"id": "2", "name": "B"}}}
    by_name = {"api_name": "Owner", "_value": {"old": "B", "new": "A"}}
    phone = {"api_name": "Phone", "_value": {"old": "1", "new": "2"}}
    first = {"__timeline": [event("501", "2026-01-01T10:00:00+01:00", phone, by_id), event("501", "2026-01-01T11:00:00+01:00")]}
    second = {"__timeline": [event("502", "2026-01-02T10:00:00+01:00", by_name), event("503", "2026-01-03T10:00:00+01:00", phone)]}
    pages = "\n".join(map(json.dumps, (first, second))).encode()
    read = read_day(zoho, "owner_changes", {"timeline_accounts.json": pages})
    found = {row["subject_record_id"]: (row["from_user_id"], row["to_user_id"], row["changed_at"][:10]) for row in read.rows}
    assert found == {"501": ("1", "2", "2026-01-01"), "502": ("B", "A", "2026-01-02")}
    assert {(row["subject"], row["changed_by_user_id"], row["reason"]) for row in read.rows} == {("customers", "5", "crm_ui")}
    assert read.adds_up
    assert read.batch.rows_left_out == 3
