"""What Dagster's web page, daemon and command line load. The home is BAILIWICK_HOME."""

import os
from pathlib import Path

from ingest.home import open_home
from orchestration.build import build
from orchestration.settings import HOME_VARIABLE
from orchestration.steps import StepLog

defs = build(open_home(Path(os.environ.get(HOME_VARIABLE, "."))), StepLog()).definitions
