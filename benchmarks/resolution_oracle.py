"""Writes tests/cases/splink_patterns.json: what Splink estimates on two sets, for the tests to hold our estimation against.

    python -m benchmarks.resolution_oracle [FOLDER]

FOLDER keeps Splink's environment (see resolution_peers.py). The sets are the demo company of 5,000 customers, made by this program, and the
restaurants of two guides in ../shared/data. The file holds counts of patterns and probabilities, and no value of any record.
Not here: what Splink is asked (peers/splink_patterns.py), comparing (tests/ingest/resolution/test_estimation.py).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.resolution_peers import PEERS, SCRIPTS, prepare
from benchmarks.resolution_sets import demo, fodors_zagats_links

DATA = Path(__file__).parents[2] / "shared" / "data"
OUT = Path(__file__).parents[1] / "tests" / "cases" / "splink_patterns.json"
COMMAND = "python -m benchmarks.resolution_oracle"
# 2026-11-22: in blocks of one city the restaurants' streets are too alike for u of random pairs; all 864 give but 372,816 pairs.
ASKED = {
    "demo_5000": {
        "block": "postal_code",
        "fields": {"name": [0.9, 0.7], "street": [0.9], "phone": "exact", "website": "exact"},
        "sure": [["phone", "website"]],
    },
    "fodors_zagats_links": {
        "block": "everything",
        "fields": {"name": [0.9, 0.7], "street": [0.9], "phone": "exact"},
        "sure": [["phone", "name"]],
    },
}


def main() -> None:
    """Ask Splink about each set and write the file."""
    splink = next(peer for peer in PEERS if peer.name == "splink")
    rows = {"demo_5000": demo(5_000).records, "fodors_zagats_links": fodors_zagats_links(DATA).records}
    with tempfile.TemporaryDirectory() as scratch:
        python = prepare(splink, Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch))
        told = {name: _ask(python, rows[name], asked, Path(scratch)) for name, asked in ASKED.items()}
    versions = {found.pop("splink") for found in told.values()}
    lines = [f'"made_by": "{COMMAND}"', f'"splink": "{versions.pop()}"', f'"sets": {{\n{_written(told)}\n}}']
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _ask(python: Path, rows: pl.DataFrame, asked: dict, scratch: Path) -> dict:
    """Splink's figures of one set."""
    digits = pl.col("phone").str.replace_all(r"\D", "")
    rows.with_columns(digits, everything=pl.lit("all")).write_parquet(scratch / "rows.parquet")
    (scratch / "settings.json").write_text(json.dumps(asked), encoding="utf-8")
    files = [str(scratch / name) for name in ("rows.parquet", "settings.json", "out.json")]
    command = [str(python), str(SCRIPTS / "splink_patterns.py"), *files]
    subprocess.run(command, check=True, cwd=scratch, timeout=1800)
    return json.loads((scratch / "out.json").read_text(encoding="utf-8"))


def _written(told: dict[str, dict]) -> str:
    """One line a field and one for the patterns: small, and what changed can be read."""
    blocks = []
    for name, found in told.items():
        fields = ",\n".join(f"    {json.dumps(field)}: {json.dumps(chances)}" for field, chances in found["fields"].items())
        rest = f'   "prior": {found["prior"]},\n   "patterns": {json.dumps(found["patterns"])}'
        blocks.append(f'  "{name}": {{\n   "fields": {{\n{fields}\n   }},\n{rest}\n  }}')
    return ",\n".join(blocks)


if __name__ == "__main__":
    main()
