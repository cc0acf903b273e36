"""The hand-written truth about territories, case by case, and who may sell where."""

from datetime import date, timedelta

import pytest

from ingest.demo.organisation import (
    CALENDAR_START,
    DESKS,
    LEAVER,
    LEAVERS,
    REP_BY_ID,
    REPS,
    TERRITORIES,
    leaving_days,
    realigned_on,
    rules,
    territory_of,
)
from ingest.demo.world import SYSTEMS

NEW_CUT = date(2026, 6, 16)
LAST = date(2026, 6, 30)


def nights_up_to(last, count):
    return tuple(last - timedelta(days=back) for back in reversed(range(count)))


@pytest.mark.parametrize(
    ("customer", "territory", "rule"),
    [
        ({"country": "CN", "region": "CN-SH", "industry": "Chemicals"}, "CHINA-EAST", "R01"),
        ({"country": "CN", "region": "CN-HB", "industry": "Chemicals"}, "CHINA-CENTRAL", "R13"),
        ({"country": "CN", "region": "CN-GD", "industry": "Chemicals"}, "CHINA-SOUTH", "R12"),
        ({"country": "CN", "region": "CN-HB", "industry": "Healthcare"}, "CHINA-EAST", "R07"),
        ({"country": "CN", "region": "CN-HB", "industry": "Biotechnology"}, "CHINA-EAST", "R07"),
        ({"country": "CN", "region": None, "industry": "Healthcare"}, "CHINA", "R09"),
        ({"country": "US", "region": "US-NY", "industry": "Machinery"}, "US-EAST", "R04"),
        ({"country": "US", "region": "US-NY", "industry": "Electronics"}, "US-WEST", "R08"),
        ({"country": "US", "region": None, "industry": "Electronics"}, "US-WEST", "R08"),
        ({"country": "US", "region": None, "industry": "Machinery"}, "US", "R10"),
        ({"country": "DE", "region": "DE-BY", "industry": "Electronics"}, "GERMANY", "R06"),
        ({"country": "CN", "region": "CN-BJ", "industry": "Electronics", "is_named": True}, "CHINA-EAST", "R11"),
    ],
)
def test_a_customer_belongs_where_the_rules_send_it(customer, territory, rule):
    assert territory_of(**({"is_named": False} | customer)) == (territory, rule)


def test_rules_people_and_parents_point_to_territories_that_exist():
    known = {territory.territory_id for territory in TERRITORIES}
    people = {rep.rep_id for rep in REPS}
    assert {rule.territory_id for rule in rules(("X",), NEW_CUT)} <= known
    assert {rep.territory_id for rep in REPS} | {rep.new_territory_id for rep in REPS} - {None} <= known
    assert {territory.parent for territory in TERRITORIES} - {None} <= known
    assert {territory.manager for territory in TERRITORIES} | {rep.manager for rep in REPS} - {None} <= people | {None}


@pytest.mark.parametrize("day", [NEW_CUT - timedelta(days=1), NEW_CUT])
def test_no_region_is_claimed_by_two_broad_rules_of_one_day(day):
    in_force = [rule for rule in rules(("X",), NEW_CUT) if rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to)]
    regions = [region for rule in in_force if not rule.industries for region in rule.regions]
    assert len(regions) == len(set(regions)) == 24


def test_who_sells_at_a_desk_works_its_territory():
    for desk, people in DESKS.items():
        for rep_id, weight in people:
            rep = REP_BY_ID[rep_id]
            assert desk in (rep.territory_id, rep.new_territory_id)
            assert weight > 0


def test_everybody_has_a_user_somewhere_and_numbers_do_not_repeat():
    assert all(rep.systems and set(rep.systems) <= set(SYSTEMS) for rep in REPS)
    assert len({rep.number for rep in REPS}) == len(REPS)
    assert len({territory.number for territory in TERRITORIES}) == len(TERRITORIES)


@pytest.mark.parametrize(("count", "leavers"), [(1, ()), (2, (LEAVER,)), (7, (LEAVER,)), (8, LEAVERS), (366, LEAVERS)])
def test_people_leave_during_the_nights_and_more_of_them_in_long_demos(count, leavers):
    nights = nights_up_to(LAST, count)
    leaving = leaving_days(nights)
    assert set(leaving) == set(leavers)
    assert all(nights[0] < day <= nights[-1] for day in leaving.values())


@pytest.mark.parametrize("count", [1, 3, 8, 9, 30, 366])
def test_the_realignment_falls_amid_the_nights_or_before_few(count):
    nights = nights_up_to(LAST, count)
    cut = realigned_on(nights)
    assert CALENDAR_START < cut < nights[-1]
    assert (nights[0] < cut) == (count >= 8)
