"""The exports look like Data Loader's, wrong rows included."""

import csv
import io
from datetime import date

import pytest

from ingest.demo.company import invent_company
from ingest.demo.salesforce import ACCOUNT_COLUMNS, account_id, exports, salesforce_id

NIGHTS = (date(2026, 6, 28), date(2026, 6, 29), date(2026, 6, 30))


@pytest.fixture(scope="module")
def company():
    return invent_company(customers=200, nights=3, seed=5, last_night=NIGHTS[-1])


@pytest.fixture(scope="module")
def files(company):
    return dict(exports(company))


def rows(files, night: date, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[f"salesforce/{night}/{name}"].decode(), newline="")))


def test_the_three_last_characters_of_an_id_repeat_the_case_of_the_others():
    small, large = salesforce_id("001", 36), salesforce_id("001", 10)
    assert (small[:15].lower(), len(small)) == (large[:15].lower(), 18)
    assert small[15:] != large[15:]
    assert salesforce_id("001", 10) == "001Hv000000000AIAQ"  # A is the fifth of its five: 2^4 is Q; Hv: 2^3 is I


def test_ids_do_not_repeat():
    assert len({salesforce_id("006", number) for number in range(10_000)}) == 10_000


def test_every_night_has_three_files(files):
    names = ("Account.csv", "Opportunity.csv", "User.csv")
    assert sorted(files) == sorted(f"salesforce/{night}/{name}" for night in NIGHTS for name in names)


def test_an_account_export_holds_every_record_and_three_bad_rows(company, files):
    header, *body = rows(files, NIGHTS[-1], "Account.csv")
    assert tuple(header) == ACCOUNT_COLUMNS
    ids = [row[0] for row in body if len(row) == len(header)]
    assert set(ids) - {""} == {account_id(record) for record in company.records}
    assert ids.count("") == 1
    assert len(ids) - len(set(ids)) == 1, "one id stands twice"
    assert [len(row) for row in body if len(row) != len(header)] == [len(header) + 1]


def test_the_owner_in_the_export_is_the_owner_on_that_night(company, files):
    owners = {}
    for night in NIGHTS:
        for row in rows(files, night, "Account.csv")[1:]:
            if row[0] and len(row) == len(ACCOUNT_COLUMNS):
                owners.setdefault((night, row[0]), row[ACCOUNT_COLUMNS.index("OwnerId")])
    for record in company.records:
        for night in (n for n in NIGHTS if n >= record.created_at.date()):
            number = int(record.owner_on(night)[1:])
            assert owners[(night, account_id(record))] == salesforce_id("005", number)


def test_a_deal_is_closed_from_the_night_it_is_decided_on(company, files):
    decided = {salesforce_id("006", deal.number + 1): deal.decided_on for deal in company.deals}
    for night in NIGHTS:
        header, *body = rows(files, night, "Opportunity.csv")
        for row in (dict(zip(header, cells, strict=True)) for cells in body):
            assert (row["IsClosed"] == "true") == (decided[row["Id"]] <= night)
            assert row["IsWon"] == "false" or row["StageName"] == "Closed Won"


def test_some_streets_have_two_lines(files):
    streets = [row[ACCOUNT_COLUMNS.index("BillingStreet")] for row in rows(files, NIGHTS[0], "Account.csv")[1:]]
    assert any("\n" in street for street in streets)


def test_amounts_are_numbers_but_for_the_one_that_is_not(files):
    header, *body = rows(files, NIGHTS[-1], "Opportunity.csv")
    wrong = [row[header.index("Amount")] for row in body if not row[header.index("Amount")].removesuffix(".0").isdigit()]
    assert wrong == ["12,5oo"]


def test_nobody_can_be_reached_under_what_is_written(files):
    for path, content in files.items():
        for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
            if path.endswith("Account.csv"):
                assert not row["Website"] or row["Website"].rstrip("/").endswith(".example")
            elif path.endswith("User.csv"):
                assert row["Email"].endswith("@crm.example.com")
