"""`bailiwick verify` and `bailiwick owner` on a refreshed home: whatever byte is changed, it is found and its place is named."""

import json
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from ingest.landing.files import sha256_of
from ingest.record.store import RecordStore
from orchestration.cli import main
from serving.manifest import DATABASE, MANIFEST, read_manifest, write_manifest


def bailiwick(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def verified(home: Path) -> tuple[int, dict]:
    result = bailiwick("verify", "--home", home, "--json")
    return result.exit_code, json.loads(result.output)


def test_a_record_that_nobody_touched_holds_and_shows_its_seal(refreshed_home):
    result = bailiwick("verify", "--home", refreshed_home)
    head = RecordStore(refreshed_home / "record").head()
    assert result.exit_code == 0, result.output
    assert f"The record holds: 1 nights, {head.rows} events" in result.output
    assert f"Seal: {head.seal}." in result.output
    with duckdb.connect(str(refreshed_home / "published" / DATABASE), read_only=True) as connection:
        told = connection.sql("select count(*), count(distinct customer_id), max(sequence) from fct_ownership_events").fetchall()
    assert told == [(head.rows, 8, head.rows)]
    assert head.rows == 16  # of each customer its owner and its territory


def test_one_changed_byte_anywhere_is_found_and_its_file_is_named(home):
    files = sorted(path for folder in ("record", "published") for path in (home / folder).rglob("*") if path.is_file())
    assert len(files) > 30
    record = [path for path in files if "record" in path.relative_to(home).parts]
    for number, path in enumerate([*record, *files[::4]]):  # of the published files every fourth: each look reads all of them
        content = path.read_bytes()
        place = (number * 7919) % len(content)
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        code, found = verified(home)
        assert code == 1, path
        # A hash in the manifest that was altered speaks against the file it is of: nobody can know which of the two it was.
        assert path.name == MANIFEST or any(path.name in line for line in found["breaks"]), (path, found["breaks"])
        path.write_bytes(content)
    assert verified(home)[0] == 0


def test_a_manifest_that_names_another_run_or_other_rows_is_found(home):
    manifest = read_manifest(home / "published")
    path = home / "published" / MANIFEST
    content = path.read_bytes()
    for before, after in ((manifest.run_id, manifest.run_id[::-1]), ('"rows": 8', '"rows": 9'), ("2026-06-29", "2026-06-28")):
        assert before.encode() in content
        path.write_bytes(content.replace(before.encode(), after.encode(), 1))
        code, found = verified(home)
        assert code == 1
        assert any("published/manifest.json: it " in line for line in found["breaks"]), found["breaks"]


def rewrite(home: Path, statement: str) -> None:
    """Change the published database, and the manifest with it, as somebody would who knows how."""
    path = home / "published" / DATABASE
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    manifest = read_manifest(home / "published")
    database = manifest.database.model_copy(update={"bytes": path.stat().st_size, "sha256": sha256_of(path)})
    write_manifest(manifest.model_copy(update={"database": database}), home / "published" / MANIFEST)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update fct_ownership_events set to_id = 'bo' where sequence = 3",
            "event 3 (",
        ),
        ("delete from fct_ownership_events where sequence = 5", "sequence 5 was expected here, 6 stands here"),
        ("delete from fct_ownership_events where sequence = 16", "it ends after 15 events"),
    ],
)
def test_a_published_copy_that_was_changed_with_its_manifest_is_found_by_the_chain(home, statement, said):
    rewrite(home, statement)
    code, found = verified(home)
    assert code == 1
    assert said in found["breaks"][0], found["breaks"]
    assert "fct_ownership_events" in found["breaks"][0]


def test_a_record_whose_last_night_was_cut_off_is_found_by_the_published_copy(home):
    seals = home / "record" / "seals.csv"
    seals.write_text(seals.read_text().splitlines(keepends=True)[0])
    shutil.rmtree(home / "record" / "ownership")
    code, found = verified(home)
    assert code == 1
    assert "it ends after 16 events" in found["breaks"][0]
    assert "the record up to 2026-06-29 ends after 0 with 000" in found["breaks"][0]


def test_nothing_is_published_on_a_broken_record_and_the_place_is_told(home, published_bytes):
    before = published_bytes(home)
    (path,) = (home / "record" / "ownership").glob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    (home / "warehouse.duckdb").unlink()
    result = bailiwick("refresh", "--home", home, "--full")
    assert result.exit_code == 1
    assert f"RecordBroken: record/ownership/{path.name}: its content does not give the hash in seals.csv." in result.output
    assert published_bytes(home) == before


def test_an_owner_is_told_with_file_row_event_and_hash(refreshed_home):
    result = bailiwick("owner", "Fictional Works B1", "--home", refreshed_home)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].endswith("  Fictional Works B1")
    assert lines[3] == "  owned by Ann (ann), since 2026-06-29: it is the first owner that is known"
    assert "    record crm 1; proven by row 1 of crm/2026-06-29/customers.csv" in lines
    assert "  in the territory West (WEST), since 2026-01-01: a rule says so" in lines
    found = json.loads(bailiwick("owner", "Fictional Works B1", "--home", refreshed_home, "--json").output)
    assert (found["owner"]["id"], found["owner"]["known_on"], len(found["owner"]["row_hash"])) == ("ann", "2026-06-29", 64)


def test_a_question_about_the_future_ends_with_2(refreshed_home):
    result = bailiwick("owner", "Fictional Works B1", "--on", "2030-01-01", "--home", refreshed_home)
    assert result.exit_code == 2
    assert "NotFound: --on 2030-01-01 is after 2026-06-29" in result.output
