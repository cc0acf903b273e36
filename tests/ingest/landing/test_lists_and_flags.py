"""Cells that hold lists, flags made of several columns, columns under other headers, and ids in one form."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.columns import read_cells
from ingest.landing.feeds import KEY, ROW, Setting, apply_feed, read_lookup
from ingest.sources.mapping import Feed, Read

PATH = "crm/2026-11-20/customers.csv"
PLACE = "sources/crm.yml (entities.customers)"
# The same record in Salesforce's two ways of writing its id.
SHORT, LONG = "001A00000abcDEF", "001A00000abcDEFIA2"


@pytest.fixture(scope="session")
def applied(content):
    """A function that applies a feed to a text, with texts of its lookups' files: rows as dictionaries, and the rows read."""

    def apply(feed, text, ids="text", **lookup_texts):
        feed = Feed.model_validate({"file": "customers.csv", "key": "Id", "required": []} | feed)
        setting = Setting(place=PLACE, ids=ids)
        lookups = {
            name: read_lookup(name, lookup, [(f"{name}.csv", content(lookup_texts[name]))] if name in lookup_texts else [], setting)
            for name, lookup in feed.lookups.items()
        }
        rows, rows_read = apply_feed(feed, PATH, content(text), lookups, setting)
        return rows.to_dicts(), rows_read

    return apply


def values(found, *columns):
    return [tuple(row[column] for column in columns) for row in found[0]]


TEAM = {"explode": "team", "key": ["Id", "team.user.id"], "columns": {"team.user.id": "name", "team.#": "region", "team.role": "city"}}


def test_a_list_becomes_a_row_for_each_element_with_its_place_and_its_rows_number(applied, csv_text):
    first = json.dumps([{"user": {"id": "u1"}, "role": 1}, {"user": {"id": "u2"}, "role": True}])
    found = applied(TEAM, csv_text(["Id", "team"], ["a", first], ["b", '[{"user": {"id": "u1"}}]']))
    assert values(found, KEY, ROW, "name", "region", "city") == [
        ("a|u1", 1, "u1", "0", "1"),
        ("a|u2", 1, "u2", "1", "true"),
        ("b|u1", 2, "u1", "0", None),
    ]
    assert found[1] == 3


@pytest.mark.parametrize("cell", ["", " ", "[]", "no JSON", "[" * 2000, '[{"user": '])
def test_a_cell_without_a_list_gives_no_row_and_is_read_all_the_same(applied, csv_text, cell):
    found = applied(TEAM, csv_text(["Id", "team"], ["a", cell], ["b", '[{"user": {"id": "u1"}}]']))
    assert values(found, KEY, ROW) == [("b|u1", 2)]
    assert found[1] == 2


def test_one_object_in_place_of_a_list_is_a_list_of_one(applied, csv_text):
    assert values(applied(TEAM, csv_text(["Id", "team"], ["a", '{"user": {"id": "u1"}}'])), KEY, "region") == [("a|u1", "0")]


def test_a_key_that_holds_a_dot_counts_before_a_path(applied, csv_text):
    assert values(applied(TEAM, csv_text(["Id", "team"], ["a", '[{"user.id": "x", "user": {"id": "y"}}]'])), "name") == [("x",)]


def test_a_list_is_found_under_a_label(applied, csv_text):
    labelled = TEAM | {"labels": {"team": "相关团队"}}
    assert values(applied(labelled, csv_text(["Id", "相关团队"], ["a", '[{"user": {"id": "u1"}}]'])), KEY) == [("a|u1",)]


def test_where_looks_at_elements(applied, csv_text):
    cell = json.dumps([{"user": {"id": "u1"}, "role": "1"}, {"user": {"id": "u2"}, "role": "2"}])
    found = applied(TEAM | {"where": {"team.role": "1"}}, csv_text(["Id", "team"], ["a", cell]))
    assert (values(found, KEY), found[1]) == ([("a|u1",)], 2)


def test_a_page_without_the_list_has_no_elements(applied):
    assert applied(TEAM, '[{"Id": "a"}, {"Id": "b"}]') == ([], 2)


@pytest.mark.parametrize("page", ['{"data": {"dataList": []}}', "[]"])
@pytest.mark.parametrize("feed", [TEAM, {"columns": {"Name": "name"}, "required": ["name"], "where": {"Kind": "a"}}])
def test_a_page_without_records_lacks_no_column_and_has_no_rows(applied, page, feed):
    assert applied(feed, page) == ([], 0)


element = st.fixed_dictionaries(
    {}, optional={"user": st.fixed_dictionaries({"id": st.sampled_from(["u1", "u2", ""])}), "role": st.integers(0, 3)}
)
cell = st.one_of(st.lists(element, max_size=4).map(json.dumps), st.sampled_from(["", "x", "{}", "null", "[null]", "[[1]]"]))


@given(cells=st.lists(cell, min_size=1, max_size=6))
@settings(max_examples=60)
def test_every_element_is_a_row_and_every_row_without_one_is_counted(applied, csv_text, cells):
    rows, rows_read = applied(TEAM, csv_text(["Id", "team"], *([f"r{place}", text] for place, text in enumerate(cells))))
    lengths = []
    for text in cells:
        try:
            found = json.loads(text)
        except ValueError:
            found = []
        lengths.append(len(found) if isinstance(found, list) else 1)
    assert len(rows) == sum(lengths)
    assert rows_read == sum(max(length, 1) for length in lengths)
    numbers = [row[ROW] for row in rows]
    assert numbers == [place for place, length in enumerate(lengths, start=1) for _ in range(length)]


DELETED = {"columns": {}, "flags": {"is_deleted": {"Deleted": ["true", "1", "是"], "Life": ["invalid", "作废"]}}}


def test_a_flag_is_true_where_any_of_its_columns_holds_one_of_its_values(applied):
    found = applied(DELETED, "Id,Deleted,Life\na,TRUE,\nb, 是 ,normal\nc,0,Invalid\nd,,\ne,no,normal\n")
    assert values(found, "is_deleted") == [("true",), ("true",), ("true",), ("false",), ("false",)]


def test_a_flag_does_with_the_columns_that_are_there(applied):
    assert values(applied(DELETED, "Id,Life\na,作废\nb,\n"), "is_deleted") == [("true",), ("false",)]
    assert "is_deleted" not in applied(DELETED, "Id\na\n")[0][0]


def test_a_required_flag_needs_one_of_its_columns(applied):
    with pytest.raises(FileRefused, match='column "Deleted" is not in'):
        applied(DELETED | {"required": ["is_deleted"]}, "Id,Name\na,b\n")


def of_cells(cells, **read):
    return read_cells(pl.Series(cells, dtype=pl.String), Read.model_validate({"to": "name"} | read)).to_list()


PHONES = json.dumps([{"isDefault": False, "no": "1"}, {"isDefault": True, "no": "2"}, {"isDefault": True, "no": "3"}])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("isDefault=true.no", "2"),
        ("isDefault=false.no", "1"),
        ("no=3.isDefault", "true"),
        ("no=9.no", None),
        ("other=1.no", None),
        ("0.no", "1"),
    ],
)
def test_an_element_is_found_by_a_value_inside_it(path, expected):
    assert of_cells([PHONES], json=path) == [expected]


def test_a_number_that_elements_are_found_by_keeps_its_digits():
    assert of_cells(['[{"a": 1.10, "b": "x"}, {"a": 7, "b": "y"}]'] * 2, json="a=7.b") == ["y", "y"]


def test_a_condition_on_what_is_no_list_of_objects_finds_nothing():
    assert of_cells(["[1, 2]", '{"a": "b"}', "[]", '[["a"]]'], json="a=b.c") == [None] * 4


def test_plain_text_is_taken_as_it_stands_where_lists_may_come_as_text():
    cells = ['["1001"]', '["1001", "1002"]', "Ann Lee", " Ann ", "[]", "", None, '{"0": "x"}', "[broken"]
    assert of_cells(cells, json="0", or_text=True) == ["1001", "1001", "Ann Lee", " Ann ", None, None, None, "x", None]
    assert of_cells(["Ann Lee"], json="0") == [None]


def test_a_column_is_found_under_its_own_name_before_any_label(applied):
    feed = {"columns": {"Name": "name", "City": "city"}, "labels": {"Name": ["客户名称", "公司"], "City": ["城市"], "Id": ["编号"]}}
    assert values(applied(feed, "编号（必填）,公司,城市\n1,Acme,上海\n"), KEY, "name", "city") == [("1", "Acme", "上海")]
    assert values(applied(feed, "Id,客户名称,Name,公司\n1,b,a,c\n"), "name") == [("a",)]
    assert values(applied(feed, "Id,公司,客户名称\n1,c,b\n"), "name") == [("b",)]


@pytest.mark.parametrize("written", [SHORT, LONG, f" {SHORT} ", LONG.upper(), LONG.lower()])
def test_a_record_of_salesforce_has_one_key_however_its_id_is_written(applied, written):
    assert values(applied({"columns": {"Name": "name"}}, f"Id,Name\n{written},a\n", ids="salesforce"), KEY) == [(LONG,)]
    assert values(applied({"columns": {"Name": "name"}}, f"Id,Name\n{SHORT},a\n"), KEY) == [(SHORT,)]


def test_a_lookup_is_matched_by_ids_in_one_form(applied):
    lookups = {"owner": {"file": "owner.csv", "key": "Customer", "match": "Ref", "columns": {"User": "owner_user_id"}}}
    feed = {"columns": {}, "lookups": lookups}
    short_and_long = applied(feed, f"Id,Ref\na,{SHORT}\nb,{LONG}\n", ids="salesforce", owner=f"Customer,User\n{LONG},ann\n")
    assert values(short_and_long, "owner_user_id") == [("ann",), ("ann",)]
    zoho = applied(feed, "Id,Ref\na,zcrm_42\nb,42\nc,42.0\n", ids="zoho", owner="Customer,User\nzcrm_42,ann\n")
    assert values(zoho, "owner_user_id") == [("ann",)] * 3


def test_a_key_of_zoho_stands_without_its_prefix(applied):
    assert values(applied({"columns": {}}, "Id\nzcrm_42\n43\n", ids="zoho"), KEY) == [("42",), ("43",)]


DAMAGED = "Id,Owner\n1.23457E+17,1\n1.23457E+17,2\n"


@pytest.mark.parametrize(
    ("text", "column"),
    [(DAMAGED, "Id"), ("Id,Owner\n1,4.5E+17\n", "owner_user_id"), ("Id,Owner\n123456789012345000,1\n123456789012346000,2\n", "Id")],
)
def test_ids_that_a_spreadsheet_has_rounded_refuse_the_file(applied, text, column):
    with pytest.raises(FileRefused) as caught:
        applied({"columns": {"Owner": "owner_user_id"}}, text)
    assert caught.value.code == "damaged_ids"
    assert f"{PATH} went through a spreadsheet that damaged its ids: {column} holds" in str(caught.value)
    assert "set the id columns to Text" in str(caught.value)


def test_ids_that_are_rounded_in_a_lookup_refuse_the_file_too(applied):
    lookups = {"owner": {"file": "owner.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}}
    with pytest.raises(FileRefused, match=r"owner\.csv went through a spreadsheet"):
        applied({"columns": {}, "lookups": lookups}, "Id\n1\n", owner="Customer,User\n1.5E+16,ann\n")


def test_a_rounded_number_in_a_column_that_holds_no_id_is_left_alone(applied):
    assert values(applied({"columns": {"Revenue": "annual_revenue_amount"}}, "Id,Revenue\n1,1.5E+16\n"), "annual_revenue_amount") == [
        ("1.5E+16",)
    ]


OPTIONAL = {
    "columns": {},
    "lookups": {"owner": {"file": "owner.csv", "key": "Customer", "match": "Ref", "columns": {"User": "owner_user_id"}, "optional": True}},
}


def test_an_optional_lookup_may_be_absent_with_its_file_or_its_column(applied):
    assert values(applied(OPTIONAL, "Id,Ref\n1,9\n"), KEY, "owner_user_id") == [("1", None)]
    assert values(applied(OPTIONAL, "Id\n1\n", owner="Customer,User\n9,ann\n"), KEY, "owner_user_id") == [("1", None)]
    assert values(applied(OPTIONAL, "Id,Ref\n1,9\n", owner="Customer,User\n9,ann\n"), "owner_user_id") == [("ann",)]
    with pytest.raises(FileRefused, match=r'column "User" is not in owner\.csv'):
        applied(OPTIONAL, "Id,Ref\n1,9\n", owner="Customer,Name\n9,ann\n")


def test_every_element_of_a_list_is_read_and_loaded_quarantined_or_left_out(home, make_source):
    team = {"file": "team.json", "key": ["id", "team.user"], "explode": "team", "where": {"team.role": ["1", "2"]}}
    source = make_source(
        entities={"customer_members": team | {"columns": {"id": "customer_record_id", "team.user": "user_id"}}},
    )
    members = [{"user": "u1", "role": 1}, {"user": "u1", "role": 2}, {"user": "u2", "role": 3}, {"role": 1}]
    records = [{"id": "a", "team": members}, {"id": "b", "team": []}, {"id": "c", "team": [{"user": "u3", "role": "1"}]}]
    home.put("crm/2026-11-20/team.json", json.dumps(records))
    result = home.land(source)
    assert home.rows("raw.customer_members", "record_id", "user_id", "row_number") == [
        ("a|", None, 1),
        ("a|u1", "u1", 1),
        ("c|u3", "u3", 3),
    ]
    assert home.rows("raw.quarantine", "row_number", "reason_code") == [(1, "duplicate_key")]
    # Read: four elements, a record without any, one element; left out: the element of another role, the record without any.
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined, result.rows_left_out) == (6, 3, 1, 2)


def test_a_page_without_records_is_no_reason_to_refuse_a_column(home, make_source):
    feed = {"file": "page*.json", "key": "Id", "columns": {"Name": "name"}}
    home.put("crm/2026-11-20/page1.json", '{"data": [{"Id": "1", "Name": "a"}]}')
    home.put("crm/2026-11-20/page2.json", '{"data": []}')
    result = home.land(make_source(entities={"customers": feed}))
    assert (result.refused, result.rows_loaded) == ([], 1)
    assert set(home.states().values()) == {("loaded", None)}
