"""cleaning/name_parts.py against people's judgement (tests/cases), on hostile text, and what must hold for any text."""

import csv
import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.name_parts import COLUMNS, read_name_parts, simplified_names

CASES_FOLDER = Path(__file__).parents[2] / "cases"
CASES = list(csv.DictReader((CASES_FOLDER / "name_parts.csv").read_text("utf-8").splitlines()))
DATA = Path(__file__).parents[4] / "shared" / "data"
SETS = {
    "cn_registry": ("registry_2019_five_provinces.parquet", "企业名称"),
    "finance_database": ("equities_ber_mun_hkg.parquet", "name"),
}
PARTS = ("core", "form", "branch")


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


def parts_of(name):
    return read_name_parts(texts(name)).row(0, named=True)


def key_of(text):
    """What company_names.csv holds instead of a text: names of real companies are not committed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["written"])
def test_the_parts_of_an_invented_name(case):
    parts = parts_of(case["written"])
    assert {"core": parts["core_name"], "legal_form": parts["legal_form"] or "", "branch": parts["branch"] or ""} == {
        column: case[column] for column in ("core", "legal_form", "branch")
    }
    assert (parts["name_prefix"] or "") == case["prefix"]
    assert parts["is_branch"] == bool(case["branch"])


@pytest.fixture(scope="module")
def labelled():
    """The labelled names of ../shared/data: each label with the keys of the parts that are read today."""
    if not all((DATA / name / file).exists() for name, (file, _) in SETS.items()):
        pytest.skip("../shared/data is absent")
    labels = list(csv.DictReader((CASES_FOLDER / "company_names.csv").read_text("utf-8").splitlines()))
    rows = []
    for name, (file, column) in SETS.items():
        names = pl.read_parquet(DATA / name / file, columns=[column])[column].drop_nulls().unique().sort()
        by_key = {key_of(text): text for text in names}
        wanted = [label for label in labels if label["set"] == name]
        read = read_name_parts(pl.Series([by_key[label["name_key"]] for label in wanted]))
        for label, parts in zip(wanted, read.iter_rows(named=True), strict=True):
            got = {"core": parts["core_name"], "form": parts["legal_form"], "branch": parts["branch"]}
            rows.append(label | {f"{part}_right": key_of(got[part]) == label[f"{part}_key"] for part in PARTS})
    return rows


@pytest.mark.story
def test_core_form_and_branch_of_real_names_are_right_for_97_in_100(labelled):
    assert len(labelled) == 300
    assert sum(all(row[f"{part}_right"] for part in PARTS) for row in labelled) >= 291


@pytest.mark.story
@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_real_name_without_doubt_is_right_for_99_in_100(labelled, part):
    strong = [row for row in labelled if row["quality"] == "STRONG"]
    assert sum(row[f"{part}_right"] for row in strong) >= 0.99 * len(strong)


def test_the_columns_are_those_promised_in_the_order_of_the_rows():
    parts = read_name_parts(texts("青禾有限公司", None, "Acme Ltd", "青禾有限公司", ""))
    assert tuple(parts.columns) == COLUMNS
    assert parts["core_name"].to_list() == ["青禾", None, "acme", "青禾", None]
    assert parts["is_branch"].to_list() == [False] * 5
    assert read_name_parts(texts()).height == 0
    assert read_name_parts(pl.Series([None, None], dtype=pl.Null)).row(1) == (None, None, None, None, None, False, None, None)


def test_pinyin_is_of_the_core_and_knows_words_that_read_a_character_otherwise():
    parts = parts_of("重庆AB银行有限公司")
    assert (parts["core_name"], parts["pinyin"], parts["pinyin_initials"]) == ("ab银行", "abyinhang", "abyh")
    assert parts_of("青岛长安绿地有限公司")["pinyin"] == "changanlvdi"
    assert parts_of("Harbour Lane")["pinyin"] is None


def test_traditional_is_simplified_and_japanese_is_not():
    written = texts("臺灣積體電路製造", "株式会社日立製作所", "アオバ製作所", "乾隆酒業", "乾元投资", "Müller")
    assert simplified_names(written).to_list() == [
        "台湾积体电路制造",
        "株式会社日立製作所",
        "アオバ製作所",
        "乾隆酒业",
        "乾元投资",
        "Müller",
    ]


@pytest.mark.parametrize(
    ("written", "core"),
    [
        ("\u202eשלום חברה", "שלום חברה"),
        ("شركة النيل", "شركة النيل"),
        ("青\u200b禾\ufeff有限公司", "青禾"),
        ("青\x00禾\x07有限公司", "青 禾"),
        ("\u200b", None),
        ("（（））", "(())"),
        ("123456", "123456"),
        ("-1.5", "1 5"),
        ("有限公司有限公司", "有限公司有限公司"),
        ("Ltd", "ltd"),
        ("S.A.", "s a"),
        ("👨‍👩‍👧", "👨👩👧"),
    ],
)
def test_hostile_text_has_a_stated_core(written, core):
    assert parts_of(written)["core_name"] == core


@pytest.mark.parametrize("name", ["禾" * 10_000, "a " * 5_000, "北京" * 5_000, "有限公司" * 2_500, "(" * 10_000, "分公司" * 3_000])
def test_ten_thousand_characters_are_read_like_any_name(name):
    parts = parts_of(name)
    assert parts["core_name"]
    assert parts_of(parts["core_name"])["core_name"] == parts["core_name"]


WORDS = """
    有限公司 有限责任公司 股份 集团 公司 分公司 子公司 总公司 上海 北京市 山东省 丰县 延陵镇 青禾 科技 银行 店 第三 门店 支行 中国 路 县
    (有限合伙) 合伙企业 专业合作社 有 限 公 司 Ltd. Co. GmbH & KG AG S.A. PT ООО 株式会社 (株) 주식회사 가 灣 Branch store #12 , ( ) （ ）
    - Munich acme é ™ ' 😀 / A/S Niederlassung ß ς
"""
PIECES = st.sampled_from([*WORDS.split(), "\u200b", "\u202e", " ", "\x00"])
NAMES = st.lists(PIECES, max_size=8).map("".join) | st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=20)


@settings(max_examples=20)
@given(st.lists(st.none() | NAMES, min_size=20, max_size=40))
def test_any_text_has_a_core_that_stays_when_read_again(values):
    parts = read_name_parts(texts(*values))
    assert (tuple(parts.columns), parts.height) == (COLUMNS, len(values))
    for value, row in zip(values, parts.iter_rows(named=True), strict=True):
        assert (row["core_name"] is None) == (row["simplified_name"] is None), value
        assert row["is_branch"] == (row["branch"] is not None)
        assert "" not in row.values()
        assert row["name_prefix"] is None or row["name_prefix"] in row["simplified_name"].lower()
        assert row["pinyin"] is None or " " not in row["pinyin"]
    cores = parts["core_name"]
    assert read_name_parts(cores)["core_name"].to_list() == cores.to_list()
    assert read_name_parts(texts(*values[:3])).equals(parts.head(3))  # nothing depends on other rows
