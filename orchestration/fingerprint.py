"""Has anything changed since the last refresh? One hash over everything a refresh depends on.

Here: the hash. Not here: what to do about it (refresh.py). Light to import, since most nights of a quiet home end here.
"""

import hashlib
from datetime import date
from pathlib import Path

from ingest.home import CompanyHome
from ingest.landing.files import list_files
from ingest.program import program_sha256

_PROGRAM_PARTS = ("ingest", "expectations", "serving", "orchestration", "dbt_project")


def input_fingerprint(home: CompanyHome, asked_date: date | None, settings_text: str) -> str:
    """Two hashes, `exports-rest`: over the files in landing/ (path, size, time); and over the rest, which is rule sheets,
    mappings, judgements, acceptances, settings, as-of date and the program itself.

    `settings_text` is the settings as they hold, environment variables included.
    """
    exports = hashlib.sha256()
    for path, size, modified_ns in list_files(home.landing):
        exports.update(f"{path}\0{size}\0{modified_ns}\n".encode())
    digest = hashlib.sha256()
    digest.update(f"{asked_date}\n{settings_text}\n".encode())
    for path in [*_files(home.rules), *_files(home.sources), home.judgements_path, home.acceptances_path, home.expectations_path]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(program_sha256(*_PROGRAM_PARTS).encode())
    return f"{exports.hexdigest()}-{digest.hexdigest()}"


def rest_of(fingerprint: str) -> str:
    """The part of a fingerprint that is not about exports."""
    return fingerprint.partition("-")[2]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
