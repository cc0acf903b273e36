"""The doctor: each planted fault is found and named with its next step, worst first, and nothing is changed."""

import hashlib
import json
from pathlib import Path

from click.testing import CliRunner

from orchestration.cli import main
from orchestration.doctor import SEVERITIES, examine


def _state(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != ".refresh.lock":
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def test_a_healthy_home_has_no_finding_that_needs_anybody(refreshed_home: Path) -> None:
    assert [finding for finding in examine(refreshed_home) if finding.severity != "hint"] == []


def test_planted_faults_are_all_found_worst_first_and_nothing_is_touched(home: Path) -> None:
    (home / "company.toml").write_text((home / "company.toml").read_text().replace('"USD"', '"USDD"'))
    (home / "sources" / "zoho_eu.yml").write_text("crm: zohoo\n")
    (home / "rules" / "reps.csv").write_text("rep_id,rep_name,valid_from\nann,Ann,2026-13-01\n")
    (home / "published" / "parquet" / "dim_reps.parquet").write_bytes(b"damaged")
    stray = home / "landing" / "crm" / "2026-07-01" / "customers.csv"
    stray.parent.mkdir()
    stray.write_text("id\n1\n")
    before = _state(home)
    findings = examine(home)
    said = "\n".join(f"{finding.about}: {finding.sentence}" for finding in findings)
    for words in (
        "'USDD' is no ISO 4217 currency code",
        "`zohoo` is not a CRM this program maps by itself",
        "reps.csv line 2, column valid_from",
        "dim_reps.parquet",
        "1 file(s) were not read yet, the first is crm/2026-07-01/customers.csv",
    ):
        assert words in said
    ranks = [SEVERITIES.index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)
    assert _state(home) == before


def test_a_home_that_does_not_exist_is_the_only_finding(tmp_path: Path) -> None:
    (finding,) = examine(tmp_path / "nowhere")
    assert finding.severity == "fatal"
    assert "bailiwick init" in finding.sentence


def test_the_command_ends_with_2_when_no_refresh_can_succeed_and_speaks_json(tmp_path: Path, refreshed_home: Path) -> None:
    broken = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path / "nowhere"), "--json"])
    assert broken.exit_code == 2
    assert json.loads(broken.output)[0]["severity"] == "fatal"
    healthy = CliRunner().invoke(main, ["doctor", "--home", str(refreshed_home)])
    assert healthy.exit_code == 0, healthy.output
