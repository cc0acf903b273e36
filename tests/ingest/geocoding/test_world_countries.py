"""geocoding/world_countries.py: what says the country of a row, and which module the row goes to."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding import world_countries

COLUMNS = ("region", "address", "street", "city", "postal_code", "phone", "country")


def countries(*rows):
    frame = pl.DataFrame([{name: row.get(name) for name in COLUMNS} for row in rows], schema=dict.fromkeys(COLUMNS, pl.String))
    return world_countries.country_of(frame).to_list()


def test_the_countrys_own_field_decides_and_keeps_its_problem():
    found = world_countries.locate_countries(pl.DataFrame({"country": ["Philipines", "Atlantis", "France", None]}))
    assert found["country_code"].to_list() == ["PH", None, "FR", None]
    assert found["country_problem"].to_list() == ["country:spelling", "country:unknown", None, None]
    assert found["country_method"].to_list() == ["country_name_fuzzy", None, "country_name", None]


WITNESSES = [
    ({"region": "CN-GD"}, "CN"),
    ({"region": "广东"}, "CN"),
    ({"region": "California"}, "US"),
    ({"region": "加州"}, "US"),
    ({"region": "WA"}, None),
    ({"region": "WA", "postal_code": "98101"}, "US"),
    ({"region": "Georgia", "postal_code": "30303"}, "US"),
    ({"region": "香港"}, "HK"),
    ({"region": "Bayern"}, "DE"),
    ({"region": "IL", "city": "Springfield"}, "US"),
    ({"region": "MI", "city": "Milan"}, "IT"),
    ({"region": "WA", "city": "Springfield"}, None),
    ({"city": "Paris"}, "FR"),
    ({"city": "Springfield"}, None),
    ({"city": "上海"}, "CN"),
    ({"city": "东京"}, "JP"),
    ({"address": "美国加利福尼亚州旧金山市样例街1号"}, "US"),
    ({"address": "上海市浦东新区样例路1号"}, "CN"),
    ({"address": "日本东京都港区"}, "JP"),
    ({"address": "香港中路1号"}, "CN"),
    ({"address": "南京东路100号"}, "CN"),
    ({"address": "Beispielweg 1, 80331 München, Germany"}, "DE"),
    ({"address": "1 Example St, Austin, TX 78701-1234"}, "US"),
    ({"address": "1 Example St, Austin, TX 78701, USA"}, "US"),
    ({"address": "1 Harbour Lane"}, None),
    ({"street": "12 rue Exemple, Paris, France"}, "FR"),
    ({"address": "5 Example St, Atlanta, Georgia"}, None),
    ({"postal_code": "SW1A 1AA"}, "GB"),
    ({"postal_code": "M5V 2T6"}, "CA"),
    ({"postal_code": "78701-1234"}, "US"),
    ({"postal_code": "100000"}, None),
    ({"phone": "+49 30 1234567"}, "DE"),
    ({"phone": "0049 30 1234567"}, "DE"),
    ({"phone": "13800138000"}, "CN"),
    ({"phone": "555-0100"}, None),
    ({"country": "Germany", "city": "Paris"}, "DE"),
    ({"country": "Atlantis", "city": "Tokyo"}, "JP"),
    ({}, None),
]


@pytest.fixture(scope="module")
def witnessed():
    return countries(*(row for row, _ in WITNESSES))


@pytest.mark.parametrize("number", range(len(WITNESSES)), ids=lambda number: str(WITNESSES[number][0]))
def test_without_a_country_other_parts_say_it(number, witnessed):
    assert witnessed[number] == WITNESSES[number][1]


def test_no_rows_and_missing_columns_are_allowed():
    assert world_countries.country_of(pl.DataFrame()).to_list() == []
    assert world_countries.country_of(pl.DataFrame({"city": ["Paris", None]})).to_list() == ["FR", None]


WRITTEN = st.none() | st.text(max_size=8) | st.sampled_from(["US", "中国", "WA", "98101", "上海", "Paris", "+1 212 555 0100", "x, Germany"])


@settings(max_examples=40)
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, WRITTEN)), min_size=1, max_size=5), data=st.data())
def test_any_text_gives_a_code_or_nothing_whatever_the_order(rows, data):
    found = countries(*rows)
    assert all(code is None or (len(code) == 2 and code.isupper()) for code in found)
    order = data.draw(st.permutations(range(len(rows))))
    assert countries(*(rows[i] for i in order)) == [found[i] for i in order]
