"""values/folding.py: keys of names, and the reader of tables."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.values.folding import fold, folded, key_of, on_distinct, place_key, place_keys, read_table, simplified


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Île-de-France", "ILE DE FRANCE"),
        ("ＵＳＡ", "U.S.A."),
        ("Saint-Denis", "St. Denis"),
        ("Straße", "STRASSE"),
        ("Ho Chi Minh", "HồChíMinh"),
        ("O'Fallon", "OFallon"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("North Saint Paul", "N. St. Paul"),
        ("Aus\u200btin", "Austin"),
    ],
)
def test_spellings_of_one_name_have_one_key(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize("text", ["", "  ", "...", "😀", "\u200b", "-,-"])
def test_what_holds_no_letter_has_no_key(text):
    assert key_of(text) is None


def test_parts_of_an_address_stay_parted():
    found = pl.DataFrame({"text": ["1 Main St.;\nAustin,, TX  78701-1234", "上海市，浦东"]}).select(fold(pl.col("text"))).to_series()
    assert found.to_list() == ["1 main st,austin,tx 78701 1234", "上海市,浦东"]


def test_traditional_characters_become_simplified():
    assert simplified(pl.Series(["東京", "Tokyo", None, "東京"])).to_list() == ["东京", "Tokyo", None, "东京"]


@settings(deadline=None)
@given(st.lists(st.none() | st.text(max_size=12), max_size=6))
def test_the_short_way_for_ascii_gives_the_same_as_the_long_one(texts):
    series = pl.Series("text", texts, dtype=pl.String)
    assert folded(series).to_list() == series.to_frame().select(fold(pl.col("text"))).to_series().to_list()


def test_work_on_distinct_texts_keeps_rows_and_their_order():
    texts = pl.Series("name", ["St. Louis", None, "Saint Louis", "St. Louis"])
    keys = on_distinct(texts, place_key(pl.col("text")))
    assert keys.to_list() == ["stlouis", None, "stlouis", "stlouis"]
    assert keys.name == "name"


def test_numbers_and_codes_of_a_table_stay_text(tmp_path):
    (tmp_path / "x.csv").write_text("code,latitude\n0010,1.50\n0020,\n", "utf-8")
    assert read_table(tmp_path / "x.csv").rows() == [("0010", "1.50"), ("0020", None)]
    pl.DataFrame({"zip": ["00501"], "people": [3]}).write_parquet(tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet").rows() == [("00501", 3)]


@given(st.lists(st.none() | st.text(max_size=12) | st.sampled_from(["Saint-Denis", "St. Louis", "東京"]), max_size=6))
@settings(deadline=None)
def test_keys_of_a_column_are_the_keys_of_its_texts(texts):
    assert place_keys(pl.Series("name", texts, dtype=pl.String)).to_list() == [None if text is None else key_of(text) for text in texts]
