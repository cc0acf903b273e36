"""resolution/scoring.py: what levels weigh together."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.commonness import COUNTED
from ingest.resolution.levels import FIELDS, number
from ingest.resolution.parameters import default_parameters
from ingest.resolution.scoring import field_weights, greatest_score, population, prior_bits, probability, score, verdict

SIZE = 4096
PARAMETERS = default_parameters()
UNLIKE = ("unlike", "shared_word", "other_trade")
STRONG = ("credit_code", "registry_id", "birth_date")
CONTACTS = ("phone", "email", "domain")

levels = st.fixed_dictionaries({field: st.integers(0, len(found) - 1) for field, found in FIELDS.items()})
counts = st.fixed_dictionaries({f"{field}_count": st.integers(0, 12) for field in COUNTED})
pairs = st.tuples(levels, counts).map(lambda both: both[0] | both[1])
sizes = st.sampled_from([256, 4096, 4**9])


def scores(*rows, size=SIZE, of=score):
    """Bits of rows of levels, by number or by name; what is not said is missing and rare."""
    numbered = [{field: number(field, level) if isinstance(level, str) else level for field, level in row.items()} for row in rows]
    nothing = dict.fromkeys((*FIELDS, *(f"{field}_count" for field in COUNTED)), 0)
    frame = pl.DataFrame([nothing | row for row in numbered], schema=dict.fromkeys(nothing, pl.UInt8))
    return of(frame, size=size, parameters=PARAMETERS).to_list()


def verdicts(*rows, size=SIZE):
    return pl.DataFrame({"weight": scores(*rows, size=size)}).select(verdict(pl.col("weight"), PARAMETERS)).to_series().to_list()


@settings(max_examples=150)
@given(pair=pairs, field=st.sampled_from(list(FIELDS)), size=sizes)
def test_a_level_that_weighs_more_never_makes_a_pair_weigh_less(pair, field, size):
    """Rare values; for the address at the price of a place, which then counts less, so nothing is said of the place there."""
    rare = pair | {f"{name}_count": 0 for name in COUNTED} | ({"place": 0} if field == "address" else {})
    weights = PARAMETERS.weights[field]
    ranked = sorted((level.name for level in FIELDS[field][1:]), key=lambda name: weights[name])
    is_capped = [(field == "name" and name in UNLIKE) or (field, name) == ("branch", "branch_and_name") for name in ranked]
    found = scores(*(rare | {field: name} for name in ranked), size=size)
    for capped in (False, True):
        alike = [bits for bits, is_so in zip(found, is_capped, strict=True) if is_so == capped]
        assert alike == sorted(alike)


@settings(max_examples=150)
@given(pair=pairs, field=st.sampled_from(COUNTED), size=sizes)
def test_a_more_common_value_never_weighs_more(pair, field, size):
    found = scores(*(pair | {f"{field}_count": count} for count in range(13)), size=size)
    assert found == sorted(found, reverse=True)


@settings(max_examples=150)
@given(pair=pairs, size=sizes)
def test_the_greatest_score_is_not_below_any_score(pair, size):
    (most,) = scores(pair, size=size, of=greatest_score)
    assert max(scores(*(pair | {"name": level} for level in range(len(FIELDS["name"]))), size=size)) <= most


@settings(max_examples=150)
@given(pair=pairs, unlike=st.sampled_from(UNLIKE), size=sizes)
def test_unlike_names_are_never_the_same_without_a_strong_identifier(pair, unlike, size):
    capped = [pair | {"name": unlike} | dict.fromkeys(STRONG, 0), pair | {"branch": "branch_and_name"} | dict.fromkeys(STRONG, "other")]
    assert "same" not in verdicts(*capped, size=size)


@settings(max_examples=150)
@given(pair=pairs, size=sizes)
def test_two_valid_credit_codes_are_never_the_same(pair, size):
    best = {field: max(PARAMETERS.weights[field], key=PARAMETERS.weights[field].get) for field in FIELDS}
    rows = [row | {"credit_code": "other"} for row in (pair, best)]
    assert "same" not in verdicts(*rows, size=size)


@settings(max_examples=100)
@given(pair=pairs, size=sizes)
def test_contacts_weigh_no_more_together_than_their_cap(pair, size):
    silent = pair | dict.fromkeys(CONTACTS, 0) | {f"{field}_count": 0 for field in CONTACTS}
    with_contacts, without = scores(pair, silent, size=size)
    assert with_contacts - without <= PARAMETERS.caps.contacts + 0.01


@settings(max_examples=100)
@given(pair=pairs, size=sizes)
def test_a_pairs_score_does_not_depend_on_the_pairs_beside_it(pair, size):
    others = [pair | {"name": level} for level in range(len(FIELDS["name"]))]
    assert scores(*others, pair, size=size)[-1:] == scores(pair, size=size)


def test_a_place_counts_less_beside_an_address():
    at_home = {"place": "same_postal_code"}
    alone, beside, address = scores(at_home, at_home | {"address": "same"}, {"address": "same"})
    nothing = prior_bits(SIZE, PARAMETERS)
    assert alone - nothing == PARAMETERS.weights["place"]["same_postal_code"]
    assert beside - address == PARAMETERS.caps.place_beside_address


def test_the_sum_is_the_prior_and_what_each_field_weighs():
    (bits,) = scores({"name": "same_core", "branch": "same", "source": "same"})
    weights = PARAMETERS.weights
    expected = prior_bits(SIZE, PARAMETERS) + weights["name"]["same_core"] + weights["branch"]["same"] + weights["source"]["same"]
    assert bits == round(expected, 2)


def test_a_pair_of_which_nothing_is_known_has_the_prior():
    assert scores({}) == [prior_bits(SIZE, PARAMETERS)]


def test_an_agreement_is_never_worth_less_than_the_least_and_a_contradiction_stays():
    common = {f"{field}_count": 12 for field in COUNTED}
    agreeing = pl.DataFrame([dict.fromkeys(FIELDS, 0) | common | {"phone": number("phone", "same"), "name": number("name", "shared_word")}])
    weights = field_weights(agreeing, size=SIZE, parameters=PARAMETERS).row(0, named=True)
    assert weights["phone"] == PARAMETERS.commonness.least
    assert weights["name"] == PARAMETERS.weights["name"]["shared_word"] - PARAMETERS.commonness.most_of_weak


@pytest.mark.parametrize(
    ("records", "size"), [(0, 256), (500, 256), (511, 256), (512, 1024), (2047, 1024), (2048, 4096), (8191, 4096), (1_000_000, 4**10)]
)
def test_a_population_steps_by_powers_of_four(records, size):
    assert population(records, PARAMETERS) == size


@given(st.integers(512, 10**9))
def test_a_population_is_within_a_factor_of_two(records):
    size = population(records, PARAMETERS)
    assert size <= 2 * records < 4 * size


@pytest.mark.parametrize(
    ("bits", "score_of", "told"),
    [
        (-500.0, 0.0, "different"),
        (-0.01, 0.4983, "different"),
        (0.0, 0.5, "ask"),
        (3.99, 0.9408, "ask"),
        (4.0, 0.9412, "same"),
        (500.0, 1.0, "same"),
    ],
)
def test_bits_are_a_probability_and_a_verdict(bits, score_of, told):
    frame = pl.DataFrame({"weight": [bits]}).select(
        probability(pl.col("weight")).alias("p"), verdict(pl.col("weight"), PARAMETERS).alias("v")
    )
    assert frame.row(0) == (score_of, told)


def test_no_pairs_have_no_scores():
    assert scores() == []
