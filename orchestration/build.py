"""Putting the definitions of one home together.

Here: which assets, checks, jobs, schedules and sensors there are. Not here: any of their code.
`definitions.py` calls this for Dagster's own processes, `refresh.py` for a refresh from the command line, tests for both.
"""

from dataclasses import dataclass

import dagster as dg

from ingest.home import CompanyHome
from orchestration.assets.cleaning import cleaned_entities, field_health, owner_observations
from orchestration.assets.dbt import dbt_models
from orchestration.assets.geocoding import places
from orchestration.assets.landing import EXPORTS, landing
from orchestration.assets.publishing import published_asset
from orchestration.assets.record import RECORD_FILES, record
from orchestration.assets.resolution import JUDGEMENTS_FILE, field_agreement, resolution
from orchestration.assets.rules import SHEET_FILES, rules
from orchestration.checks import SUITE_CHECKS, blocking_checks
from orchestration.dbt_project import dbt_resource, prepare_manifest
from orchestration.jobs import nightly_refresh
from orchestration.resources import session_resource
from orchestration.schedules import nightly_schedule
from orchestration.sensors import new_exports_sensor
from orchestration.settings import read_settings
from orchestration.steps import StepLog


@dataclass(frozen=True, kw_only=True)
class Built:
    """The definitions of one home, and the checks that must pass before anything is published."""

    definitions: dg.Definitions
    blocking: set[dg.AssetCheckKey]


def build(home: CompanyHome, steps: StepLog) -> Built:
    """Definitions for one home. Raises HomeInvalid when its settings do not fit."""
    manifest = prepare_manifest(home)
    dbt = dbt_models(manifest)
    blocking = blocking_checks([dbt, *SUITE_CHECKS])
    marts = sorted((key for key in dbt.keys if key.path[0] == "marts"), key=str)
    published = published_asset(marts, lambda: blocking, manifest)
    definitions = dg.Definitions(
        assets=[
            *(EXPORTS, SHEET_FILES, JUDGEMENTS_FILE, RECORD_FILES, landing, rules, record),
            *(*cleaned_entities, field_health, owner_observations),
            *(places, resolution, field_agreement, dbt, published),
        ],
        asset_checks=SUITE_CHECKS,
        jobs=[nightly_refresh],
        schedules=[nightly_schedule(read_settings(home))],
        sensors=[new_exports_sensor(home)],
        resources={"session": session_resource(home.root, steps), "dbt_cli": dbt_resource(home)},
    )
    return Built(definitions=definitions, blocking=blocking)
