import json

import pytest

from serving.manifest import read_manifest, verify_published
from serving.publish import publish


@pytest.fixture
def published(home, keys, run_row):
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    return home / "published"


def test_a_whole_copy_has_no_problems(published):
    assert verify_published(published) == []


def test_a_folder_nothing_was_published_to_says_so(tmp_path):
    assert verify_published(tmp_path / "published") == [
        "published/manifest.json is missing: nothing was published here, or the manifest was removed."
    ]


def test_a_missing_file_is_named(published):
    (published / "parquet" / "dim_reps.parquet").unlink()
    (published / "marts.duckdb").unlink()
    assert verify_published(published) == ["marts.duckdb is missing.", "parquet/dim_reps.parquet is missing."]


def test_one_altered_byte_is_found(published):
    path = published / "parquet" / "dim_reps.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert verify_published(published) == ["parquet/dim_reps.parquet was altered: its content hash differs from the manifest's."]


def test_an_altered_and_a_foreign_report_are_found(published):
    path = published / "report" / "data_health.html"
    path.write_bytes(path.read_bytes().replace(b"2026-11-21", b"2026-11-22", 1))
    (published / "report" / "forecast.html").write_text("<p>trust me</p>", encoding="utf-8")
    assert verify_published(published) == [
        "report/data_health.html was altered: its content hash differs from the manifest's.",
        "report/forecast.html stands there, and the manifest does not know it.",
    ]
    path.unlink()
    assert "report/data_health.html is missing." in verify_published(published)


def test_a_file_of_another_length_is_found_without_reading_it(published):
    path = published / "marts.duckdb"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"x")
    assert verify_published(published) == [f"marts.duckdb has {size + 1:,} bytes; the manifest says {size:,}."]


def test_a_file_the_manifest_does_not_know_is_found(published):
    (published / "parquet" / "salaries.parquet").write_bytes(b"PAR1")
    assert verify_published(published) == ["parquet/salaries.parquet stands there, and the manifest does not know it."]


@pytest.mark.parametrize("text", ["{", "[]", '{"format_version": 1}', "\xff"])
def test_a_manifest_that_cannot_be_understood_is_a_problem_not_a_crash(published, text):
    (published / "manifest.json").write_bytes(text.encode("latin-1"))
    problems = verify_published(published)
    assert len(problems) == 1
    assert "manifest.json is not a manifest of format 2" in problems[0]


def test_a_manifest_of_another_format_is_said(published):
    text = (published / "manifest.json").read_text(encoding="utf-8")
    (published / "manifest.json").write_text(text.replace('"format_version": 2', '"format_version": 9'), encoding="utf-8")
    assert verify_published(published) == ["manifest.json has format 9; this program writes format 2."]


def test_a_manifest_of_the_first_format_is_said_to_be_old(published):
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    del manifest["reports"]
    (published / "manifest.json").write_text(json.dumps(manifest | {"format_version": 1}), encoding="utf-8")
    assert verify_published(published) == [
        "manifest.json has format 1; this program writes format 2.",
        "report/data_health.html stands there, and the manifest does not know it.",
    ]


def test_tables_in_the_manifest_are_sorted_by_name(published):
    names = [table.name for table in read_manifest(published).tables]
    assert names == sorted(names)
    assert len(names) == 16
