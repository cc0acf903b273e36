"""ingest/rules/versions.py: from a recorded version of the rules back to the row of the sheet that was in force."""

import hashlib

import pytest

from ingest.landing.files import archive_file, sha256_of
from ingest.rules.versions import keep_version, rule_as_it_was, version_text

SHEET = """# what decides
protection_id,kind,days,reason,valid_from
P1,branch,,,2026-01-01
P2,first_touch, 90 ,A quarter,2026-01-01
P2,first_touch,30,,2027-01-01
"""


@pytest.fixture
def kept(tmp_path):
    """An archive with one version of the rules, and the version."""
    (tmp_path / "protection.csv").write_text(SHEET, encoding="utf-8")
    digest = sha256_of(tmp_path / "protection.csv")
    archive = tmp_path / "archive"
    archive_file(tmp_path / "protection.csv", digest, archive)
    return archive, keep_version(archive, version_text([("protection", digest), ("empty", "0" * 64)])), digest


def test_a_version_is_the_hash_of_its_list_of_sheets_in_any_order():
    text = version_text([("reps", "b"), ("pool", "a")])
    assert text == version_text([("pool", "a"), ("reps", "b")]) == "pool a\nreps b"


def test_the_list_is_kept_under_its_own_hash_and_once(kept):
    archive, version, _ = kept
    (path,) = archive.glob(f"*/{version}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == version
    assert keep_version(archive, path.read_text(encoding="utf-8")) == version
    assert not list(archive.glob("*/.*"))


def test_a_rule_is_read_back_with_its_row_and_its_filled_cells(kept):
    archive, version, digest = kept
    assert rule_as_it_was(archive, version, sheet="protection", column="protection_id", value="P2") == [
        (digest, 2, {"protection_id": "P2", "kind": "first_touch", "days": "90", "reason": "A quarter", "valid_from": "2026-01-01"}),
        (digest, 3, {"protection_id": "P2", "kind": "first_touch", "days": "30", "valid_from": "2027-01-01"}),
    ]


@pytest.mark.parametrize(
    ("version", "sheet", "value"), [("1" * 64, "protection", "P2"), (None, "pool", "P2"), (None, "protection", "P9"), (None, "empty", "P2")]
)
def test_what_the_archive_lacks_is_no_row(kept, version, sheet, value):
    archive, known, _ = kept
    assert rule_as_it_was(archive, version or known, sheet=sheet, column="protection_id", value=value) == []
