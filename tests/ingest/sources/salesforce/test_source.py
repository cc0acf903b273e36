"""The built-in Salesforce mapping reads API names and the snake_case of replication tools alike."""

from pathlib import Path

import pytest

from ingest.landing.csv_files import CsvContent, read_csv
from ingest.landing.feeds import KEY, apply_feed
from ingest.sources.mapping import BUILT_IN, read_source

REPLICATED = Path(__file__).parents[4].parent / "shared" / "data" / "fivetran_salesforce"


@pytest.fixture(scope="module")
def salesforce():
    return read_source(BUILT_IN / "salesforce" / "source.yml")


def applied(salesforce, entity: str, header: list[str], *rows: list[str]) -> list[dict]:
    content = CsvContent(header=header, rows=list(rows), row_numbers=list(range(1, len(rows) + 1)), encoding="utf-8")
    return apply_feed(salesforce.entities[entity][0], f"{entity}.csv", content, {}, "the mapping").to_dicts()


@pytest.mark.parametrize(
    "header",
    [
        ["Id", "AccountId", "OwnerId", "Amount", "CloseDate", "IsClosed", "IsWon"],
        ["id", "account_id", "owner_id", "amount", "close_date", "is_closed", "is_won"],
        ["ID", "ACCOUNTID", "OWNERID", "AMOUNT", "CLOSEDATE", "ISCLOSED", "ISWON"],
    ],
)
def test_a_deal_is_read_whichever_way_its_header_is_spelt(salesforce, header):
    (row,) = applied(salesforce, "opportunities", header, ["006x", "001x", "005x", "12.5", "2026-01-31", "true", "false"])
    expected = {
        KEY: "006x",
        "customer_record_id": "001x",
        "owner_user_id": "005x",
        "amount": "12.5",
        "closed_date": "2026-01-31",
        "outcome": "true/false",
    }
    assert {name: row[name] for name in expected} == expected


def test_the_country_code_wins_over_the_name_and_the_region_name_over_the_code(salesforce):
    header = ["Id", "Name", "OwnerId", "BillingState", "BillingStateCode", "BillingCountry", "BillingCountryCode"]
    both, codes, names = applied(
        salesforce,
        "customers",
        header,
        ["1", "A", "5", "Shanghai", "31", "Volksrepublik China", "CN"],
        ["2", "B", "5", "", "WA", "", "US"],
        ["3", "C", "5", "Bayern", "", "Germany", ""],
    )
    assert (both["country"], both["region"]) == ("CN", "Shanghai")
    assert (codes["country"], codes["region"]) == ("US", "WA")
    assert (names["country"], names["region"]) == ("Germany", "Bayern")


def test_a_user_who_no_longer_works_a_territory_is_left_out(salesforce):
    header = ["Id", "UserId", "Territory2Id", "IsActive", "RoleInTerritory2"]
    still, no_longer, still_in_digits = ["1", "5a", "0M", "true", ""], ["2", "5b", "0M", "false", ""], ["3", "5c", "0M", "1", ""]
    rows = applied(salesforce, "rep_territories", header, still, no_longer, still_in_digits)
    assert [row["user_id"] for row in rows] == ["5a", "5c"]


@pytest.mark.story
@pytest.mark.parametrize(
    ("entity", "table"), [("customers", "account"), ("opportunities", "opportunity"), ("orders", "order"), ("reps", "user")]
)
def test_tables_of_a_replication_tool_are_read_with_their_real_columns(salesforce, entity, table):
    path = REPLICATED / f"sf_{table}_data.csv"
    if not path.is_file():
        pytest.skip("the replicated tables are not beside the repository: ../shared/data/fivetran_salesforce")
    content = read_csv(path, path.name, max_bytes=1 << 20)
    feed = salesforce.entities[entity][0]
    rows = apply_feed(feed, path.name, content, {}, "the mapping").to_dicts()
    assert len(rows) == content.row_count > 0
    assert all(row[KEY] for row in rows)
    for column in feed.required:
        assert any(row[column] for row in rows), column
    if entity == "opportunities":
        assert {row["outcome"].lower() for row in rows} <= set(feed.values["outcome"])
