"""Schedules: when jobs run, in the company's time zone."""

import dagster as dg

from orchestration.jobs import nightly_refresh
from orchestration.settings import Settings


def nightly_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """The nightly refresh. A run whose process dies is tried once more; a failed check is not, it would fail again."""
    return dg.ScheduleDefinition(
        name="nightly_refresh_schedule",
        job=nightly_refresh,
        cron_schedule=settings.refresh.schedule,
        execution_timezone=settings.company.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        tags={"dagster/max_retries": "1"},
        description="refresh.schedule of company.toml",
    )
