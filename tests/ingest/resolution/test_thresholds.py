"""resolution/thresholds.py: the numbers are there and in order."""

from ingest.resolution.thresholds import thresholds


def test_the_same_are_more_alike_than_the_possible():
    assert 0.5 < thresholds().registry_name_above < thresholds().possible_above < thresholds().same_above <= 1
