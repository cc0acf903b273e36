"""Sensors: what starts a job between schedules."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from ingest.clock import now
from ingest.home import CompanyHome
from ingest.landing.files import list_files
from orchestration.jobs import nightly_refresh

# An upload is taken when nothing in landing/ has changed for two minutes (2026-11-21: a weekly Salesforce package arrives
# as several zips within one minute of each other).
QUIET_SECONDS = 120


def new_exports_sensor(home: CompanyHome) -> dg.SensorDefinition:
    """Starts a refresh when files in landing/ are new and have come to rest. Off until switched on: the schedule is enough for most."""

    @dg.sensor(
        name="new_exports",
        job=nightly_refresh,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def new_exports(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        files = list_files(home.landing)
        state = hashlib.sha256(repr(files).encode()).hexdigest()
        newest = max((modified_ns for _, _, modified_ns in files), default=0) / 1e9
        if not files or state == context.cursor:
            yield dg.SkipReason("No new file in landing/.")
        elif now().timestamp() - newest < QUIET_SECONDS:
            yield dg.SkipReason(f"Files in landing/ changed less than {QUIET_SECONDS} s ago: they may still be arriving.")
        else:
            context.update_cursor(state)
            yield dg.RunRequest(run_key=state)

    return new_exports
