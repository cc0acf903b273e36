"""dbt seen from orchestration: where its project is, its manifest, and what a refresh runs of it.

Here: the prebuilt manifest and the resource. Not here: models (dbt_project/), their assets (assets/dbt.py), running a part of the models
without dbt (scratch.py).
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orchestration
from ingest.errors import ContractBroken
from ingest.home import CompanyHome
from orchestration.settings import WAREHOUSE_VARIABLE

if TYPE_CHECKING:
    import dagster_dbt

_BESIDE_THE_PACKAGE = Path(orchestration.__file__).parents[1] / "dbt_project"
PROJECT = _BESIDE_THE_PACKAGE
"""In a checkout and in an installed wheel alike, dbt_project lies beside the package orchestration."""

_SHARED = Path(sys.prefix) / "share" / "bailiwick"

# Unit tests prove the rules, not tonight's data: CI runs them, the nightly refresh does not (2026-11-21).
BUILD = ["build", "--exclude-resource-type", "unit_test"]


def dbt_executable() -> str:
    """dbt of the environment this program runs in, wherever PATH points."""
    return str(Path(sys.executable).parent / "dbt")


def dbt_environment(home: CompanyHome) -> dict[str, str]:
    """What dbt must know of the home. Its target and logs stay in the home; telemetry stays off."""
    return {
        WAREHOUSE_VARIABLE: str(home.warehouse_path),
        "DBT_TARGET_PATH": str(home.dbt / "target"),
        "DBT_LOG_PATH": str(home.dbt / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def prepare_manifest(home: CompanyHome) -> Path:
    """The manifest of today's dbt project with the SQL of every model, made once for the whole installation and not once a home.

    2026-11-22: parsing takes 5 to 8 s, compiling on top of it 2 s; with the SQL at hand, `bailiwick what-if` needs no dbt at all. No
    database is opened, and the SQL names tables in a file `warehouse.duckdb`, whichever. An installation that this user may not write to
    keeps it in the home. Two processes may do this at once.
    """
    name = f"compiled-{_project_hash()[:16]}.json"
    for folder in (_SHARED, home.dbt):
        if (folder / name).exists():
            return folder / name
    folder = _SHARED if _is_writable(_SHARED) else home.dbt
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        paths = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", scratch, "--log-path", scratch]
        models = ["--select", "resource_type:model", "--indirect-selection", "empty"]
        command = [dbt_executable(), "compile", "--no-introspect", "--no-populate-cache", *models, *paths, "--quiet"]
        environment = os.environ | dbt_environment(home) | {WAREHOUSE_VARIABLE: str(Path(scratch) / "warehouse.duckdb")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        built = Path(scratch) / "manifest.json"
        if done.returncode or not built.exists():
            said = done.stdout[-2000:] + done.stderr[-2000:]
            raise ContractBroken(f"ContractBroken: dbt cannot read its own project; please report it.\n{said}")
        for old in (*folder.glob("compiled-*.json"), *folder.glob("manifest-*.json")):  # the latter: of earlier versions, without SQL
            old.unlink(missing_ok=True)
        built.replace(folder / name)
    return folder / name


def _is_writable(folder: Path) -> bool:
    return os.access(next(parent for parent in (folder, *folder.parents) if parent.exists()), os.W_OK)


def _project_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        relative = path.relative_to(PROJECT)
        if path.suffix in (".sql", ".yml", ".csv", ".md") and relative.parts[0] not in ("target", "logs"):
            digest.update(relative.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def dbt_resource(home: CompanyHome) -> "dagster_dbt.DbtCliResource":
    """The dbt command line on this home's work file. Raises nothing; dbt speaks through its events."""
    import dagster_dbt  # noqa: PLC0415 - its import takes seconds, which `bailiwick what-if` need not wait for

    os.environ.update(dbt_environment(home))  # DbtCliResource hands its own environment on and takes no other
    return dagster_dbt.DbtCliResource(
        project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=dbt_executable(), global_config_flags=["--no-use-colors"]
    )


def grain_keys(manifest: Path) -> dict[str, list[str]]:
    """Of each mart: the columns that make one row, from the `unique_together` or `unique` test that its YAML declares."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    keys: dict[str, list[str]] = {}
    for node in nodes:
        test = node.get("test_metadata") or {}
        model = (node.get("attached_node") or "").rsplit(".", 1)[-1]
        if node["resource_type"] != "test" or not model:
            continue
        if test.get("name") == "unique_together":
            keys[model] = list(test["kwargs"]["columns"])
        elif test.get("name") == "unique" and model not in keys:
            keys[model] = [test["kwargs"]["column_name"]]
    return keys
