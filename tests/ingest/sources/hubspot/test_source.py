"""The built-in HubSpot mapping: tables of a replication tool, associations and stages in tables of their own, histories of properties."""

import pytest


@pytest.fixture(scope="module")
def hubspot(built_in):
    return built_in("hubspot")


def test_a_company_is_read_with_its_street_in_one(hubspot, read_day):
    header = ["id", "is_deleted", "property_name", "property_address", "property_address_2", "property_hubspot_owner_id", "property_own"]
    read = read_day(hubspot, "customers", {"company.csv": [header, ["1", "true", "Orlin", "Quay 1", "Floor 2", "77", "x"]]})
    assert read.by_id == {"1": {"name": "Orlin", "street": "Quay 1, Floor 2", "owner_user_id": "77", "is_deleted": "true"}}
    assert read.batch.unmapped_columns == ["property_own"]


def test_labels_of_the_screens_are_read(hubspot, read_day):
    header = ["Record ID", "Company name", "Company owner", "State/Region"]
    read = read_day(hubspot, "customers", {"hubspot-crm-exports-all-companies.csv": [header, ["1", "Orlin", "Mara Quist", "WA"]]})
    assert read.by_id == {"1": {"name": "Orlin", "owner_user_id": "Mara Quist", "region": "WA"}}


def test_a_merged_contact_names_the_one_it_became(hubspot, read_day):
    contacts = [["id", "property_firstname", "property_lastname"], ["1", "Ida", "Voss"], ["2", "I.", "Voss"]]
    merges = [["canonical_vid", "contact_id", "vid_to_merge"], ["1", "1", "2"]]
    read = read_day(hubspot, "contacts", {"contact.csv": contacts, "contact_merge_audit.csv": merges}).by_id
    assert read == {"1": {"name": "Ida Voss"}, "2": {"name": "I. Voss", "merged_into_record_id": "1"}}
    assert read_day(hubspot, "contacts", {"contact.csv": contacts}).by_id["2"] == {"name": "I. Voss"}


@pytest.mark.parametrize(("probability", "outcome"), [("1.0", "won"), ("0.0", "lost"), ("0.8", "open")])
def test_the_stage_of_a_deal_leads_to_its_outcome_and_a_table_to_its_company(hubspot, read_day, probability, outcome):
    deals = [["deal_id", "deal_pipeline_stage_id", "owner_id", "property_dealname", "property_amount"], ["9", "s1", "77", "Pumps", "10"]]
    files = {
        "deal.csv": deals,
        "deal_pipeline_stage.csv": [["stage_id", "label", "probability"], ["s1", "Signed", probability]],
        "deal_company.csv": [["company_id", "deal_id"], ["1", "9"], ["2", "9"]],
    }
    (row,) = read_day(hubspot, "opportunities", files).rows
    assert (row["customer_record_id"], row["stage"]) == ("1", "Signed")
    assert hubspot.entity_values("opportunities")["outcome"][row["outcome"]] == outcome


def test_the_flags_of_a_deal_say_its_outcome_where_the_stages_are_not_exported(hubspot, read_day):
    header = ["deal_id", "property_dealname", "property_hs_is_closed", "property_hs_is_closed_won"]
    (row,) = read_day(hubspot, "opportunities", {"deal.csv": [header, ["9", "Pumps", "true", "false"]]}).rows
    assert hubspot.entity_values("opportunities")["outcome"][row["outcome"]] == "lost"


def test_engagements_of_every_kind_are_activities_with_their_associations(hubspot, read_day):
    files = {
        "engagement_call.csv": [["engagement_id", "property_hs_timestamp", "type"], ["1", "2026-01-05 09:00:00", "CALL"]],
        "engagement_meeting.csv": [["engagement_id", "start_time", "title"], ["2", "2026-01-06 09:00:00", "Visit"]],
        "engagement.csv": [["id", "type"], ["2", "MEETING"]],
        "engagement_company.csv": [["company_id", "engagement_id"], ["501", "2"]],
        "engagement_deal.csv": [["deal_id", "engagement_id"], ["9", "1"]],
    }
    assert read_day(hubspot, "activities", files).by_id == {
        "1": {"kind": "CALL", "activity_at": "2026-01-05 09:00:00", "opportunity_record_id": "9"},
        "2": {"kind": "MEETING", "activity_at": "2026-01-06 09:00:00", "subject": "Visit", "customer_record_id": "501"},
    }


def test_only_the_owner_of_the_property_history_is_a_change_of_owner(hubspot, read_day):
    header = ["company_id", "timestamp", "source", "source_id", "name", "value"]
    rows = [
        ["1", "2026-01-05 09:00:00", "CRM_UI", "userId:5", "hubspot_owner_id", "77"],
        ["1", "2026-01-05 09:00:00", "X", "", "city", "Oslo"],
    ]
    deals = [["deal_id", *header[1:]], ["9", "2026-01-06 09:00:00", "CRM_UI", "", "hubspot_owner_id", ""]]
    read = read_day(hubspot, "owner_changes", {"company_property_history.csv": [header, *rows], "deal_property_history.csv": deals})
    found = [(row["subject"], row["subject_record_id"], row["to_user_id"], row["action"]) for row in read.rows]
    assert found == [("customers", "1", "77", "CRM_UI"), ("opportunities", "9", None, "CRM_UI")]
    assert read.batch.rows_left_out == 1


def test_teams_stand_in_for_territories(hubspot, read_day):
    assert read_day(hubspot, "territories", {"team.csv": [["id", "name"], ["6", "North"]]}).by_id == {"6": {"name": "North"}}
    links = [["owner_id", "team_id", "is_team_primary"], ["77", "6", "true"], ["77", "7", "false"]]
    read = read_day(hubspot, "rep_territories", {"owner_team.csv": links})
    words = hubspot.entity_values("rep_territories")["role"]
    assert [(row["territory_id"], words[row["role"]]) for row in read.rows] == [("6", "owner"), ("7", "support")]


def test_an_owner_is_known_by_mail_and_by_a_name_in_parts(hubspot, read_day):
    owners = [["owner_id", "email", "first_name", "last_name", "active_user_id"], ["77", "mara@orlin.example", "Mara", "Quist", "5"]]
    assert read_day(hubspot, "reps", {"owner.csv": owners}).by_id == {
        "77": {"name": "Mara Quist", "email": "mara@orlin.example", "user_name": "mara@orlin.example"}
    }
