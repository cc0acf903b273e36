"""That the build of conftest.py did what it claims: every model, every data test and every unit test ran and passed."""

from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2] / "dbt_project"


def _unit_test_names() -> set[str]:
    return {
        test["name"]
        for path in PROJECT.glob("models/marts/*/_*_unit_tests.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    }


def test_every_node_of_the_build_passed_except_the_row_that_is_warned_of(run_results):
    by_status: dict[str, set[str]] = {}
    for result in run_results:
        by_status.setdefault(result["status"], set()).add(result["unique_id"].split(".")[2])
    assert set(by_status) == {"success", "pass", "warn"}
    assert by_status["warn"] == {"assert_every_exported_rep_territory_holds_on_some_day"}


def test_every_unit_test_that_is_written_down_ran(run_results):
    ran = {result["unique_id"].split(".")[-1] for result in run_results if result["unique_id"].startswith("unit_test.")}
    assert ran == _unit_test_names()
    assert {"the_narrowest_rule_wins", "the_first_claim_owns_the_customer", "ratios_are_null_without_denominator"} <= ran


def test_every_model_file_became_a_relation_of_its_own_name(built, rows):
    files = {path.stem for path in PROJECT.glob("models/**/*.sql")}
    relations = rows("select table_name from information_schema.tables where table_schema in ('staging', 'intermediate', 'marts')")
    assert {name for (name,) in relations} == files
