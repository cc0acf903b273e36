"""Industries: the table of cases, the shipped tables against the standards, and what holds for any text."""

import csv
import json
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.industries import SCHEMA, company_industries, read_industries

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"
PROBLEMS = {None, "unknown_industry", "unspecified_industry", "ambiguous_code"}
# Where the copy at hand writes a division's name otherwise than the standard does (GB/T 4754-2017).
WRITTEN_OTHERWISE = {"C15": "酒、饮料及精制茶制造业", "M75": "科技推广和应用服务", "R87": "广播、电视、电影和影视录音制作业"}


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


STANDARD = {row["code"]: row for row in rows_of(ROOT / "ingest" / "cleaning" / "gbt4754.csv")}
WORDS = rows_of(ROOT / "ingest" / "cleaning" / "industry_words.csv")


@pytest.mark.parametrize("case", rows_of(ROOT / "tests" / "cases" / "industries.csv"), ids=lambda case: case["text"])
def test_an_industry_is_read_as_the_table_of_cases_says(case):
    row = read_industries(pl.Series([case["text"]])).row(0, named=True)
    found = (row["gbt4754_code"], row["naics_code"], row["problem"])
    if case["quality"] == "WEAK" and found != (case["gbt4754_code"] or None, case["naics_code"] or None, case["problem"] or None):
        pytest.xfail(f"read as {found}")
    assert found == (case["gbt4754_code"] or None, case["naics_code"] or None, case["problem"] or None)


def test_the_less_a_text_says_outright_the_less_sure_it_is():
    texts = ["C35", "专用设备制造业", "医疗器械", "医疗器械及耗材批量生产"]
    sure = read_industries(pl.Series(texts))["confidence"].to_list()
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == len(sure)


def test_every_word_leads_to_a_division_or_section_and_stands_there_once_folded_and_sorted():
    words = [row["word"] for row in WORDS]
    assert words == sorted(set(words))
    assert all(word == " ".join(word.replace("_", " ").casefold().split()) for word in words)
    assert {row["code"] for row in WORDS} <= set(STANDARD)
    assert all(0 < float(row["confidence"]) < 1 for row in WORDS)


def test_every_name_of_the_standard_is_read_as_its_code():
    names = [(code, row[name]) for code, row in STANDARD.items() for name in ("name", "english_name")]
    read = read_industries(pl.Series([name for _, name in names]))["gbt4754_code"]
    wrong = [
        (code, name, found) for (code, name), found in zip(names, read, strict=True) if STANDARD[found]["name"] != STANDARD[code]["name"]
    ]
    assert wrong == []


@pytest.mark.skipif(not (SHARED / "gbt4754_2017").exists(), reason="needs ../shared/data/gbt4754_2017")
def test_the_divisions_are_those_of_the_chinese_standard():
    wanted = {row["code"]: row["name"] for row in rows_of(SHARED / "gbt4754_2017" / "gbt4754_2017.csv") if len(row["code"]) <= 3}
    assert {code: WRITTEN_OTHERWISE.get(code, row["name"]) for code, row in STANDARD.items()} == wanted


@pytest.mark.skipif(not (SHARED / "naics_2017").exists(), reason="needs ../shared/data/naics_2017")
def test_every_naics_code_is_one():
    known = json.loads((SHARED / "naics_2017" / "2017_NAICS_Descriptions.json").read_text(encoding="utf-8"))
    named = {row["naics_code"] for row in STANDARD.values()} | {row["naics_code"] for row in WORDS if row["naics_code"]}
    assert named - set(known) == set()


@given(st.lists(st.text(max_size=60) | st.none(), min_size=1, max_size=6))
def test_any_text_is_an_industry_or_has_a_problem(texts):
    read = read_industries(pl.Series(texts, dtype=pl.String))
    assert read.schema == SCHEMA
    for code, naics, confidence, problem in read.iter_rows():
        assert problem in PROBLEMS
        assert code is None or (code in STANDARD and naics and 0 < confidence <= 1 and problem is None)


def test_a_description_of_ten_thousand_characters_is_no_industry():
    assert read_industries(pl.Series(["制造" * 5_000]))["problem"].to_list() == ["unknown_industry"]


def test_the_companys_own_list_counts_before_all_else():
    rows = [
        ("Widgets", "C35", "Widgets", None, date(2025, 1, 1), None),
        ("Manufacturing", "M", "Manufacturing 制造业", None, date(2025, 1, 1), None),
        ("Gadgetry", "M7", "Gadgetry", "Manufacturing", date(2025, 1, 1), None),
        ("Round", "X", "Round", "Round", date(2025, 1, 1), None),
        ("Retail", "C13", "Retail", None, date(2025, 1, 1), date(2026, 1, 1)),
    ]
    names = ("industry", "industry_code", "industry_name", "parent_industry", "valid_from", "valid_to")
    sheet = pa.table({name: pa.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})
    own = company_industries(sheet, date(2026, 6, 1))
    read = read_industries(pl.Series(["widgets", "ＷＩＤＧＥＴＳ", "Manufacturing", "Gadgetry", "Round", "Retail"]), own)
    assert read["gbt4754_code"].to_list() == ["C35", "C35", "C", "C", None, "F52"]  # Retail's row no longer holds: the word itself counts
    assert read["confidence"].to_list()[:2] == [1.0, 1.0]
    assert read["problem"].to_list()[4] == "unknown_industry"
