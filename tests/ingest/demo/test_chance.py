"""Chance is the same wherever it is asked for, and brands do not repeat."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ingest.demo.chance import WORKING_SECONDS, Brands, Calendar, chances, day_number, day_of, mix, salt
from ingest.demo.world import SYSTEMS

SYLLABLES = ("a", "b", "c"), ("x", "y", "z", "w")
LAST = date(2026, 6, 30)


def test_brands_do_not_run_out_and_do_not_repeat():
    brands = Brands(3, "test", *SYLLABLES)
    first = [brands.brand(rank) for rank in range(3 * 4 + 3 * 4 * 3 + 100)]
    assert len(set(first)) == len(first)
    assert {len(brand) for brand in first[:12]} == {2}
    assert len(first[12]) == 3


def test_a_brand_is_known_without_those_before_it():
    whole, alone = Brands(3, "test", *SYLLABLES), Brands(3, "test", *SYLLABLES)
    assert alone.brand(40) == [whole.brand(rank) for rank in range(41)][40]


def test_another_question_has_another_salt():
    assert len({salt(7, "a"), salt(7, "b"), salt(8, "a"), salt(-7, "a")}) == 4


def test_mixing_spreads_neighbours_evenly():
    counts = [0] * 10
    for number in range(10_000):
        counts[mix(number) % 10] += 1
    assert 900 < min(counts) <= max(counts) < 1_100


def test_a_row_of_chances_is_the_same_every_time():
    first, second = chances(12), chances(12)
    assert [first() for _ in range(96)] == [second() for _ in range(96)]
    values = [chances(mix(number))() for number in range(2_000)]
    assert 0 <= min(values) < 0.01
    assert 0.99 < max(values) < 1


@given(
    system=st.sampled_from(sorted(SYSTEMS)),
    day=st.integers(0, day_number(LAST)),
    second=st.integers(0, WORKING_SECONDS - 1),
)
def test_a_moment_lies_in_the_working_hours_of_its_day_on_the_calendar_of_the_system(system, day, second):
    calendar = Calendar(SYSTEMS[system], LAST)
    moment = calendar.moment(day, second)
    local = moment.astimezone(calendar.zone)
    assert local.date() == day_of(day)
    assert 9 <= local.hour < 18
    assert calendar.day(moment) == day
