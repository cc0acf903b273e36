"""`bailiwick resolve`: files of customers in, who is the same customer out; loads that follow one another, judgements, mistakes."""

import csv
import importlib.util
import json
from pathlib import Path

import polars as pl
import pytest

import orchestration.resolve as command
from ingest.landing.single_files import read_single_file
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import default_parameters
from ingest.resolution.scoring import population, prior_bits

_SPEC = importlib.util.spec_from_file_location("resolve_loads", Path(__file__).with_name("resolve_loads.py"))
loads = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(loads)
DAYS, FIRST, HEADER, LARKSPUR, OSTER, QUILLON = loads.DAYS, loads.FIRST, loads.HEADER, loads.LARKSPUR, loads.OSTER, loads.QUILLON
content, ids, results, said, table = loads.content, loads.ids, loads.results, loads.said, loads.table


# One file


def test_records_of_one_customer_get_one_id_and_the_others_an_id_of_their_own(known, tmp_path):
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert known["1"] == known["2"]
    assert len(set(known.values())) == 6
    assert (report["records"], report["customers"], report["minted"], report["retired"]) == (7, 6, 6, 0)
    assert report["as_of_date"] == DAYS[0]
    assert report["parameters"]["version"] == default_parameters().version
    assert set(report["seconds"]) > {"read the file", "compare", "write the result"}
    customers = pl.read_parquet(tmp_path / "out" / "customers.parquet")
    assert customers.columns == ["record_id", "customer_id", "source"]
    assert customers["record_id"].to_list() == ["1", "3", "5", "6", "7", "2", "4"]


def test_records_without_a_word_are_customers_of_their_own(known):
    assert known["6"] != known["7"]
    assert not {known["6"], known["7"]} & {known[record] for record in "12345"}


def test_a_pair_says_what_it_is_made_of(loaded, tmp_path):
    loaded(table("2,erp,Oster Tool Works,,,,Austin,TX,US", "1,crm,Oster Tool Works,,,,Austin,TX,US", f"3,crm,{QUILLON}"))
    pairs = pl.read_parquet(tmp_path / "out" / "pairs.parquet")
    assert pairs.height == 1
    pair = pairs.row(0, named=True)
    assert [pair[key] for key in ("left_source", "left_id", "right_source", "right_id", "verdict")] == ["crm", "1", "erp", "2", "same"]
    assert (pair["name_level"], pair["place_level"], pair["source_level"], pair["phone_level"]) == (
        "same",
        "same_district",
        "other",
        "missing",
    )
    prior = prior_bits(population(3, default_parameters()), default_parameters())
    assert pair["weight"] == pytest.approx(sum(pair[f"{field}_weight"] for field in FIELDS) + prior, abs=0.1)
    assert pair["score"] == pytest.approx(1 / (1 + 2 ** -pair["weight"]), abs=0.0001)
    assert (pair["is_identical"], pair["cut_cause"]) == (False, None)


def test_records_that_say_exactly_the_same_are_a_pair_without_weights(loaded, tmp_path):
    report, by_record = loaded(table(f"1,crm,{QUILLON}", f"2,crm,{QUILLON}", f"3,crm,{QUILLON}"))
    assert len(set(by_record.values())) == 1
    pairs = pl.read_parquet(tmp_path / "out" / "pairs.parquet")
    assert pairs.select("left_id", "right_id", "score", "verdict", "weight", "is_identical").rows() == [
        ("1", "2", 1.0, "same", None, True),
        ("1", "3", 1.0, "same", None, True),
    ]
    assert report["pairs"] == {"same": 2}


def test_a_file_without_sources_gives_customers_without_sources(loaded, tmp_path):
    loaded(table("1,Quillon Freight", "2,Larkspur", header="record_id,name"))
    assert pl.read_parquet(tmp_path / "out" / "customers.parquet").columns == ["record_id", "customer_id"]


def test_a_file_without_rows_gives_a_result_without_rows(loaded, tmp_path):
    pl.DataFrame(schema={"record_id": pl.String, "name": pl.String}).write_parquet(tmp_path / "none.parquet")
    report, by_record = loaded(None, name="none.parquet")
    assert (report["rows_in"], report["records"], report["customers"], by_record) == (0, 0, 0, {})


def test_neither_the_order_of_rows_nor_the_kind_of_file_changes_a_byte(loaded, known, tmp_path):
    loaded(table(*reversed(FIRST)), out="turned")
    read_single_file(tmp_path / "customers.csv").frame.write_parquet(tmp_path / "customers.parquet")
    loaded(None, name="customers.parquet", out="parquet")
    assert results(tmp_path / "out") == results(tmp_path / "turned") == results(tmp_path / "parquet")
    assert len(known) == 7


def test_every_row_comes_out_or_is_refused_with_its_reason(loaded, tmp_path):
    rows = [
        f"1,crm,{QUILLON}",
        f"1,crm,{OSTER}",
        f",crm,{OSTER}",
        f"1,erp,{OSTER}",
        f"1,erp,{OSTER}",
        f"1,crm,{LARKSPUR}",
        f"1,crm,{QUILLON}",
        "9,crm,a,b,c,d,e,f,g,too many,cells",
    ]
    report, _ = loaded(table(*rows))
    assert (report["rows_in"], report["rows_out"], report["rows_refused"], report["rows_identical"]) == (6, 2, 4, 2)
    assert report["rows_in"] == report["rows_out"] + report["rows_refused"]
    assert len(pl.read_parquet(tmp_path / "out" / "customers.parquet")) == report["rows_out"]
    refused = list(csv.DictReader((tmp_path / "out" / "refused.csv").read_text("utf-8").splitlines()))
    assert [(row["row_number"], row["code"]) for row in refused] == [
        ("2", "duplicate_key"), ("3", "no_record_id"), ("6", "duplicate_key"), ("8", "too_many_cells"),
    ]  # fmt: skip
    assert refused[0]["reason"] == "row 7 has the same source and record_id and counts instead"
    assert "Oster Tool Works" in refused[0]["cells"]
    loaded(table(f"1,crm,{QUILLON}"))
    assert not (tmp_path / "out" / "refused.csv").exists()


def test_json_says_what_the_report_says(load):
    result, out = load(table(FIRST[3]), "--json")
    assert json.loads(result.output) == json.loads((out / "report.json").read_text("utf-8"))


def test_people_are_told_what_was_found(load):
    result, _ = load(table(*(f"{row},Roe" for row in FIRST[:2]), f",,{OSTER},Roe", header=f"{HEADER},owner"))
    text = said(result)
    assert "2 records are 1 customers" in text
    assert "2 used of 3; 2 records new, 0 changed" in text
    assert "1 new, 0 retired" in text
    assert "1 rows could not be used" in text
    assert "Columns left alone: owner." in text


# Loads that follow one another


def test_customers_keep_their_ids_through_a_merger_a_split_and_a_load_that_changes_nothing(loaded, known, tmp_path):
    first = known
    report, merged = loaded(table(f"4,erp,{QUILLON}", "8,crm,Bramble Foods,,,,Boise,ID,US"), state="state", day=DAYS[1])
    assert (report["records"], report["records_new"], report["records_changed"]) == (8, 1, 1)
    assert merged["3"] == merged["4"] in {first["3"], first["4"]}
    gone = ({first["3"], first["4"]} - {merged["3"]}).pop()
    assert report["redirects"] == [{"old_customer_id": gone, "customer_id": merged["3"], "cause": "merged"}]
    assert (report["minted"], report["retired"]) == (1, 1)
    assert all(merged[record] == first[record] for record in "12567")
    redirects = pl.read_parquet(tmp_path / "out" / "redirects.parquet")
    assert [str(cell) for cell in redirects.row(0)] == [gone, merged["3"], "merged", DAYS[1]]
    before = results(tmp_path / "out")

    report, same = loaded(table(f"4,erp,{QUILLON}"), state="state", day=DAYS[1])
    assert (report["records_new"], report["records_changed"], report["minted"], report["retired"]) == (0, 0, 0, 0)
    assert same == merged
    assert results(tmp_path / "out") == before

    report, parted = loaded(table(f"4,erp,{OSTER}"), state="state", day=DAYS[2])
    assert parted["3"] != parted["4"]
    assert merged["3"] in (parted["3"], parted["4"])
    assert gone not in parted.values()
    assert (report["minted"], report["retired"], report["redirects"]) == (1, 0, [])
    assert all(parted[record] == merged[record] for record in "125678")


def test_several_loads_find_what_one_load_of_all_finds(loaded, known, tmp_path):
    for number, part in enumerate((FIRST[1:], FIRST[:1])):
        loaded(table(*part), state="parts", out="parts", day=DAYS[number])
    assert (tmp_path / "parts" / "pairs.parquet").read_bytes() == (tmp_path / "out" / "pairs.parquet").read_bytes()
    several = ids(tmp_path / "parts")
    both = {(known[record], several[record]) for record in known}
    assert len(set(known.values())) == len(set(several.values())) == len(both)


def test_the_same_loads_give_the_same_bytes(loaded, known, tmp_path):
    loaded(table(*FIRST), state="other", day=DAYS[0])
    for state in ("state", "other"):
        loaded(table(f"4,erp,{QUILLON}"), state=state, day=DAYS[1], out=f"out_{state}")
    assert results(tmp_path / "out_state") == results(tmp_path / "out_other")
    assert pl.read_parquet(tmp_path / "out_state" / "redirects.parquet").height == 1
    assert len(known) == 7


def test_records_with_and_without_a_source_live_in_one_state(loaded, tmp_path):
    loaded(table("1,Quillon Freight", header="record_id,name"), state="state")
    report, _ = loaded(table("1,crm,Bramble Foods", header="record_id,source,name"), state="state")
    assert report["records"] == 2
    customers = pl.read_parquet(tmp_path / "out" / "customers.parquet")
    assert customers.select("record_id", "source").rows() == [("1", "crm"), ("1", "file")]


def test_a_day_before_that_of_the_state_is_refused(load, known, tmp_path):
    before = content(tmp_path / "state")
    result, out = load(table(f"4,erp,{QUILLON}"), state="state", day="2026-10-31", out="late")
    assert result.exit_code == 2
    assert f"the state is as of {DAYS[0]}, and 2026-10-31 is earlier" in said(result)
    assert not out.exists()
    assert len(known) == 7
    assert content(tmp_path / "state") == before


# What people decided


def test_a_judgement_parts_two_records_and_taking_it_back_unites_them(loaded, known):
    different = "crm,1,erp,2,different,,Ann,2026-11-02,two firms in one house"
    report, parted = loaded(table(FIRST[0]), state="state", day=DAYS[1], judged=[different])
    assert parted["1"] != parted["2"]
    assert report["cuts"] == {"judged_different": 1}
    assert report["pairs"] == {"different": 1}
    _, still = loaded(table(FIRST[0]), state="state", day=DAYS[1])
    assert still == parted
    report, again = loaded(
        table(FIRST[0]), state="state", day=DAYS[2], judged=[different, "crm,1,erp,2,withdrawn,,Ann,2026-11-03,one firm after all"]
    )
    assert again["1"] == again["2"] == known["1"]
    assert report["judgement_issues"] == []


def test_records_that_say_exactly_the_same_are_parted_by_a_judgement_that_comes_later(loaded):
    different = "crm,1,crm,2,different,,Ann,2026-11-02,two shops"
    _, first = loaded(table(f"1,crm,{QUILLON}", f"2,crm,{QUILLON}", f"3,crm,{QUILLON}"), state="state")
    assert len(set(first.values())) == 1
    report, parted = loaded(table(f"3,crm,{QUILLON}"), state="state", judged=[different])
    assert parted["1"] != parted["2"]
    assert report["records_changed"] == 0
    _, again = loaded(table(f"3,crm,{QUILLON}"), state="state", judged=[different, "crm,1,crm,2,withdrawn,,Ann,2026-11-03,one shop"])
    assert len(set(again.values())) == 1


def test_a_judgement_holds_for_one_run_where_there_is_no_state(loaded):
    rows = table("1,Quillon Freight LLC", "2,Oster Tool Works", header="record_id,name")
    _, judged = loaded(rows, judged=[f"{command.NO_SOURCE},1,{command.NO_SOURCE},2,same,,Ann,2026-11-02,it was renamed"])
    assert judged["1"] == judged["2"]
    _, free = loaded(rows)
    assert free["1"] != free["2"]


def test_a_kept_id_is_borne_and_judgements_that_cannot_count_are_told(load, loaded, known):
    first = known
    _, merged = loaded(table(f"4,erp,{QUILLON}"), state="state", day=DAYS[1])
    gone = ({first["3"], first["4"]} - {merged["3"]}).pop()
    judged = [
        f"erp,4,,,keep_id,{gone},Ann,2026-11-02,printed on their contract",
        "crm,1,crm,99,same,,Ann,2026-11-02,it will come",
        "crm,1,erp,2,perhaps,,Ann,2026-11-02,who knows",
    ]
    result, out = load(table(f"4,erp,{QUILLON}"), state="state", day=DAYS[1], judged=judged)
    assert ids(out)["3"] == ids(out)["4"] == gone
    issues = json.loads((out / "report.json").read_text("utf-8"))["judgement_issues"]
    assert sorted(issue["issue"] for issue in issues) == ["refused", "waits"]
    assert "Judgement, waits: `same` of crm 1 and crm 99 (Ann, 2026-11-02): record crm 99 is not there, or no longer." in said(result)
    assert "Row 3 of judged.csv is not read: verdict `perhaps` is not same, different, withdrawn or keep_id." in said(result)


# Mistakes


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (None, {}, "there is no file"),
        ("id,name\n1,Quillon\n", {}, "has no column record_id"),
        ("", {}, "is empty"),
        (table(*FIRST), {"out": "customers.csv"}, "is a file. Expected: --out names a folder"),
        (table(*FIRST), {"out": "no/out"}, "to make out in. Make it first."),
        (table(*FIRST), {"state": "customers.csv"}, "is a file. Expected: --state names a folder"),
        (table(*FIRST), {"state": "no/state"}, "to make state in. Make it first."),
        (table(*FIRST), {"day": "soon"}, "'soon' is no day; expected one such as"),
        (table(*FIRST), {"name": "refused.csv", "out": "."}, "the result would take the place of"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected_and_without_a_stack_trace(load, tmp_path, text, options, told):
    before = sorted(tmp_path.iterdir())
    result, _ = load(text, **options)
    written = {tmp_path / options.get("name", "customers.csv")} & set(tmp_path.iterdir())
    assert result.exit_code == 2
    assert told in said(result)
    assert sorted(tmp_path.iterdir()) == sorted([*before, *written])


def test_judgements_that_are_not_there_or_are_no_such_table_are_told(load, tmp_path):
    result, _ = load(table(*FIRST), "--judgements", str(tmp_path / "none.csv"))
    assert (result.exit_code, "--judgements names a CSV file" in said(result)) == (2, True)
    (tmp_path / "none.csv").write_text("a,b\n1,2\n", "utf-8")
    result, out = load(table(*FIRST), "--judgements", str(tmp_path / "none.csv"))
    assert (result.exit_code, "lacks the column(s) left_source" in said(result)) == (2, True)
    assert not out.exists()
