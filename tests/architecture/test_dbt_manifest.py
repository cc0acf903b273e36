"""The house rules of dbt_project, read off dbt's own manifest. The baseline is zero violations.

Here: direction between domains, privacy of intermediate models, contracts, names of relations, words that have no place in a model.
Not here: figures (tests/dbt_project).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2] / "dbt_project"
DOMAINS = ["customer", "territory", "ownership", "performance", "access"]
"""Each domain may refer to itself and to those before it."""
GROWING = ("fct_ownership_events",)
"""Marts that only ever grow: a copy of all of it every night would cost more with every night. 2026-11-22"""

Node = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    work = tmp_path_factory.mktemp("manifest")
    environment = os.environ | {"DBT_TARGET_PATH": str(work / "target"), "DBT_LOG_PATH": str(work / "logs")}
    environment.pop("BAILIWICK_WAREHOUSE", None)
    command = [str(Path(sys.executable).with_name("dbt")), "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    result = subprocess.run(command, env=environment, cwd=work, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    return json.loads((work / "target" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, Node]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _domain(node: Node) -> str | None:
    """The domain a model belongs to; None for staging."""
    parts = Path(node["path"]).parts
    return parts[1] if parts[0] == "marts" else None


def _is_intermediate(node: Node) -> bool:
    return "intermediate" in Path(node["path"]).parts


def _is_mart(node: Node) -> bool:
    return _domain(node) is not None and not _is_intermediate(node)


def test_every_model_stands_in_staging_or_in_a_known_domain(models):
    assert {_domain(node) for node in models.values()} == {None, *DOMAINS}


def test_domains_refer_leftwards_only(models):
    wrong = [
        (node["name"], models[parent]["name"])
        for node in models.values()
        for parent in node["depends_on"]["nodes"]
        if parent in models
        and _domain(models[parent]) is not None
        and (_domain(node) is None or DOMAINS.index(_domain(models[parent])) > DOMAINS.index(_domain(node)))
    ]
    assert wrong == []


def test_intermediate_models_are_private_to_their_domain(models):
    wrong = [
        (node["name"], models[parent]["name"])
        for node in models.values()
        for parent in node["depends_on"]["nodes"]
        if parent in models and _is_intermediate(models[parent]) and _domain(models[parent]) != _domain(node)
    ]
    assert wrong == []


def test_only_staging_reads_sources(models):
    wrong = [
        node["name"]
        for node in models.values()
        if _domain(node) is not None and any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
    ]
    assert wrong == []


def test_a_relation_is_named_by_its_folder_and_its_file(models):
    for node in models.values():
        schema = "staging" if _domain(node) is None else "intermediate" if _is_intermediate(node) else "marts"
        assert (node["schema"], node["alias"], node["config"]["schema"]) == (schema, Path(node["path"]).stem, schema), node["name"]


def test_a_name_begins_with_the_kind_of_its_model(models):
    for node in models.values():
        if _domain(node) is None:
            assert node["name"].startswith("stg_")
        elif _is_intermediate(node):
            assert node["name"].startswith(f"int_{_domain(node)}__")
        else:
            assert re.match(r"(dim|fct|bridge|kpi)_|(customer_id_redirects|ownership_snapshot_monthly)$", node["name"]), node["name"]


def test_every_description_and_every_header_say_the_grain(models):
    for node in models.values():
        assert re.search(r"Grain: one row(:| per) .+\.$", node["description"].strip()), node["name"]
        assert re.search(r"^-- Grain: one row", node["raw_code"], re.MULTILINE), node["name"]


def test_every_mart_is_a_table_with_an_enforced_contract_and_a_key(models, manifest):
    keyed = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "unique_together"
    }
    for key, node in models.items():
        if not _is_mart(node):
            continue
        assert node["config"]["contract"]["enforced"], node["name"]
        assert node["config"]["materialized"] == ("view" if node["name"] in GROWING else "table"), node["name"]
        assert all(column["description"] and column["data_type"] for column in node["columns"].values()), node["name"]
        assert key in keyed or node["name"] == "bridge_rep_territories", node["name"]  # its key has an open end, see its tests


def test_every_test_can_become_a_check_of_one_table(manifest):
    for test in manifest["nodes"].values():
        if test["resource_type"] != "test" or test.get("attached_node"):
            continue
        named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
        assert named or len(test["depends_on"]["nodes"]) == 1, test["name"]


def test_a_singular_test_says_what_it_fails_for():
    for path in (PROJECT / "tests" / "singular").glob("**/*.sql"):
        first = next(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("{{"))
        assert first.startswith("-- Fails for "), path.name
        assert path.parent.name in DOMAINS, path.name


def test_no_model_reads_the_clock_or_picks_a_value_without_an_order(models):
    forbidden = re.compile(
        r"\b(current_date|current_timestamp|now|today|get_current_time|random|uuid|any_value|first|last|arbitrary|mode)\s*\(|\bcurrent_(date|timestamp)\b"
        r"|\b(levenshtein|jaro_\w+|jaccard|hamming)\s*\(|\bvar\s*\(",
        re.IGNORECASE,
    )
    for node in models.values():
        found = forbidden.search(node["raw_code"])
        assert found is None, (node["name"], found)


def test_settings_do_not_enter_through_dbt_variables(manifest):
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False
    assert "vars:" not in (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
