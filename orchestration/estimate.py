"""`bailiwick estimate`: a file of weights as the records of a home would have them.

Here: opening the home and its state, writing the file. Not here: estimating (ingest/resolution/drift.py), the text of the file
(ingest/resolution/proposal.py). It changes nothing: a person reads the file and names it in company.toml.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.errors import FileRefused, HomeInvalid
from ingest.home import open_home
from ingest.resolution.drift import THOROUGH, match_weights
from ingest.resolution.parameters import PACKAGED, default_parameters
from ingest.resolution.proposal import Change, proposed_changes, proposed_text
from ingest.resolution.stored_blocks import SCHEMA
from ingest.warehouse import Warehouse
from orchestration.lock import hold
from orchestration.settings import company_parameters, read_settings


@dataclass(frozen=True, kw_only=True)
class EstimateReport:
    """What was written. `version`: of the numbers in the file; `dated`: the day of the records they were estimated on."""

    out: Path
    version: int
    dated: date
    changes: list[Change]
    drifting: list[str]


def estimate(folder: Path, out: Path) -> EstimateReport:
    """Write the file `out`, which must not exist. Raises FileRefused (`out`), HomeInvalid (no home, nothing resolved yet), HomeLocked,
    ParametersInvalid."""
    home = open_home(folder)
    settings = read_settings(home)
    parameters = company_parameters(home, settings) or default_parameters()
    source = home.root / settings.resolution.parameters if settings.resolution.parameters else PACKAGED
    _check_out(out)
    nothing_yet = HomeInvalid(
        f"HomeInvalid: nothing in {folder} was resolved yet, so there is nothing to estimate weights from.\n"
        f"  Run `bailiwick refresh --home {folder}` first."
    )
    if not home.warehouse_path.exists():  # opening it would make it
        raise nothing_yet
    with hold(home), Warehouse(home.warehouse_path).transaction() as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        if not {name for (name,) in tables} >= {f"{SCHEMA}.profiles", "rules.company"}:
            raise nothing_yet
        dated = connection.execute("select as_of_date from rules.company").fetchall()[0][0]
        weights = match_weights(connection, parameters, sample=THOROUGH)
    changes = proposed_changes(weights, parameters)
    text = proposed_text(source.read_text(encoding="utf-8-sig"), changes, dated=dated, path=source)
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    drifting = [f"{field}.{level}" for field, level in weights.filter("is_drifting").select("field", "level").iter_rows()]
    return EstimateReport(out=out, version=parameters.version + 1, dated=dated, changes=changes, drifting=drifting)


def _check_out(out: Path) -> None:
    if out.exists():
        raise FileRefused("not_written", f"FileRefused: {out} is there already, and nothing was written.\n  Give --out another name.")
    if not out.resolve().parent.is_dir():
        raise FileRefused("no_folder", f"FileRefused: there is no folder {out.parent} to write {out.name} into. Make it first.")


def told(report: EstimateReport) -> list[str]:
    """The report in lines for people."""
    lines = [f"Wrote {report.out}: version {report.version} of the parameters, as of {report.dated}; nothing was put into force."]
    lines += [
        f"  {change.field + '.' + change.level:<28} {change.was:>6g} -> {change.weight:>6g} bits, on {change.pair_count:,} pairs"
        for change in report.changes
    ]
    if not report.changes:
        lines.append("No weight is far enough from what the records say to be another.")
    lines.append(f'Read it, change it, then name it in company.toml: [resolution] parameters = "{report.out.name}"')
    return lines
