"""Jobs: what is run together. Add a job here when a set of assets has its own rhythm; asset code belongs into assets/."""

import dagster as dg

NIGHTLY_REFRESH = "nightly_refresh"

# Everything, from landing to published, in one process: a process for each step would cost about 6 s a step (2026-11-21).
nightly_refresh = dg.define_asset_job(
    NIGHTLY_REFRESH,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Exports and rule sheets in, checked marts out.",
)
