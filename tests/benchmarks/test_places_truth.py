"""benchmarks/places_truth.py: how a found division is judged, and that the judgements of people are well formed."""

import csv
import re
from pathlib import Path

import pytest

from benchmarks.places_truth import verdict
from ingest.geocoding.chinese_tables import divisions, lineage

JUDGED = list(csv.DictReader((Path(__file__).parents[1] / "cases" / "cn_ambiguous.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        ("110105", "110105", "right"),
        ("", "", "right"),
        ("", "110105", "too_shallow"),
        ("110000", "110105", "too_shallow"),
        ("110105", "110000", "too_deep"),
        ("110105", "", "too_deep"),
        ("220104", "110105", "wrong"),
        ("220000", "110105", "wrong"),
        ("48453", "110105", "wrong"),
    ],
)
def test_a_division_is_right_or_too_shallow_or_too_deep_or_wrong(found, wanted, said):
    assert verdict(found, wanted) == said


def test_every_judged_division_is_in_force_and_names_alone_never_say_more_than_the_atlas():
    for row in JUDGED:
        meant, by_names = row["division_code"], row["by_names_code"]
        assert not meant or meant in divisions()
        assert not by_names or by_names in lineage(meant)
        assert row["remark"]


def test_the_judged_addresses_stand_only_as_digests_in_order_and_once():
    digests = [row["address_sha256"] for row in JUDGED]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
    assert digests == sorted(set(digests))
    assert len(digests) == 200
