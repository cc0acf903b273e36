"""What people see on a terminal: progress, the table of steps, the checks, where to look next.

Here: drawing. Not here: deciding or computing anything (refresh.py, doctor.py).
"""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from orchestration.doctor import Finding
from orchestration.id_changes import IdChanges
from orchestration.refresh import RefreshReport
from orchestration.steps import Step, StepLog

if TYPE_CHECKING:  # reading places loads much that a quiet night does not need
    from orchestration.geocode import GeocodeReport

_STYLES = {"fatal": "bold red", "error": "red", "warning": "yellow", "hint": "dim"}


class Progress:
    """A line per finished step; on a terminal also a bar of how far the running step is. Use as a context manager."""

    def __init__(self, console: Console, *, quiet: bool):
        self._console, self._quiet = console, quiet
        self._bar: ProgressBar | None = None
        self._task: TaskID | None = None
        self.log = StepLog() if quiet else StepLog(on_start=self._start, on_progress=self.at, on_end=self._end)

    def __enter__(self) -> "Progress":
        if not self._quiet and self._console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = ProgressBar(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("starting", total=None)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def _start(self, name: str) -> None:
        if self._bar:
            self._bar.reset(self._task, total=None, description=name)

    def at(self, name: str, text: str, done: int, total: int) -> None:
        """Show that `done` of `total` pieces of the running step are behind us, and what is at hand; of no pieces: a line that stays."""
        if text and not total:
            self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
        elif self._bar:
            self._bar.update(self._task, description=f"{name}: {text}" if text else name, completed=done, total=total)

    def _end(self, step: Step) -> None:
        counts = f"{step.rows_in:>9,} -> {step.rows_out:>9,} rows" if step.rows_in is not None and step.rows_out is not None else ""
        self._console.print(f"  {step.name:<44} {step.seconds:>6.1f} s  {counts}", highlight=False, soft_wrap=True)


def print_geocoded(console: Console, report: "GeocodeReport") -> None:
    """What became of a file's rows, and where to look."""
    console.print(f"{report.rows_out:,} of {report.rows_in:,} rows placed into {report.out}:", markup=False, soft_wrap=True)
    for precision, count in report.by_precision.items():
        console.print(f"  {precision:<12} {count:>9,}", markup=False)
    if report.problems:
        console.print("What did not fit (column problems):", markup=False)
        for code, count in report.problems.items():
            console.print(f"  {code:<32} {count:>9,}", markup=False)
    if report.rows_refused:
        console.print(f"{report.rows_refused:,} rows could not be used; {report.refused_out} says why.", markup=False, soft_wrap=True)
    if report.unknown_columns:
        console.print(f"Columns left alone: {', '.join(report.unknown_columns)}.", markup=False, soft_wrap=True)


def print_json(content: Any) -> None:
    """One JSON document on standard output, for programs."""
    text = json.dumps(content, ensure_ascii=False, default=str, indent=2)
    Console(highlight=False, soft_wrap=True, emoji=False).print(text, markup=False)  # an id such as a:100:b is no emoji


def print_refresh(console: Console, report: RefreshReport, home: Path) -> None:
    """The closing account of a refresh."""
    if report.outcome == "nothing_to_do":
        console.print(
            f"Nothing changed since run {report.run_id[:8]}: no new export, rule, mapping or setting. "
            f"The published copy of {report.as_of_date} stands, not one byte of it was touched ({report.seconds:.1f} s).",
            highlight=False,
        )
    else:
        console.print(_steps_table(report.steps))
        console.print(_checks_line(report), highlight=False)
        verdict = {
            "published": "Published",
            "unchanged": "Every table came out as already published, so not one byte of the published copy was touched,",
        }[report.outcome]
        console.print(f"{verdict} as of {report.as_of_date} in {report.seconds:.1f} s (run {report.run_id[:8]}).", highlight=False)
    if report.ids and report.ids.is_any:
        _print_ids(console, report.ids, home)
    for message in report.messages:
        console.print("[yellow]note[/] ", end="", highlight=False)
        console.print(message, highlight=False, markup=False, soft_wrap=True)  # a command in it is to be copied as it is
    if report.outcome != "nothing_to_do":
        _print_next(console, home)


def _steps_table(steps: list[Step]) -> Table:
    table = Table(title="Steps", title_justify="left")
    for name in ("step", "rows in", "rows out", "quarantined", "seconds", "note"):
        table.add_column(name, justify="left" if name in ("step", "note") else "right")
    inspections = [step for step in steps if step.name.startswith("inspect ")]
    for step in steps:
        if step not in inspections:
            counts = [_count(number) for number in (step.rows_in, step.rows_out, step.quarantined)]
            table.add_row(step.name, *counts, f"{step.seconds:.1f}", step.note)
    if inspections:
        expectations = sum(int(step.note.split()[0]) for step in inspections)
        seconds = sum(step.seconds for step in inspections)
        table.add_row("inspections", "", "", "", f"{seconds:.1f}", f"{expectations} expectations on {len(inspections)} tables")
    return table


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _checks_line(report: RefreshReport) -> str:
    passed = sum(check.passed for check in report.checks)
    warned = [check for check in report.checks if not check.passed]
    line = f"Checks: {passed} of {len(report.checks)} passed"
    return line + "".join(f"\n  warning: {check.table}: {check.name} {check.detail}" for check in warned)


def _print_ids(console: Console, ids: IdChanges, home: Path) -> None:
    """What became of customer ids: how many, an example of each kind, where the others stand and where to answer."""
    lines = [
        f"Customer ids: {ids.merged:,} merged into others, {ids.split:,} split, {ids.moved:,} gave records to another; "
        f"{ids.redirects:,} retired ids lead to one in use; {ids.questions:,} questions wait for a person."
    ]
    lines += [
        f"  {change.kind:<7} {change.old_customer_id} -> {', '.join(change.customer_ids)}  {change.sentence}" for change in ids.examples
    ]
    if ids.question:
        lines.append(f"  asked   {ids.question}")
    tables = "customer_id_redirects, bridge_customer_records (who was who, when and why), fct_match_questions"
    lines.append(f"  All of them: {tables}. One of them: {_command()} explain {ids.examples[0].customer_ids[-1]} --home {home}")
    lines.append(f"  Answers: a row each in {home / 'judgements.csv'}.")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _print_next(console: Console, home: Path) -> None:
    console.print("Where to look next:", highlight=False)
    for what, where in (
        ("the published marts", home / "published" / "marts.duckdb"),
        ("the same as Parquet", home / "published" / "parquet"),
        ("data health (数据体检)", home / "published" / "report" / "data_health.html"),
        ("what was refused", home / "quarantine"),
    ):
        console.print(f"  {what:<22} {where}", highlight=False, soft_wrap=True)
    console.print(f"  {'the dashboard':<22} {_command()} dashboard --home {home}", highlight=False, soft_wrap=True)
    console.print(f"  {'lineage and checks':<22} {_command()} ui --home {home}", highlight=False, soft_wrap=True)


def _command() -> str:
    """How this program is called here: in a checkout it is .venv/bin/bailiwick."""
    return "bailiwick" if shutil.which("bailiwick") else sys.argv[0]


def print_findings(console: Console, findings: list[Finding]) -> None:
    """What the doctor found, worst first."""
    if not findings:
        console.print("Nothing is wrong with this home.")
    for finding in findings:
        console.print(f"[{_STYLES[finding.severity]}]{finding.severity:<8}[/] {finding.about}", highlight=False)
        for line in finding.sentence.splitlines():
            console.print(f"         {line.strip()}", highlight=False, markup=False)


def as_json(report: RefreshReport) -> dict[str, Any]:
    """The report for programs."""
    return asdict(report)
