"""Which files lie in landing/, and their immutable copies in the archive.

Here: finding files, naming their source and day, hashing and archiving them.
Not here: what the files contain (csv_files.py, batches.py).

landing/<source>/<YYYY-MM-DD>/... : the first folder names the source, the second the day the export describes.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_CHUNK = 1 << 20
# Files that an upload has not finished, and what operating systems and office programs leave behind.
_PASSED_OVER_PREFIXES = (".", "~$")
_PASSED_OVER_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


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
    return [(path, stat.st_size, stat.st_mtime_ns) for path, stat in _walk(landing)]


def find_files(landing: Path, known: Mapping[tuple[str, int, int], str]) -> list[LandedFile]:
    """Every file below `landing`, in path order. `known`: (path, size, modification time) -> sha256 of files hashed before."""
    found = []
    for relative, size, modified_ns in list_files(landing):
        digest = known.get((relative, size, modified_ns)) or sha256_of(landing / relative)
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
                if path.is_file() and not path.is_symlink():  # a link could lead out of the home
                    found.append((path.relative_to(landing).as_posix(), path.stat()))
    return sorted(found, key=lambda item: item[0])


def _day(relative: str) -> date | None:
    parts = relative.split("/")
    if len(parts) < 3 or len(parts[1]) != 10:
        return None
    try:
        return date.fromisoformat(parts[1])
    except ValueError:
        return None


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
    shutil.copyfile(path, partial)
    if sha256_of(partial) != sha256:  # still being written while we read it: the next refresh will see all of it
        partial.unlink()
        return False
    partial.chmod(0o444)
    partial.replace(target)
    return True
