"""`bailiwick resolve`: files of customers in, who is the same customer out; and what is remembered between loads."""

import csv
import json
import os
import shutil
import subprocess
import sys
from datetime import date

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

import orchestration.resolve as command
from ingest.landing.single_files import read_single_file
from ingest.resolution import rows as written_rows
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import default_parameters
from ingest.resolution.population import Population
from ingest.resolution.scoring import population, prior_bits
from orchestration.cli import main

HEADER = "record_id,source,name,phone,email,address,city,region,country"
LARKSPUR = "Larkspur Mills Inc,206-555-0142,desk@larkspurmills.example,12 Alder Street,Seattle,WA,US"
LARKSPUR_TOO = 'Larkspur Mills,(206) 555-0142,desk@larkspurmills.example,"12 Alder St.",Seattle,WA,US'
QUILLON = "Quillon Freight LLC,503-555-0119,ops@quillonfreight.example,8 Dock Road,Portland,OR,US"
OSTER = "Oster Tool Works,,,40 Elm Avenue,Austin,TX,US"
YUNSHAN = "青岛云杉泊岸机械有限公司,0532-55550188,,香港中路110号,青岛市,山东省,中国"
FIRST = [
    f"1,crm,{LARKSPUR}",
    f"2,erp,{LARKSPUR_TOO}",
    f"3,crm,{QUILLON}",
    f"4,erp,{OSTER}",
    f"5,crm,{YUNSHAN}",
    "6,crm,,,,,,,",
    "7,crm,,,,,,,",
]
JUDGEMENTS = "left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason"
DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


@pytest.fixture
def load(tmp_path):
    """Run the command on a text; the result, and the folder it wrote into."""

    def run(text, *options, out="out", state=None, day=DAYS[0], name="customers.csv", judged=None):
        file = tmp_path / name
        if text is not None:
            file.write_text(text, "utf-8")
        options = [*options, "--as-of", day] + (["--state", str(tmp_path / state)] if state else [])
        if judged is not None:
            (tmp_path / "judged.csv").write_text("\n".join([JUDGEMENTS, *judged]) + "\n", "utf-8")
            options += ["--judgements", str(tmp_path / "judged.csv")]
        return CliRunner().invoke(main, ["resolve", str(file), "--out", str(tmp_path / out), *options]), tmp_path / out

    return run


@pytest.fixture
def loaded(load):
    """Run the command where nothing is wrong: the report and the ids by record."""

    def run(*arguments, **options):
        result, out = load(*arguments, **options)
        assert result.exit_code == 0, result.output
        return json.loads((out / "report.json").read_text("utf-8")), ids(out)

    return run


@pytest.fixture(scope="module")
def first_load(tmp_path_factory):
    """A folder in which FIRST was loaded on the first day: state and out. Not to be changed."""
    root = tmp_path_factory.mktemp("first")
    (root / "customers.csv").write_text(table(*FIRST), "utf-8")
    command.resolve(root / "customers.csv", root / "out", state=root / "state", as_of_date=date.fromisoformat(DAYS[0]))
    return root


@pytest.fixture
def known(first_load, tmp_path):
    """A copy of that folder's state and result in this test's own; the ids by record."""
    for name in ("state", "out"):
        shutil.copytree(first_load / name, tmp_path / name)
    return ids(tmp_path / "out")


def ids(out):
    return dict(pl.read_parquet(out / "customers.parquet").select("record_id", "customer_id").iter_rows())


def results(out):
    return {name: (out / name).read_bytes() for name in ("customers.parquet", "pairs.parquet", "redirects.parquet")}


def content(state):
    """Every row of every table of a state."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{state / command.STATE}' as held (read_only)")
        names = connection.sql("select schema_name, table_name from duckdb_tables() where database_name = 'held' order by all").fetchall()
        return {f"{schema}.{name}": connection.sql(f"select * from held.{schema}.{name} order by all").fetchall() for schema, name in names}


def said(result):
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


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


# Another program, another format, another process


def test_another_program_makes_the_state_anew_from_the_rows_and_ids_stay(loaded, known, tmp_path, monkeypatch):
    before, state = results(tmp_path / "out"), content(tmp_path / "state")
    monkeypatch.setattr(written_rows, "program_sha256", lambda *_, **__: "another")
    (tmp_path / "customers.csv").write_text(table(FIRST[0]), "utf-8")
    with monkeypatch.context() as broken:
        broken.setattr(Population, "take", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            command.resolve(tmp_path / "customers.csv", tmp_path / "out", state=tmp_path / "state")
    assert content(tmp_path / "state") == state
    monkeypatch.setattr(written_rows, "_SLICE_ROWS", 2)
    report, after = loaded(table(FIRST[0]), state="state", day=DAYS[1])
    assert report["is_rebuilt"]
    assert (report["minted"], report["retired"], after) == (0, 0, known)
    assert results(tmp_path / "out") == before
    assert not loaded(table(FIRST[0]), state="state", day=DAYS[1])[0]["is_rebuilt"]


def test_other_parameters_compare_all_records_anew(load, known, monkeypatch):
    strict = default_parameters().model_copy(update={"version": 99, "same_above": 200.0})
    monkeypatch.setattr(command, "default_parameters", lambda: strict)
    result, out = load(table(FIRST[0]), state="state", day=DAYS[1])
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert (report["parameters"]["version"], report["is_rebuilt"], report["pairs"]) == (99, True, {"ask": 1})
    assert ids(out)["1"] != ids(out)["2"]
    assert known["1"] in (ids(out)["1"], ids(out)["2"])
    assert "The state was written by another version of the program" in said(result)


@pytest.mark.parametrize(("number", "told"), [("2", "has format 2"), (None, "has format without a number")])
def test_a_state_of_another_format_is_refused_and_not_touched(load, known, tmp_path, number, told):
    file = tmp_path / "state" / command.STATE
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as held")
        connection.execute("delete from held.kept.settings where name = 'format'")
        if number:
            connection.execute(f"insert into held.kept.settings values ('format', '{number}')")
    before = file.read_bytes()
    result, out = load(table(*FIRST), state="state", out="other")
    assert result.exit_code == 2
    assert told in said(result)
    assert "nothing in it was touched" in said(result)
    assert file.read_bytes() == before
    assert not out.exists()
    assert ids(tmp_path / "out") == known


@pytest.mark.parametrize("kind", ["database", "garbage", "empty"])
def test_a_file_that_is_no_state_is_refused_and_not_touched(load, tmp_path, kind):
    file = tmp_path / "state" / command.STATE
    file.parent.mkdir()
    if kind == "database":
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' as held; create table held.orders as select 1 as id")
    else:
        file.write_bytes(b"" if kind == "empty" else b"no database" * 5000)
    before = file.read_bytes()
    result, out = load(table(*FIRST), state="state")
    assert result.exit_code == 2
    assert "touched" in said(result)
    assert file.read_bytes() == before
    assert not out.exists()


def test_two_processes_do_not_change_a_state_at_once(load, known, tmp_path):
    file = tmp_path / "state" / command.STATE
    holding = f"import duckdb\nwith duckdb.connect() as c:\n    c.execute(\"attach '{file}' as s\")\n    print(1, flush=True)\n    input()"
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        result, _ = load(table(f"4,erp,{QUILLON}"), state="state")
        other.communicate(b"\n")
    assert result.exit_code == 3
    assert "is in use by another process" in said(result)
    assert ids(tmp_path / "out") == known


# Killed on the way


@pytest.mark.parametrize(
    ("room", "step"),
    [
        (written_rows.RowState, "put"),
        (written_rows.RowState, "evidence"),
        (Population, "take"),
        (command, "find_groups"),
        (command, "identify"),
        (written_rows.RowState, "keep"),
        (command, "named_pairs"),
        (command, "write_refused"),
    ],
)
def test_a_load_that_breaks_off_leaves_state_and_result_as_they_were(known, tmp_path, monkeypatch, room, step):
    state, result = content(tmp_path / "state"), results(tmp_path / "out")
    real = getattr(room, step)

    def done_and_broken(*arguments, **options):
        real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(room, step, done_and_broken)
        (tmp_path / "customers.csv").write_text(table(f"4,erp,{QUILLON}"), "utf-8")
        for out in ("out", "new") if step in ("put", "keep") else ("out",):
            with pytest.raises(KeyboardInterrupt):
                command.resolve(tmp_path / "customers.csv", tmp_path / out, state=tmp_path / "state")
    assert content(tmp_path / "state") == state
    assert ids(tmp_path / "out") == known
    assert results(tmp_path / "out") == result
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "customers.parquet",
        "pairs.parquet",
        "redirects.parquet",
        "report.json",
    ]
    assert not (tmp_path / "new").exists()


def test_a_process_that_is_killed_before_the_end_leaves_the_state_as_it_was(loaded, known, tmp_path):
    before = content(tmp_path / "state")
    (tmp_path / "customers.csv").write_text(table(f"4,erp,{QUILLON}"), "utf-8")
    dying = """
import os, sys
from datetime import date
from pathlib import Path
from orchestration import resolve as command
with command._database(Path(sys.argv[2]), Path(sys.argv[2])) as connection:
    kept = command.RowState(connection, command.default_parameters())
    kept.put(command._one_row_a_key(command.read_single_file(Path(sys.argv[1])))[0])
    kept.keep(records=kept.records.head(0), redirects=kept.redirects, ledger=kept.ledger, as_of_date=date(2030, 1, 1))
    os.kill(os.getpid(), 9)
"""
    places = [str(tmp_path / name) for name in ("customers.csv", "state")]
    killed = subprocess.run([sys.executable, "-c", dying, *places], check=False, env=os.environ, capture_output=True)
    assert killed.returncode == -9
    assert content(tmp_path / "state") == before
    report, by_record = loaded(table(f"4,erp,{QUILLON}"), state="state", day=DAYS[1])
    assert (report["records"], report["retired"]) == (7, 1)
    assert by_record["3"] == by_record["4"] in (known["3"], known["4"])


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
