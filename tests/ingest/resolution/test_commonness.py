"""resolution/commonness.py: how common shared values are, as exponents of two."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.blocking_keys import KINDS, key_values
from ingest.resolution.commonness import COUNTED, count_columns, keys_of_profiles, keys_of_shared_names
from ingest.resolution.evidence import TEXTS
from ingest.resolution.levels import FIELDS, number

POPULATION = 4096
KEYS = {"kind": pl.UInt8, "value": pl.Int64, "size": pl.UInt32}


def profiles_of(*rows):
    whole = [dict.fromkeys(TEXTS) | {"n": n} | row for n, row in enumerate(rows)]
    return pl.DataFrame(whole, schema={"n": pl.Int64, **dict.fromkeys(TEXTS, pl.String)})


def sizes_of(**values):
    """sizes_of(phone={"55550100": 9}): kind, value, size."""
    found = [
        pl.select(
            pl.lit(KINDS.index(kind), pl.UInt8).alias("kind"),
            key_values(kind, pl.lit(value)).alias("value"),
            pl.lit(size, pl.UInt32).alias("size"),
        )
        for kind, sizes in values.items()
        for value, size in sizes.items()
    ]
    return pl.concat(found) if found else pl.DataFrame(schema=KEYS)


def counted(left, right, levels, sizes, *, shared=None):
    """field -> exponent, of one pair."""
    profiles = profiles_of(left, right)
    row = {field: number(field, levels.get(field, "missing")) for field in FIELDS} | {"left": 0, "right": 1, "shared_name": shared}
    schema = {**dict.fromkeys(FIELDS, pl.UInt8), "left": pl.Int64, "right": pl.Int64, "shared_name": pl.String}
    pairs = pl.DataFrame([row], schema=schema)
    found = count_columns(profiles, pairs, keys_of_shared_names(pairs), sizes, population=POPULATION).row(0, named=True)
    return {field: found[f"{field}_count"] for field in COUNTED}


@pytest.mark.parametrize(("size", "exponent"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (1023, 9), (1024, 10)])
def test_a_count_is_the_exponent_of_the_power_of_two_that_it_reaches(size, exponent):
    both = {"phone": "12065550100"}
    found = counted(both, both, {"phone": "same"}, sizes_of(phone={"65550100": size}))
    assert found == dict.fromkeys(COUNTED, 0) | {"phone": exponent}


def test_a_value_counts_only_where_it_is_the_same():
    both, sizes = {"email": "a@quill.example", "city": "seattle"}, sizes_of(email={"a@quill.example": 9}, city={"seattle": 99})
    assert counted(both, both, {"email": "same", "place": "same_city"}, sizes) == dict.fromkeys(COUNTED, 0) | {"email": 3, "place": 6}
    assert counted(both, both, {"email": "alike", "place": "same_region"}, sizes) == dict.fromkeys(COUNTED, 0)
    assert counted(both, {"email": "b@quill.example"}, {"email": "same", "place": "same_city"}, sizes) == dict.fromkeys(COUNTED, 0)


def test_the_smallest_shared_division_counts():
    both = {"postal_code": "98101", "district": "king", "city": "seattle"}
    sizes = sizes_of(postal_code={"98101": 4}, district={"king": 16}, city={"seattle": 64})
    for level, exponent in (("same_postal_code", 2), ("same_district", 4), ("same_city", 6), ("same_country", 0)):
        assert counted(both, both, {"place": level}, sizes)["place"] == exponent


def test_a_whole_name_counts_as_a_whole_and_a_part_by_its_words():
    both, sizes = {"core": "quill press"}, sizes_of(name={"quill press": 32}, word={"quill": 8, "press": 1024})
    assert counted(both, both, {"name": "same_core"}, sizes, shared="quill press")["name"] == 5
    assert counted(both, {"core": "quill inks"}, {"name": "shared_word"}, sizes, shared="quill")["name"] == 3
    assert counted(both, {"core": "quill inks"}, {"name": "shared_word"}, sizes, shared="unknown")["name"] == 0


@pytest.mark.parametrize(
    ("shared", "kind"), [("青", "first_character"), ("青禾", "bigram"), ("青禾云", "brand"), ("quill", "word"), ("~qinghe", "sound")]
)
def test_what_is_shared_is_counted_as_its_kind_of_key(shared, kind):
    key = "".join(sorted(shared)) if kind == "bigram" else shared.removeprefix("~")  # two characters in either order are one key
    assert counted({}, {}, {"name": "part"}, sizes_of(**{kind: {key: 20}}), shared=shared)["name"] == 4


sizes = st.integers(1, POPULATION)


@settings(max_examples=40)
@given(sizes, sizes)
def test_two_words_are_no_more_common_than_the_rarer_and_the_more_common_each_is_the_more_both(first, second):
    def together(one, other):
        return counted({}, {}, {"name": "part"}, sizes_of(word={"quill": one, "press": other}), shared="press quill")["name"]

    found = together(first, second)
    assert found <= min(first, second).bit_length() - 1
    assert found <= together(min(2 * first, POPULATION), second)


@settings(max_examples=40)
@given(sizes, sizes, st.booleans())
def test_two_words_count_anew_only_when_one_of_them_reaches_a_power_of_two(first, second, of_first):
    """A load compares again when a count reaches a power of two, and then only."""
    grown = (first + 1, second) if of_first else (first, second + 1)
    found = [
        counted({}, {}, {"name": "part"}, sizes_of(word={"quill": one, "press": other}), shared="press quill")["name"]
        for one, other in ((first, second), grown)
    ]
    if [size.bit_length() for size in (first, second)] == [size.bit_length() for size in grown]:
        assert found[0] == found[1]


def test_the_keys_of_profiles_are_what_they_may_share():
    profiles = profiles_of({"phone": "12065550100", "city": "seattle"}, {"phone": "2065550100"}, {})
    found = keys_of_profiles(profiles)
    assert sorted(KINDS[kind] for kind in found["kind"]) == ["city", "phone"]


def test_no_pairs_have_no_counts():
    pairs = pl.DataFrame(schema={**dict.fromkeys(FIELDS, pl.UInt8), "left": pl.Int64, "right": pl.Int64, "shared_name": pl.String})
    found = count_columns(profiles_of(), pairs, keys_of_shared_names(pairs), sizes_of(), population=POPULATION)
    assert found.shape == (0, len(COUNTED))
