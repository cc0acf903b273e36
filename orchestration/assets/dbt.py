"""dbt's models as assets, and its tests as asset checks. The work is in dbt_project/."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import dagster_dbt

from orchestration.dbt_project import BUILD
from orchestration.resources import Session


class _ByDomain(dagster_dbt.DagsterDbtTranslator):
    """Dagster's default keys (schema/name); groups are the rooms of dbt_project, so that the page shows them side by side."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        folders = dbt_resource_props["fqn"][1:-1]
        return "_".join(folders[:2]) if folders else None


def dbt_models(manifest: Path) -> dg.AssetsDefinition:
    """All models and tests as one asset step: dbt starts once per refresh, since its start costs seconds."""

    @dagster_dbt.dbt_assets(manifest=manifest, name="dbt", dagster_dbt_translator=_ByDomain())
    def dbt(context: dg.AssetExecutionContext, session: dg.ResourceParam[Session], dbt_cli: dagster_dbt.DbtCliResource) -> Iterator[Any]:
        """Territories, ownership, figures and access out of the one customer view."""
        progress = session.steps.progress("dbt")
        counts = {"models": 0, "tests": 0}
        total = len(context.selected_asset_keys) + len(context.selected_asset_check_keys)
        target = session.home.dbt / "target"
        target.mkdir(parents=True, exist_ok=True)
        log = session.home.dbt / "last_build.log"
        with session.steps.step("dbt") as step, log.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
            invocation = dbt_cli.cli(BUILD, context=context)
            for event in invocation.stream():
                kind = "tests" if isinstance(event, dg.AssetCheckResult | dg.AssetCheckEvaluation) else "models"
                counts[kind] += 1
                progress("", sum(counts.values()), total)
                yield event
            step.note = f"{counts['models']} models, {counts['tests']} tests"
            _keep_parsed(invocation.target_path, target)

    return dbt


def _keep_parsed(of_this_run: Path, target: Path) -> None:
    """Keep what dbt parsed, which saves the next night 3 s, and nothing else: dagster-dbt leaves 3 MB behind for each run."""
    parsed = of_this_run / "partial_parse.msgpack"
    if parsed.exists():
        parsed.replace(target / parsed.name)
    for folder in target.glob("dbt-*"):
        shutil.rmtree(folder, ignore_errors=True)
