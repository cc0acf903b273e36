"""goldenmatch 3.22 on the rows of a set, as in the first hour: zero configuration.

    python goldenmatch_peer.py ROWS.parquet clusters|links|ranked OUT

Duplicates in one table: `dedupe_df(table)`. Two sides: `match_df(target, reference)`, the right (or short) side looked for in the left
(or full) one; what it matched makes the groups, and its match scores the ranking. Of the columns only record_id and source are withheld:
one says nothing, the other makes it ask for a configuration of two sources. Seconds are those of the call. Not here: judging.
"""

import json
import sys
import time
from pathlib import Path

import goldenmatch
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WITHHELD = ("record_id", "source")
REFERENCE = {"links": ("left", "right"), "ranked": ("full", "short")}


def main() -> None:
    """Read the rows, ask, write groups.parquet, pairs.parquet and told.json."""
    rows, kind, out = pq.read_table(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    start = time.perf_counter()
    pairs, note = _duplicates(rows) if kind == "clusters" else _matches(rows, *REFERENCE[kind])
    seconds = time.perf_counter() - start
    pairs, groups = pairs if kind == "clusters" else (pairs, _components(rows["record_id"].to_pylist(), pairs))
    left, right, scores = (list(column) for column in zip(*pairs, strict=True)) if pairs else ([], [], [])
    table = {"left_record_id": left, "right_record_id": right, "score": scores, "weight": scores, "verdict": ["same"] * len(scores)}
    schema = pa.schema([(name, pa.float64() if name in ("score", "weight") else pa.string()) for name in table])
    pq.write_table(pa.table(table, schema=schema), out / "pairs.parquet")
    names = {"record_id": list(groups), "customer": [str(group) for group in groups.values()]}
    pq.write_table(pa.table(names, schema=pa.schema([("record_id", pa.string()), ("customer", pa.string())])), out / "groups.parquet")
    (out / "told.json").write_text(json.dumps({"seconds": seconds, "note": note}), encoding="utf-8")


def _duplicates(rows: pa.Table) -> tuple[tuple[list, dict], str]:
    """(pairs and groups), note: groups of one table."""
    ids = rows["record_id"].to_pylist()
    result = goldenmatch.dedupe_df(rows.drop_columns([name for name in WITHHELD if name in rows.column_names]))
    groups = {record: f"alone-{record}" for record in ids}
    for number, cluster in result.clusters.items():
        groups |= {ids[member]: f"group-{number}" for member in cluster["members"]}
    return ([(ids[left], ids[right], float(score)) for left, right, score in result.scored_pairs], groups), _said(result.config)


def _matches(rows: pa.Table, reference: str, target: str) -> tuple[list, str]:
    """Pairs across the two sides, and a note."""
    sides = [rows.filter(pc.equal(rows["source"], side)).drop_columns(["source"]) for side in (target, reference)]
    result = goldenmatch.match_df(*sides, exclude_columns=["record_id"])
    if result.matched is None or not result.matched.num_rows:
        return [], "matched nothing"
    columns = ("target_record_id", "ref_record_id", "__match_score__")
    best: dict[tuple[str, str], float] = {}
    for one, other, score in zip(*(result.matched[column].to_pylist() for column in columns), strict=True):
        best[one, other] = max(best.get((one, other), 0.0), float(score))
    return [(*pair, score) for pair, score in sorted(best.items())], "match_df"


def _said(config: object) -> str:
    """What it chose by itself, in short."""
    keys = [f"{key.name} ({', '.join(str(field.field) for field in key.fields)})" for key in getattr(config, "matchkeys", None) or []]
    return "dedupe_df: " + "; ".join(keys)


def _components(ids: list[str], pairs: list) -> dict[str, str]:
    """Records that hang together by pairs."""
    above = {record: record for record in ids}

    def top(record: str) -> str:
        while above[record] != record:
            above[record] = above[above[record]]
            record = above[record]
        return record

    for one, other, _ in pairs:
        above[top(one)] = top(other)
    return {record: top(record) for record in ids}


if __name__ == "__main__":
    main()
