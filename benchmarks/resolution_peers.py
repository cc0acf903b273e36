"""Starting the peers of entity resolution, each in an environment of its own.

Here: making an environment out of a pinned list (once; it is reused until the list changes), giving a peer the rows of a set as a
Parquet file, and reading its answer. Not here: what a peer does with the rows (peers/), judging (resolution.py).

A peer that cannot be installed or run is a PeerAbsent with the reason, which the table shows in its place.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.resolution_sets import Answer, ResolutionSet

SCRIPTS = Path(__file__).parent / "peers"
LONGEST = 1800  # seconds for one set; who needs longer has given up
GROUP_SCHEMA = {"record_id": pl.String, "customer": pl.String}
PAIR_SCHEMA = {
    "left_record_id": pl.String, "right_record_id": pl.String, "score": pl.Float64, "weight": pl.Float64, "verdict": pl.String
}  # fmt: skip
# A peer that wants to reach out is not let: it has the rows, and nothing else belongs to the measurement.
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1", "PYTHONHASHSEED": "0"}
SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD")  # nor is it given what the shell knows


class PeerAbsent(Exception):
    """A peer could not be installed or did not answer; the message is one line for the table."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program beside ours: its name in the table, and that of its script and list in peers/."""

    title: str
    name: str

    @property
    def requirements(self) -> Path:
        """The pinned list of packages."""
        return SCRIPTS / f"{self.name}.txt"


PEERS = (Peer(title="Splink 5", name="splink"), Peer(title="goldenmatch 3.22", name="goldenmatch"))


def prepare(peer: Peer, folder: Path) -> Path:
    """The interpreter of the peer's environment below `folder`, made if it is not there. Raises PeerAbsent."""
    pinned = hashlib.sha256(peer.requirements.read_bytes()).hexdigest()[:12]
    home = folder / f"{peer.name}-{pinned}"
    python = home / "bin" / "python"
    if (home / "ready").is_file():
        return python
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if uv is None:
        raise PeerAbsent("not installed: there is no uv (`pip install uv`, or --no-peers)")
    shutil.rmtree(home, ignore_errors=True)
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
        [uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(peer.requirements)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerAbsent(f"not installed: {_last_line(done.stderr)}")
    (home / "ready").touch()
    return python


def ask(peer: Peer, python: Path, asked: ResolutionSet) -> Answer:
    """The peer's answer on the rows of a set, in a process of its own. Raises PeerAbsent."""
    environment = {name: value for name, value in os.environ.items() if not any(secret in name.upper() for secret in SECRETS)}
    with tempfile.TemporaryDirectory() as folder:
        rows, out = Path(folder) / "rows.parquet", Path(folder) / "out"
        out.mkdir()
        asked.records.write_parquet(rows)
        command = [str(python), str(SCRIPTS / f"{peer.name}_peer.py"), str(rows), asked.kind, str(out)]
        surroundings = environment | OFFLINE | {"HOME": folder}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=LONGEST, cwd=folder, env=surroundings
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise PeerAbsent(f"gave up after {LONGEST} s") from None
        if done.returncode:
            raise PeerAbsent(f"failed: {_last_line(done.stderr)}")
        told = json.loads((out / "told.json").read_text("utf-8"))
        groups = pl.read_parquet(out / "groups.parquet").select(list(GROUP_SCHEMA)).cast(GROUP_SCHEMA)
        pairs = pl.read_parquet(out / "pairs.parquet").select(list(PAIR_SCHEMA)).cast(PAIR_SCHEMA)
    return Answer(groups=groups, pairs=pairs, seconds=told["seconds"], note=told["note"])


def _last_line(text: str) -> str:
    """What went wrong, of a program's whole complaint: the line that names an error, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]*(?:Error|Exception|error)\b", line)]
    return [*lines, *named][-1][:160] if lines else "it said nothing"
