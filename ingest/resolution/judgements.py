"""judgements.csv: what data stewards decided about pairs of records, and which of it is in force.

Here: reading the file, the ledger that forgets nothing, what counts of several judgements, contradictions.
Not here: what a judgement does to groups (clustering.py), which customer a kept id goes to (identity.py).

A row says `same` (同一) or `different` (不同) of two records, `withdrawn` (撤回: nothing said of these two before counts any more), or
`keep_id` (保留编号: the customer of the left record bears `customer_id`; a `withdrawn` without a right record takes that back).

Rows are only added. The ledger keeps every row ever read: one that somebody deletes stays in force and is reported, so that nobody
can undo a decision without saying so. A row is named by its content, so reading the file again adds nothing; a row that stands in the
file twice (said, taken back and said again on one day) counts twice.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ingest.errors import HomeInvalid

_LEFT, _RIGHT = ("left_source", "left_record_id"), ("right_source", "right_record_id")
_SUBJECT = (*_LEFT, *_RIGHT)
_COLUMNS = (*_SUBJECT, "verdict", "judged_by", "judged_on", "reason")
_VERDICTS = {"同一": "same", "不同": "different", "撤回": "withdrawn", "保留编号": "keep_id"}
_KNOWN, _OF_PAIRS = frozenset(_VERDICTS.values()), frozenset(("same", "different"))
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")  # year first; spreadsheets write 2026-11-22 back as 2026/11/22
_ID_DIGITS = 20  # 80 bits of the content's hash
_LONGEST_WALK = 200  # judgements of a chain that are walked to explain a contradiction
_MOST_NAMED = 6  # judgements that a sentence names

LEDGER = {
    "judgement_id": pl.String,
    "sequence": pl.Int64,
    "left_source": pl.String,
    "left_record_id": pl.String,
    "right_source": pl.String,
    "right_record_id": pl.String,
    "verdict": pl.String,
    "customer_id": pl.String,
    "judged_by": pl.String,
    "judged_on": pl.Date,
    "reason": pl.String,
    "is_in_file": pl.Boolean,
}
"""Columns of the ledger, as resolved.judgements has them."""
ISSUES = {"judgement_id": pl.String, "issue": pl.String, "detail": pl.String}
"""Columns of what is wrong with judgements, as resolved.judgement_issues has them."""
_ROW = {name: type_ for name, type_ in LEDGER.items() if name not in ("sequence", "is_in_file")}


@dataclass(frozen=True, kw_only=True)
class JudgementsRead:
    """`rows`: the rows that can be read, in the order of the file, as the ledger's columns but sequence and is_in_file.

    `issues`: those that cannot (issue `refused`), as ISSUES.
    """

    rows: pl.DataFrame
    issues: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What counts. `same`, `different`: left_source .. right_record_id, judgement_id, judged_by, judged_on, reason; by their keys.

    `pins`: source, record_id, customer_id, judgement_id, judged_on, sequence; newest first. `issues`: as ISSUES, those named waits,
    contradicted and vanished.
    """

    same: pl.DataFrame
    different: pl.DataFrame
    pins: pl.DataFrame
    issues: pl.DataFrame

    @property
    def apart(self) -> pl.DataFrame:
        """source, record_id of every record that is judged different from another: such are never held as one profile."""
        ends = (self.different.select(source=f"{end}_source", record_id=f"{end}_record_id") for end in ("left", "right"))
        return pl.concat(ends).unique()


def empty_ledger() -> pl.DataFrame:
    """The ledger of a home where nothing was ever judged."""
    return pl.DataFrame(schema=LEDGER)


def read_judgements(path: Path) -> JudgementsRead:
    """The rows of a file of judgements; no file, no rows. Raises HomeInvalid for one that is no CSV in UTF-8 or lacks a column.

    A row that cannot be read is refused with its number (1 is the first below the header) and never stops the others. The two records of a
    pair are put in order, so a pair said both ways round is one.
    """
    header, lines = _table(path) if path.is_file() else (list(_COLUMNS), [])
    rows, issues = [], []
    seen: Counter[tuple[str, ...]] = Counter()
    for number, cells in enumerate(lines, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        written = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        surplus = any(cell.strip() for cell in cells[len(header) :])
        row = f"the row has {len(cells)} cells, the header {len(header)}" if surplus else _read_row(written)
        content = (
            tuple(cell.strip() for cell in cells) if isinstance(row, str) else tuple(str(row[name] or "") for name in _ROW if name in row)
        )
        judgement_id = _judgement_id(content, seen[content])
        seen[content] += 1
        if isinstance(row, str):
            issues.append((judgement_id, "refused", f"Row {number} of {path.name} is not read: {row}. Add it again, corrected."))
        else:
            rows.append(row | {"judgement_id": judgement_id})
    return JudgementsRead(rows=pl.DataFrame(rows, schema=_ROW), issues=pl.DataFrame(issues, schema=ISSUES, orient="row"))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the CSV. Raises HomeInvalid."""
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:  # what Excel saves as plain CSV
        what = f"is not UTF-8 ({error.reason} at byte {error.start})"
        raise HomeInvalid(f"HomeInvalid: {path.name} {what}.\n  Save it as CSV UTF-8; rows are only added to it.") from None
    except csv.Error as error:
        raise HomeInvalid(
            f"HomeInvalid: {path.name} is no CSV ({error}).\n  Put it back from a backup; rows are only added to it."
        ) from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    lacking = [name for name in _COLUMNS if name not in header]
    twice = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if lacking or twice:
        what = f"lacks the column(s) {', '.join(lacking)}" if lacking else f"has the column(s) {', '.join(twice)} twice"
        raise HomeInvalid(
            f"HomeInvalid: {path.name} {what}.\n  Expected in its first line: {', '.join(_COLUMNS)}, and customer_id where an id is kept.\n"
            "  Correct the first line; nothing of the file was read."
        )
    return header, rows[1:]


def _read_row(written: dict[str, str]) -> dict[str, str | date | None] | str:
    """The row as the ledger has it, or why it cannot be read."""
    verdict = _VERDICTS.get(written.get("verdict", ""), written.get("verdict", "").lower())
    left, right = (tuple(written.get(name, "") for name in side) for side in (_LEFT, _RIGHT))
    customer_id = written.get("customer_id", "")
    judged_on = _read_date(written.get("judged_on", ""))
    is_pair = right != ("", "")
    wrong = {
        "verdict `{verdict}` is not same, different, withdrawn or keep_id": verdict not in _KNOWN,
        "left_source or left_record_id is empty": "" in left,
        "right_source or right_record_id is empty": is_pair and "" in right,
        "`{verdict}` needs a right record": verdict in _OF_PAIRS and not is_pair,
        "both records are the same record": left == right,
        "`keep_id` is said of the left record only; leave the right one empty": verdict == "keep_id" and is_pair,
        "`keep_id` needs the customer_id to keep": verdict == "keep_id" and not customer_id,
        "customer_id belongs to `keep_id`, not to `{verdict}` of two records": verdict != "keep_id" and is_pair and customer_id,
        "judged_by is empty: somebody answers for every judgement": not written.get("judged_by"),
        "judged_on `{judged_on}` is no date like 2026-11-22": judged_on is None,
        "reason is empty: write why, for whoever asks in a year": not written.get("reason"),
    }
    for why, is_so in wrong.items():
        if is_so:
            return why.format_map({"verdict": verdict, "judged_on": written.get("judged_on", "")})
    if is_pair and right < left:
        left, right = right, left
    values = (*left, *(cell or None for cell in right), verdict, customer_id or None, written["judged_by"], judged_on, written["reason"])
    return dict(zip((*_SUBJECT, "verdict", "customer_id", "judged_by", "judged_on", "reason"), values, strict=True))


def _read_date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _judgement_id(content: tuple[str, ...], occurrence: int) -> str:
    parts = (*content, str(occurrence)) if occurrence else content
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_ID_DIGITS]


def remember(ledger_before: pl.DataFrame, read: JudgementsRead) -> pl.DataFrame:
    """The ledger after a reading: every row ever read, in the order they were first seen (`sequence`, from 1).

    `is_in_file` says whether the file still holds the row.
    """
    before = ledger_before.select(LEDGER.keys())
    new = read.rows.join(before, on="judgement_id", how="anti", maintain_order="left")
    last = before["sequence"].max() or 0
    new = new.with_columns(sequence=pl.int_range(1, pl.len() + 1) + last, is_in_file=pl.lit(True)).select(LEDGER.keys())
    known = before.with_columns(is_in_file=pl.col("judgement_id").is_in(read.rows["judgement_id"].implode()))
    return pl.concat([known, new.cast(LEDGER)]).sort("sequence")


def in_force(ledger: pl.DataFrame, records: pl.DataFrame) -> InForce:
    """What counts of the ledger for the records (source, record_id) that exist now.

    Of several judgements about one pair, or about the id of one record's customer, the newest judged_on counts, then the later sequence. A
    judgement about a record that is not there waits. Judgements that contradict each other together (A same B, B same C, A different C) are
    applied newest first, and one that newer ones exclude is set aside. Whether two records of one customer are pinned to two ids only
    identity.py can tell, which knows the customers.
    """
    newest = ledger.sort("judged_on", "sequence", descending=True).unique(_SUBJECT, keep="first", maintain_order=True)
    gone = newest.filter(~pl.col("is_in_file")).select("judgement_id", pl.lit("vanished").alias("issue"), _said(_VANISHED).alias("detail"))
    counts = newest.filter(pl.col("verdict") != "withdrawn")
    for side in (_LEFT, _RIGHT):
        there = records.select(pl.col("source").alias(side[0]), pl.col("record_id").alias(side[1])).unique()
        there = there.with_columns(pl.lit(True).alias(f"is_there_{side[0]}"))
        counts = counts.join(there, on=side, how="left", maintain_order="left")
    has_left = pl.col("is_there_left_source").fill_null(False)
    has_right = pl.col("is_there_right_source").fill_null(False) | pl.col("right_source").is_null()
    missing = pl.when(~has_left).then(pl.format("{} {}", *_LEFT)).otherwise(pl.format("{} {}", *_RIGHT))
    waits = counts.filter(~(has_left & has_right)).select(
        "judgement_id",
        pl.lit("waits").alias("issue"),
        pl.concat_str(_said("{}"), pl.format(": record {} is not there, or no longer. The judgement waits for it.", missing)).alias(
            "detail"
        ),
    )
    counts = counts.filter(has_left & has_right)
    pairs = counts.filter(pl.col("verdict") != "keep_id")
    fixed, contradicted = _without_contradictions(pairs)
    pairs = pairs.filter(pl.Series(fixed, dtype=pl.Boolean))
    columns = (*_SUBJECT, "judgement_id", "judged_by", "judged_on", "reason")
    pins = counts.filter(pl.col("verdict") == "keep_id").select(
        *(pl.col(column).alias(column.removeprefix("left_")) for column in _LEFT), "customer_id", "judgement_id", "judged_on", "sequence"
    )
    return InForce(
        same=pairs.filter(pl.col("verdict") == "same").select(columns).sort(_SUBJECT),
        different=pairs.filter(pl.col("verdict") == "different").select(columns).sort(_SUBJECT),
        pins=pins,
        issues=pl.concat([part.cast(ISSUES) for part in (waits, contradicted, gone)]).sort("judgement_id", "issue"),
    )


_VANISHED = "{} was taken out of the file of judgements. It stays in force; to take it back, add a row with the verdict withdrawn."


def _said(frame: str) -> pl.Expr:
    """The judgement in words, put into `frame`."""
    pair = pl.format("`{}` of {} {} and {} {} ({}, {})", "verdict", *_SUBJECT, "judged_by", "judged_on")
    one = pl.format("`{}` of {} {} ({}, {})", "verdict", *_LEFT, "judged_by", "judged_on")
    before, after = frame.split("{}")
    return pl.concat_str(pl.lit(before), pl.when(pl.col("right_source").is_null()).then(one).otherwise(pair), pl.lit(after))


def _without_contradictions(pairs: pl.DataFrame) -> tuple[list[bool], pl.DataFrame]:
    """Per pair (newest first) whether it holds, and the issues of those that do not."""
    said = pairs.select(_said("{}").alias("said"))["said"].to_list()
    sides = [pairs.select(pl.col(side[0]).alias("source"), pl.col(side[1]).alias("record_id")) for side in (_LEFT, _RIGHT)]
    records = pl.concat(sides).unique().sort("source", "record_id").with_row_index("number")
    lefts, rights = (side.join(records, on=["source", "record_id"], maintain_order="left")["number"].to_list() for side in sides)
    known = _Fixed(len(records), lefts, rights)
    holds, issues = [], []
    for number, (judgement_id, verdict) in enumerate(pairs.select("judgement_id", "verdict").iter_rows()):
        against = known.add_same(number) if verdict == "same" else known.add_different(number)
        holds.append(against is None)
        if against is not None:
            named = "; ".join(said[other] for other in against[:_MOST_NAMED])
            more = f"; and {len(against) - _MOST_NAMED} more" if len(against) > _MOST_NAMED else ""
            others = named + more or f"a chain of more than {_LONGEST_WALK} judgements"
            issues.append(
                (judgement_id, "contradicted", f"{said[number]} is set aside. Newer judgements together say otherwise: {others}.")
            )
    return holds, pl.DataFrame(issues, schema=ISSUES, orient="row")


class _Fixed:
    """What the judgements taken so far fix together: which records are one, and which of these are apart.

    Besides union-find a forest of the `same` judgements themselves (`up`: record -> the next record and the judgement between), so that
    the chain between two records can be told. Joining turns the smaller tree over, so a record moves about log2(n) times at most.
    """

    def __init__(self, size: int, lefts: list[int], rights: list[int]):
        self.ends = list(zip(lefts, rights, strict=True))
        self.root = list(range(size))
        self.members = [[record] for record in range(size)]
        self.apart: list[dict[int, int]] = [{} for _ in range(size)]  # other root -> the newest judgement that keeps the two apart
        self.up: list[tuple[int, int] | None] = [None] * size

    def add_same(self, number: int) -> list[int] | None:
        """Join the two records of the judgement; else the judgements that say otherwise."""
        left, right = self.ends[number]
        if (between := self.apart[self.root[left]].get(self.root[right])) is not None:
            near, far = self.ends[between]
            if self.root[near] != self.root[left]:
                near, far = far, near
            chains = self._chain(left, near), self._chain(far, right)
            return [*chains[0], between, *chains[1]]
        if self.root[left] != self.root[right]:
            self._join(left, right, number)
        return None

    def add_different(self, number: int) -> list[int] | None:
        """Keep the two records of the judgement apart; else the judgements that make them one, empty where the chain is too long."""
        left, right = self.ends[number]
        roots = self.root[left], self.root[right]
        if roots[0] == roots[1]:
            return self._chain(left, right)
        for one, other in (roots, roots[::-1]):
            self.apart[one].setdefault(other, number)
        return None

    def _join(self, left: int, right: int, number: int) -> None:
        burden = [len(self.members[self.root[end]]) + len(self.apart[self.root[end]]) for end in (left, right)]
        if burden[0] < burden[1]:
            left, right = right, left
        large, small = self.root[left], self.root[right]
        here, link = right, (left, number)
        while (before := self.up[here]) is not None:  # the small tree hangs on `left` from now on: each link on the way up turns round
            self.up[here], here, link = link, before[0], (here, before[1])
        self.up[here] = link
        for member in self.members[small]:
            self.root[member] = large
        self.members[large] += self.members[small]
        for other, between in self.apart[small].items():
            del self.apart[other][small]
            newest = min(between, self.apart[large].get(other, between))
            self.apart[large][other] = self.apart[other][large] = newest
        self.members[small], self.apart[small] = [], {}

    def _chain(self, left: int, right: int) -> list[int]:
        """The `same` judgements that lead from one record to the other; empty where they are the same record or too far apart."""
        (records, judgements), (others, other_judgements) = self._way_up(left), self._way_up(right)
        places = {record: place for place, record in enumerate(others)}
        for place, record in enumerate(records):
            if record in places:
                return [*judgements[:place], *reversed(other_judgements[: places[record]])]
        return []

    def _way_up(self, record: int) -> tuple[list[int], list[int]]:
        """The records from this one upwards, at most _LONGEST_WALK, and the judgements between them."""
        records, judgements = [record], []
        while (link := self.up[records[-1]]) is not None and len(judgements) < _LONGEST_WALK:
            records.append(link[0])
            judgements.append(link[1])
        return records, judgements
