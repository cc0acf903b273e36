"""Versions of the rule sheets in the archive: which sheets a version consisted of, and what a rule said in it.

Here: keeping the list of a version's sheets, reading a rule back. Not here: reading and validating today's sheets (read.py).

The version of the rules as a whole is the SHA-256 of a short text: each sheet's name and content hash, one a line. That text is kept in the
archive under its own hash, as every file is, so that a recorded event's `rules_version` leads to the sheets that were in force, and from
there to the row.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ingest.landing.content import Limits
from ingest.landing.files import archived_path
from ingest.landing.read_content import read_content
from ingest.rules.headers import column_of
from ingest.rules.sheets import SHEETS
from ingest.sources.mapping import Format

LIMITS = Limits(max_bytes=256 << 20)  # 2,000 rules are 300 kB; a sheet beyond this is no sheet


def version_text(sheets: Iterable[tuple[str, str]]) -> str:
    """The text whose SHA-256 is the version of the rules. `sheets`: name and content hash of each sheet that exists."""
    return "\n".join(f"{name} {digest}" for name, digest in sorted(sheets))


def keep_version(archive: Path, text: str) -> str:
    """Put a version's text into the archive, under the hash that is returned."""
    version = hashlib.sha256(text.encode()).hexdigest()
    target = archived_path(archive, version)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{version}.part")
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(target)
    return version


def sheets_of_version(archive: Path, version: str) -> dict[str, str]:
    """Name and content hash of each sheet that a version of the rules consisted of; none where the archive lacks the version."""
    return dict(line.split(" ", 1) for line in _text(archive, version).splitlines())


def rule_as_it_was(archive: Path, version: str, *, sheet: str, column: str, value: str) -> list[tuple[str, int, dict[str, str]]]:
    """The rows of a sheet that say `value` in `column`, in a version of the rules: the sheet's content hash, the row (1 is the first below
    the header) and its filled cells by column. No rows where the archive lacks the version, the sheet or the rule."""
    digest = sheets_of_version(archive, version).get(sheet)
    path = archived_path(archive, digest) if digest else None
    if path is None or not path.exists():
        return []
    data = path.read_bytes()
    content = read_content(data, f"{sheet}.{'xlsx' if data.startswith(b'PK') else 'csv'}", Format(), LIMITS, comment="#")
    columns = [column_of(name, SHEETS[sheet].model_fields) for name in content.header]
    found = []
    for number, cells in zip(content.row_numbers, content.frame.iter_rows(), strict=True):
        said = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if name and cell.strip()}
        if said.get(column) == value:
            found.append((digest, number, said))
    return found


def _text(archive: Path, version: str) -> str:
    path = archived_path(archive, version)
    return path.read_text(encoding="utf-8") if path.exists() else ""
