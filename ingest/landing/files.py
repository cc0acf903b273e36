"""Which files lie in landing/, and their immutable copies in the archive.

Here: finding files, naming their source and day, hashing and archiving them.
Not here: what the files contain (csv_files.py, batches.py).

landing/<source>/<YYYY-MM-DD>/... : the first folder names the source, the second the day the export describes.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from stat import S_ISREG

_CHUNK = 1 << 20
# Files that an upload has not finished, and what operating systems and office programs leave behind.
_PASSED_OVER_PREFIXES = (".", "~$")
_PASSED_OVER_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")
_PASSED_OVER_PATHS = ("README.md",)  # lies in landing/ itself, where `bailiwick init` puts it


@dataclass(frozen=True, kw_only=True)
class LandedFile:
    """One version of one file: where it lies below landing/, what it claims to be, and its content hash."""

    path: str
    source: str
    as_of_date: date | None
    sha256: str
    size_bytes: int
    modified_ns: int

    @property
    def name(self) -> str:
        """The path below the day's folder: what the pattern in a mapping is held against."""
        return self.path.split("/", 2)[-1]


def list_files(landing: Path) -> list[tuple[str, int, int]]:
    """Path below landing/, size and modification time (ns) of every file, in path order; nothing is read."""
    return [(path, stat.st_size, stat.st_mtime_ns) for path, stat in _walk(landing) if _is_text(path)]


def find_files(landing: Path, known: Mapping[tuple[str, int, int], str], messages: list[str] | None = None) -> list[LandedFile]:
    """Every file below `landing`, in path order. `known`: (path, size, modification time) -> sha256 of files hashed before.

    A file whose name is not UTF-8 or that may not be read is left out, and `messages` gets a sentence about it.
    """
    found = []
    messages = [] if messages is None else messages
    for relative, stat in _walk(landing):
        size, modified_ns = stat.st_size, stat.st_mtime_ns
        if not _is_text(relative):
            shown = os.fsencode(relative).decode("utf-8", "replace")
            messages.append(f"{shown}: the file's name is not UTF-8 (unpacked from a zip of another system?). Rename it.")
            continue
        try:
            digest = known.get((relative, size, modified_ns)) or sha256_of(landing / relative)
        except OSError as error:
            messages.append(f"{relative} cannot be read: {error.strerror}. Give this program's user the right to read it.")
            continue
        found.append(
            LandedFile(
                path=relative,
                source=relative.split("/")[0],
                as_of_date=_day(relative),
                sha256=digest,
                size_bytes=size,
                modified_ns=modified_ns,
            )
        )
    return found


def _walk(landing: Path) -> list[tuple[str, os.stat_result]]:
    found = []
    for folder, folders, names in os.walk(landing):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(_PASSED_OVER_PREFIXES) and not name.lower().endswith(_PASSED_OVER_SUFFIXES):
                path = Path(folder) / name
                relative = path.relative_to(landing).as_posix()
                with suppress(FileNotFoundError):  # taken away, or renamed at the end of an upload, while we look
                    stat = path.lstat()
                    if S_ISREG(stat.st_mode) and relative not in _PASSED_OVER_PATHS:  # a link could lead out of the home
                        found.append((relative, stat))
    return sorted(found, key=lambda item: item[0])


def _is_text(relative: str) -> bool:
    """Whether a path can be written down: names in another encoding than UTF-8 come out of the system as half characters."""
    try:
        relative.encode()
    except UnicodeEncodeError:
        return False
    return True


def _day(relative: str) -> date | None:
    parts = relative.split("/")
    if len(parts) < 3:
        return None
    try:
        day = date.fromisoformat(parts[1])
    except ValueError:
        return None
    return day if day.isoformat() == parts[1] else None  # one spelling of a day: 20261121 and 2026-W47-6 are none


def sha256_of(path: Path) -> str:
    """Content hash of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def archived_path(archive: Path, sha256: str) -> Path:
    """Where the archive keeps the content with this hash."""
    return archive / sha256[:2] / sha256


def archive_file(path: Path, sha256: str, archive: Path) -> bool:
    """Keep an immutable copy of `path` under its hash. False if the file changed while it was copied, and was not kept."""
    target = archived_path(archive, sha256)
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{sha256}.part")
    partial.unlink(missing_ok=True)  # of a refresh that was ended half-way
    shutil.copyfile(path, partial)
    if sha256_of(partial) != sha256:  # still being written while we read it: the next refresh will see all of it
        partial.unlink()
        return False
    partial.chmod(0o444)
    partial.replace(target)
    return True
