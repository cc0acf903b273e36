"""One refresh at a time per home, by a lock that survives a crash.

Here: taking and naming the lock. The operating system frees a lock when its holder dies, however it dies; the file's text then
still names the dead holder, and the next one says so. Not here: DuckDB's own lock on the work file (ingest/warehouse.py).
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.clock import now
from ingest.errors import HomeLocked
from ingest.home import CompanyHome

_held: dict[str, int] = {}


@contextmanager
def hold(home: CompanyHome) -> Iterator[str | None]:
    """Hold the home. Yields what is known of a holder that died without letting go, else None. Raises HomeLocked.

    Within one process the lock may be taken again: the command line holds it around the run, and the run asks for it too.
    """
    key = str(home.root)
    if _held.get(key):
        _held[key] += 1
        try:
            yield None
        finally:
            _held[key] -= 1
        return
    note = home.lock_path.with_suffix(".json")
    lock = FileLock(home.lock_path)
    _acquire(lock, home)
    try:
        dead = _describe(_read(note))
        note.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now().isoformat(timespec="seconds")}))
        _held[key] = 1
        yield dead
    finally:
        if _held.pop(key, None):
            note.unlink(missing_ok=True)
        lock.release()


def died(home: CompanyHome) -> str | None:
    """What is known of a holder that died without letting go; changes nothing. Raises HomeLocked while one lives."""
    if home.lock_path.exists():
        lock = FileLock(home.lock_path)
        _acquire(lock, home)
        lock.release()
    return _describe(_read(home.lock_path.with_suffix(".json")))


def _acquire(lock: FileLock, home: CompanyHome) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = _describe(_read(home.lock_path.with_suffix(".json"))) or "it has not said who it is"
        raise HomeLocked(
            f"HomeLocked: another refresh holds {home.root} ({holder}).\n"
            "  Wait until it is done, or end that process if it hangs; nothing was changed by this call."
        ) from None


def _read(note: Path) -> dict[str, object]:
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _describe(content: dict[str, object]) -> str | None:
    if not content:
        return None
    return f"process {content.get('pid')} on {content.get('host')} since {content.get('since')}"
