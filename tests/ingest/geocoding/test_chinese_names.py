"""Stems, suffixes and Latin spellings of Chinese divisions, the marks of a signature, and the geometry of the table script."""

import polars as pl
import pytest

from ingest.geocoding.build_chinese_tables import _area_and_centre, _inside
from ingest.geocoding.chinese_latin import chain_of_latin, pinyin
from ingest.geocoding.chinese_names import stem_of, suffix_of
from ingest.geocoding.chinese_text import plain, read_signature, signatures

SQUARE = [[10.0, 20.0], [12.0, 20.0], [12.0, 24.0], [10.0, 24.0], [10.0, 20.0]]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("朝阳区", "朝阳"), ("内蒙古自治区", "内蒙古"),
        ("延边朝鲜族自治州", "延边"), ("杞县", "杞县"), ("城区", "城区"), ("浦东新区", "浦东"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"), ("土默特左旗", "土默特左旗"), ("东乡族自治县", "东乡"), ("香港特别行政区", "香港"),
        ("新疆维吾尔自治区", "新疆"), ("神农架林区", "神农架"), ("井陉矿区", "井陉矿区"), ("大兴安岭地区", "大兴安岭"),
    ],
)  # fmt: skip
def test_a_stem_is_what_people_say(name, stem):
    assert stem_of(name, "district") == stem


def test_a_suffix_says_the_kind_and_a_bare_suffix_is_none():
    assert [suffix_of(name) for name in ("浦东新区", "杭州市", "延边朝鲜族自治州", "市", "")] == ["新区", "市", "自治州", "", ""]


def test_usual_latin_spellings_come_before_pinyin():
    assert [pinyin(name)[0] for name in ("杭州", "陕西", "朝阳", "西藏", "旅顺口")] == [
        "hangzhou",
        "shaanxi",
        "chaoyang",
        "tibet",
        "lushunkou",
    ]


def test_an_address_in_latin_letters_is_turned_round_and_others_are_left_alone():
    texts = pl.Series(["No.5WensanRd,XihuDistrict,Hangzhou", "杭州Xihu", None, "123"])
    assert chain_of_latin(texts).to_list() == ["<hangzhou><xihudistrict><nowensanrd>", "杭州Xihu", None, "123"]


def test_plain_text_is_one_spelling():
    texts = pl.Series(["廣東省 深圳市　１２號", "中国浙江省", "\u200b杭\x00州", None, "乾安县"])
    assert plain(texts).to_list() == ["广东省深圳市12号", "浙江省", "杭州", None, "乾安县"]


def test_a_signature_keeps_names_and_forgets_the_rest():
    parts = pl.DataFrame({"address": ["杭州市西湖区听雨路12号", "杭州市西湖区青禾街9号"]})
    parts = parts.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in ("region", "city", "district", "street"))
    first, second = signatures(parts)
    assert first == second
    assert [name for _, _, name, _ in read_signature(first)] == ["杭州市", "西湖区"]


def test_the_centre_of_a_square_is_its_middle_and_lies_inside():
    area, north, east = _area_and_centre(SQUARE)
    assert (area, north, east) == (8.0, 22.0, 11.0)
    assert _inside(SQUARE, (22.0, 11.0))
    assert not _inside(SQUARE, (22.0, 13.0))
