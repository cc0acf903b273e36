"""How right entity resolution is, on real and invented data outside the repository: one table, ours beside its peers on the same rows.

    python benchmarks/resolution.py [--only SET ...] [--full] [--no-peers] [--errors DIR] [--json FILE] [--peers-dir DIR] [--data FOLDER]

Precision, recall and F1 are pairwise: over all pairs of records in one cluster; of sets of links, over the pairs across the two sides. A
ranked set asks for each short name which full name it means: top-1 is the share of queries whose best pair leads to the right one
(no pair is a miss), precision is that of the pairs called `same`, recall the share of queries of which that is said rightly. Nothing is
told to any contestant but the contract's columns (resolution_sets.py). The first table has figures that are asked for, the second none:
nobody may improve on one set alone. `--errors` writes the pairs that are wrong, with both rows, of ours or with --errors-of of a peer.

`equal names` and the yardsticks of rapidfuzz are what one gets for nothing. Seconds are of one run, with tables and programs loaded. A set
or a peer that is not there is said so. `demo_100000` is measured with --full or by its name only.

Not here: reading the sets, the peers (resolution_peers.py), judging (resolution_judges.py), speed (other benchmarks).
"""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import resolution_judges as judges  # noqa: E402
from benchmarks.resolution_peers import PEERS, PeerAbsent, ask, prepare  # noqa: E402
from benchmarks.resolution_sets import FURTHER_SETS, SETS, TARGET_SETS, Answer, ResolutionSet, as_set  # noqa: E402

OURS = "ours"
# Figure -> what is asked of ours. What was seen of the peers before: Splink 5 0.85, goldenmatch 3.22 0.83 on fodors_zagats.
ASKED: dict[str, dict[str, float]] = {
    "fodors_zagats": {"f1": 0.95}, "fodors_zagats_links": {"f1": 0.99}, "senzing_truthset": {"f1": 0.97},
    "lagou_2018": {"top_1": 0.72, "precision": 0.97}, "sp500": {"f1": 0.94}, "cn_registry": {"f1": 0.98, "branches_in_parents": 0},
    "demo_5000": {"f1": 0.98}, "demo_100000": {"f1": 0.98},
}  # fmt: skip
AT_MOST = ("branches_in_parents",)
ONLY_WHEN_ASKED = "demo_100000"


def say(text: str = "") -> None:
    """One line for the person who measures."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ours(asked: ResolutionSet) -> Answer:
    """What users get."""
    from ingest.resolution.rows import resolve_rows  # noqa: PLC0415 - the sets and the peers can be looked at without it

    start = time.perf_counter()
    # Of a ranked set the best pair counts, however weak.
    result = resolve_rows(asked.records, down_to=-60.0 if asked.kind == "ranked" else None)
    seconds = time.perf_counter() - start
    pairs = result.pairs.select("left_record_id", "right_record_id", "score", "weight", "verdict")
    said = dict(pairs["verdict"].value_counts().iter_rows())
    groups = result.groups.select("record_id", pl.col("customer").cast(pl.String))
    return Answer(groups=groups, pairs=pairs, seconds=seconds, note=f"{said.get('same', 0):,} same, {said.get('ask', 0):,} ask")


def load_ours() -> None:
    """One Chinese and one American row, so that no set pays for reading the tables."""
    rows = {"record_id": ["1", "2"], "name": ["青岛岚屿有限公司", "Oster Tools Inc"], "address": ["青岛市市南区香港路1号", None]}
    first = as_set("first", "clusters", pl.DataFrame(rows | {"city": [None, "Austin"], "region": [None, "TX"], "cluster": ["1", "2"]}))
    with contextlib.suppress(Exception):  # ours is broken: each line of the table will say so, and the peers are measured all the same
        ours(first)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One line of the table."""

    set_name: str
    contestant: str
    figures: dict[str, float]
    seconds: float | None
    note: str

    def missed(self) -> list[str]:
        """What was asked of ours and is not met."""
        if self.contestant != OURS:
            return []
        asked = ASKED.get(self.set_name, {})
        return [name for name, limit in asked.items() if not _is_met(name, self.figures.get(name), limit)]


def _is_met(name: str, value: float | None, limit: float) -> bool:
    return value is not None and (value <= limit if name in AT_MOST else value >= limit)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:160]


def contestants(options: argparse.Namespace) -> tuple[dict[str, Callable[[ResolutionSet], Answer]], list[str]]:
    """Who answers, in order, and what is to be said of those who cannot."""
    found: dict[str, Callable[[ResolutionSet], Answer]] = {OURS: ours}
    absent = []
    for peer in () if options.no_peers else PEERS:
        try:
            python = prepare(peer, options.peers_dir)
        except PeerAbsent as reason:
            absent.append(f"{peer.title}: {reason}")
            continue
        found[peer.title] = lambda asked, peer=peer, python=python: ask(peer, python, asked)
    return found | {"equal names": judges.equal_names}, absent


def measure(asked: ResolutionSet, options: argparse.Namespace, found: dict[str, Callable]) -> Iterator[Measured]:
    """Every contestant's line on one set; one that fails says so and hinders no other."""
    for name, answer_of in found.items():
        try:
            answer = answer_of(asked)
        except PeerAbsent as reason:
            yield Measured(set_name=asked.name, contestant=name, figures={}, seconds=None, note=str(reason))
            continue
        except Exception as error:  # the table goes on: what failed stands in it
            if name == OURS and options.raises:
                raise
            yield Measured(
                set_name=asked.name, contestant=name, figures={}, seconds=None, note=f"failed: {type(error).__name__}: {_first_line(error)}"
            )
            continue
        figures = judges.judge(asked, answer)
        yield Measured(set_name=asked.name, contestant=name, figures=figures, seconds=answer.seconds, note=answer.note)
        if name == OURS and (by_damage := judges.recall_by_damage(asked, answer)):
            yield Measured(set_name=asked.name, contestant="  recall of copies", figures={}, seconds=None, note=by_damage)
        if options.errors and name in options.errors_of:
            told = judges.write_errors(asked, answer, options.errors, name.split()[0].lower())
            yield Measured(set_name=asked.name, contestant="  errors", figures={}, seconds=None, note=told)
    for name, figures, seconds in judges.yardsticks(asked):
        yield Measured(set_name=asked.name, contestant=name, figures=figures, seconds=seconds, note="yardstick")


COLUMNS = ("precision", "recall", "f1", "top_1")


def tell(line: Measured) -> None:
    """One line of the table."""
    cells = "".join(f"{line.figures[name]:>11.4f}" if name in line.figures else f"{'':>11}" for name in COLUMNS)
    seconds = f"{line.seconds:>9.1f}" if line.seconds is not None else f"{'':>9}"
    others = [f"{name.replace('_', ' ')} {value:g}" for name, value in line.figures.items() if name not in COLUMNS]
    missed = [f"MISSED: {', '.join(line.missed())}"] if line.missed() else []
    if not line.figures and line.seconds is None:
        say(f"    {line.contestant:18}  {line.note}")
        return
    say(f"    {line.contestant:18}{cells}{seconds}  {'; '.join([*missed, *others, *([line.note] if line.note else [])])}")


def tell_table(title: str, names: list[str], options: argparse.Namespace, found: dict[str, Callable]) -> list[Measured]:
    """Measure the sets and tell each line as soon as it is known."""
    if not names:
        return []
    say(f"{title:22}" + "".join(f"{name.replace('_', '-'):>11}" for name in COLUMNS) + f"{'seconds':>9}")
    lines = []
    for name in names:
        try:
            asked = SETS[name](options.data)
        except FileNotFoundError as missing:
            say(f"{name}: skipped, {Path(missing.filename or str(missing)).name} is not there")
            continue
        limits = [
            f"{figure.replace('_', ' ')} {'≤' if figure in AT_MOST else '≥'} {limit:g}" for figure, limit in ASKED.get(name, {}).items()
        ]
        wanted = f", asked of ours: {', '.join(limits)}" if limits else ""
        say(f"{name}: {len(asked.records):,} rows, {asked.cluster_count:,} things{wanted}")
        for line in measure(asked, options, found):
            tell(line)
            lines.append(line)
    return lines


def chosen(options: argparse.Namespace) -> list[str]:
    """The sets that are measured."""
    if options.only:
        return [name for name in SETS if name in options.only]
    return [name for name in SETS if name != ONLY_WHEN_ASKED or options.full]


def main() -> None:
    """Measure, tell, write. Exit code 1 where a figure that is asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(SETS), metavar="SET", help=f"one of {', '.join(SETS)}; may come again")
    parser.add_argument("--full", action="store_true", help="with the demo company of 100,000 customers")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--errors", type=Path, metavar="DIR", help="where wrong pairs are written, a CSV for false and one for missed")
    parser.add_argument("--errors-of", action="append", metavar="CONTESTANT", help="whose; ours where it is not given")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--peers-dir", type=Path, default=ROOT / ".benchmarks", metavar="DIR", help="their environments; reused")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="FOLDER")
    parser.add_argument("--raises", action="store_true", help="stop with the whole message where ours fails")
    options = parser.parse_args()
    options.errors_of = options.errors_of or [OURS]
    found, absent = contestants(options)
    for reason in absent:
        say(f"absent: {reason}")
    load_ours()
    names = chosen(options)
    lines = tell_table("sets with targets", [name for name in names if name in TARGET_SETS], options, found)
    lines += tell_table("further sets", [name for name in names if name in FURTHER_SETS], options, found)
    if options.json:
        rows = [
            {"set": line.set_name, "contestant": line.contestant, **line.figures, "seconds": line.seconds, "note": line.note}
            for line in lines
        ]
        options.json.write_text(json.dumps({"absent": absent, "lines": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    missed = [f"{line.set_name} {name}" for line in lines for name in line.missed()]
    say(f"\nmissed: {', '.join(missed) or 'nothing'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
