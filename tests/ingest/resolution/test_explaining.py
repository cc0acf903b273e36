"""resolution/explaining.py: the evidence of a pair, field by field."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.commonness import COUNTED
from ingest.resolution.explaining import CAPS, PRIOR, evidence_table
from ingest.resolution.groups import PAIR_KEY
from ingest.resolution.levels import FIELDS, number
from ingest.resolution.scoring import prior_bits, score

SIZE = 4096


@pytest.fixture(scope="module")
def scored(parameters):
    """Pairs of given levels (numbers, by field) and counts, with their weight, as population.pairs gives them."""

    def of(*rows):
        numbered = pl.DataFrame(
            {
                **{field: pl.Series([row.get(field, 0) for row in rows], dtype=pl.UInt8) for field in FIELDS},
                # of what is missing there is no count
                **{
                    f"{field}_count": pl.Series([row.get(f"{field}_count", 0) if row.get(field) else 0 for row in rows], dtype=pl.UInt8)
                    for field in COUNTED
                },
                **{name: [f"{i:02}" for i in range(len(rows))] for name in PAIR_KEY},
            }
        )
        return numbered.with_columns(weight=score(numbered, size=SIZE, parameters=parameters()))

    return of


@pytest.fixture(scope="module")
def evidence(scored, parameters):
    """Field -> (level, weight, sentence) of one pair of named levels, and its weight."""

    def of(**levels):
        pairs = scored({field: number(field, name) for field, name in levels.items()})
        table = evidence_table(pairs, size=SIZE, parameters=parameters())
        return {row["field"]: (row["level"], row["weight"], row["sentence"]) for row in table.iter_rows(named=True)}, pairs["weight"][0]

    return of


def test_a_pair_begins_with_what_is_known_before_and_has_a_row_for_each_field_both_sides_fill(evidence, parameters):
    found, weight = evidence(name="same", phone="other")
    assert set(found) == {PRIOR, "name", "phone"}
    assert found[PRIOR] == (
        "population",
        prior_bits(SIZE, parameters()),
        "Before anything is compared: of some 4,096 records few are the same customer",
    )
    assert found["name"][0] == "same"
    assert sum(row[1] for row in found.values()) == pytest.approx(weight, abs=0.001)


def test_what_counts_once_where_it_comes_together_is_taken_off_in_a_row_of_its_own(evidence, parameters):
    found, weight = evidence(name="same", phone="same", email="same", domain="same")
    weights = parameters().weights
    surplus = weights["phone"]["same"] + weights["email"]["same"] + weights["domain"]["same"] - parameters().caps.contacts
    assert found[CAPS] == (
        "together",
        -surplus,
        "Telephone, e-mail and domain count once where they come together, and so do address and place",
    )
    assert sum(row[1] for row in found.values()) == pytest.approx(weight, abs=0.001)


def test_unlike_names_hold_everything_else_down_and_the_row_says_so(evidence, parameters):
    found, weight = evidence(name="unlike", phone="same", address="same")
    assert weight == parameters().caps.unlike_names
    assert found[CAPS][0] == "unlike_names"
    assert found[CAPS][1] < 0
    assert found[CAPS][2].startswith("Where names are unlike, or credit codes differ")


_LEVELS = st.fixed_dictionaries(
    {field: st.integers(0, len(levels) - 1) for field, levels in FIELDS.items()}
    | {f"{field}_count": st.integers(0, 14) for field in COUNTED}
)


@given(rows=st.lists(_LEVELS, min_size=1, max_size=20))
def test_the_rows_of_every_pair_sum_up_to_its_weight(scored, parameters, rows):
    pairs = scored(*rows)
    table = evidence_table(pairs, size=SIZE, parameters=parameters())
    sums = table.group_by(PAIR_KEY).agg(total=pl.col("weight").sum())
    compared = pairs.join(sums, on=PAIR_KEY, how="left")
    assert ((compared["total"] - compared["weight"]).abs() < 0.001).all()
    filled = sum(row[field] > 0 for row in rows for field in FIELDS)
    assert table.filter(~pl.col("field").is_in([PRIOR, CAPS])).height == filled
