"""The company home: one folder that holds everything a company owns, apart from the code.

Here: where each thing lives below the home. Not here: settings (orchestration/settings.py), what the files contain.
"""

from dataclasses import dataclass
from pathlib import Path

from ingest.errors import HomeInvalid


@dataclass(frozen=True)
class CompanyHome:
    """The paths of one company home. Making one touches nothing on disk; `open_home` checks that it exists."""

    root: Path

    @property
    def settings_path(self) -> Path:
        return self.root / "company.toml"

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def rules(self) -> Path:
        return self.root / "rules"

    @property
    def judgements_path(self) -> Path:
        return self.root / "judgements.csv"

    @property
    def acceptances_path(self) -> Path:
        """Held days that a person let pass; rows are only ever added."""
        return self.root / "acceptances.csv"

    @property
    def expectations_path(self) -> Path:
        return self.root / "expectations.yml"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def record(self) -> Path:
        """The record of ownership: one file a night, only ever added to."""
        return self.root / "record"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def warehouse_path(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: run history, schedules, sensors."""
        return self.root / "dagster"

    @property
    def dbt(self) -> Path:
        """dbt's target and logs: rebuilt at will."""
        return self.root / "dbt"

    @property
    def lock_path(self) -> Path:
        return self.root / ".refresh.lock"


def open_home(folder: Path) -> CompanyHome:
    """The home in `folder`. Raises HomeInvalid when it is none."""
    home = CompanyHome(folder.expanduser().resolve())
    if not home.root.is_dir():
        raise HomeInvalid(
            f"HomeInvalid: there is no folder {folder}.\n"
            "  Expected: a company home. Make one with `bailiwick init DIR`, or say where yours is with --home or BAILIWICK_HOME."
        )
    if not home.settings_path.is_file():
        raise HomeInvalid(
            f"HomeInvalid: {folder} holds no company.toml, so it is no company home.\n"
            "  Make one with `bailiwick init DIR`, or say where yours is with --home or BAILIWICK_HOME."
        )
    return home
