"""Differences in form between an export and the one before it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY, TUESDAY = "crm/2026-11-16/deals.csv", "crm/2026-11-17/deals.csv"


@pytest.fixture
def drift(home, make_source):
    """A function that lands two days and gives the drift of the second: (kind, name, value, nearest)."""

    def of(first, second, **feed):
        columns = {"Stage": ["stage", "outcome"], "Amount": "amount", "Closed": "closed_date"}
        mapping = {
            "file": "deals.csv",
            "key": "Id",
            "columns": columns,
            "required": [],
            "values": {"outcome": {"Won": "won", "New": "open"}},
        }
        source = make_source(entities={"opportunities": mapping | feed})
        home.put(MONDAY, first)
        home.put(TUESDAY, second)
        home.land(source)
        return home.rows("raw.drift", "kind", "name", "value", "nearest")

    return of


def test_equal_forms_do_not_drift(drift):
    assert drift("Id,Stage\n1,Won\n", "Id,Stage\n2,Won\n3,Won\n") == []


def test_a_renamed_column_is_a_new_and_a_vanished_one_each_naming_the_other(drift):
    assert drift("Id,Stage,Amount\n1,Won,5\n", "Id,Stage,Amounts\n1,Won,5\n") == [
        ("new_column", "Amounts", "", "Amount"),
        ("vanished_column", "Amount", "", "Amounts"),
    ]


def test_a_header_in_another_case_is_the_same_column(drift):
    assert drift("Id,Stage,Close Date\n1,Won,5\n", "Id,Stage,close_date\n1,Won,5\n") == []


def test_a_new_option_is_told_with_the_nearest_known_one_and_that_no_list_has_it(drift, home):
    found = drift("Id,Stage\n1,Won\n2,New\n", "Id,Stage\n1,Won\n2,Wonn\n")
    assert found == [("new_value", "outcome", "Wonn", "Won"), ("new_value", "stage", "Wonn", "Won")]
    assert "It is in no value list" in home.rows("raw.drift", "detail")[0][0]


def test_a_column_that_held_numbers_and_now_holds_words_is_told(drift):
    amounts = drift("Id,Stage,Amount\n1,Won,1200.50\n2,Won,¥3万\n", "Id,Stage,Amount\n1,Won,about ten\n2,Won,many\n")
    assert amounts == [("type_change", "amount", "number -> text", None)]


def test_a_date_that_became_an_epoch_is_told(drift):
    assert drift("Id,Stage,Closed\n1,Won,2026-11-16\n", "Id,Stage,Closed\n1,Won,1795000000000\n") == [
        ("type_change", "closed_date", "date -> epoch", None)
    ]


def test_a_held_or_refused_day_is_not_compared(home, make_source):
    source = make_source()
    home.put("crm/2026-11-16/customers.csv", "Id,Name\n" + "".join(f"{i},a\n" for i in range(40)))
    home.put("crm/2026-11-17/customers.csv", "Id,Name,Extra\n1,a,x\n")
    home.land(source)
    assert home.rows("raw.drift", "kind") == []


@settings(max_examples=8)
@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(new_home, make_source, order):
    home = new_home()
    source = make_source(entities={"opportunities": {"file": "deals.csv", "key": "Id", "columns": {"Stage": "stage", "Amount": "amount"}}})
    rows = [f"{i},{stage},{amount}\n" for i, (stage, amount) in enumerate(zip("abcabc", "12345x", strict=True))]
    home.put(MONDAY, "Id,Stage,Amount\n9,z,9\n")
    home.put(TUESDAY, "Id,Stage,Amount\n" + "".join(rows[place] for place in order))
    home.land(source)
    assert [value for (value,) in home.rows("raw.drift", "value")] == ["a", "b", "c"]
