import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.content import Limits
from ingest.landing.json_files import read_json
from ingest.sources.mapping import Format

NAME = "fxiaoke/2026-11-20/accounts.json"
LIMITS = Limits(max_bytes=1 << 24)


def _read(text, name=NAME, **format_):
    """Header, rows, row numbers and bad rows of a JSON text."""
    content = read_json(text.encode() if isinstance(text, str) else text, name, Format(**format_), LIMITS)
    return content.header, [list(row) for row in content.frame.rows()], content.row_numbers.to_list(), content.bad_rows


def _refused(text, name=NAME, **format_):
    with pytest.raises(FileRefused) as caught:
        _read(text, name, **format_)
    assert name in str(caught.value)
    return caught.value.code, str(caught.value)


def _encoding(text, name=NAME):
    return read_json(text.encode(), name, Format(), LIMITS).encoding


RECORDS = '[{"_id": "a1", "name": "海尔"}, {"_id": "a2", "name": null}]'


@pytest.mark.parametrize(
    "text",
    [
        RECORDS,
        f'{{"errorCode": 0, "data": {{"total": 2, "tags": ["x"], "dataList": {RECORDS}}}}}',
        f'{{"accounts": {RECORDS}, "paging": {{"next": null}}}}',
        '{"_id": "a1", "name": "海尔"}\n\n{"_id": "a2", "name": null}\n',
        '{"_id": "a1", "name": "海尔"}\r\n{"_id": "a2"}',
        '{"data": {"dataList": [{"_id": "a1", "name": "海尔"}]}}\n{"data": {"dataList": [{"_id": "a2"}]}}\n{"data": {"dataList": []}}\n',
        '{"data": [\n{"_id": "a1", "name": "海尔"}]}\n{"data": [\n{"_id": "a2"}]}{"data": null}',
        '[{"_id": "a1", "name": "海尔"}]\n[{"_id": "a2"}]\n',
        '{\n"_id": "a1",\n"name": "海尔"}\n{"_id": "a2"}',
    ],
)
def test_records_are_found_wherever_an_api_puts_them(text):
    assert _read(text) == (["_id", "name"], [["a1", "海尔"], ["a2", ""]], [1, 2], [])


def test_a_declared_path_is_obeyed_on_every_page():
    pages = '{"a": {"list": [{"id": 1}]}, "b": [{"no": 1}]}\n{"a": {"list": [{"id": 2}]}, "b": []}\n{"a": {"list": null}}\n'
    assert _read(pages, records="a.list")[:3] == (["id"], [["1"], ["2"]], [1, 2])


@pytest.mark.parametrize(
    ("path", "says"), [("a.items", "at a stands list"), ("x", "at the top stands a"), ("a", "no list at a"), ("a.list.x", "no object")]
)
def test_a_declared_path_that_leads_nowhere_is_refused_with_what_is_there(path, says):
    code, message = _refused('{"a": {"list": [{"id": 1}]}}', records=path)
    assert code == "missing_records"
    assert says in message


def test_several_lists_are_refused_with_their_paths():
    code, message = _refused('{"accounts": [{"id": 1}], "meta": {"fields": [{"name": "id"}]}}')
    assert code == "ambiguous_records"
    assert "(accounts, meta.fields)" in message


def test_an_object_without_a_list_is_one_record():
    assert _read('{"id": 1, "tags": ["a"]}')[1] == [["1", '["a"]']]


def test_a_record_per_line_may_hold_lists_of_objects():
    read = _read('{"id": 1, "contacts": [{"name": "Ada"}]}\n{"id": 2, "contacts": []}\n')
    assert read[1] == [["1", '[{"name": "Ada"}]'], ["2", "[]"]]


def test_a_page_without_records_is_a_content_without_rows():
    assert _read('{"data": {"dataList": [], "total": 0}}') == ([], [], [], [])
    assert _read("[]") == ([], [], [], [])


def test_numbers_keep_their_digits_wherever_they_stand():
    text = '[{"id": 1234567890123456789, "amount": 1.10, "small": -1E-7, "line": {"amount": 2.50, "text": "2.50"}, "all": [1.0, "1.0"]}]'
    header, rows, _, _ = _read(text)
    assert dict(zip(header, rows[0], strict=True)) == {
        "id": "1234567890123456789",
        "amount": "1.10",
        "small": "-1E-7",
        "line": '{"amount": 2.50, "text": "2.50"}',
        "line.amount": "2.50",
        "line.text": "2.50",
        "all": '[1.0, "1.0"]',
    }


def test_nested_objects_become_columns_beside_their_own_text():
    header, rows, _, _ = _read('[{"owner": {"id": "7", "team": {"name": "北区"}, "ok": true, "no": null}, "is_deleted": false}]')
    assert dict(zip(header, rows[0], strict=True)) == {
        "owner": '{"id": "7", "team": {"name": "北区"}, "ok": true, "no": null}',
        "owner.id": "7",
        "owner.team": '{"name": "北区"}',
        "owner.team.name": "北区",
        "owner.ok": "true",
        "owner.no": "",
        "is_deleted": "false",
    }


def test_a_key_written_with_a_dot_wins_over_a_nested_one():
    for text in ('[{"a": {"b": 1}, "a.b": 2}]', '[{"a.b": 2, "a": {"b": 1}}]'):
        header, rows, _, _ = _read(text)
        assert dict(zip(header, rows[0], strict=True)) == {"a": '{"b": 1}', "a.b": "2"}


def test_columns_are_the_union_of_keys_in_order_of_appearance():
    assert _read('[{"b": 1}, {"a": 2, "b": 3}, {"c": 4}]')[:2] == (["b", "a", "c"], [["1", "", ""], ["3", "2", ""], ["", "", "4"]])


def test_columns_that_appear_after_many_rows_are_empty_above():
    text = "\n".join([*(f'{{"id": {n}}}' for n in range(50_001)), '{"late": "x"}'])
    header, rows, numbers, _ = _read(text)
    assert header == ["id", "late"]
    assert (rows[0], rows[50_000], rows[50_001]) == (["0", ""], ["50000", ""], ["", "x"])
    assert numbers == list(range(1, 50_003))


def test_of_a_key_that_stands_twice_the_last_counts():
    assert _read('[{"a": 1, "b": 2, "a": 3}]')[:2] == (["a", "b"], [["3", "2"]])


def test_what_is_no_object_is_a_bad_row_with_its_place():
    header, rows, numbers, bad = _read('[{"id": 1}, "x", [1.0], null, {"id": 2}]')
    assert (header, rows, numbers) == (["id"], [["1"], ["2"]], [1, 5])
    assert [(row.row_number, row.code, row.cells) for row in bad] == [
        (2, "no_object", ['"x"']),
        (3, "no_object", ["[1.0]"]),
        (4, "no_object", ["null"]),
    ]


def test_a_broken_line_is_a_bad_row_with_its_text():
    _, rows, numbers, bad = _read('{"id": 1}\n{"id": 2\n\n{"id": 3}\n')
    assert (rows, numbers) == ([["1"], ["3"]], [1, 3])
    assert [(row.row_number, row.code, row.cells) for row in bad] == [(2, "broken_json", ['{"id": 2'])]
    assert bad[0].reason.startswith("Line 2 is no JSON")


def test_a_broken_page_is_refused_since_its_records_cannot_be_counted():
    code, message = _refused('{"data": [{"id": 1}]}\n{"data": [{"id": 2}\n{"data": []}\n')
    assert (code, "line 2, column" in message) == ("broken_json", True)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "empty_file", "nothing but blanks"),
        ("\ufeff \n", "empty_file", "nothing but blanks"),
        ('{"id": 1}\n{"id": 2', "truncated_file", "in line 2, after 1 records"),
        ('[{"id": 1},\n{"id": ', "truncated_file", "in line 2"),
        ('[{"id": 1},\n{"name": "Ac', "truncated_file", "in line 2"),
        ('[{"id": 1},\n{"id" 2}]', "broken_json", "line 2, column 7"),
        ('[{"id": 1}] x', "broken_json", "line 1, column 13"),
        ("Id,Name\n", "broken_json", "line 1, column 1"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(text, code, says):
    found, message = _refused(text)
    assert found == code
    assert says in message


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '[{"a": ' + '{"a": ' * 60 + "1" + "}" * 61 + "]", '[{"a": ' + "[" * 60 + "]" * 60 + "}]", "[" * 60 + "]" * 60]
)
def test_values_nested_beyond_reason_are_refused(text):
    assert _refused(text)[0] == "too_deep"


def test_fifty_levels_are_read():
    header, rows, _, _ = _read('[{"a": ' + '{"a": ' * 49 + "1" + "}" * 50 + "]")
    assert (len(header), rows[0][-1]) == (50, "1")


def test_ids_used_as_keys_are_refused():
    text = json.dumps([{f"id{n}": 1} for n in range(5001)])
    code, message = _refused(text)
    assert (code, "5,000 different keys" in message) == ("too_wide", True)


def test_half_a_character_becomes_a_replacement_character():
    text = '[{"a": "x\\ud83d", "b\\ude00": "\\ud83d\\ude00", "c": ["\\uD83D"]}]'
    assert _read(text)[:2] == (["a", "b\ufffd", "c"], [["x\ufffd", "\U0001f600", '["\ufffd"]']])
    assert _read('["\\ud83d"]')[3][0].cells == ['"\ufffd"']


def test_control_characters_in_texts_are_kept():
    assert _read('[{"a": "x\ty\nz"}]')[1] == [["x\ty\nz"]]


def test_the_encoding_says_which_kind_it_was():
    assert _encoding(RECORDS) == "json"
    assert _encoding('{"a": 1}\n') == "json"
    assert _encoding('{"a": 1}\n{"a": 2}\n') == "ndjson"
    assert _encoding('{"a": 1}\n', "x.jsonl") == "ndjson"
    assert _read(RECORDS.encode("utf-16"))[1] == [["a1", "海尔"], ["a2", ""]]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc.", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=6,
)
records = st.lists(st.dictionaries(st.text("abc.", min_size=1, max_size=2), values, min_size=1, max_size=4), min_size=1, max_size=5)


@given(records)
@settings(max_examples=200, deadline=None)
def test_every_top_level_value_comes_out_as_text_and_lines_equal_a_list(rows):
    header, read, numbers, bad = _read(json.dumps(rows))
    assert _read(
        "\n".join(map(json.dumps, rows)),
        "x.ndjson",
    )[:2] == (header, read)
    assert (numbers, bad) == (list(range(1, len(rows) + 1)), [])
    for row, cells in zip(rows, read, strict=True):
        found = dict(zip(header, cells, strict=True))
        for key, value in row.items():
            if isinstance(value, dict | list):
                assert json.loads(found[key]) == value
                assert found[key] == json.dumps(value, ensure_ascii=False)
            else:
                assert found[key] == {None: "", True: "true", False: "false"}.get(
                    value if value is None or isinstance(value, bool) else "", str(value)
                )


@given(st.text('{}[]",:a1 \n\\', max_size=30))
@settings(max_examples=300, deadline=None)
def test_arbitrary_text_is_read_or_refused_and_every_record_is_accounted_for(text):
    try:
        _, rows, numbers, bad = _read(text)
    except FileRefused as refused:
        assert refused.code in ("empty_file", "broken_json", "truncated_file", "too_deep", "ambiguous_records", "missing_records")
        return
    places = sorted([*numbers, *(row.row_number for row in bad)])
    assert places == list(range(1, len(rows) + len(bad) + 1))
