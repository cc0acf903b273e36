"""geocoding/online/question.py: which addresses are worth a call, what is sent, and when two addresses are one question."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.online.question import LINE_SCHEMA, QUESTION_SCHEMA, address_lines, questions_of
from ingest.geocoding.place_table import PARTS
from ingest.geocoding.places import place_records

SHANGHAI = {"country_code": "CN", "region_name": "上海市", "city_name": "上海市", "place_precision": "city"}
MUNICH = {"country_code": "DE", "region_name": "Bayern", "city_name": "München", "place_precision": "city"}
NAMES = ("country_code", "region_name", "city_name", "district_name", "place_precision")


def lines(*rows: dict) -> pl.DataFrame:
    """address_lines of rows that hold a record's parts and its place together."""
    frame = pl.DataFrame(
        [{name: row.get(name) for name in (*PARTS, *NAMES)} for row in rows], schema=dict.fromkeys((*PARTS, *NAMES), pl.String)
    )
    return address_lines(frame.select(PARTS), frame.select(NAMES))


def line(**row) -> tuple:
    return lines(row).row(0)


def test_a_chinese_line_runs_from_the_large_to_the_small() -> None:
    key, text, country = line(street="样例路8号", **SHANGHAI)
    assert (key, text, country) == ("CN 上海市样例路8号", "上海市样例路8号", "CN")
    guangdong = {"country_code": "CN", "region_name": "广东省", "city_name": "广州市", "district_name": "天河区", "place_precision": "city"}
    assert line(street="样例路8号", **guangdong)[1] == "广东省广州市天河区样例路8号"


def test_names_that_the_line_holds_are_not_said_twice() -> None:
    guangdong = {"country_code": "CN", "region_name": "广东省", "city_name": "广州市", "place_precision": "city"}
    assert line(address="广东广州天河区样例路8号", **guangdong)[1] == "广东广州天河区样例路8号"
    assert line(address="广州市样例路8号", **guangdong)[1] == "广东省广州市样例路8号"
    assert (
        line(address="Beispielweg 12, 80331 München", postal_code="80331", **MUNICH)[1] == "Beispielweg 12, 80331 München, Bayern, Germany"
    )


def test_a_city_is_not_said_twice_in_two_languages() -> None:
    place = {"country_code": "DE", "region_name": "Bayern", "city_name": "Munich", "place_precision": "city"}
    assert line(address="Beispielweg 12, München", city="München", **place)[1] == "Beispielweg 12, München, Bayern, Germany"


def test_a_district_of_two_characters_is_not_taken_for_a_point_of_the_compass() -> None:
    place = {"country_code": "CN", "region_name": "广东省", "city_name": "中山市", "district_name": "东区", "place_precision": "city"}
    assert line(street="东明样例路8号", **place)[1] == "广东省中山市东区东明样例路8号"


def test_a_western_line_runs_from_the_small_to_the_large() -> None:
    assert line(street="Beispielweg 12", postal_code="80331", **MUNICH)[1] == "Beispielweg 12, München, Bayern, 80331, Germany"


def test_a_short_name_inside_a_word_is_not_taken_for_said() -> None:
    place = {"country_code": "US", "region_name": "IN", "city_name": "Main", "place_precision": "region"}
    assert line(street="12 Mainline Street", **place)[1] == "12 Mainline Street, Main, IN, United States"


def test_a_chinese_line_abroad_names_the_country() -> None:
    assert line(street="慕尼黑样例街12号", country_code="DE", place_precision="country")[1] == "德国慕尼黑样例街12号"


@pytest.mark.parametrize("precision", ["point", "street", "postal_code", "district"])
def test_a_place_that_is_good_enough_asks_nothing(precision) -> None:
    assert line(street="样例路8号", **{**SHANGHAI, "place_precision": precision}) == (None, None, None)


@pytest.mark.parametrize(
    "row",
    [
        {"street": "样例路8号", "place_precision": "none"},
        {"city": "上海", **SHANGHAI},
        {"address": "上海市", **SHANGHAI},
        {"address": "中国上海市3号", **SHANGHAI},
        {"address": "München, Bayern, Germany", **MUNICH},
        {"address": "--- ... ---", **MUNICH},
        {"street": "  ", **MUNICH},
        {"street": "\x00\u200b", **MUNICH},
    ],
)
def test_a_line_that_says_no_more_than_its_place_asks_nothing(row) -> None:
    assert line(**row) == (None, None, None)


def test_spellings_of_one_address_are_one_question() -> None:
    asked = lines(
        {"street": "样例路8号", **SHANGHAI},
        {"street": " 样例路 ８号", **SHANGHAI},
        {"street": "样例路，8号", **SHANGHAI},
        {"street": "Beispielweg 12", **MUNICH},
        {"street": "BEISPIELWEG  12.", **MUNICH},
    )
    assert asked["address_key"].n_unique() == 2
    found = questions_of(asked)
    assert dict(found.schema) == QUESTION_SCHEMA
    assert found.select("address_key", "priority").rows() == [
        ("CN 上海市样例路8号", 3),
        ("DE beispielweg 12 munchen bayern germany", 2),
    ]


def test_house_numbers_are_not_run_together() -> None:
    asked = lines({"street": "Flat 1, 23 Beispielweg", **MUNICH}, {"street": "Flat 12, 3 Beispielweg", **MUNICH})
    assert asked["address_key"].n_unique() == 2


def test_the_same_street_in_two_cities_is_two_questions() -> None:
    asked = lines({"street": "样例路8号", **SHANGHAI}, {"street": "样例路8号", **SHANGHAI, "region_name": "北京市", "city_name": "北京市"})
    assert asked["address_key"].n_unique() == 2


def test_a_pasted_page_is_cut_and_still_names_its_city() -> None:
    key, text, _ = line(street="Beispielweg 12 " + "x " * 5000, **MUNICH)
    assert len(text) < 260
    assert text.endswith("München, Bayern, Germany")
    assert len(key) < 260
    long = line(street="Beispielweg 12", city="y " * 5000, country_code="DE", region_name="z\n" * 5000, place_precision="region")
    assert len(long[1]) < 260
    assert "\n" not in long[1]


def test_no_rows_are_no_lines() -> None:
    assert dict(lines().schema) == LINE_SCHEMA
    assert questions_of(lines()).is_empty()


def test_it_takes_what_the_offline_places_give() -> None:
    records = pl.DataFrame({"street": ["Beispielweg 12", None], "city": ["München", "München"], "country": ["DE", "DE"]})
    assert address_lines(records, place_records(records))["text"].to_list() == ["Beispielweg 12, Munich, Bayern, Germany", None]


TEXT = st.none() | st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(["样例路8号", "Beispielweg 12, München", "上海"])
ROWS = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(PARTS, TEXT)
        | dict.fromkeys(NAMES[1:4], TEXT)
        | {"country_code": st.sampled_from([None, "CN", "DE", "XX"]), "place_precision": st.sampled_from([None, "city", "none", "point"])}
    ),
    max_size=5,
)


@settings(max_examples=30)
@given(ROWS, st.randoms())
def test_any_text_gives_a_line_or_none_and_the_order_of_rows_does_not_matter(rows, random) -> None:
    found = lines(*rows)
    assert found.height == len(rows)
    assert dict(found.schema) == LINE_SCHEMA
    assert (found["address_key"].is_null() == found["text"].is_null()).all()
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = lines(*(rows[index] for index in order))
    assert shuffled.rows() == [found.row(index) for index in order]
    assert questions_of(shuffled).equals(questions_of(found))
