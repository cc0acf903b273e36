from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingest.rules.sheets import SHEETS, nearest
from ingest.tables import TABLES

LEAST = {
    "territories": {"territory_id": "EAST", "territory_name": "East", "valid_from": "2026-01-01"},
    "territory_rules": {"rule_id": "R1", "territory_id": "EAST", "valid_from": "2026-01-01"},
    "reps": {"rep_id": "ann", "rep_name": "Ann", "valid_from": "2026-01-01"},
    "rep_territories": {"rep_id": "ann", "territory_id": "EAST", "valid_from": "2026-01-01"},
    "quotas": {"rep_id": "ann", "quota_date": "2026-01-01", "amount": "100", "currency_code": "EUR"},
}


def row(sheet, **cells):
    return SHEETS[sheet].model_validate(LEAST[sheet] | cells).model_dump()


def message(sheet, **cells):
    with pytest.raises(ValidationError) as caught:
        row(sheet, **cells)
    (error,) = caught.value.errors()
    return error["loc"], error["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheets_model_has_the_columns_of_its_table_in_their_order(sheet):
    evidence = ("sheet_sha256", "row_number")
    assert [*SHEETS[sheet].model_fields, *evidence] == TABLES[f"rules.{sheet}"].column_names


@pytest.mark.parametrize("sheet", SHEETS)
def test_empty_cells_mean_the_same_as_columns_that_are_not_there(sheet):
    empty = {name: " " for name in SHEETS[sheet].model_fields if name not in LEAST[sheet]}
    assert row(sheet, **empty) == row(sheet)


@pytest.mark.parametrize("text", ["2026-01-31", " 2026-01-31 ", "2026/01/31", "2026-1-31", "2026/1/31"])
def test_days_are_read_as_excel_writes_them_with_the_year_first(text):
    assert row("reps", valid_from=text)["valid_from"] == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text", ["31.01.2026", "01/31/2026", "2026-02-30", "2026-13-01", "26-01-31", "2026-01", "tomorrow", "2026-01-99999999999999999999"]
)
def test_what_is_no_day_is_refused_with_an_example(text):
    assert message("reps", valid_from=text) == (("valid_from",), "expected a day such as 2026-01-31")
    assert message("reps", valid_to=text) == (("valid_to",), "expected a day such as 2026-01-31")


@pytest.mark.parametrize("valid_to", ["2025-12-31", "2026-01-01"])
def test_a_period_ends_after_it_starts(valid_to):
    assert "valid_to must be later than valid_from" in message("territories", valid_to=valid_to)[1]


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("region_codes", "CN-SH|US-WX", "'US-WX' is no ISO 3166-2 region code such as CN-SH, US-WA (closest: US-W"),
        ("region_codes", "Shanghai", "'SHANGHAI' is no ISO 3166-2 region code"),
        ("country_codes", "CN|China", "'CHINA' is no ISO 3166 country code"),
        ("country_codes", "UK", "'UK' is no ISO 3166 country code such as CN, US, DE"),
    ],
)
def test_an_unknown_place_is_refused_with_the_closest(column, text, says):
    loc, found = message("territory_rules", **{column: text})
    assert loc == (column,)
    assert says in found


def test_alternatives_are_written_with_any_bar_and_blanks():
    found = row("territory_rules", region_codes="cn-sh | CN-JS｜us-wa|", city_names=" 上海 || Oslo ", country_codes="|")
    assert (found["region_codes"], found["city_names"], found["country_codes"]) == ("CN-SH|CN-JS|US-WA", "上海|Oslo", None)


def test_priority_is_a_whole_number_and_100_where_nothing_is_said():
    assert [row("territory_rules", priority=text)["priority"] for text in ("", " ", "0", "-5", " 7 ")] == [100, 100, 0, -5, 7]


@pytest.mark.parametrize("text", ["high", "1.5", "9" * 20, "9" * 5000])
def test_what_is_no_priority_is_refused(text):
    assert message("territory_rules", priority=text)[0] == ("priority",)


@pytest.mark.parametrize(
    ("text", "amount"), [("0", "0"), (" 120000 ", "120000"), ("1,200,000.5", "1200000.5"), ("1e3", "1000"), ("1.2000000", "1.2")]
)
def test_amounts_are_read_exactly(text, amount):
    assert row("quotas", amount=text)["amount"] == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("much", "expected a number such as 120000 or 120,000.50"),
        ("1200,50", "expected a number such as 120000 or 120,000.50"),
        ("1.200,50", "expected a number such as 120000 or 120,000.50"),
        ("-1", "expected an amount of 0 or more, below 10^14"),
        ("NaN", "expected an amount of 0 or more, below 10^14"),
        ("Infinity", "expected an amount of 0 or more, below 10^14"),
        ("100000000000000", "expected an amount of 0 or more, below 10^14"),
        ("0.12345", "expected at most 4 decimals"),
    ],
)
def test_what_is_no_amount_is_refused_and_never_guessed(text, says):
    assert message("quotas", amount=text) == (("amount",), says)


def test_a_currency_is_an_iso_code_in_any_case():
    assert row("quotas", currency_code=" cny ")["currency_code"] == "CNY"
    assert "'RMB' is no ISO 4217 currency code" in message("quotas", currency_code="RMB")[1]
    assert "(closest: EUR)" in message("quotas", currency_code="EURO")[1]


def test_a_quota_belongs_to_a_person_or_a_territory():
    assert row("quotas", rep_id="", territory_id=" EAST ")["territory_id"] == "EAST"
    assert message("quotas", rep_id=" ") == ((), "give rep_id or territory_id: a quota belongs to somebody")


def test_a_role_that_is_not_given_is_owner():
    assert row("rep_territories")["role"] == "owner"
    assert "'owner', 'manager', 'overlay' or 'support'" in message("rep_territories", role="boss")[1]


def test_user_ids_name_their_source():
    assert row("reps", source_user_ids=" salesforce=005 | erp=7 ")["source_user_ids"] == "salesforce=005|erp=7"
    for text in ("005", "salesforce=", "=005", "salesforce=005|7"):
        assert "is not of the form source=id" in message("reps", source_user_ids=text)[1]


@pytest.mark.parametrize("column", ["rep_id", "rep_name", "valid_from"])
def test_a_needed_cell_may_not_be_empty(column):
    assert message("reps", **{column: "  "})[0] == (column,)


def test_the_nearest_word_is_said_only_where_there_is_one():
    assert nearest("terrritories", SHEETS) == " (closest: territories)"
    assert nearest("xyz", SHEETS) == ""


@given(sheet=st.sampled_from(sorted(SHEETS)), data=st.data())
@settings(max_examples=200)
def test_any_text_in_any_cell_is_read_or_refused(sheet, data):
    column = data.draw(st.sampled_from(list(SHEETS[sheet].model_fields)))
    text = data.draw(st.one_of(st.text(max_size=12), st.text("0123456789-/.,eE+|= ", max_size=24)))
    try:
        found = row(sheet, **{column: text})
    except ValidationError:
        return
    assert set(found) == set(SHEETS[sheet].model_fields)
    assert all(value is None or not isinstance(value, str) or value == value.strip() for value in found.values())
