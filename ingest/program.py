"""Which program is at work: a hash over its own files, so that what an earlier version read is read again.

Here: the hash. Not here: what is done again because of it (orchestration/fingerprint.py for a whole refresh; cleaning and geocoding for
single records).
"""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import ingest

_PROGRAM = Path(ingest.__file__).parents[1]
_SUFFIXES = (".py", ".sql", ".yml", ".csv", ".parquet")


def program_sha256(*parts: str, packages: Sequence[str] = ()) -> str:
    """Hash over the program's files and folders of these names (`ingest`, `ingest/tables.py`): code, SQL, mappings and tables of
    reference; and over the installed versions of packages."""
    digest = hashlib.sha256()
    for part in parts:
        root = _PROGRAM / part
        found = [root] if root.is_file() else [path for path in root.rglob("*") if path.suffix in _SUFFIXES and "target" not in path.parts]
        for path in sorted(found):
            digest.update(path.relative_to(_PROGRAM).as_posix().encode() + b"\0" + path.read_bytes())
    for package in packages:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()
