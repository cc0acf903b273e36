"""The house in order: no room without a name, no clock but one, nothing of a registry or of one machine in a file."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("ingest", "expectations", "serving", "orchestration")


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def _matching(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths if pattern.search(path.read_text(encoding="utf-8"))]


def test_no_room_has_a_name_that_says_nothing() -> None:
    empty = re.compile(r"^(utils?|helpers?|common|misc|lib|base|managers?|processors?|handlers?)$")
    assert [path for path in _tracked() if any(empty.match(part.removesuffix(".py")) for part in path.relative_to(ROOT).parts)] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT)
        for part in CODE
        for path in sorted((ROOT / part).rglob("*.py"))
        if path.name != "__init__.py" and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_the_clock_is_read_in_one_place() -> None:
    reading = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(")
    modules = [path for part in CODE for path in (ROOT / part).rglob("*.py")]
    assert _matching(modules, reading) == ["ingest/clock.py"]
    asking = re.compile(r"current_date|current_timestamp|now\(\)|today\(\)", re.IGNORECASE)
    models = [path for path in (ROOT / "dbt_project").rglob("*.sql") if "target" not in path.parts]
    assert _matching(models, asking) == []


def test_no_file_over_one_megabyte_and_no_lock_file_that_names_a_host() -> None:
    assert [path for path in _tracked() if path.stat().st_size > 1_000_000] == []
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pinned = re.findall(r"^[a-z0-9][^ ]*==[^ ]+", lock, flags=re.MULTILINE)
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_telemetry_of_every_tool_is_off() -> None:
    assert re.search(r"telemetry:\s+enabled: false", (ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert "send_anonymous_usage_stats: false" in (ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8")
    assert "gatherUsageStats" in (ROOT / "orchestration" / "cli.py").read_text(encoding="utf-8")
