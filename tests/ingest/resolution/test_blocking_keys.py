"""resolution/blocking_keys.py: the values by which records may find each other."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.blocking_keys import BLOCKING, COUNTED_ONLY, KINDS, blocking_keys, key_values

SEATTLE = {"city": "Seattle", "region": "WA", "country": "US"}
MEETINGS = [
    ({"credit_code": "91350100M000100Y43"}, {"credit_code": "91350100M000100Y43"}, "credit_code"),
    ({"registry_id": "HRB 12345"}, {"registry_id": "HRB12345"}, "registry_id"),
    ({"phone": "+86 21 5555 0100"}, {"phone": "021-55550100"}, "phone"),
    ({"birth_date": "1978-12-11"}, {"birth_date": "12/11/1978"}, "birth_date"),
    ({"email": "ask@quill.example"}, {"email": "ASK@quill.example"}, "email"),
    ({"website": "www.quill.example"}, {"email": "ask@quill.example"}, "domain"),
    ({"name": "Quill Press Ltd"}, {"name": "QUILL PRESS"}, "name"),
    ({"name": "青禾科技有限公司"}, {"name": "青禾电子"}, "brand"),
    ({"name": "Stone Bridge"}, {"name": "Stonebridge"}, "joined"),
    ({"name": "Quill Press"}, {"name": "Press Northfold"}, "word"),
    ({"name": "Oakes Quill Press"}, {"name": "Press of Quill, Northfold"}, "word_pair"),
    ({"name": "青禾枫科技"}, {"name": "云青禾电子"}, "bigram"),
    ({"name": "Northfold Paper Works"}, {"name": "NPW"}, "acronym"),
    ({"name": "荻沨电子有限公司"}, {"name": "Difeng Electronics"}, "sound"),
    ({"name": "Stonebridge"}, {"name": "Stonebrigde"}, "skeleton"),
    (SEATTLE | {"street": "12 Oak Road"}, SEATTLE | {"street": "12 Oak Rd, Suite 4"}, "road_and_house"),
    ({"street": "12 Oak Rd", "postal_code": "98101"}, {"street": "12 Elm St", "postal_code": "98101"}, "house_in_postal_code"),
    (SEATTLE | {"name": "Quillfeather"}, SEATTLE | {"name": "Quilts"}, "prefix_in_place"),
    (SEATTLE | {"name": "Quill Press"}, SEATTLE | {"name": "Quill Press Inc"}, "name_in_place"),
    ({"name": "青木电子"}, {"name": "青云电子"}, "first_character"),
]
APART = [
    ({"name": "Northfold"}, {"name": "Quillfeather"}),
    ({"phone": "206 555 0100"}, {"phone": "206 555 0101"}),
    ({"name": "Quillfeather"} | SEATTLE, {"name": "Northfold", "city": "Boston", "region": "MA", "country": "US"}),
    ({}, {}),
    ({"name": "QP"}, {"name": "Quill Press"}),
]


@pytest.fixture(scope="module")
def shared(evidence):
    """Kinds of keys that the two of each pair share."""
    sides = [side for pair in (*MEETINGS, *APART) for side in pair[:2]]
    profiles = evidence([{"name": None} | side for side in sides]).with_columns(n=pl.int_range(pl.len(), dtype=pl.Int64))
    keys = blocking_keys(profiles)
    found = keys.with_columns(pair=pl.col("n") // 2).group_by("pair", "kind", "value").len().filter(pl.col("len") == 2)
    return {place: {KINDS[kind] for kind in found.filter(pl.col("pair") == place)["kind"]} for place in range(len(sides) // 2)}


@pytest.mark.parametrize("place", range(len(MEETINGS)), ids=lambda place: MEETINGS[place][2])
def test_two_records_meet_by_a_kind_of_key(place, shared):
    assert MEETINGS[place][2] in shared[place]


def test_every_kind_has_a_pair_that_meets_by_it_but_the_cell():
    assert set(BLOCKING) - {kind for *_, kind in MEETINGS} == {"prefix_in_cell"}


@pytest.mark.parametrize("place", range(len(APART)))
def test_records_that_have_nothing_in_common_do_not_meet(place, shared):
    assert shared[len(MEETINGS) + place] - set(COUNTED_ONLY) == set()


def test_a_key_is_there_once_and_depends_on_its_profile_alone(evidence):
    names = ["Quill Quill Press", "青禾青禾科技", "Stone Bridge", None]
    profiles = evidence([{"name": name} | SEATTLE for name in names]).with_columns(n=pl.int_range(pl.len(), dtype=pl.Int64))
    keys = blocking_keys(profiles)
    assert keys.is_unique().all()
    alone = [blocking_keys(profiles.filter(pl.col("n") == n)) for n in range(len(names))]
    assert keys.sort("n", "kind", "value").equals(pl.concat(alone).sort("n", "kind", "value"))
    assert keys.schema == {"kind": pl.UInt8, "value": pl.Int64, "n": pl.Int64}


def test_no_profiles_have_no_keys(evidence):
    profiles = evidence([{"name": None}]).with_columns(n=pl.lit(0, pl.Int64))
    assert len(blocking_keys(profiles.head(0))) == len(blocking_keys(profiles)) == 0


@given(st.lists(st.text(max_size=8), min_size=1, max_size=20))
def test_one_value_has_one_form_of_a_kind_and_another_of_another(values):
    frame = pl.DataFrame({"value": values})
    one, again, other = (frame.select(key_values(kind, pl.col("value"))).to_series() for kind in ("word", "word", "brand"))
    assert one.equals(again)
    assert one.n_unique() == len(set(values))
    assert not (one == other).any()
