"""What `bailiwick resolve` remembers between loads: written by another program, in another format, in use, broken off."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import orchestration.resolve as command
from ingest.resolution import rows as written_rows
from ingest.resolution.parameters import default_parameters
from ingest.resolution.population import Population

_SPEC = importlib.util.spec_from_file_location("resolve_loads", Path(__file__).with_name("resolve_loads.py"))
loads = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(loads)
DAYS, FIRST, QUILLON = loads.DAYS, loads.FIRST, loads.QUILLON
content, ids, results, said, table = loads.content, loads.ids, loads.results, loads.said, loads.table


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
