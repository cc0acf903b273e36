"""The ownership record against an oracle: whatever happened, in whatever portions it came, as of and as known on every day.

Here: random histories of many customers (several CRMs, several people, rules of engagement, groups, mergers and splits, late files),
recorded night by night or at once by the real models. Not here: single rules (unit tests in _ownership_unit_tests.yml), files on disk
(tests/ingest/record).
"""

import importlib.util
import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

_SPEC = importlib.util.spec_from_file_location("record_nights", Path(__file__).with_name("record_nights.py"))
record_nights = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(record_nights)
Company, Membership, Observation, Oracle, Rule, World = (
    getattr(record_nights, name) for name in ("Company", "Membership", "Observation", "Oracle", "Rule", "World")
)

LAST = 30
WORLDS = int(os.environ.get("BAILIWICK_WORLDS", "1"))
REPS = ("ann", "bob", "cid", "dee")
SOURCES = ("crm", "erp", "forms")


@pytest.fixture(scope="session")
def models(dbt):
    return record_nights.compiled_models(dbt)


@pytest.fixture
def company(models, tmp_path):
    return Company(tmp_path / "home", models)


def invented(random: Random, customers: int = 24) -> World:
    """A world in which about everything happens: records with histories, shared customers, groups, rules, mergers and splits."""
    world, number = World(), 0
    ids = [f"C{place:02d}" for place in range(customers)]
    mortal = frozenset(random.sample(ids[1:], customers // 6))
    lasting = [customer for customer in ids if customer not in mortal]
    for customer in ids:
        since = random.choice([0, 0, 0, random.randrange(LAST)])
        world.first_seen[customer] = since
        for copy in range(random.choice([1, 1, 2, 2, 3])):
            number += 1
            record = (random.choice(SOURCES), str(number))
            joined = random.randrange(since, LAST + 1) if copy and random.random() < 0.5 else since
            leaves = None
            if customer in mortal and joined == LAST:
                continue
            if customer in mortal or (copy and joined < LAST and random.random() < 0.3):
                leaves = random.randrange(joined + 1, LAST + 1)
                heirs = [heir for heir in lasting if heir != customer and world.first_seen.get(heir, LAST + 1) <= leaves]
                heir = random.choice(heirs or [""])
                if not heirs or (random.random() < 0.3 and customer not in mortal):
                    heir = f"S{number:02d}"  # split off: a customer of its own
                    world.first_seen[heir] = joined  # its record was there, under another id
                world.memberships.append(Membership(record=record, customer=heir, since=leaves))
            world.memberships.append(Membership(record=record, customer=customer, since=joined, to=leaves))
            world.observations += observed(random, record, joined)
    settled = [customer for customer in lasting if world.first_seen[customer] == 0]
    for place, customer in enumerate(settled):
        if place and random.random() < 0.4:
            world.parents[customer] = random.choice(settled[:place])
    world.mortal = mortal
    moved = {m.record for m in world.memberships if m.to is not None}
    steady = sorted(m.record for m in world.memberships if m.record not in moved and m.since == world.first_seen[m.customer])
    world.branch_records = frozenset(steady[:: random.choice([2, 3, 5])])
    world.rules = sheet(random)
    world.named = {customer: "KEY" for customer in ids if random.random() < 0.3}
    world.teams = {"KEY": ("ann", "dee")}
    world.large = {customer: random.choice([0, random.randrange(LAST)]) for customer in ids if random.random() < 0.6}
    return world


def newcomers(random: Random, world: World) -> None:
    """Customers that come without an owner, into territories with and without a policy; some are claimed, pooled or merged later."""
    world.policies = {"FIX": ("named", "fay"), "FEW": ("least_loaded", None), "ROW": ("round_robin", None), "BARE": ("round_robin", None)}
    world.workers = {"FEW": ("bob", "ann", "few"), "ROW": ("row", "ann", "gus"), "IDLE": ("gus",)}
    for number in range(18):
        customer, record, since = f"W{number:02d}", (random.choice(SOURCES), str(1000 + number)), random.randrange(LAST)
        world.first_seen[customer] = since
        world.homes[customer] = random.choice(["FIX", "FEW", "FEW", "ROW", "ROW", "BARE", "IDLE"])
        heirs = [c for c in sorted(set(world.first_seen) - world.mortal) if c < "W" and world.first_seen[c] <= since]
        leaves = random.randrange(since + 1, LAST + 1) if heirs and random.random() < 0.15 else None
        world.memberships.append(Membership(record=record, customer=customer, since=since, to=leaves))
        if leaves is not None:
            world.memberships.append(Membership(record=record, customer=heirs[0], since=leaves))
            world.mortal |= {customer}
        if random.random() < 0.5:
            world.observations.append(Observation(record=record, day=since, rep=None, known=since))
        if random.random() < 0.4 and since < LAST - 1:
            day = random.randrange(since + 1, LAST)
            world.observations.append(Observation(record=record, day=day, rep=random.choice(REPS), known=day + random.choice([0, 1])))
            if random.random() < 0.5 and day + 2 <= LAST:
                world.observations.append(Observation(record=record, day=day + 2, rep=None, known=day + 2))
        if random.random() < 0.2:
            world.pooled[record] = random.randrange(since, LAST + 1)


def observed(random: Random, record: tuple[str, str], joined: int) -> list[Observation]:
    """What is observed of one record: by a CRM that tells of the past, or from its first export on; now and then some days late."""
    day = joined - random.randrange(30) if random.random() < 0.4 else joined
    found: list[Observation] = []
    for _ in range(random.choice([0, 1, 1, 2, 3, 4])):
        known = max(day, joined) + random.choice([0, 0, 0, 2])
        if known > LAST:
            break
        found.append(Observation(record=record, day=day, rep=random.choice([*REPS, *REPS, None]), known=known))
        day += random.randrange(1, 9)
    return found


def sheet(random: Random) -> list[Rule]:
    """Some rules of engagement, each in force for some time."""
    kinds = random.sample(["first_touch", "filing", "key_account", "headquarters", "branch", "first_touch"], random.randrange(0, 6))
    return [
        Rule(
            rule_id=f"P{place}",
            kind=kind,
            priority=random.choice([10, 20, 20, 30]),
            days=random.choice([3, 7, 20]) if kind in ("first_touch", "filing") else None,
            sources="forms" if kind == "filing" else None,
            territory="KEY" if kind == "key_account" else None,
            since=random.choice([-100, -100, 8]),
            to=random.choice([None, None, 22]),
            large=random.random() < 0.25,
            longest=random.choice([None, 27]) if kind == "filing" else None,
        )
        for place, kind in enumerate(kinds)
    ]


def assert_known(company, world: World, days, ids) -> None:
    oracle = Oracle(world)
    for known in days:
        found = company.history(known)
        for customer in sorted(ids):
            assert found.get(customer, []) == oracle.history(customer, known), (customer, known)


@pytest.mark.parametrize("number", range(WORLDS))
def test_a_past_that_is_recorded_at_once_says_what_was_known_on_every_day(company, number):
    world = invented(Random(number))
    world.saw([LAST])
    company.night(world, LAST)
    assert_known(company, world, range(LAST + 1), set(world.first_seen) - world.mortal)


@pytest.mark.parametrize("number", range(WORLDS))
def test_nights_one_by_one_and_with_gaps_say_the_same(company, number):
    random = Random(1000 + number)
    world = invented(random)
    newcomers(random, world)
    nights = sorted({*random.sample(range(LAST), random.randrange(4, 12)), LAST})
    world.saw(nights)
    shown = {}
    for night in nights:
        company.night(world, night)
        shown[night] = company.periods()
    assert company.appointments() == Oracle(world).appointed_on(nights)
    assert_known(company, world, range(LAST + 1), set(world.first_seen) - world.mortal)
    assert_known(company, world, nights, world.mortal)
    for night in nights:  # what was published is told again, exactly
        company.night(world, night, record=False)
        assert company.periods() == shown[night]
    assert list(company.store.check()) == []


@pytest.mark.parametrize("number", range(WORLDS))
def test_files_that_come_late_slot_in_and_what_was_published_stands(company, number):
    random = Random(2000 + number)
    world = invented(random)
    newcomers(random, world)
    random.shuffle(world.observations)
    nights = sorted({*random.sample(range(LAST), random.randrange(3, 7)), LAST})
    world.saw(nights)
    shown, arrived = {}, 0
    for night in nights:
        arrived = random.randrange(arrived, len(world.observations) + 1)
        company.night(world, night, arrived=arrived)
        shown[night] = company.periods()
    last = company.night(world, LAST)
    world.appointments = company.appointments()  # what was decided on a night stands, whatever comes later
    assert_known(company, world, range(LAST + 1), set(world.first_seen) - world.mortal)
    assert company.night(world, LAST).added == 0
    for night in nights[:-1]:
        company.night(world, night, record=False)
        assert company.periods() == shown[night]
    assert last.head == company.store.head()


def test_what_was_taken_back_may_come_true_again(company):
    """A file that comes late says otherwise of a day, is found wrong and replaced: twice, so that a fact is known a third time."""
    record, world = ("crm", "1"), World()
    world.memberships, world.first_seen = [Membership(record=record, customer="C1", since=0)], {"C1": 0}
    first, wrong, last = (Observation(record=record, day=day, rep=rep, known=day) for day, rep in ((1, "ann"), (3, "bob"), (5, "cid")))
    shown = {}
    for night, observations in (
        (10, [first, last]),
        (12, [first, wrong, last]),
        (14, [first, last]),
        (16, [first, wrong, last]),
        (18, [first, last]),
    ):
        world.observations = observations
        company.night(world, night)
        assert_known(company, world, range(night + 1), ["C1"])
        shown[night] = company.periods()
    assert company.night(world, 18).added == 0
    for night, periods in shown.items():
        company.night(world, night, record=False)
        assert company.periods() == periods
    ids = company.rows("select event_id from record.ownership_events")
    assert len(ids) == len(set(ids))


def changed(random: Random, world: World) -> World:
    """The world of another night: now and then another rule, team, key account, group, branch or filing."""
    world = deepcopy(world)
    records = sorted({m.record for m in world.memberships})
    customers = sorted(set(world.first_seen) - world.mortal)
    if random.random() < 0.4:
        world.rules = sheet(random)
    if world.rules and random.random() < 0.4:  # a rule ends on another day, and nothing else of it changes
        place = random.randrange(len(world.rules))
        world.rules[place] = replace(world.rules[place], to=random.choice([None, 12, 18, 25, LAST + 20]))
    if random.random() < 0.4:
        world.teams = {"KEY": tuple(random.sample(REPS, 2))}
    if random.random() < 0.4:
        world.named = {customer: "KEY" for customer in customers if random.random() < 0.3}
    if random.random() < 0.4:
        place = random.randrange(1, len(customers))
        world.parents = {c: p for c, p in world.parents.items() if customers[place] not in (c, p)}
        if random.random() < 0.7:
            world.parents[customers[place]] = random.choice(customers[:place])
    if random.random() < 0.4:
        world.branch_records ^= {random.choice(records)}
    if random.random() < 0.6:
        world.expires[random.choice(records)] = random.randrange(LAST + 10)
    return world


@pytest.mark.parametrize("number", range(WORLDS))
def test_whom_nothing_changed_for_need_not_be_judged(models, tmp_path, number):
    random = Random(4000 + number)
    world = invented(random)
    nights = sorted({*random.sample(range(LAST), 8), LAST})
    world.saw(nights)
    spared, toiling = (Company(tmp_path / name, models) for name in ("spared", "toiling"))
    judged = []
    for night in nights:
        toiling.judge_everybody()
        assert spared.night(world, night) == toiling.night(world, night)
        assert spared.conflicts() == toiling.conflicts()
        judged.append([company.rows("select count(*) from intermediate.int_ownership__judged")[0][0] for company in (spared, toiling)])
        world = changed(random, world) if random.random() < 0.7 else world
    assert sum(few for few, _ in judged) < sum(all_ for _, all_ in judged)


@pytest.mark.parametrize("number", range(max(1, WORLDS // 3)))
def test_a_warehouse_that_was_lost_adds_nothing_that_is_recorded_already(models, tmp_path, number):
    random = Random(3000 + number)
    world = invented(random)
    nights = sorted({*random.sample(range(LAST), 5), LAST})
    world.saw(nights)
    kept, lost = (Company(tmp_path / name, models) for name in ("kept", "lost"))
    for night in nights:
        if random.random() < 0.5:
            lost.lose_warehouse()
        assert lost.night(world, night) == kept.night(world, night)
        if random.random() < 0.5:
            lost.lose_warehouse()
            assert lost.night(world, night).added == 0
    assert [path.read_bytes() for path in sorted((tmp_path / "kept" / "record").rglob("*.*"))] == [
        path.read_bytes() for path in sorted((tmp_path / "lost" / "record").rglob("*.*"))
    ]
