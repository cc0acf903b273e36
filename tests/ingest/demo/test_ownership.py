"""Who owned what when: in order, in working hours, seen where it must be seen, and never too much at once."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.demo.chance import WORKING_SECONDS
from ingest.demo.company import MOST_CHANGES, invent_company
from ingest.demo.organisation import DESKS, LEAVERS, REP_BY_ID
from ingest.demo.ownership import NATIVE_HISTORY, POOLED
from ingest.demo.world import SYSTEMS

LAST_NIGHT = date(2026, 6, 30)
COMPANIES = {
    "customers": st.integers(20, 250),
    "nights": st.one_of(st.integers(1, 12), st.just(30), st.just(70)),
    "seed": st.integers(0, 10**6),
}


def company_of(customers, nights, seed):
    return invent_company(customers=customers, nights=nights, seed=seed, last_night=LAST_NIGHT)


def day_of_change(company, system, span):
    return span.since.astimezone(company.calendar(system).zone).date()


@given(**COMPANIES)
@settings(max_examples=8)
def test_owners_come_in_order_begin_with_the_record_and_never_repeat_themselves(customers, nights, seed):
    company = company_of(customers, nights, seed)
    for system in SYSTEMS:
        users = {rep.rep_id for rep in company.users(system)}
        for record in company.records(system):
            moments = [span.since for span in record.owners]
            assert moments[0] == record.created_at
            assert moments == sorted(set(moments))
            owners = [span.rep_id for span in record.owners]
            assert owners[0] is not None or system == "yonyou"  # bought in the web shop: see below
            assert all(before != after for before, after in pairwise(owners))
            assert set(owners) - {None} <= users
            assert {span.actor for span in record.owners} - {None} <= users
            assert system in POOLED or None not in owners[1:]
            assert record.deleted_at is None or moments[-1] < record.deleted_at


@given(**COMPANIES)
@settings(max_examples=8)
def test_changes_fall_into_working_hours_and_one_a_day_but_for_the_pool(customers, nights, seed):
    company = company_of(customers, nights, seed)
    for system in SYSTEMS:
        zone = company.calendar(system).zone
        for record in company.records(system):
            local = [span.since.astimezone(zone) for span in record.owners]
            assert all(9 <= moment.hour < 18 and moment.microsecond == 0 for moment in local)
            assert local[-1].date() <= LAST_NIGHT
            for (before, first), (after, second) in pairwise(zip(record.owners, local, strict=True)):
                at_once = first.date() == second.date()
                assert not at_once or (system in NATIVE_HISTORY and before.rep_id is None and after.action == "claimed")


@given(**COMPANIES)
@settings(max_examples=8)
def test_systems_without_history_change_on_loaded_nights_after_the_first(customers, nights, seed):
    company = company_of(customers, nights, seed)
    for system in set(SYSTEMS) - set(NATIVE_HISTORY):
        seen = company.loaded_nights(system)[1:]
        for record in company.records(system):
            assert {day_of_change(company, system, span) for span in record.owners[1:]} <= set(seen)


@given(**COMPANIES)
@settings(max_examples=8)
def test_no_guard_would_hold_a_day_for_its_owners(customers, nights, seed):
    company = company_of(customers, nights, seed)
    for system in SYSTEMS:
        loaded, records = company.loaded_nights(system), list(company.records(system))
        for before, after in pairwise(loaded):
            standing = changed = 0
            for record in records:
                spans = [(day_of_change(company, system, span), span.rep_id) for span in record.owners]
                if spans[0][0] <= before:
                    standing += 1
                    first, second = ([rep for day, rep in spans if day <= night][-1] for night in (before, after))
                    changed += first != second
            assert changed <= standing * MOST_CHANGES


def test_who_bought_in_the_web_shop_is_new_known_to_the_erp_alone_and_nobodys_until_it_names_somebody(usual_company):
    records = list(usual_company.records("yonyou"))
    alone = [record for record in records if record.owners[0].rep_id is None]
    elsewhere = {record.customer_number for system in set(SYSTEMS) - {"yonyou"} for record in usual_company.records(system)}
    assert not elsewhere & {record.customer_number for record in alone}
    assert len(records) * 0.02 < len(alone) < len(records) * 0.2
    assert all(usual_company.nights[0] < record.created_at.date() for record in alone)
    assert {(record.deals, record.activities, record.members) for record in alone} == {((), (), ())}
    assert any(order.rep_id == "" for record in alone for order in record.orders)
    taken_up = sum(len(record.owners) == 2 for record in alone)
    assert 0 < taken_up < len(alone)


@pytest.mark.parametrize("seed", range(3))
def test_about_a_tenth_of_fxiaoke_changes_hands_when_the_south_is_cut_in_two(seed):
    company = company_of(2_000, 30, seed)
    records = list(company.records("fxiaoke"))
    changes = Counter(day_of_change(company, "fxiaoke", span) for record in records for span in record.owners[1:])
    assert 0.08 < changes[company.realigned_on] / len(records) < 0.13
    assert changes.most_common(1)[0][0] == company.realigned_on


def test_who_leaves_hands_over_nearly_everything_and_gets_nothing_more(usual_company):
    forgotten = 0
    for leaver in LEAVERS:
        left = usual_company.leaves(leaver)
        for system in REP_BY_ID[leaver].systems:
            for record in usual_company.records(system):
                for span in record.owners:
                    assert span.rep_id != leaver or day_of_change(usual_company, system, span) < left
                forgotten += record.owners[-1].rep_id == leaver
    handed = [
        span for system in SYSTEMS for record in usual_company.records(system) for span in record.owners if span.action == "handed_over"
    ]
    assert len(handed) > 20
    assert 0 < forgotten < len(handed) / 4


def test_hand_overs_take_several_nights(usual_company):
    days = {
        day_of_change(usual_company, "fxiaoke", span)
        for record in usual_company.records("fxiaoke")
        for span in record.owners
        if span.action == "handed_over"
    }
    assert len(days) > 2
    assert all(timedelta(0) <= LAST_NIGHT - day < timedelta(days=6) for day in days)


def test_a_customer_is_owned_by_somebody_of_its_desk(usual_company):
    for system in ("salesforce", "fxiaoke", "neocrm", "yonyou"):
        for record in usual_company.records(system):
            desk = usual_company.territory_and_rule(record.customer_number)[0]
            people = (
                {rep for name in ("CHINA-SOUTH", desk) for rep, _ in DESKS[name]}
                if desk == "CHINA-CENTRAL"
                else {r for r, _ in DESKS[desk]}
            )
            owners = {span.rep_id for span in record.owners} - {None}
            assert owners <= people | {"E1002", "E1003", "E1004"}


def test_nobody_of_the_south_has_the_centre_after_the_realignment(usual_company):
    southern = {rep for rep, _ in DESKS["CHINA-SOUTH"]}
    for record in usual_company.records("fxiaoke"):
        if usual_company.territory_and_rule(record.customer_number)[0] == "CHINA-CENTRAL" and record.deleted_at is None:
            assert record.owners[-1].rep_id not in southern


def test_history_reaches_back_before_the_first_night(usual_company):
    first = usual_company.nights[0]
    for system in NATIVE_HISTORY:
        days = [day_of_change(usual_company, system, span) for record in usual_company.records(system) for span in record.owners[1:]]
        assert min(days) < first < max(days)


def test_some_come_back_from_the_pool_on_the_day_they_went_in(usual_company):
    at_once = [
        record
        for record in usual_company.records("fxiaoke")
        for before, after in pairwise(record.owners)
        if before.rep_id is None and after.since - before.since < timedelta(seconds=WORKING_SECONDS)
    ]
    assert at_once
