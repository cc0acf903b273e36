"""resolution/clustering.py: groups, and the veto that no chain breaks."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.clustering import cluster


def test_records_are_grouped_through_others_under_the_lowest():
    assert cluster([(3, 4), (1, 3), (0, 2)], credit_codes=[None] * 6).group_of == [0, 1, 0, 1, 1, 5]


def test_a_record_without_a_code_does_not_bridge_two_codes():
    found = cluster([(0, 1), (1, 2)], credit_codes=["A", None, "B"])
    assert (found.group_of, found.refused) == ([0, 0, 2], [(1, 2)])


def test_what_a_system_merged_stays_together_whatever_its_codes_and_keeps_them_all_against_others():
    found = cluster([(1, 2), (1, 3)], credit_codes=["A", "B", "C", "B"], merged=[(0, 1)])
    assert (found.group_of, found.refused) == ([0, 0, 2, 0], [(1, 2)])


def test_a_long_chain_is_no_deep_recursion():
    size = 50_000
    assert set(cluster(((i, i + 1) for i in range(size - 1)), credit_codes=[None] * size).group_of) == {0}


RECORDS = st.lists(st.sampled_from([None, None, "A", "B"]), min_size=1, max_size=12)


@given(codes=RECORDS, data=st.data())
def test_no_group_ever_holds_two_codes_and_every_refusal_would_have_made_one(codes, data):
    record = st.integers(0, len(codes) - 1)
    pairs = data.draw(st.lists(st.tuples(record, record), max_size=20))
    found = cluster(pairs, credit_codes=codes)
    held = {}
    for group, code in zip(found.group_of, codes, strict=True):
        held.setdefault(group, set()).update({code} - {None})
    assert all(len(group_codes) <= 1 for group_codes in held.values())
    for left, right in found.refused:
        assert len(held[found.group_of[left]] | held[found.group_of[right]]) == 2
    for left, right in pairs:
        assert found.group_of[left] == found.group_of[right] or (left, right) in found.refused
