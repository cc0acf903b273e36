from datetime import UTC, datetime

import pytest

from ingest.landing.content import Limits
from ingest.landing.ledger import ledger_table, look, without_batch
from ingest.tables import TABLES

EARLIER, LATER = datetime(2026, 11, 20, 1, tzinfo=UTC), datetime(2026, 11, 21, 1, tzinfo=UTC)
LIMITS = Limits(max_bytes=1 << 20)
NOTHING = TABLES["raw.files"].arrow_schema.empty_table()
A, B = "crm/2026-11-19/a.csv", "crm/2026-11-20/a.csv"


def settled(seen, **states):
    """The ledger after a landing that gave its active files a state: loaded, or what `states` says of their content's path."""
    for file in seen.active:
        seen.rows[file.path, file.sha256]["state"] = states.get(file.source, "loaded")
    return ledger_table(seen)


def active(seen):
    return [file.path for file in seen.active]


def states(seen):
    return sorted((path, row["state"], row["reason_code"]) for (path, _), row in seen.rows.items())


def test_a_new_file_is_archived_and_gets_a_row(home):
    home.put(A, "Id\n1\n")
    seen = look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS)
    ((key, row),) = seen.rows.items()
    assert key == (A, row["file_sha256"])
    assert (row["source"], str(row["as_of_date"]), row["size_bytes"], row["first_seen_at"].hour) == ("crm", "2026-11-19", 5, 1)
    assert (home.home.archive / key[1][:2] / key[1]).read_bytes() == b"Id\n1\n"
    assert (active(seen), seen.new_count, seen.messages) == ([A], 1, [])


def test_a_file_seen_before_is_not_new_and_keeps_its_first_day(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    seen = look(home.home, ledger, seen_at=LATER, limits=LIMITS)
    assert seen.new_count == 0
    assert ledger_table(seen).equals(ledger)


def test_a_touched_file_is_the_same_file(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    file = home.put(A, "Id\n1\n")
    seen = look(home.home, ledger, seen_at=LATER, limits=LIMITS)
    assert (seen.new_count, len(seen.rows)) == (0, 1)
    assert next(iter(seen.rows.values()))["modified_ns"] == file.stat().st_mtime_ns


def test_a_loaded_file_that_was_tidied_away_stays_active(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    home.remove(A)
    assert active(look(home.home, ledger, seen_at=LATER, limits=LIMITS)) == [A]


@pytest.mark.parametrize("state", ["refused", "landed"])
def test_a_file_that_was_never_loaded_is_done_with_once_it_is_taken_away(home, state):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS), crm=state)
    home.remove(A)
    seen = look(home.home, ledger, seen_at=LATER, limits=LIMITS)
    assert active(seen) == []
    assert states(seen) == [(A, "superseded", "taken_away")]


def test_a_moved_file_is_superseded_by_its_new_path(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    (home.home.landing / B).parent.mkdir()
    (home.home.landing / A).rename(home.home.landing / B)
    seen = look(home.home, ledger, seen_at=LATER, limits=LIMITS)
    assert active(seen) == [B]
    assert states(seen) == [(A, "superseded", "moved"), (B, "landed", None)]
    assert seen.rows[A, seen.active[0].sha256]["reason"] == f"The same content now lies at {B}."


def test_equal_exports_of_two_days_are_no_move_when_the_older_is_tidied_away(home):
    home.put(A, "Id\n1\n")
    home.put(B, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    home.remove(A)
    assert active(look(home.home, ledger, seen_at=LATER, limits=LIMITS)) == [A, B]


def test_an_equal_export_that_replaces_last_nights_folder_is_no_move(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    home.remove(A)
    home.put(B, "Id\n1\n")
    assert active(look(home.home, ledger, seen_at=LATER, limits=LIMITS)) == [A, B]


def test_a_file_of_another_source_is_no_move(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    (home.home.landing / "erp/2026-11-20").mkdir(parents=True)
    (home.home.landing / A).rename(home.home.landing / "erp/2026-11-20/a.csv")
    assert active(look(home.home, ledger, seen_at=LATER, limits=LIMITS)) == [A, "erp/2026-11-20/a.csv"]


def test_every_readable_version_of_a_path_stays_in_play(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS))
    home.put(A, "Id\n2\n")
    seen = look(home.home, ledger, seen_at=LATER, limits=LIMITS)
    assert active(seen) == [A, A]
    assert sorted(row["state"] for row in seen.rows.values()) == ["landed", "loaded"]


def test_a_refused_version_is_superseded_by_newer_content_at_once(home):
    home.put(A, "Id\n1\n")
    ledger = settled(look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS), crm="refused")
    home.put(A, "Id\n2\n")
    assert (A, "superseded", "replaced") in states(look(home.home, ledger, seen_at=LATER, limits=LIMITS))


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_refresh(home, monkeypatch):
    home.put(A, "Id\n1\n")
    monkeypatch.setattr("ingest.landing.ledger.archive_file", lambda path, sha256, archive: False)
    seen = look(home.home, NOTHING, seen_at=EARLIER, limits=LIMITS)
    assert (active(seen), seen.rows) == ([], {})
    assert seen.messages == [f"{A} changed while it was read (is it still being uploaded?); the next refresh takes it."]


def test_why_no_batch_wants_a_file_is_said_with_the_next_step(make_source, landed):
    sources = {"crm": make_source(ignore_files=["*.PDF"])}
    lost = landed(A).__class__(path="crm/a.csv", source="crm", as_of_date=None, sha256="0", size_bytes=0, modified_ns=0)
    files = [lost, landed("erp/2026-11-20/a.csv"), landed("crm/2026-11-20/a.pdf"), landed(A)]
    found = {file.path: without_batch(file, sources) for file in files}
    assert {path: refusal.code for path, refusal in found.items()} == {
        "crm/a.csv": "no_day",
        "erp/2026-11-20/a.csv": "no_source",
        "crm/2026-11-20/a.pdf": "ignored",
        A: "no_feed",
    }
    assert "landing/<source>/<YYYY-MM-DD>/" in str(found["crm/a.csv"])
    assert "there is no sources/erp.yml (known: crm)" in str(found["erp/2026-11-20/a.csv"])
    assert "name it in ignore_files" in str(found[A])
    assert "(known: none yet)" in str(without_batch(landed(A), {}))
