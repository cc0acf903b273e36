import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from expectations.baselines import BUILT_IN, Baselines, Bound, load_baselines
from ingest.errors import HomeInvalid


def _override(folder: Path, text: str) -> Path:
    path = folder / "expectations.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_of_its_own_a_home_has_the_built_in_numbers(tmp_path):
    assert load_baselines(tmp_path / "expectations.yml") == load_baselines(None)


def test_every_built_in_number_says_why_and_since_when():
    for table, checks in load_baselines(None).tables.items():
        for check, bound in checks.items():
            assert re.match(r"\d{4}-\d{2}-\d{2}: .{20,}", bound.because), f"{table}.{check} in {BUILT_IN.name}"


def test_a_home_changes_only_the_keys_it_names(tmp_path):
    path = _override(tmp_path, "marts.fct_territory_assignments:\n  share_unassigned: {max: 0.02, severity: error}\n")
    changed, built_in = load_baselines(path), load_baselines(None)
    bound = changed.bound("marts.fct_territory_assignments", "share_unassigned")
    assert (bound.max, bound.severity, bound.because) == (0.02, "error", "set in expectations.yml of this company")
    assert {t: c for t, c in changed.tables.items() if t != "marts.fct_territory_assignments"} == {
        t: c for t, c in built_in.tables.items() if t != "marts.fct_territory_assignments"
    }


def test_an_empty_file_changes_nothing(tmp_path):
    assert load_baselines(_override(tmp_path, "# nothing yet\n")) == load_baselines(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("marts.fct_territory_asignments:\n  share_unassigned: {max: 0.1}", "Closest: marts.fct_territory_assignments"),
        ("raw.customers:\n  share_without_names: {max: 0.1}", "Closest: share_without_name"),
        (
            "raw.customers:\n  share_without_name: {maximum: 0.1}",
            'no key of raw.customers.share_without_name "maximum"',
        ),
        ("raw.customers:\n  share_without_name: {min: 0.1}", 'no key of raw.customers.share_without_name "min"'),
        ("raw.customers:\n  share_without_name: {max: 1.5}", "a share lies between 0 and 1"),
        ("raw.customers:\n  share_without_name: {max: null}", "give min or max"),
        ("raw.customers:\n  share_without_name: {max: few}", "raw.customers.share_without_name.max"),
        ("raw.customers:\n  share_without_name: {severity: fatal}", "raw.customers.share_without_name.severity"),
        ("raw.customers:\n  share_without_name: 0.1", "holds float"),
        ("marts.fct_opportunities:\n  won_ratio: {min: 0.9, max: 0.1}", "min 0.9 is above max 0.1"),
        ("marts.fct_opportunities:\n  won_ratio: {min: .nan}", "marts.fct_opportunities.won_ratio.min"),
        ("- a list", "holds list"),
        ("a: [1", "cannot be read as YAML"),
    ],
)
def test_what_does_not_fit_the_grammar_is_refused_with_the_place(tmp_path, text, said):
    with pytest.raises(HomeInvalid) as refused:
        load_baselines(_override(tmp_path, text))
    assert said in str(refused.value)
    assert "expectations.yml" in str(refused.value)


def test_baselines_cannot_be_changed_afterwards():
    baselines = load_baselines(None)
    with pytest.raises(ValidationError):
        baselines.tables = {}
    with pytest.raises(ValidationError):
        Bound(min=1, severity="error", because="x", mean=3)
    with pytest.raises(ValidationError):
        Baselines(tables={}, name="x")
