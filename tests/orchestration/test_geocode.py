"""`bailiwick geocode`: one file of customers in, their places out."""

import csv
import json

import polars as pl
import pytest
from click.testing import CliRunner

from ingest.landing.single_files import read_single_file
from orchestration.cli import main
from orchestration.geocode import COLUMNS

PROMISED = [
    "record_id", "country_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude", "precision",
    "method",
]  # fmt: skip
FILE = """\
record_id,Name,address,city,region,postal_code,country,latitude,longitude,owner
1,云杉机械,浙江省杭州市西湖区文三路1号,,,,,,,Li
2,Harbour Lane,,Seattle,WA,98101,US,,,Roe
3,Larkspur,,上海,,,中国,121.47,31.23,Wang
4,Nowhere,,,,,,,,Poe
,No id,,Seattle,WA,,US,,,Poe
5,Atlantis Ltd,,,,,Atlantis,,,Poe
6,too,many,cells,in,this,row,,,,,,
"""


@pytest.fixture
def geocode(tmp_path):
    def run(text, *options, name="customers.csv", out="places.csv"):
        file = tmp_path / name
        if isinstance(text, str):
            file.write_text(text, "utf-8")
        result = CliRunner().invoke(main, ["geocode", str(file), "--out", str(tmp_path / out), *options])
        return result, tmp_path / out

    return run


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {row["record_id"]: row for row in csv.DictReader(file)}


def test_every_row_that_can_be_used_gets_a_place_and_the_others_are_told(geocode):
    result, out = geocode(FILE, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert (report["rows_in"], report["rows_out"], report["rows_refused"]) == (7, 5, 2)
    assert report["unknown_columns"] == ["owner"]
    assert report["by_precision"] == {"district": 1, "none": 2, "point": 1, "postal_code": 1}
    assert report["problems"] == {"country:unknown": 1, "point:swapped": 1}
    found = rows(out)
    assert list(found) == ["1", "2", "3", "4", "5"]
    assert list(found["1"])[: len(PROMISED)] == PROMISED
    assert (found["1"]["city_name"], found["1"]["district_name"], found["1"]["division_code"]) == ("杭州市", "西湖区", "330106")
    assert (found["2"]["region_name"], found["2"]["precision"], found["2"]["division_code"]) == ("Washington", "postal_code", "53033")
    assert (found["3"]["latitude"], found["3"]["longitude"], found["3"]["precision"]) == ("31.23", "121.47", "point")
    refused = csv.DictReader(out.with_name("places.csv.refused.csv").read_text("utf-8").splitlines())
    assert [(row["row_number"], row["code"]) for row in refused] == [("5", "no_record_id"), ("7", "too_many_cells")]


def test_parquet_in_and_out_gives_the_same_places_as_csv(geocode, tmp_path):
    _, as_csv = geocode(FILE)
    good = read_single_file(tmp_path / "customers.csv").frame
    good.write_parquet(tmp_path / "customers.parquet")
    result, as_parquet = geocode(None, name="customers.parquet", out="places.parquet")
    assert result.exit_code == 0, result.output
    frame = pl.read_parquet(as_parquet)
    assert frame.columns == list(COLUMNS)
    assert frame.write_csv() == as_csv.read_text("utf-8")
    assert not as_parquet.with_name("places.parquet.refused.csv").exists()


def test_the_country_of_records_that_say_none_and_the_system_of_degrees_can_be_given(geocode):
    _, out = geocode(
        "record_id,street,latitude,longitude\n1,example lane 5,,\n2,x,31.17530398,121.53154186\n",
        "--country",
        "cn",
        "--coordinates",
        "gcj02",
    )
    found = rows(out)
    assert (found["1"]["country_code"], found["1"]["method"]) == ("CN", "source_country")
    assert round(float(found["2"]["latitude"]), 4) == 31.1774


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("id,city\n1,Seattle\n", (), "has no column record_id"),
        ("", (), "is empty"),
        ("record_id\n1\n", ("--country", "XX"), "'XX' is no country; expected two letters"),
        (None, (), "there is no file"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected_and_without_a_stack_trace(geocode, text, options, said):
    result, out = geocode(text, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("out", "said"), [("places.txt", "cannot be written"), ("no/places.csv", "no folder"), ("customers.csv", "take the place")]
)
def test_a_result_that_cannot_be_written_is_told_before_anything_is_placed(geocode, out, said, tmp_path):
    result, _ = geocode(FILE, out=out)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert (tmp_path / "customers.csv").read_text("utf-8") == FILE


def test_people_are_told_what_was_found(geocode):
    result, _ = geocode(FILE)
    said = " ".join(result.output.split())
    assert "5 of 7 rows placed" in said
    assert "2 rows could not be used" in said
    assert "Columns left alone: owner." in said
