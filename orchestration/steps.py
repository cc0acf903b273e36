"""What each step of a refresh took in, gave out and cost, told to whoever listens.

Here: counting and timing steps. The command line listens to print progress and the closing table; the same figures go into
Dagster's metadata. Not here: what a step does (assets/).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ingest.errors import ChecksFailed

NOT_MADE = "the check was not made in this run"
_SHOWN = 20


@dataclass(kw_only=True)
class Step:
    """One step: rows are counts of table rows, `seconds` wall time; `note` is one short remark for people."""

    name: str
    rows_in: int | None = None
    rows_out: int | None = None
    quarantined: int | None = None
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckOutcome:
    """One check of a run: the relation it judges, its name, and what came of it."""

    table: str
    name: str
    passed: bool
    is_blocking: bool
    detail: str = ""


def checks_failed(failed: list[CheckOutcome]) -> ChecksFailed:
    """The error that names each blocking check that failed or was not made."""
    lines = [f"{outcome.table}: {outcome.name}{': ' + outcome.detail if outcome.detail else ''}" for outcome in failed]
    more = [f"... and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return ChecksFailed(
        "\n  ".join([f"ChecksFailed: {len(failed)} blocking check(s) did not pass, so nothing was published:", *lines[:_SHOWN], *more])
        + "\n  The last published copy stands untouched. Mend the export or the rule that the check names, then refresh again;"
        "\n  `bailiwick ui` shows each check with what it saw."
    )


@dataclass(kw_only=True)
class StepLog:
    """The steps and checks of one run so far. `on_start`, `on_progress` and `on_end` are called as they happen."""

    on_start: Callable[[str], None] = lambda _: None
    on_progress: Callable[[str, str, int, int], None] = lambda _step, _text, _done, _total: None
    on_end: Callable[[Step], None] = lambda _: None
    steps: list[Step] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step. The caller fills in the counts. A step that fails is not listed; its error is."""
        step = Step(name=name)
        started = time.perf_counter()
        self.on_start(name)
        yield step
        step.seconds = time.perf_counter() - started
        self.steps.append(step)
        self.on_end(step)

    def progress(self, step: str) -> Callable[[str, int, int], None]:
        """A function that tells listeners what `step` is at, and how much of how much is done."""
        return lambda text, done, total: self.on_progress(step, text, done, total)
