"""Which files lie in landing/, and their immutable copies in the archive.

Here: finding files, naming their source and day, hashing and archiving them; what a name says of the export.
Not here: what the files contain (read_content.py, batches.py).

landing/<source>/<YYYY-MM-DD>/... : the first folder names the source, the second the day the export describes.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

# Files that an upload has not finished, and what operating systems and office programs leave behind.
_PASSED_OVER_PREFIXES = (".", "~$")
_PASSED_OVER_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")
_PASSED_OVER_PATHS = ("README.md",)  # lies in landing/ itself, where `bailiwick init` puts it


@dataclass(frozen=True, kw_only=True)
class LandedFile:
    """One version of one file: where it lies below landing/, what it claims to be, and its content hash.

    A file inside a ZIP lies at `<path of the ZIP>/<its name in it>`; `container_sha256` and `container_index` say where its bytes are.
    `is_overwritten`: other content lies at its path by now.
    """

    path: str
    source: str
    as_of_date: date | None
    sha256: str
    size_bytes: int
    modified_ns: int
    container_sha256: str | None = None
    container_index: int | None = None
    is_overwritten: bool = False

    @property
    def name(self) -> str:
        """The path below the day's folder."""
        return self.path.split("/", 2)[-1]

    def matches(self, patterns: list[str]) -> bool:
        """Whether a pattern of a mapping means this file. Without a slash it is held against the file's own name, wherever it lies below
        the day's folder, else against the whole path below it; upper and lower case are one, and `Account.csv` also means
        `Account (1).csv` and `Account_20260630.csv`."""
        return _is_meant(self.name, tuple(patterns))

    @property
    def key(self) -> tuple[str, str]:
        """What the ledger knows the version by: path and content hash."""
        return self.path, self.sha256


# What a browser, a file manager or an office program adds to the name of a second copy.
_COPY_MARK = re.compile(r"(?:\s*[(（]\d{1,3}[)）]|\s*-\s*(?:copy|kopie|副本)|_copy|的副本)+$", re.IGNORECASE)
# A day, perhaps with a time, as exporting programs put it into names: 2026-06-30, 20260630_2215, 2026_06_30T22-15-09.
_TIME_STAMP = re.compile(
    r"[ _.-]?(?<!\d)(20\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[T _-]?([01]\d|2[0-3])[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d))?)?(?!\d)"
)


def export_of(path: str) -> tuple[str, datetime | None]:
    """What a file is an export of, and the time in its name: two files of a day that differ only in copy marks or time stamps are
    two exports of the same thing. The time is on the source's own clock (no zone is known here; UTC stands in for it)."""
    source, day, *names = path.split("/")
    stamp = None
    for place in reversed(range(len(names))):
        names[place], found = _without_marks(names[place])
        stamp = stamp or found
    return "/".join([source, day, *names]).casefold(), stamp


def _without_marks(name: str) -> tuple[str, datetime | None]:
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    stem = _COPY_MARK.sub("", stem)
    stamp = None
    for found in reversed(list(_TIME_STAMP.finditer(stem))):
        year, _, month, day, hour, minute, second = found.groups()
        with suppress(ValueError):  # 2026-02-31 is no day and stays part of the name
            stamp = stamp or datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
            stem = stem[: found.start()] + stem[found.end() :]
    return f"{_COPY_MARK.sub('', stem)}{dot}{suffix}", stamp


@lru_cache(maxsize=100_000)  # names repeat every night: 10,000 files would be compared 200,000 times (2026-11-22)
def _is_meant(name: str, patterns: tuple[str, ...]) -> bool:
    name = name.casefold()
    base = name.rsplit("/", 1)[-1]
    spellings = (base, _without_marks(base)[0])
    for pattern in (pattern.casefold() for pattern in patterns):
        if "/" in pattern:
            if fnmatchcase(name, pattern):
                return True
        elif any(fnmatchcase(spelling, pattern) for spelling in spellings):
            return True
    return False


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
    """Texts and not paths, and one look at each file: 10,000 files in 10,000 folders took 1.9 s with pathlib and take 0.15 s
    (2026-11-22). A folder that cannot be read is passed over, as os.walk does. Links are not followed: they could lead out of the home."""
    found: list[tuple[str, os.stat_result]] = []
    folders = [(str(landing), "")]
    while folders:
        folder, below = folders.pop()
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                relative = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        folders.append((entry.path, f"{relative}/"))
                elif _counts(entry.name) and relative not in _PASSED_OVER_PATHS:
                    with suppress(FileNotFoundError):  # taken away, or renamed at the end of an upload, while we look
                        stat = entry.stat(follow_symlinks=False)
                        if S_ISREG(stat.st_mode):
                            found.append((relative, stat))
    return sorted(found, key=lambda item: item[0])


def _counts(name: str) -> bool:
    return not name.startswith(_PASSED_OVER_PREFIXES) and not name.lower().endswith(_PASSED_OVER_SUFFIXES)


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
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def archived_path(archive: Path, sha256: str) -> Path:
    """Where the archive keeps the content with this hash."""
    return archive / sha256[:2] / sha256


def archived_hashes(archive: Path) -> set[str]:
    """The hashes of all content in the archive: one look at 256 folders instead of one at each of 10,000 files."""
    return {name for _, _, names in os.walk(archive) for name in names}


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
