"""resolution/field_values.py: which record's value of a field stands, why, and how many records agree."""

import typing
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.field_values import DECIDED_BY, FIELDS, RULES, FieldRule, rules_in_force
from ingest.resolution.survivorship import surviving_customers
from ingest.rules.sheets import SHEETS
from ingest.sources.mapping import Source


@pytest.fixture(scope="module")
def survivors(tables):
    """The customers and values of records, each of the customer its `of` names (C unless it says so); with `orders` of the same records in
    each of these orders."""

    def of(rows, *, decided=None, priorities=None, orders=None):
        owners = [row.get("of", "C") for row in rows]
        rows = [
            {key: value for key, value in row.items() if key != "of"} | {"record_id": row.get("record_id", f"{i:03}")}
            for i, row in enumerate(rows)
        ]
        customers, places = tables(rows)
        members = customers.select("source", "record_id", customer_id=pl.Series(owners, dtype=pl.String))
        first_days = members.select("source", "record_id", first_day=pl.lit(date(2026, 1, 1)))
        sources = {name: Source(name=name, crm=name, entities={}, priority=(priorities or {}).get(name, 100)) for name in "abcd"}
        found = [
            surviving_customers(customers[order], places[order], members[order], first_days, sources=sources, decided=decided)
            for order in orders or [range(len(rows))]
        ]
        return found if orders else found[0]

    return of


@pytest.fixture(scope="module")
def chosen(survivors):
    """One field's row of customer_values, as a dictionary."""

    def of(field, *rows, **settings):
        values = survivors(list(rows), **settings).values.filter(field=field)
        return values.row(0, named=True) if len(values) else None

    return of


def at(day, **row):
    return row | {"modified_at": datetime.fromisoformat(f"2026-{day}")}


def test_the_more_trusted_system_wins_and_the_reason_says_so(chosen):
    rows = [{"source": s, "phone": p} for s, p in (("a", "+4930111"), ("b", "+4930222"), ("c", "+4930222"), ("d", None))]
    found = chosen("phone", *rows, priorities={"b": 1})
    assert (found["value"], found["source"], found["record_id"]) == ("+4930222", "b", "001")
    assert (found["rule"], found["decided_by"]) == ("trust", "trust")
    assert found["reason"] == "b comes before a in trust; 2 of 3 records that have one say so."
    assert (found["agreeing_count"], found["differing_count"], found["other_values"]) == (2, 1, "+4930111 (a 000)")


def test_what_all_say_needs_no_rule_and_what_one_says_neither(chosen):
    found = chosen("email", {"email": "x@y.example"}, {"source": "b", "email": "X@Y.example"}, {"source": "c"})
    assert (found["decided_by"], found["reason"]) == ("same_everywhere", "Both records that have one say the same.")
    assert (found["agreeing_count"], found["differing_count"], found["other_values"]) == (2, 0, None)
    found = chosen("email", {}, {"source": "b", "email": "x@y.example"})
    assert (found["source"], found["decided_by"], found["reason"]) == ("b", "only_value", "No other record has one.")


def test_a_field_that_no_record_fills_has_no_row(chosen):
    assert chosen("email", {}, {"source": "b"}) is None
    assert chosen("industry", {"industry": "  "}, {"industry": None}) is None


@pytest.mark.parametrize("rule", ["trust", "newest", "agreement"])
def test_an_empty_value_never_wins_over_a_filled_one(chosen, survivors, rule):
    rows = [at("06-01", source="a", industry=" "), at("05-01", source="b", industry="trade"), at("04-01", source="a", industry="")]
    decided = {"industry": FieldRule(rule=rule, sources=("a",))}
    assert chosen("industry", *rows, decided=decided)["value"] == "trade"
    assert survivors(rows, decided=decided).customers["industry"].to_list() == ["trade"]


@pytest.mark.parametrize(
    ("left", "right", "decided_by", "reason"),
    [
        ({"is_deleted": True}, {}, "live", "Its record lives, where a 000 is deleted or no longer exported"),
        (at("02-01"), at("03-01"), "newest_change", "Changed on 2026-03-01, a 000 on 2026-02-01"),
        ({}, at("03-01"), "newest_change", "Changed on 2026-03-01, a 000 on an unknown day"),
        ({"as_of_date": date(2026, 3, 1)}, {}, "newest_export", "In the export of 2026-11-20, a 000 in that of 2026-03-01"),
    ],
)
def test_the_first_difference_that_counts_is_the_reason(chosen, left, right, decided_by, reason):
    found = chosen("website", {"source": "a", "website": "old.example"} | left, {"source": "b", "website": "new.example"} | right)
    assert (found["value"], found["decided_by"]) == ("new.example", decided_by)
    assert found["reason"] == f"{reason}; 1 of 2 records that have one say so."


def test_records_that_are_equal_in_all_that_counts_are_told_apart_by_their_ids(chosen):
    found = chosen("website", {"source": "b", "website": "b.example"}, {"source": "a", "website": "a.example"})
    assert (found["value"], found["decided_by"]) == ("a.example", "first_id")
    assert found["reason"] == "As good as b 000, and first by source and record id; 1 of 2 records that have one say so."


def test_what_decided_is_what_beats_the_other_value_not_the_record_that_says_the_same(chosen):
    rows = [
        at("06-02", source="a", website="x.example"),
        at("06-01", source="b", website="x.example"),
        {"source": "c", "website": "y.example"},
    ]
    found = chosen("website", *rows, priorities={"a": 1, "b": 2, "c": 3})
    assert found["reason"] == "a comes before c in trust; 2 of 3 records that have one say so."


def test_a_company_may_have_the_newest_change_decide(chosen):
    rows = [at("06-01", source="a", phone="+4930111"), at("05-01", source="b", phone="+4930222")]
    assert chosen("phone", *rows, priorities={"b": 1})["source"] == "b"
    found = chosen("phone", *rows, priorities={"b": 1}, decided={"phone": FieldRule(rule="newest")})
    assert (found["source"], found["rule"], found["decided_by"]) == ("a", "newest", "newest_change")


def test_a_company_may_have_most_systems_decide_and_each_counts_once(chosen):
    rows = [{"source": s, "phone": f"+4930{p}"} for s, p in (("a", 111), ("a", 111), ("a", 111), ("b", 222), ("c", 222))]
    found = chosen("phone", *rows, priorities={"a": 1}, decided={"phone": FieldRule(rule="agreement")})
    assert (found["value"], found["source"], found["decided_by"]) == ("+4930222", "b", "agreement")
    assert found["reason"] == "Said by 2 systems, the next value by 1; 2 of 5 records that have one say so."
    assert (found["agreeing_count"], found["differing_count"]) == (2, 3)


def test_records_that_no_longer_live_do_not_outvote_one_that_does(chosen):
    rows = [{"source": "a", "phone": "+4930111"}, *({"source": s, "phone": "+4930222", "is_deleted": True} for s in "bcd")]
    found = chosen("phone", *rows, decided={"phone": FieldRule(rule="agreement")})
    assert (found["value"], found["decided_by"]) == ("+4930111", "live")


def test_a_company_may_put_systems_first_in_one_field(chosen):
    rows = [{"source": s, "name": f"Name {s}", "phone": f"+4930{i}"} for i, s in enumerate("abc")]
    decided = {"phone": FieldRule(rule="trust", sources=("c", "b"))}
    assert chosen("phone", *rows, priorities={"a": 1}, decided=decided)["reason"].startswith("c comes before b in trust")
    assert chosen("phone", *rows[:2], priorities={"a": 1}, decided=decided)["source"] == "b"
    assert chosen("customer_name", *rows, priorities={"a": 1}, decided=decided)["source"] == "a"


def test_a_number_without_its_area_code_stands_only_where_there_is_no_better_one(chosen):
    local = {"source": "a", "phone": None, "phone_raw": " 555 0100 ", "problems": "phone:no_area_code"}
    whole = {"source": "b", "phone": "+12065550100", "is_deleted": True}
    found = chosen("phone", local, whole, priorities={"a": 1})
    assert (found["value"], found["decided_by"]) == ("+12065550100", "complete")
    assert chosen("phone", local)["value"] == "555 0100"
    assert chosen("phone", local | {"problems": "phone:too_short"}) is None


def test_an_address_is_that_of_the_smallest_place_and_its_place_comes_along(chosen, survivors):
    rows = [
        {"source": "a", "street": "1 Main St", "postal_code": "1", "city_name": "Seattle", "place_precision": "city"},
        {"source": "b", "postal_code": "2", "city_name": "Bothell", "region_name": "Washington", "place_precision": "postal_code"},
    ]
    found = chosen("address", *rows, priorities={"a": 1})
    assert (found["value"], found["rule"], found["decided_by"]) == ("2, Bothell, Washington", "precision", "precision")
    assert found["reason"].startswith("Its place is known to the postal_code, that of a 000 to the city; ")
    customer = survivors(rows, decided={"address": FieldRule(rule="trust", sources=("a",))}).customers.row(0, named=True)
    assert [customer[name] for name in ("address", "postal_code", "city_name", "region_name")] == ["1 Main St", "1", "Seattle", None]


def test_a_street_goes_before_none_where_the_places_are_as_small(chosen):
    found = chosen("address", {"city_name": "Seattle"}, {"source": "b", "street": "1 Main St", "city_name": "Seattle"})
    assert (found["value"], found["decided_by"]) == ("1 Main St", "street")


def test_an_address_is_the_same_with_and_without_its_city_in_front(chosen):
    place = {"region_name": "江苏省", "city_name": "南京市", "district_name": "鼓楼区"}
    found = chosen("address", place | {"address": "江苏省南京市鼓楼区青屿路745号"}, place | {"source": "b", "address": "青屿路 745号"})
    assert (found["decided_by"], found["agreeing_count"]) == ("same_everywhere", 2)


def test_the_degrees_are_the_place_s_and_not_those_a_crm_wrote(survivors, tables):
    _, places = tables([{"latitude": 1.0, "longitude": 2.0}])
    customers, _ = tables([{"latitude": 3.0, "longitude": 4.0}])
    members = customers.select("source", "record_id", customer_id=pl.lit("C"))
    first_days = members.select("source", "record_id", first_day=pl.lit(date(2026, 1, 1)))
    found = surviving_customers(customers, places.with_columns(place_precision=pl.lit("point")), members, first_days, sources={})
    assert found.customers.select("latitude", "longitude").row(0) == (1.0, 2.0)
    assert found.values.filter(field="address")["value"].to_list() == ["1.0, 2.0"]


def test_a_revenue_stands_with_its_currency_and_an_industry_with_its_codes(survivors):
    rows = [
        {"source": "a", "currency_code": "USD", "gbt4754_code": "C35"},
        {"source": "b", "annual_revenue_amount": Decimal("1200.5000"), "currency_code": "CNY", "industry": "trade", "naics_code": "42"},
        {"source": "c", "annual_revenue_amount": Decimal("1200.5000"), "currency_code": "EUR"},
    ]
    found = survivors(rows, priorities={"a": 1, "b": 2})
    customer = found.customers.row(0, named=True)
    assert (customer["annual_revenue_amount"], customer["currency_code"]) == (Decimal("1200.5000"), "CNY")
    assert (customer["industry"], customer["gbt4754_code"], customer["naics_code"]) == ("trade", None, "42")
    revenue = found.values.filter(field="annual_revenue_amount").row(0, named=True)
    assert (revenue["value"], revenue["differing_count"], revenue["other_values"]) == ("1200.5 CNY", 1, "1200.5 EUR (c 002)")


def test_of_many_other_values_five_are_listed_and_the_rest_counted(chosen):
    rows = [{"source": "a", "website": f"w{i}.example"} for i in range(8)] + [{"source": "a", "website": "w3.example"}]
    found = chosen("website", *rows)
    assert found["other_values"].endswith("w5.example (a 005); and 2 more")
    assert found["other_values"].count("w3.example") == 1


def test_the_fields_and_rules_of_the_sheet_are_those_that_are_chosen_here():
    model = SHEETS["survivorship"].model_fields
    assert typing.get_args(model["field"].annotation) == tuple(FIELDS)
    assert typing.get_args(model["rule"].annotation) == RULES


def test_a_rule_holds_on_the_days_of_its_row():
    days = {"valid_from": [date(2026, 1, 1), date(2026, 3, 1)], "valid_to": [date(2026, 3, 1), None]}
    rows = pl.DataFrame({"field": ["phone", "phone"], "rule": ["newest", "trust"], "sources": [None, "a|b"]} | days)
    assert rules_in_force(rows, date(2025, 12, 31)) == {}
    assert rules_in_force(rows, date(2026, 2, 28)) == {"phone": FieldRule(rule="newest")}
    assert rules_in_force(rows, date(2026, 3, 1)) == {"phone": FieldRule(rule="trust", sources=("a", "b"))}


_RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "of": st.sampled_from("XYZ"),
            "source": st.sampled_from("abc"),
            "name": st.sampled_from(["Acme", "ACME Ltd", "Zephyr", None]),
            "phone": st.sampled_from(["+4930111", "+4930222", None, None]),
            "industry": st.sampled_from(["trade", "Trade", " ", None]),
            "street": st.sampled_from(["1 Main St", "2 Main St", None]),
            "city_name": st.sampled_from(["Seattle", "Boston", None]),
            "is_deleted": st.booleans(),
            "modified_at": st.sampled_from([datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-02-01"), None]),
        }
    ),
    min_size=1,
    max_size=12,
)
_COLUMNS = {"customer_name": "name", "phone": "phone", "industry": "industry"}


@given(rows=_RECORDS, rule=st.sampled_from(RULES[:3]), data=st.data())
@settings(max_examples=30)  # each makes two resolutions of a dozen fields
def test_whatever_the_records_a_named_one_says_what_stands_all_are_counted_and_their_order_is_nothing(survivors, rows, rule, data):
    decided = {name: FieldRule(rule=rule, sources=("c",)) for name in FIELDS if rule != "trust"}
    order = data.draw(st.permutations(range(len(rows))))
    found, turned = survivors(rows, decided=decided, orders=[range(len(rows)), order])
    assert turned.customers.equals(found.customers)
    assert turned.values.sort("customer_id", "field").equals(found.values.sort("customer_id", "field"))
    borne = {row["customer_id"]: row for row in found.customers.iter_rows(named=True)}
    assert set(borne) == {row["of"] for row in rows}
    for value in found.values.iter_rows(named=True):
        assert value["decided_by"] in DECIDED_BY
        assert value["reason"]
        record = rows[int(value["record_id"])]
        if value["field"] == "address":
            assert (record["of"], record["source"]) == (value["customer_id"], value["source"])
            assert value["value"] == (record["street"] or record["city_name"])
            assert borne[value["customer_id"]]["city_name"] == record["city_name"]
            filled = [row for row in rows if row["of"] == value["customer_id"] and (row["street"] or row["city_name"])]
            assert value["agreeing_count"] + value["differing_count"] == len(filled)
        if value["field"] not in _COLUMNS:
            continue
        written = _COLUMNS[value["field"]]
        assert (record["of"], record["source"], record[written]) == (value["customer_id"], value["source"], value["value"])
        assert borne[value["customer_id"]][value["field"]] == value["value"]
        filled = [row for row in rows if row["of"] == value["customer_id"] and (row[written] or "").strip()]
        assert value["agreeing_count"] + value["differing_count"] == len(filled)
        assert value["agreeing_count"] >= 1
        assert (value["other_values"] is None) == (value["differing_count"] == 0)
