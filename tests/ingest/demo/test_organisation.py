"""The hand-written truth about territories, case by case."""

import pytest

from ingest.demo.organisation import REPS, TERRITORIES, rules, territory_of


@pytest.mark.parametrize(
    ("customer", "territory", "rule"),
    [
        ({"country": "CN", "region": "CN-SH", "industry": "Chemicals"}, "CHINA-EAST", "R01"),
        ({"country": "CN", "region": "CN-HB", "industry": "Chemicals"}, "CHINA-SOUTH", "R03"),
        ({"country": "CN", "region": "CN-HB", "industry": "Healthcare"}, "CHINA-EAST", "R07"),
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
    assert {rule.territory_id for rule in rules(("X",))} <= known
    assert {rep.territory_id for rep in REPS} <= known
    assert {territory.parent for territory in TERRITORIES} - {None} <= known
    assert {territory.manager for territory in TERRITORIES} | {rep.manager for rep in REPS} - {None} <= people | {None}


def test_no_region_is_claimed_by_two_broad_rules():
    regions = [region for rule in rules(("X",)) if not rule.industries for region in rule.regions]
    assert len(regions) == len(set(regions))
