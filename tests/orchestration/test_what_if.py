"""`bailiwick what-if` on the small home: who moves, what goes along, what is told, and that nothing in the home changes."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from filelock import FileLock

from orchestration.cli import main

RULES = "rule_id,territory_id,country_codes,region_codes,state,valid_from,valid_to\n"
WEST, REST = "R1,WEST,,US-WA|US-OR,,2026-01-01,\n", "R2,REST,,,,2026-01-01,\n"
Ask = Callable[..., dict]


@pytest.fixture(scope="module")
def dealing_home(refreshed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the refreshed home in which four customers have open deals and both territories a quota, put where the models would leave
    them. Not to be changed."""
    import shutil  # noqa: PLC0415

    root = Path(shutil.copytree(refreshed_home, tmp_path_factory.mktemp("dealing") / "home"))
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(
            """
            update marts.fct_opportunities set outcome = 'open', home_amount = case opportunity_id
                when 'crm:d1' then 300 when 'crm:d3' then 100 when 'crm:d2' then 50 end
            where opportunity_id in ('crm:d1', 'crm:d2', 'crm:d3', 'crm:d4');
            insert into intermediate.int_performance__quotas by name
            select * from (values ('WEST', 1000, date '2026-06-01'), ('WEST', 200, date '2026-07-01'), ('WEST', 9, date '2026-05-01'),
                ('REST', 500, date '2026-06-01')) as t(territory_id, home_amount, month) cross join (select true as counts_for_territory)
            """
        )
    return root


@pytest.fixture
def ask(dealing_home: Path, tmp_path: Path) -> Ask:
    """Ask with some sheets; the answer as programs get it. `code`: the exit code that is expected."""

    def run(sheets: dict[str, str], *options: str, code: int = 0, home: Path = dealing_home) -> dict:
        folder = tmp_path / "plan"
        folder.mkdir(exist_ok=True)
        for name, text in sheets.items():
            (folder / name).write_text(text, encoding="utf-8")
        result = CliRunner().invoke(main, ["what-if", str(folder), "--home", str(home), "--json", *options])
        assert result.exit_code == code, result.output
        return json.loads(result.output)

    return run


def content(root: Path) -> dict[str, str]:
    """Every file of a home and its hash."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_rules_in_force_against_themselves_move_nobody_and_change_nothing(ask: Ask, dealing_home: Path) -> None:
    before = content(dealing_home)
    sheets = {path.name: path.read_text(encoding="utf-8") for path in (dealing_home / "rules").glob("*.csv")}
    found = ask(sheets)
    totals = found["comparison"]["totals"]
    assert totals["customers"] == 8
    assert [totals[name] for name in ("moved", "stay_by_another_rule", "broken", "pipeline_moved", "quota_moved")] == [0] * 5
    assert found["comparison"]["flows"] == []
    assert [row for row in found["comparison"]["issues"] if row["is_new"]] == []
    assert found["proposed"] == []
    assert [row["is_changed"] for row in found["sheets"]] == [False] * 4
    assert {row["origin"] for row in found["sheets"]} == {"given"}
    assert all(
        row[f"{name}_before"] == row[f"{name}_after"] for row in found["comparison"]["territories"] for name in ("customers", "pipeline")
    )
    assert content(dealing_home) == before


def test_a_changed_rule_moves_exactly_its_customers_and_everything_adds_up(ask: Ask, dealing_home: Path, tmp_path: Path) -> None:
    before, out = content(dealing_home), tmp_path / "answer"
    found = ask({"territory_rules.csv": RULES + WEST + "R3,WEST,,US-TX,,2026-01-01,\n" + REST}, "--out", str(out))
    comparison, totals = found["comparison"], found["comparison"]["totals"]
    assert totals["moved"] == totals["broken"] == 4  # the four of Texas, which bo owns, who works REST
    assert {row["sheet"]: row["origin"] for row in found["sheets"]} == {
        "territories": "in force", "territory_rules": "given", "reps": "in force", "rep_territories": "in force",
    }  # fmt: skip
    assert [(row["from_territory_id"], row["to_territory_id"], row["customers"]) for row in comparison["flows"]] == [("REST", "WEST", 4)]
    assert sum(row["customers"] for row in comparison["flows"]) == totals["moved"]
    assert sum(row["pipeline"] for row in comparison["flows"]) == totals["pipeline_moved"] == 50
    assert (totals["pipeline"], totals["deals"], totals["deals_moved"], totals["deals_moved_without_amount"]) == (450, 4, 2, 1)
    assert sum(row["quota_moved"] for row in comparison["flows"]) == totals["quota_moved"] == 500  # all of REST's pipeline goes
    for name in ("customers", "pipeline"):
        for rows in (comparison["territories"], comparison["reps"]):
            assert sum(row[f"{name}_before"] or 0 for row in rows) == sum(row[f"{name}_after"] or 0 for row in rows) == totals[name]
    moved = rows_of(out / "moves.csv")
    assert len(moved) == 4
    assert {(row["owner_rep_id"], row["proposed_owner_rep_id"], row["rule_id_after"]) for row in moved} == {("bo", "ann", "R3")}
    assert [(issue["issue"], issue["rule_id"]) for issue in comparison["issues"] if issue["is_new"]] == [("shadowed", "R2")]
    page = (out / "summary.html").read_text(encoding="utf-8")
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert "R3" in page
    assert rows_of(out / "proposed_moves_crm.csv") == [
        {"id": str(n), "name": f"Fictional Works {chr(65 + n)}{n}", "owner": "ann"} for n in (2, 4, 6, 8)
    ]
    assert content(dealing_home) == before


def test_the_quota_goes_in_proportion_to_pipeline_and_only_what_is_left_of_it(ask: Ask) -> None:
    rules = RULES + "R1,WEST,,US-OR,,2026-01-01,\n" + REST
    found = ask({"territory_rules.csv": rules})["comparison"]
    assert found["totals"]["quota"] == 1700  # not May's
    assert found["totals"]["quota_moved"] == 1200  # Washington has all of WEST's pipeline
    west = next(row for row in found["quotas"] if row["territory_id"] == "WEST")
    assert (west["basis"], west["customers_leaving"], west["quota_moved"]) == ("open pipeline", 4, 1200)


def test_customers_whom_no_rule_takes_are_told_first(dealing_home: Path, tmp_path: Path) -> None:
    (tmp_path / "territory_rules.csv").write_text(RULES + WEST)
    said = CliRunner().invoke(main, ["what-if", str(tmp_path), "--home", str(dealing_home)]).output.splitlines()
    first = next(place for place, line in enumerate(said) if line == "First:")
    assert "4 customers become UNASSIGNED" in said[first + 1]
    assert first < next(place for place, line in enumerate(said) if "customers move" in line)


def test_a_rule_in_planning_acts_only_where_that_is_asked(ask: Ask) -> None:
    sheets = {"territory_rules.csv": RULES + WEST + "R3,WEST,,US-TX,planning,2026-01-01,\n" + REST}
    assert ask(sheets)["comparison"]["totals"]["moved"] == 0
    assert ask(sheets, "--planning")["comparison"]["totals"]["moved"] == 4


def test_both_sets_are_compared_as_they_hold_on_the_day_that_is_asked_about(ask: Ask) -> None:
    sheets = {"territory_rules.csv": RULES + WEST + "R3,WEST,,US-TX,,2027-01-01,\n" + REST}
    assert ask(sheets)["comparison"]["totals"]["moved"] == 0
    found = ask(sheets, "--on", "2027-01-01")["comparison"]
    assert (found["on"], found["as_of_date"], found["totals"]["moved"]) == ("2027-01-01", "2026-06-29", 4)
    assert found["totals"]["quota"] == 0  # none reaches that far
    assert "calendar begins on 2026-01-01" in ask(sheets, "--on", "2025-12-31", code=2)["message"]


def test_people_who_change_places_break_relations_of_customers_that_stay(ask: Ask) -> None:
    people = "rep_id,territory_id,valid_from\nann,REST,2026-01-01\nbo,REST,2026-01-01\n"
    found = ask({"rep_territories.csv": people})["comparison"]
    assert (found["totals"]["moved"], found["totals"]["broken"], found["totals"]["broken_without_move"]) == (0, 4, 4)
    assert [(row["territory_id"], row["with_proposal"]) for row in found["proposals"]] == [("WEST", 0)]
    assert "nobody active works WEST" in found["proposals"][0]["reason"]


def test_a_mistake_in_a_sheet_is_told_as_a_refresh_tells_it(ask: Ask) -> None:
    found = ask({"territory_rules.csv": RULES + "R1,NOWHERE,,,,2026-01-01,\n"}, code=2)
    assert found["error"] == "RulesInvalid"
    assert "territory_rules.csv line 2" in found["message"]
    assert "NOWHERE" in found["message"]
    assert "as in force: rep_territories, reps, territories" in found["message"]


def test_a_folder_without_sheets_and_one_that_is_not_empty_are_refused(ask: Ask, tmp_path: Path) -> None:
    assert "holds no rule sheet" in ask({"notes.txt": "none"}, code=2)["message"]
    (tmp_path / "plan" / "territory_rules.csv").write_text(RULES + WEST + REST)
    assert "is not empty" in ask({}, "--out", str(tmp_path / "plan"), code=2)["message"]


def test_a_work_file_of_another_version_asks_for_a_refresh(ask: Ask, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("drop table marts.fct_territory_rule_issues")
    assert "Run `bailiwick refresh" in ask({"territory_rules.csv": RULES + WEST + REST}, code=2, home=home)["message"]
    (home / "warehouse.duckdb").unlink()
    assert "nothing to compare with" in ask({}, code=2, home=home)["message"]


def test_sheets_in_force_that_nobody_kept_are_not_taken_for_empty_ones(ask: Ask, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        version, sheet = connection.execute(
            "select any_value(rules_version), any_value(sheet_sha256) from rules.company, rules.reps"
        ).fetchall()[0]
    for digest, said in ((sheet, "lacks the sheet"), (version, "which sheets are in force")):
        next(path for path in (home / "archive").rglob(digest)).unlink()
        assert said in ask({"territory_rules.csv": RULES + WEST + REST}, code=2, home=home)["message"]


def test_while_a_refresh_runs_the_question_is_put_off(ask: Ask, home: Path) -> None:
    with FileLock(home / ".refresh.lock"):
        found = ask({"territory_rules.csv": RULES + WEST + REST}, code=3, home=home)
    assert found["error"] == "HomeLocked"


def test_a_sheet_that_was_edited_in_the_home_is_not_in_force_before_a_refresh(ask: Ask, home: Path) -> None:
    (home / "rules" / "territory_rules.csv").write_text(RULES + "R1,REST,,US-WA,,2026-01-01,\n" + REST)
    found = ask({"reps.csv": "rep_id,rep_name,valid_from\nann,Ann,2026-01-01\nbo,Bob,2026-01-01\n"}, home=home)
    assert found["comparison"]["totals"]["moved"] == 0
    assert "Edited in the home since the last refresh, and not in force yet: territory_rules.csv." in found["notes"]
    assert any(note.startswith("reps differs") for note in found["notes"])
