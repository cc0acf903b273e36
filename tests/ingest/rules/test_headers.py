import pytest

from ingest.rules.headers import CHINESE, column_of
from ingest.rules.sheets import SHEETS


def test_every_column_of_every_sheet_has_a_chinese_header_and_no_other_word_has():
    assert set(CHINESE) == {name for model in SHEETS.values() for name in model.model_fields}
    assert all(any("一" <= sign <= "鿿" for sign in label) for labels in CHINESE.values() for label in labels)


@pytest.mark.parametrize("sheet", SHEETS)
def test_within_a_sheet_no_two_columns_share_a_header(sheet):
    fields = SHEETS[sheet].model_fields
    labels = [label for name in fields for label in (name, *CHINESE[name])]
    assert len(labels) == len(set(labels))
    assert [column_of(label, fields) for name in fields for label in CHINESE[name]] == [name for name in fields for _ in CHINESE[name]]


@pytest.mark.parametrize("header", ["rep_id", " Rep_ID ", "ｒｅｐ＿ｉｄ", "工号", " 人员编号\u200b"])
def test_a_header_is_known_in_any_case_and_width(header):
    assert column_of(header, SHEETS["reps"].model_fields) == "rep_id"


def test_a_header_of_another_sheet_is_not_known():
    assert column_of("区域编号", SHEETS["reps"].model_fields) is None
    assert column_of("", SHEETS["reps"].model_fields) is None
