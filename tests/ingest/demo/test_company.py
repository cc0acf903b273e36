"""The invented world holds what it promises: duplicates, owners who may own, territories that follow."""

from datetime import date

import pytest

from ingest.demo.company import DUPLICATE_SHARE, invent_company
from ingest.demo.organisation import LEAVER, REPS
from ingest.errors import HomeInvalid

LAST_NIGHT = date(2026, 6, 30)


@pytest.fixture(scope="module")
def company():
    return invent_company(customers=600, nights=3, seed=11, last_night=LAST_NIGHT)


def test_eight_in_a_hundred_customers_are_recorded_twice_under_another_name(company):
    names: dict[int, list[str]] = {}
    for record in company.records:
        names.setdefault(record.customer_number, []).append(record.name)
    twice = [written for written in names.values() if len(written) == 2]
    assert len(twice) == round(600 * DUPLICATE_SHARE)
    assert all(first != second for first, second in twice)
    assert len(names) == 600


def test_no_two_customers_share_name_website_telephone_or_credit_code(company):
    for field in ("name", "website"):
        values = [getattr(customer, field) for customer in company.customers]
        assert len(set(values)) == len(values), field
    for field in ("phone", "credit_code"):
        values = [value for customer in company.customers if (value := getattr(customer, field))]
        assert len(set(values)) == len(values), field


def test_every_owner_sells_in_the_territory_of_the_customer(company):
    territory_of_rep = {rep.rep_id: rep.territory_id for rep in REPS}
    for record in company.records:
        assert {territory_of_rep[rep] for _, rep in record.owners} == {record.territory_id}


def test_who_leaves_hands_over_nearly_everything_on_the_last_night(company):
    before = [r for r in company.records if r.created_at.date() < LAST_NIGHT and r.owner_on(date(2026, 6, 29)) == LEAVER]
    after = [r for r in company.records if r.created_at.date() < LAST_NIGHT and r.owner_on(LAST_NIGHT) == LEAVER]
    assert len(before) > 20
    assert 0 <= len(after) < len(before) / 4
    assert not [r for r in company.records if (LAST_NIGHT, LEAVER) in r.owners]


def test_both_records_of_a_customer_belong_to_one_territory(company):
    territories: dict[int, set[str]] = {}
    for record in company.records:
        territories.setdefault(record.customer_number, set()).add(record.territory_id)
    assert all(len(found) == 1 for found in territories.values())


def test_every_rule_is_the_truth_about_some_customer(company):
    assert {record.rule_id for record in company.records} == {rule.rule_id for rule in company.rules}


def test_deals_are_won_lost_open_and_some_name_no_account(company):
    open_deals = [deal for deal in company.deals if deal.decided_on > LAST_NIGHT]
    closed = [deal for deal in company.deals if deal.decided_on <= LAST_NIGHT]
    assert len(open_deals) > 100
    assert 0.35 < sum(deal.is_won for deal in closed) / len(closed) < 0.55
    assert 0.02 < sum(deal.record_number is None for deal in company.deals) / len(company.deals) < 0.09
    assert all(deal.opened_at.date() <= LAST_NIGHT for deal in company.deals)


def test_between_the_nights_customers_are_added_and_deals_decided(company):
    first, last = company.nights[0], company.nights[-1]
    assert [record for record in company.records if first < record.created_at.date() <= last]
    assert [deal for deal in company.deals if first < deal.decided_on <= last]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [({"customers": 3}, "customers"), ({"nights": 0}, "nights"), ({"last_night": date(2025, 2, 1)}, "history")],
)
def test_numbers_out_of_range_are_refused(wrong, complaint):
    with pytest.raises(HomeInvalid, match=complaint):
        invent_company(**({"customers": 60, "nights": 3, "seed": 1, "last_night": LAST_NIGHT} | wrong))


@pytest.mark.parametrize("seed", range(8))
def test_the_smallest_demo_has_no_rule_that_matches_everybody(seed):
    smallest = invent_company(customers=20, nights=1, seed=seed, last_night=LAST_NIGHT)
    for rule in smallest.rules:
        assert rule.countries or rule.regions or rule.industries or rule.customer_names


def test_brands_do_not_run_out():
    many = invent_company(customers=4_000, nights=1, seed=3, last_night=LAST_NIGHT)
    assert len({customer.website for customer in many.customers}) == 4_000
    assert len({customer.name for customer in many.customers}) == 4_000
