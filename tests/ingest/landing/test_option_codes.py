"""Option codes and the file that says what they mean: `coded` and `describe`."""

import json

import polars as pl
import pytest

from ingest.landing.feeds import options_by_field

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")
FEED = {"file": "customers.csv", "key": "Id", "columns": {"Industry": "industry", "Name": "name"}, "coded": {"industry": "industry_level1"}}
DESCRIBE = {"file": "options.csv", "field": "Field", "code": "Code", "label": "Label"}


@pytest.fixture
def source(make_source):
    """A function that makes a source whose describe file has other settings."""
    return lambda **settings: make_source(entities={"customers": FEED}, describe=DESCRIBE | settings)


def customers(home, day, *codes):
    home.put(f"crm/{day}/customers.csv", "Id,Industry,Name\n" + "".join(f"{place},{code},n\n" for place, code in enumerate(codes, start=1)))


def options(home, day, text, name="options.csv"):
    home.put(f"crm/{day}/{name}", "Field,Code,Label\n" + text)


def industries(home):
    return {(str(day), record): industry for day, record, industry in home.rows("raw.customers", "as_of_date", "record_id", "industry")}


def test_codes_become_labels_and_what_has_no_label_stays(home, source):
    customers(home, DAYS[2], "1", "2", "99", "", "制造业")
    options(home, DAYS[2], "industry_level1,1,制造业\nindustry_level1,2,Health care\nother_field,99,Wrong\n")
    result = home.land(source())
    assert list(industries(home).values()) == ["制造业", "Health care", "99", None, "制造业"]
    assert home.states()[f"crm/{DAYS[2]}/options.csv"] == ("loaded", None)
    assert (result.rows_read, result.rows_loaded, result.messages) == (5, 5, [])


def test_a_name_is_no_code_even_if_it_looks_like_one(home, source):
    home.put(f"crm/{DAYS[2]}/customers.csv", "Id,Industry,Name\n1,1,1\n")
    options(home, DAYS[2], "industry_level1,1,Trade\n")
    home.land(source())
    assert home.rows("raw.customers", "industry", "name") == [("Trade", "1")]


def test_without_a_describe_file_codes_stay_as_written(home, source):
    customers(home, DAYS[2], "1")
    assert home.land(source()).refused == []
    assert list(industries(home).values()) == ["1"]


def test_the_newest_describe_file_up_to_the_day_counts_else_the_oldest_after_it(home, source):
    for day in DAYS:
        customers(home, day, "1")
    options(home, DAYS[1], "industry_level1,1,Trade\n")
    home.land(source())
    assert set(industries(home).values()) == {"Trade"}
    options(home, DAYS[2], "industry_level1,1,Retail\n")
    home.land(source())
    assert [industry for _, industry in sorted(industries(home).items())] == ["Trade", "Trade", "Retail"]


def test_a_late_describe_file_has_the_days_after_it_read_again_and_no_other(home, source):
    for day in DAYS:
        customers(home, day, "1")
    options(home, DAYS[0], "industry_level1,1,Old\n")
    home.land(source())
    options(home, DAYS[1], "industry_level1,1,New\n")
    result = home.land(source())
    assert result.loaded == [f"crm/customers/{day}" for day in DAYS[1:]]
    assert [industry for _, industry in sorted(industries(home).items())] == ["Old", "New", "New"]


def test_a_describe_file_that_says_nothing_new_is_still_no_reason_to_load_again(home, source):
    customers(home, DAYS[2], "1")
    options(home, DAYS[2], "industry_level1,1,Trade\n")
    home.land(source())
    again = home.land(source())
    assert (again.loaded, again.unchanged_count) == ([], 1)


def test_a_describe_file_that_cannot_be_read_refuses_what_needs_it_and_says_where(home, source):
    customers(home, DAYS[2], "1")
    home.put(f"crm/{DAYS[2]}/options.csv", "Field,Code\nindustry_level1,1\n")
    result = home.land(source())
    assert result.refused == [f"crm/customers/{DAYS[2]}"]
    assert 'column "Label" is not in' in result.refusals[0]
    assert "sources/crm.yml (describe)" in result.refusals[0]
    options(home, DAYS[2], "industry_level1,1,Trade\n")
    home.land(source())
    assert list(industries(home).values()) == ["Trade"]


def test_options_of_another_object_do_not_count(home, make_source):
    lead = FEED | {"file": "leads.csv"}
    settings = DESCRIBE | {"object": "Object", "objects": {"customers": "AccountObj"}}
    source = make_source(entities={"customers": FEED, "leads": lead}, describe=settings, guards={"missing": "ignore"})
    customers(home, DAYS[2], "1")
    home.put(f"crm/{DAYS[2]}/leads.csv", "Id,Industry,Name\n1,2,n\n")
    rows = "LeadObj,industry_level1,1,Wrong\nAccountObj,industry_level1,1,Right\nLeadObj,industry_level1,2,Of leads\n"
    home.put(f"crm/{DAYS[2]}/options.csv", "Object,Field,Code,Label\n" + rows)
    home.land(source)
    assert list(industries(home).values()) == ["Right"]
    assert home.rows("raw.leads", "industry") == [("Of leads",)]  # an entity that names no object takes options of any


def test_options_inside_a_list_of_each_field_are_found(home, source):
    settings = {"file": "describe.json", "field": "api", "explode": "options", "code": "options.value", "label": "options.label"}
    fields = [
        {"api": "industry_level1", "options": [{"value": 1, "label": "Trade"}, {"value": "b", "label": "Health"}]},
        {"api": "name", "options": []},
        {"api": "city"},
    ]
    customers(home, DAYS[2], "1", "b")
    home.put(f"crm/{DAYS[2]}/describe.json", json.dumps(fields))
    home.land(source(**settings))
    assert list(industries(home).values()) == ["Trade", "Health"]


def test_of_two_labels_of_a_code_the_lowest_counts_whatever_the_order(home, source):
    customers(home, DAYS[2], "1")
    options(home, DAYS[2], "industry_level1,1,B\nindustry_level1,1,A\n")
    home.land(source())
    assert list(industries(home).values()) == ["A"]
    columns = ["object", "field", "code", "label"]
    rows = [(None, "f", "1", "b"), (None, "F ", " 1", " a "), ("O", "f", "1", "c"), (None, "f", None, "x"), (None, "f", "2", None)]
    expected = {("", "f"): {"1": "a"}, ("o", "f"): {"1": "c"}}
    for order in (rows, rows[::-1]):
        assert options_by_field(pl.DataFrame(order, schema=dict.fromkeys(columns, pl.String), orient="row")) == expected


def test_columns_of_a_describe_file_are_never_reported_as_unmapped(home, source):
    customers(home, DAYS[2], "1")
    home.put(f"crm/{DAYS[2]}/options.csv", "Field,Code,Label,Colour\nindustry_level1,1,Trade,red\n")
    home.land(source())
    assert home.rows("raw.batches", "unmapped_columns") == [("",)]
