"""What becomes of a customer's record that is not as it should be: each kind of bad input has a stated outcome, from export to place."""

import re
from datetime import date

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.credit_codes import read_credit_codes
from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.geocoding.places import place_customers
from ingest.sources.mapping import Source
from ingest.tables import TABLES

DAY = date(2026, 11, 20)
SOURCES = {"crm": Source(name="crm", crm="crm", default_country="CN", entities={})}
FIELDS = tuple(ENTITIES["customers"].fields)


def read(*rows):
    """Cleaned and placed, one dictionary a row; the place's problems are called `place_problems`."""
    evidence = {"source": "crm", "as_of_date": DAY, "file_sha256": "f", "row_number": 1}
    raw = pa.Table.from_pylist(
        [evidence | {"record_id": f"{i:03}"} | row for i, row in enumerate(rows)], schema=TABLES["raw.customers"].arrow_schema
    )
    cleaned = clean_entity(
        "customers", raw, sources=SOURCES, identities=RepIdentities({}, frozenset()), latest_days={"crm": DAY}, default_currency="EUR"
    )  # fmt: skip
    places = pl.DataFrame(pl.from_arrow(place_customers(cleaned, SOURCES))).rename({"problems": "place_problems"})
    both = (
        pl.DataFrame(pl.from_arrow(cleaned)).drop("latitude", "longitude", "read_from").join(places, on=["source", "record_id"], how="left")
    )
    return both.sort("record_id").to_dicts()


LONG = "很长" * 5_000
RIGHT_TO_LEFT = "\u202eشركة المثال\u202c"
# What is written, and what it becomes.
CASES = {
    "mixed scripts stay one name": (
        {"name": "青禾Verde机械（上海）Co., Ltd."},
        {"name": "青禾Verde机械(上海)Co., Ltd.", "core_name": "青禾verde机械 上海", "problems": ""},
    ),
    "emoji stay in the name and say nothing in an address": (
        {"name": "云杉☕️咖啡", "address": "📍杭州市西湖区🏠"},
        {"name": "云杉☕️咖啡", "city_name": "杭州市", "district_name": "西湖区", "problems": ""},
    ),
    "zero-width and control characters in a place are not there": (
        {"city": "杭\u200b州\u0007市", "region": "\ufeff浙江省"}, {"city_name": "杭州市", "region_code": "CN-ZJ", "place_problems": ""},
    ),
    "control characters in a name are blanks": ({"name": "Sable\tand\x00Roe"}, {"name": "Sable and Roe"}),
    "ten thousand characters are a name of their own and no place": (
        {"name": LONG, "address": LONG, "phone": "1" * 10_000, "email": "a" * 10_000, "website": "w" * 10_000, "city": LONG},
        {"name": LONG, "phone": None, "email": None, "website": None, "place_precision": "country"},
    ),
    "right-to-left text is kept": ({"name": RIGHT_TO_LEFT}, {"name": RIGHT_TO_LEFT, "problems": ""}),
    "numbers as names are names": ({"name": "360"}, {"name": "360", "core_name": "360", "legal_form": None, "is_branch": False}),
    "latitude and longitude in each other's column are exchanged": (
        {"city": "上海", "latitude": "121.47", "longitude": "31.23"},
        {"latitude": 31.23, "longitude": 121.47, "place_precision": "point", "place_problems": "point:swapped",
         "problems": "latitude:out_of_range"},
    ),
    "zero and zero is no point": (
        {"city": "上海", "latitude": "0", "longitude": "0.0"}, {"place_precision": "city", "place_problems": "point:zero"},
    ),
    "degrees beyond the globe are no point": (
        {"city": "上海", "latitude": "310", "longitude": "1210"}, {"place_precision": "city", "place_problems": "point:out_of_range"},
    ),
    "half a point is none": ({"city": "上海", "latitude": "31.23"}, {"place_precision": "city", "place_problems": "point:incomplete"}),
    "a point on another continent is used and told": (
        {"city": "上海", "latitude": "47.6", "longitude": "-122.3"}, {"place_precision": "point", "place_problems": "point:far_from_place"},
    ),
    "a province that contradicts the city leaves the province, and says so": (
        {"region": "广东省", "city": "杭州市"},
        {"region_code": "CN-GD", "city_name": "杭州市", "place_precision": "region", "place_problems": "region:contradicts_city"},
    ),
    "a district that is in another city counts for nothing, and says so": (
        {"city": "杭州市", "district": "浦东新区"}, {"city_name": "杭州市", "place_problems": "district:contradicts_city"},
    ),
    "a credit code with a wrong check digit is none, and places nothing": (
        {"credit_code": "91330106MA2ABCDE0X", "district": "西湖区"}, {"credit_code": None, "problems": "credit_code:bad_check_digit"},
    ),
    "a telephone number of one digit repeated is nobody's": (
        {"phone": "11111111111"}, {"phone": None, "problems": "phone:placeholder_phone"},
    ),
    "a country that is none": ({"country": "客户"}, {"country": "客户", "country_code": None, "problems": "country:unknown"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_input_has_a_stated_outcome(case):
    written, expected = CASES[case]
    (found,) = read(written)
    assert {name: found[name] for name in expected} == expected
    assert {name: found[f"{name}_raw"] for name in written} == written


TEXT = (
    st.none()
    | st.text(max_size=30)
    | st.sampled_from(["US", "CN", "上海", "Paris", "0", "-1", "1e400", "NaN", "'; drop table", "=1+1", "\u200b", "🏠" * 40, "x" * 10_000])
    | st.from_regex(r"[+0-9 ()-]{5,20}", fullmatch=True)
)
ROW = st.fixed_dictionaries(
    {field: TEXT for field in FIELDS if ENTITIES["customers"].fields[field][0] in ("text", "double", "decimal", "integer")}
)
PHONE, EMAIL = re.compile(r"\+[1-9]\d{3,16}"), re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
PRECISIONS = {"point", "street", "postal_code", "district", "city", "region", "country", "none"}


@settings(max_examples=25)
@given(rows=st.lists(ROW, min_size=1, max_size=3))
def test_no_text_raises_loses_what_was_written_or_gives_a_value_outside_the_contract(rows):
    for found, row in zip(read(*rows), rows, strict=True):
        assert {name: found[f"{name}_raw"] for name in row} == row
        assert found["phone"] is None or PHONE.fullmatch(found["phone"])
        assert found["email"] is None or EMAIL.fullmatch(found["email"])
        assert found["credit_code"] is None or read_credit_codes(pl.Series([found["credit_code"]])).problems[0] is None
        assert found["country_code"] is None or re.fullmatch("[A-Z]{2}", found["country_code"])
        assert found["place_precision"] in PRECISIONS
        assert (found["latitude"] is None) == (found["longitude"] is None)
        assert found["latitude"] is None or (abs(found["latitude"]) <= 90 and abs(found["longitude"]) <= 180)
        assert found["division_code"] is None or re.fullmatch(r"\d{5,6}", found["division_code"])
        assert (found["name"] is None) == (found["core_name"] is None)
        for code in filter(None, found["problems"].split(",")):
            assert code.partition(":")[0] in ENTITIES["customers"].fields
