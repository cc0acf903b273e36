"""resolution/drift.py: the weights in force beside what the records say, on populations made with known m and u."""

import math
import random

import duckdb
import polars as pl
import pytest

from ingest.resolution.drift import MATCH_WEIGHTS, NIGHTLY, Sample, drift_notes, estimate_weights, judge_level, match_weights
from ingest.resolution.evidence import KEY
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import default_parameters
from ingest.resolution.population import Population

SYLLABLES = (
    "bar",
    "cor",
    "dal",
    "fen",
    "gor",
    "hul",
    "jin",
    "kar",
    "lom",
    "mer",
    "nor",
    "pel",
    "quo",
    "ras",
    "sel",
    "tor",
    "vin",
    "wex",
    "zam",
)
BOUNDED = [*MATCH_WEIGHTS, "bound"]
CITIES = (("Seattle", "WA", "98101"), ("Austin", "TX", "78701"), ("Boston", "MA", "02108"), ("Denver", "CO", "80202"))


def companies(count, *, same_phone=0.8, seed=3):
    """Two records of each of so many companies: one name, a city, and a telephone number that both have with this probability."""
    draw = random.Random(seed)
    rows = []
    for company in range(count):
        name = " ".join("".join(draw.choices(SYLLABLES, k=3)) for _ in range(2)).title()
        city, region, postal_code = draw.choice(CITIES)
        street = f"{draw.randrange(1, 999)} {''.join(draw.choices(SYLLABLES, k=2)).title()} Street"
        phones = [f"206 {draw.randrange(200, 999)} {draw.randrange(10_000):04}" for _ in range(2)]
        if draw.random() < same_phone:
            phones[1] = phones[0]
        for source, phone in zip("ab", phones, strict=True):
            rows.append(
                {
                    "source": source, "record_id": f"{company:05}", "name": name, "phone": phone, "street": street, "city": city,
                    "region": region, "postal_code": postal_code, "country": "US",
                }
            )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def state(evidence):
    """rows -> an open database with their population, taken in one load or in two."""
    opened = []

    def made(rows, *, loads=1):
        connection = duckdb.connect()
        opened.append(connection)
        people = Population(connection, default_parameters())
        found = evidence(rows or companies(1)).head(len(rows))
        for part in range(loads):
            taken = found.gather_every(loads, part)
            people.take(taken, taken.head(0).select(*KEY))
        return connection

    yield made
    for connection in opened:
        connection.close()


@pytest.fixture(scope="module")
def usual(state):
    return match_weights(state(companies(700)), default_parameters())


def hopeful(*, not_watched=("source",)):
    """Parameters that hold another telephone number for nearly impossible between two records of one customer."""
    found = default_parameters()
    weights = found.weights | {"phone": {"same": 16.0, "other": -9.0}}
    return found.model_copy(update={"weights": weights, "drift": found.drift.model_copy(update={"not_watched": not_watched})})


def row(weights, field, level):
    return weights.filter((pl.col("field") == field) & (pl.col("level") == level)).row(0, named=True)


def test_there_is_a_row_for_every_level_of_every_field(usual):
    assert usual.select("field", "level").rows() == [(field, level.name) for field, levels in FIELDS.items() for level in levels[1:]]
    assert usual.columns == BOUNDED


def test_m_is_that_which_the_records_were_made_with(state):
    """One telephone number in five differs between two records of one company; names and addresses tell who is one."""
    levels = estimate_weights(state(companies(700)), default_parameters()).levels.filter(pl.col("field") == "phone")
    assert levels["m"].to_list() == pytest.approx([0.8, 0.2], abs=0.04)
    assert levels["u"].to_list()[0] < 0.001


def test_where_next_to_no_random_pair_agrees_the_estimate_is_a_bound(usual):
    found = row(usual, "phone", "same")
    assert found["bound"] == "at least" and "which makes at least" in found["detail"]
    assert 12 < found["estimated_weight"] < 17 and not found["is_drifting"]


def test_a_field_that_nobody_fills_is_not_estimated_and_told(usual):
    found = row(usual, "email", "same")
    assert (found["estimated_weight"], found["difference"], found["is_drifting"]) == (None, None, False)
    assert found["detail"] == "Not estimated: 0 likely matching pairs have email on both sides, 100 are needed."


def test_weights_that_fit_do_not_drift(usual):
    assert usual["is_drifting"].sum() == 0 and drift_notes(usual) == []


def test_a_weight_that_no_longer_fits_drifts_and_is_told_in_one_line(state):
    """Half of all telephone numbers differ."""
    found = match_weights(state(companies(700, same_phone=0.5)), hopeful())
    other = row(found, "phone", "other")
    assert other["is_drifting"] and other["difference"] == pytest.approx(8, abs=0.3)
    assert other["detail"].startswith("The weight in force is 8")
    assert [note.split(" are no longer")[0] for note in drift_notes(found)] == ["Weights of phone other"]


def test_what_is_chosen_by_hand_is_shown_and_not_reported(state):
    found = match_weights(state(companies(700, same_phone=0.5)), hopeful(not_watched=("source", "phone.other")))
    other = row(found, "phone", "other")
    assert not other["is_drifting"] and other["difference"] > 7 and other["detail"].startswith("Chosen by hand")
    assert drift_notes(found) == []


def test_few_pairs_say_nothing(state):
    found = match_weights(state(companies(20)), default_parameters())
    assert found["estimated_weight"].null_count() == len(found) and found["is_drifting"].sum() == 0


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_no_record_is_no_error(state, count):
    found = match_weights(state(companies(1)[:count]), default_parameters())
    assert found["estimated_weight"].null_count() == len(found)
    assert row(found, "phone", "same")["weight_in_force"] == default_parameters().weights["phone"]["same"]


def test_the_order_of_rows_and_loads_moves_no_figure(state):
    """Also where the sample is smaller than the population."""
    rows, sample = companies(400), Sample(profiles=500, random_pairs=2000)
    one = match_weights(state(rows), default_parameters(), sample=sample)
    other = match_weights(state(list(reversed(rows)), loads=2), default_parameters(), sample=sample)
    assert one.equals(other)


def test_the_weight_in_force_is_that_after_commonness(state):
    """All records have one of few cities, so that a shared city is worth less than parameters.yml says of a rare one."""
    found = row(match_weights(state(companies(700)), default_parameters(), sample=NIGHTLY), "place", "same_postal_code")
    assert found["weight_in_force"] < default_parameters().weights["place"]["same_postal_code"]


@pytest.mark.parametrize(("pairs", "is_drifting"), [(19, False), (21, True)])
def test_a_level_that_few_likely_pairs_have_is_shown_and_not_reported(pairs, is_drifting):
    """Of 300 likely matching pairs so many have other telephone numbers, which weighs 9 bits against them."""
    found = {"matching_pairs": float(pairs), "different_pairs": 19_000.0, "field_pairs": 300.0, "weight": math.log2(pairs / 300)}
    judged = dict(zip(BOUNDED, judge_level("phone", "other", found, -9.0, 20_000, hopeful()), strict=True))
    assert judged["is_drifting"] is is_drifting and judged["difference"] > 4
    assert judged["detail"].startswith("The weight in force is 5" if is_drifting else "Not judged")
