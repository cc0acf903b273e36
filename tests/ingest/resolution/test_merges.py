"""resolution/merges.py: what a system itself merged is one customer."""

from hypothesis import given, settings
from hypothesis import strategies as st

SEATTLE = {"country_code": "US", "region_code": "US-WA", "city_name": "Seattle"}
CODES = ("91350100M000100Y43", "91110000000000002Q")
NAMES = ("Harbour Lane Instruments", "Zephyr", "Quillon Foods", "Ostrava Steel")


def record(record_id, into=None, name=0, **fields):
    return {"source": "a", "record_id": record_id, "name": NAMES[name], "merged_into_record_id": into} | fields


def groups(resolution, ids):
    """The records of the customers that have more than one."""
    found = {}
    for (_, record_id), customer in ids(resolution).items():
        found.setdefault(customer, set()).add(record_id)
    return sorted("".join(sorted(group)) for group in found.values() if len(group) > 1)


def test_a_chain_of_merges_is_one_customer_and_says_so(resolve, ids):
    resolution = resolve([record("1", "2"), record("2", "3", 1), record("3", None, 2), record("4", None, 3)])
    assert groups(resolution, ids) == ["123"]
    reasons = {row["record_id"]: row["match_reason"] for row in resolution.customer_records.to_pylist()}
    assert all(reasons[record_id].endswith("Merged in the source.") for record_id in "123")
    reasons = {row["record_id"]: row["match_reason"] for row in resolution.customer_records.to_pylist()}
    assert reasons["3"] == "With a 2: Merged in the source."


def test_two_records_merged_into_one_that_was_never_exported_are_one_customer(resolve, ids):
    assert groups(resolve([record("1", "9"), record("2", "9", 1), record("3", "8", 2)]), ids) == ["12"]


def test_a_merge_is_known_inside_its_own_system_only(resolve, ids):
    other = {"source": "b", "record_id": "2", "name": NAMES[1], "merged_into_record_id": "9"}
    assert groups(resolve([record("1", "9"), other]), ids) == []


def test_loops_and_records_merged_into_themselves_do_no_harm(resolve, ids):
    assert groups(resolve([record("1", "2"), record("2", "1", 1), record("3", "3", 2)]), ids) == ["12"]


def test_two_credit_codes_are_no_veto_between_merged_records_and_still_are_against_a_third(resolve, ids):
    rows = [record("1", "2", credit_code=CODES[0]), record("2", None, 1, credit_code=CODES[1]), record("3", None, 2, credit_code=CODES[0])]
    assert groups(resolve(rows), ids) == ["123"]


def test_records_that_resemble_each_other_and_are_merged_belong_together_because_they_were_merged(resolve):
    rows = [record("1", "2", phone="206 555 0100", **SEATTLE), record("2", phone="206 555 0100", **SEATTLE)]
    reasons = [row["match_reason"] for row in resolve(rows).customer_records.to_pylist()]
    assert reasons == ["With a 2: Merged in the source.", "With a 1: Merged in the source."]


@settings(max_examples=7)
@given(into=st.lists(st.none() | st.sampled_from("0123459"), min_size=6, max_size=6), data=st.data())
def test_merged_records_are_always_one_customer_whatever_the_order(into, data, resolve, ids):
    rows = [record(str(n), target, n % 4, credit_code=CODES[n % 2]) for n, target in enumerate(into)]
    resolution = resolve(rows)
    found = ids(resolution)
    for n, target in enumerate(into):
        same = [str(other) for other, its in enumerate(into) if its == target] + ([target] if target in list("012345") else [])
        assert target is None or {found["a", str(n)]} == {found["a", other] for other in same}
    shuffled = resolve(data.draw(st.permutations(rows)))
    assert shuffled.match_pairs.equals(resolution.match_pairs)
    assert shuffled.customers.equals(resolution.customers)
