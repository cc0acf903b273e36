"""cleaning/countries.py: countries however they are written."""

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from ingest.cleaning.countries import COUNTRY_CUTOFF, COUNTRY_SCHEMA, country_keys, country_names, fuzzy_country_keys, read_countries


def codes_of(*texts):
    return read_countries(pl.Series("country", texts, dtype=pl.String))["country_code"].to_list()


SPELLINGS = {
    "US": (
        "US",
        "usa",
        "U.S.A.",
        "United States",
        "the United States",
        "America",
        "美国",
        "美國",
        "美利坚合众国",
        "🇺🇸",
        "United States (US)",
        "USA/美国",
        "Vereinigte Staaten",
        "Untied States",
    ),
    "GB": ("GB", "UK", "U.K.", "England", "Great Britain", "英国", "Vereinigtes Königreich"),
    "DE": ("DE", "DEU", "Deutschland", "GERMANY", "Germny", "德国", "Allemagne", "Ｇｅｒｍａｎｙ", "Germany - Deutschland"),
    "CN": ("CN", "China", "P.R. China", "PRC", "中国", "中华人民共和国", "中國", "People's Republic of China"),
    "HK": ("HK", "Hong Kong", "香港", "中国香港"),
    "KR": ("Korea", "South Korea", "Korea, Republic of", "韩国", "대한민국"),
    "TR": ("Turkey", "Türkiye", "土耳其"),
    "CI": ("Ivory Coast", "Côte d'Ivoire", "Cote d’Ivoire"),
    "PH": ("Philipines",),
    "NL": ("Holand", "The Netherlands", "Nederland"),
}


@pytest.mark.parametrize("code", SPELLINGS)
def test_a_country_is_known_in_any_spelling(code):
    found = codes_of(*SPELLINGS[code])
    assert dict(zip(SPELLINGS[code], found, strict=True)) == dict.fromkeys(SPELLINGS[code], code)


@pytest.mark.parametrize("text", ["Niger", "Mali", "Republic of Malbi", "Wakanda", "x", "12345", "中囯国国国国", "France/Spain", "\u200b"])
def test_short_official_and_foreign_names_are_not_guessed(text):
    assert codes_of(text) == [{"Niger": "NE", "Mali": "ML"}.get(text)]


def test_no_two_countries_are_as_close_as_the_cutoff():
    codes, names = country_keys(), fuzzy_country_keys()
    closest = max(fuzz.ratio(a, b) for a, b in combinations(names, 2) if codes[a] != codes[b])
    assert COUNTRY_CUTOFF - 3 < closest < COUNTRY_CUTOFF


def test_a_slip_and_an_unknown_name_get_their_problems_and_an_empty_field_none():
    found = read_countries(pl.Series(["Philipines", "Atlantis", "France", "FRA", "USA/美国", None]))
    assert found.rows() == [
        ("PH", "country_name_fuzzy", "country:spelling"),
        (None, None, "country:unknown"),
        ("FR", "country_name", None),
        ("FR", "country_code", None),
        ("US", "country_name", None),
        (None, None, None),
    ]


def test_no_text_at_all_is_allowed():
    assert read_countries(pl.Series("country", [], dtype=pl.String)).schema == pl.Schema(COUNTRY_SCHEMA)
    assert read_countries(pl.Series("country", [None, None], dtype=pl.String)).null_count().row(0) == (2, 2, 2)


WRITTEN = st.none() | st.text(max_size=12) | st.sampled_from(["US", "中国", "Germny", "USA/美国", "🇫🇷", "x" * 10_000])


@given(texts=st.lists(WRITTEN, max_size=6), data=st.data())
def test_any_text_gives_a_code_or_a_problem_whatever_the_order(texts, data):
    found = read_countries(pl.Series("country", texts, dtype=pl.String)).rows()
    for text, (code, method, problem) in zip(texts, found, strict=True):
        assert (code is None) == (method is None)
        assert code is None or code in set(country_keys().values())
        assert text is None or code is not None or problem == "country:unknown"
        assert text is not None or problem is None
    order = data.draw(st.permutations(range(len(texts))))
    turned = read_countries(pl.Series("country", [texts[i] for i in order], dtype=pl.String)).rows()
    assert turned == [found[i] for i in order]


def test_the_table_is_sorted_and_has_one_row_for_each_spelling():
    keys = country_names().select("key")
    assert keys.equals(keys.unique().sort("key"))
    assert country_names()["country_code"].n_unique() == 249
