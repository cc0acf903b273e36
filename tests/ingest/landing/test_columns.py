import csv
import json
import struct

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.columns import comparable_header, find_columns, missing_column, read_cells
from ingest.sources.mapping import Read

LOCATION = "0xE6100000010C" + struct.pack("<dd", 47.5, -122.25).hex()  # WGS-84, one valid point


def reads(cells, **how):
    read = Read.model_validate({"to": ["name"]} | how)
    return read_cells(pl.Series("cell", cells, dtype=pl.String), read).to_list()


@pytest.mark.parametrize("header", ["Name", "NAME", "name", " Name ", "\ufeffName", "Name\xa0", "\u3000Ｎａｍｅ", "Name\r\n", "\tname"])
def test_headers_are_the_same_whatever_their_case_width_and_blanks(header):
    assert comparable_header(header) == "name"
    assert find_columns(["Id", header], ["Name"], {}, "x.csv") == {"Name": 1}


@pytest.mark.parametrize(
    "header", ["BillingStreet", "billing_street", "Billing Street", "BILLING-STREET", "Billing\xa0Street*", "Billing Street（必填）"]
)
def test_an_api_name_its_snake_case_and_its_label_are_one_header(header):
    assert comparable_header(header) == "billingstreet"


def test_chinese_characters_brackets_and_dots_stay():
    assert comparable_header("客户（名称）") == "客户(名称)"
    assert comparable_header("负责人（必填）") == "负责人"
    assert comparable_header("owner.name") == "owner.name"


def test_a_column_is_found_under_a_label_but_its_own_name_comes_first():
    labels = {"accountName": ["客户名称", "客户名"]}
    assert find_columns(["id", "客户名"], ["accountName"], labels, "x.csv") == {"accountName": 1}
    assert find_columns(["客户名称", "account_name"], ["accountName"], labels, "x.csv") == {"accountName": 1}


def test_of_two_headers_that_are_loosely_alike_the_exact_one_is_meant():
    assert find_columns(["Account Name", "AccountName"], ["AccountName"], {}, "x.csv") == {"AccountName": 1}


def test_a_column_that_is_not_there_is_not_found():
    assert find_columns(["Id"], ["Id", "Name"], {}, "x.csv") == {"Id": 0}


@pytest.mark.parametrize("header", [["Name", "Name"], ["Name", "NAME "], ["Ｎame", "name"]])
def test_a_column_that_stands_there_twice_is_refused_where_it_is_wanted(header):
    with pytest.raises(FileRefused, match=r'x\.csv has the column "name" 2 times') as caught:
        find_columns(header, ["name"], {}, "x.csv")
    assert caught.value.code == "doubled_column"
    assert find_columns([*header, "Id"], ["Id"], {}, "x.csv") == {"Id": 2}


def test_a_missing_column_is_named_with_what_the_file_has_and_the_closest():
    refusal = missing_column("客户等级", ["客户名称", "客户分级"], "crm/2026-11-20/客户.xlsx", "sources/crm.yml (entities.customers)")
    assert refusal.code == "missing_column"
    assert str(refusal) == (
        'column "客户等级" is not in crm/2026-11-20/客户.xlsx.\n'
        "  The file has: 客户名称, 客户分级\n"
        "  Closest: 客户分级. If the CRM renamed it, change sources/crm.yml (entities.customers)."
    )


def test_a_missing_column_without_anything_near_points_to_the_mapping_all_the_same():
    assert str(missing_column("Revenue", ["Id"], "x.csv", "sources/crm.yml")).endswith(
        "If the export no longer has it, change sources/crm.yml."
    )


def test_a_cell_that_is_read_as_it_is_stays_as_it_is():
    assert reads([" a ", None, "<x>"]) == [" a ", None, "<x>"]


def test_xml_gives_the_text_of_the_first_element_of_the_name_whatever_its_namespace():
    survey = '<S xmlns="urn:x"><A>1</A><Note><![CDATA[R & D]]></Note><A>2</A></S>'
    assert reads([survey], xml="A") == ["1"]
    assert reads([survey], xml="Note") == ["R & D"]
    assert reads([survey], xml="B") == [None]


def test_xml_may_start_with_a_declaration_a_comment_and_blanks():
    assert reads(['\n<?xml version="1.0" encoding="utf-16"?><!-- old --><A>海尔</A>'], xml="A") == ["海尔"]


@pytest.mark.parametrize(
    "cell", ["", "no XML", "<A>1", "<A></A>", "<A> </A>", "<A/>", "&amp;", '<!DOCTYPE x [<!ENTITY a "1">]><A>&a;</A>', "<A>" * 5000]
)
def test_garbage_for_xml_reads_as_nothing(cell):
    assert reads([cell, None], xml="A") == [None, None]


def test_json_is_followed_along_a_dotted_path_into_objects_and_lists():
    cell = json.dumps({"place": {"city": "上海", "codes": ["200000", "200001"]}, "n": 3, "ok": True}, ensure_ascii=False)
    assert reads([cell], json="place.city") == ["上海"]
    assert reads([cell], json="place.codes.1") == ["200001"]
    assert reads([cell], json="n") == ["3"]
    assert reads([cell], json="ok") == ["true"]
    assert reads([cell], json="place.codes") == ['["200000", "200001"]']


def test_a_json_number_keeps_its_digits():
    assert reads(['{"a": 1.10}', '{"a": 12345678901234567890.25}', '{"a": 007}'], json="a") == ["1.10", "12345678901234567890.25", None]


def test_half_a_character_in_json_becomes_the_replacement_character():
    assert reads(['{"a": "Acme \\ud83d"}', '{"a": "\\ud83d\\ude00"}', '{"a": ["\\udc00"]}'], json="a") == ["Acme �", "😀", '["�"]']


@pytest.mark.parametrize("cell", ["", "{", "[]", "null", "7", '{"a": null}', '{"a": ""}', '{"a": " "}', '"a"', "[" * 100_000, '["a"]'])
def test_garbage_for_json_reads_as_nothing(cell):
    assert reads([cell, None], json="a") == [None, None]


def test_a_list_index_beyond_the_list_reads_as_nothing():
    assert reads(["[1]", "[1, 2]"], json="1") == [None, "2"]


def test_a_point_of_sql_server_gives_latitude_and_longitude():
    assert reads([LOCATION, LOCATION.removeprefix("0x").lower()], sqlserver_point="latitude") == ["47.5", "47.5"]
    assert reads([LOCATION], sqlserver_point="longitude") == ["-122.25"]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "0x",
        "no point",
        LOCATION[:-2],
        LOCATION + "00",
        LOCATION.replace("0C", "04", 1),
        "0xE6100000010C" + struct.pack("<dd", float("nan"), float("inf")).hex(),
        "海" * 22,
    ],
)
def test_garbage_for_a_point_reads_as_nothing(cell):
    assert reads([cell, None], sqlserver_point="latitude") == [None, None]


@given(cells=st.lists(st.one_of(st.none(), st.text('{}[]":,<>/a0\\ud8', max_size=14), st.text(max_size=8)), max_size=6))
@settings(max_examples=150)
def test_any_text_is_read_or_reads_as_nothing(cells):
    cells = [cell if cell is None else cell.encode("utf-8", "ignore").decode() for cell in cells]
    for how in ({"xml": "a"}, {"json": "a.0"}, {"json": "0"}, {"sqlserver_point": "latitude"}):
        found = reads(cells, **how)
        assert len(found) == len(cells)
        assert all(text is None or (text.strip() and cell is not None) for cell, text in zip(cells, found, strict=True))


def test_real_surveys_and_points_are_read(real_data):
    with real_data("adventureworks_oltp/store.csv").open(encoding="utf-8", newline="") as stream:
        surveys = [row["demographics"] for row in csv.DictReader(stream)]
    staff = reads(surveys, xml="NumberEmployees")
    assert len(staff) == 701
    assert all(text is not None and int(text) > 0 for text in staff)
    with real_data("adventureworks_oltp/address.csv").open(encoding="utf-8", newline="") as stream:
        points = [row["spatiallocation"] for row in csv.DictReader(stream)]
    latitudes = reads(points, sqlserver_point="latitude")
    assert [cell for cell, text in zip(points, latitudes, strict=True) if cell and text is None] == []
    assert all(-90 <= float(text) <= 90 for text in latitudes if text)
