"""A file of parameters with the weights that the records would have, for a person to read and to put into force.

Here: which weights change, and the text of the file: that of the one in force, with other numbers and the reason beside each. Not here:
the estimate (drift.py), reading such a file (parameters.py), where it goes (orchestration/estimate.py).
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import yaml

from ingest.resolution.drift import ENOUGH
from ingest.resolution.parameters import Parameters, read_parameters_text

_LEAST_CHANGE = 1.0  # bits; 2026-11-22: less than two of the error of an estimate (0.5 bits between halves of the demo company)
_STEP = 0.5  # bits, to which a proposed weight is rounded: more digits would pretend to be known


@dataclass(frozen=True, kw_only=True)
class Change:
    """A weight that the file has otherwise: bits before and after, and on how many likely matching pairs that rests."""

    field: str
    level: str
    was: float
    weight: float
    pair_count: int


def proposed_changes(weights: pl.DataFrame, parameters: Parameters) -> list[Change]:
    """The weights to change, by drift.match_weights of the parameters in force: watched ones whose estimate differs by a bit and more.

    What was estimated is the weight as it is applied on average, so that the difference is added to the weight of a rare value. An estimate
    that is a bound (at least, at most) changes a weight beyond it only.
    """
    kept = set(parameters.drift.not_watched)
    changes = []
    told = weights.filter(pl.col("difference").abs() >= _LEAST_CHANGE)
    for row in told.iter_rows(named=True):
        field, level, difference = row["field"], row["level"], row["difference"]
        is_within_bound = (row["bound"] == "at least" and difference < 0) or (row["bound"] == "at most" and difference > 0)
        if is_within_bound or row["pair_count"] < ENOUGH or kept & {field, f"{field}.{level}"}:
            continue
        was = parameters.weights[field][level]
        weight = round((was + difference) / _STEP) * _STEP
        if weight != was:
            changes.append(Change(field=field, level=level, was=was, weight=weight, pair_count=round(row["pair_count"])))
    return changes


def proposed_text(text: str, changes: list[Change], *, dated: date, path: Path) -> str:
    """The text of a file of parameters with the changes made, its version one higher, its date `dated`; all else stays as it is written.

    `path`: what messages call the file. Raises ParametersInvalid for a text that is none, before or after.
    """
    parameters = read_parameters_text(text, path)
    nodes = _scalars(yaml.compose(text, Loader=yaml.SafeLoader))
    values = {("version",): str(parameters.version + 1), ("dated",): dated.isoformat()}
    values |= {("weights", change.field, change.level): f"{change.weight:g}" for change in changes}
    reasons: dict[int, list[tuple[str, str]]] = {}
    for change in changes:
        said = f"estimated {dated} on {change.pair_count:,} pairs, was {change.was:g}"
        reasons.setdefault(nodes["weights", change.field, change.level].start_mark.line, []).append((change.level, said))
    for name in sorted(values, key=lambda name: nodes[name].start_mark.index, reverse=True):
        node = nodes[name]
        text = text[: node.start_mark.index] + values[name] + text[node.end_mark.index :]
    alone = _lines_of_one_number(nodes)
    lines = text.split("\n")
    for line in sorted(reasons, reverse=True):
        if line in alone:
            bare = re.sub(r"\s+#.*$", "", lines[line])
            lines[line] = f"{bare}  # {reasons[line][0][1]}"
        else:
            indent = " " * (len(lines[line]) - len(lines[line].lstrip()))
            lines[line:line] = [f"{indent}# {level}: {said}" for level, said in reasons[line]]
    written = "\n".join(lines)
    read_parameters_text(written, path)
    return written


def _scalars(node: yaml.Node, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], yaml.ScalarNode]:
    """The numbers and words of a YAML text by where they stand."""
    if isinstance(node, yaml.MappingNode):
        found = {}
        for key, value in node.value:
            found |= _scalars(value, (*path, str(key.value)))
        return found
    return {path: node} if isinstance(node, yaml.ScalarNode) else {}


def _lines_of_one_number(nodes: dict[tuple[str, ...], yaml.ScalarNode]) -> set[int]:
    lines = [node.start_mark.line for node in nodes.values()]
    return {line for line in lines if lines.count(line) == 1}
