"""Shares, collaborators and access to customers of a random company, held against plain loops over every single day.

Here: a company made of a seed, with agreements for either of a customer's two records, and people whose manager changes. Owners and
territories are taken from the marts as given: other tests hold those. BAILIWICK_SHARE_SEEDS=1,2,3 tries more.
"""

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

Rows = list[dict[str, Any]]
Read = Callable[[str], list[tuple]]
SEEDS = [int(seed) for seed in os.environ.get("BAILIWICK_SHARE_SEEDS", "7").split(",")]
START, TODAY, NEVER = date(2026, 1, 1), date(2026, 4, 30), date(9999, 12, 31)
DAYS = [START + timedelta(days=number) for number in range((TODAY - START).days + 1)]
MANAGERS = {"m1": "top", "m2": "top", "a": "m1", "b": "m1", "c": "m1", "d": "m2", "e": "m2"}
MOVED_ON, LEFT_ON = date(2026, 3, 1), date(2026, 4, 10)  # b changes over to m2; e leaves
SELLERS = ["a", "b", "c", "d", "e"]
SCOPES = {"top": "all", "m1": "team", "m2": "team"}
SPLITS = ([("0.5", "0.3", "0.2")], [("0.6", "0.4")], [("1",)])


def _agreements(rng: random.Random, records: list[tuple[str, str]]) -> Iterator[dict]:
    """For some records one or two agreements, one after the other; revenue shares sum to 1, overlay credit comes on top."""
    for number, (source, record_id) in enumerate(records):
        cuts = sorted({START + timedelta(days=rng.randint(-20, 130)) for _ in range(rng.choice([0, 0, 2, 3]))})
        for place, since in enumerate(cuts):
            to = cuts[place + 1] if place + 1 < len(cuts) else None
            if rng.random() < 0.3:
                continue
            row = {"split_id": f"S{number}-{place}", "subject": "customers", "source": source, "record_id": record_id}
            row |= {"valid_from": since, "valid_to": to}
            shares = rng.choice(SPLITS)[0]
            for rep, share in zip(rng.sample(SELLERS, len(shares)), shares, strict=True):
                yield row | {"rep_id": rep, "credit": "revenue", "share_ratio": share}
            if rng.random() < 0.4:
                yield row | {"rep_id": rng.choice(SELLERS), "credit": "overlay", "share_ratio": "0.1"}


def _people() -> Rows:
    rows = [
        {"rep_id": rep, "manager_rep_id": MANAGERS.get(rep), "access_scope": SCOPES.get(rep, "own"), "valid_from": START, "valid_to": None}
        for rep in ["top", *MANAGERS]
    ]
    for row in rows:
        row["rep_name"] = row["user_name"] = row["rep_id"]
        row["valid_to"] = {"b": MOVED_ON, "e": LEFT_ON}.get(row["rep_id"])
    return [*rows, *(row | {"manager_rep_id": "m2", "valid_from": MOVED_ON, "valid_to": None} for row in rows if row["rep_id"] == "b")]


def random_company(seed: int) -> dict[str, Rows]:
    """Rows by table: 60 customers of two records each, in two territories or in none."""
    rng = random.Random(seed)
    ids = [f"C{number:02d}" for number in range(60)]
    records = [(source, customer) for customer in ids for source in ("crm", "erp")]
    members = [
        {
            "source": source,
            "record_id": f"{source}{number}",
            "customer_record_id": record,
            "rep_id": rng.choice(SELLERS),
            "role": "collaborator",
        }
        | {"as_of_date": (last := rng.choice(DAYS[60:])), "is_in_latest_export": last > DAYS[90]}
        for number, (source, record) in enumerate(rng.sample(records, 50))
    ]
    return {
        "rules.company": [
            {
                "company_name": "S",
                "as_of_date": TODAY,
                "calendar_start_date": START,
                "currency_code": "USD",
                "opportunity_credit": "own_field",
                "rules_version": "r1",
            }
        ],
        "rules.territories": [
            {"territory_id": territory, "territory_name": territory, "manager_rep_id": manager, "valid_from": START}
            for territory, manager in (("N", "m1"), ("S", "m2"))
        ],
        "rules.territory_rules": [
            {"rule_id": "TN", "territory_id": "N", "country_codes": "US", "priority": 100, "valid_from": START},
            {"rule_id": "TS", "territory_id": "S", "country_codes": "US", "priority": 1, "valid_from": date(2026, 2, 10)},
            {"rule_id": "TD", "territory_id": "S", "country_codes": "DE", "priority": 100, "valid_from": START},
        ],
        "rules.reps": _people(),
        "rules.rep_territories": [
            {"rep_id": rep, "territory_id": territory, "role": "owner", "valid_from": START}
            for rep, territory in (("a", "N"), ("b", "N"), ("d", "S"), ("e", "S"))
        ],
        "rules.credit_splits": list(_agreements(rng, records)),
        "clean.customer_members": members,
        "raw.customer_members": [
            {"source": row["source"], "record_id": row["record_id"], "as_of_date": shown}
            for row in members
            for shown in {row["as_of_date"], rng.choice(DAYS[:60])}
        ],
        "clean.owner_observations": [
            {
                "source": source,
                "record_id": record,
                "sequence": place,
                "first_sequence": place,
                "changed_on": day,
                "known_from": day,
                "owner_rep_id": rng.choice([*SELLERS, None, None]),
            }
            for source, record in records
            for place, day in enumerate(sorted({rng.choice(DAYS) for _ in range(rng.randint(1, 4))}), start=1)
        ],
        "resolved.customers": [
            {"customer_id": customer, "country_code": rng.choice(["US", "DE", "FR"]), "is_active": True} for customer in ids
        ],
        "resolved.customer_records": [
            {"source": source, "record_id": record, "customer_id": record, "valid_from": START} for source, record in records
        ],
    }


def _by_day(read: Read, sql: str) -> dict[tuple[str, date], set]:
    """Rows of customer, value, valid_from, valid_to -> the values that hold of a customer on a day."""
    found = defaultdict(set)
    for customer, value, since, to in read(sql):
        start, end = date.fromisoformat(since), date.fromisoformat(to) if to else NEVER
        for day in DAYS:
            if start <= day < end:
                assert value not in found[customer, day], f"{sql}: {customer} has {value} twice on {day}"
                found[customer, day].add(value)
    return found


class Loops:
    """What holds on one day, by the rows of the sheets and of the exports."""

    def __init__(self, given: dict[str, Rows], read: Read) -> None:
        self.given = given
        self.owners = {
            key: next(iter(value))
            for key, value in _by_day(
                read, "select customer_id, owner_rep_id, valid_from, valid_to from marts.fct_ownership_periods where not is_in_pool"
            ).items()
        }
        self.territories = _by_day(read, "select customer_id, territory_id, valid_from, valid_to from marts.fct_territory_assignments")
        self.customers = [row["customer_id"] for row in given["resolved.customers"]]
        self.splits = defaultdict(list)
        for row in given["rules.credit_splits"]:
            self.splits[row["record_id"]].append(row)
        self.members = defaultdict(list)
        shown = defaultdict(list)
        for row in given["raw.customer_members"]:
            shown[row["source"], row["record_id"]].append(row["as_of_date"])
        for row in given["clean.customer_members"]:
            end = NEVER if row["is_in_latest_export"] else row["as_of_date"] + timedelta(days=1)
            self.members[row["customer_record_id"]].append((row["rep_id"], min(shown[row["source"], row["record_id"]]), end))

    def in_force(self, customer: str, day: date, credit: str) -> Rows:
        rows = [row for row in self.splits[customer] if row["credit"] == credit]
        return [row for row in rows if row["valid_from"] <= day < (row["valid_to"] or NEVER)]

    def shares(self, customer: str, day: date) -> set[str]:
        """`rep share` of everybody with revenue."""
        owner = self.owners.get((customer, day))
        if owner is None:
            return set()
        rows = self.in_force(customer, day, "revenue")
        if not rows:
            return {f"{owner} {Decimal(1):.10f}"}
        newest = max(row["valid_from"] for row in rows)
        split = min(row["split_id"] for row in rows if row["valid_from"] == newest)
        return {f"{row['rep_id']} {Decimal(row['share_ratio']):.10f}" for row in rows if row["split_id"] == split}

    def sharing(self, customer: str, day: date) -> set[str]:
        """Everybody who works on a customer beside its owner, or has a share by an agreement."""
        people = {rep for rep, since, end in self.members[customer] if since <= day < end}
        if (customer, day) in self.owners:
            people |= {row["rep_id"] for row in self.in_force(customer, day, "overlay")}
            if self.in_force(customer, day, "revenue"):
                people |= {share.split()[0] for share in self.shares(customer, day)}
        return people

    def managers(self, rep: str, day: date) -> set[str]:
        """Everybody above a person whose own row holds on that day."""
        if rep == "e" and day >= LEFT_ON:
            return set()
        return {"m2" if rep == "b" and day >= MOVED_ON else MANAGERS[rep], "top"}


@pytest.fixture(scope="module", params=SEEDS)
def random_one(request, other_company) -> tuple[Loops, Read]:
    given = random_company(request.param)
    read = other_company(given, "+dim_customer_access")
    return Loops(given, read), read


def test_revenue_is_shared_on_every_day_as_a_person_would_share_it(random_one):
    loops, read = random_one
    found = _by_day(
        read,
        "select customer_id, rep_id || ' ' || share_ratio, valid_from, valid_to from marts.bridge_customer_collaborators "
        "where role = 'revenue'",
    )
    for customer in loops.customers:
        for day in DAYS:
            assert found[customer, day] == loops.shares(customer, day), (customer, day)
    assert len({share for shares in found.values() for share in shares}) > len(SELLERS) * 2


def test_people_see_on_every_day_what_they_own_and_what_they_share(random_one):
    loops, read = random_one
    sql = "select customer_id, user_name, valid_from, valid_to from marts.dim_customer_access where scope = "
    own, shared = _by_day(read, f"{sql} 'own'"), _by_day(read, f"{sql} 'shared'")
    for customer in loops.customers:
        for day in DAYS:
            here = {rep for rep in SELLERS if rep != "e" or day < LEFT_ON}
            assert own[customer, day] == {loops.owners.get((customer, day))} & here, (customer, day)
            assert shared[customer, day] == loops.sharing(customer, day) & here, (customer, day)


def test_managers_see_what_their_people_own_and_nothing_else(random_one):
    loops, read = random_one
    found = _by_day(read, "select customer_id, user_name, valid_from, valid_to from marts.dim_customer_access where scope = 'team'")
    seen = defaultdict(set)
    for user, territory, since, to in read("select user_name, territory_id, valid_from, valid_to from marts.dim_row_access"):
        for day in DAYS:
            if date.fromisoformat(since) <= day < (date.fromisoformat(to) if to else NEVER):
                seen[user, day].add(territory)
    needed = 0
    for customer in loops.customers:
        for day in DAYS:
            owner = loops.owners.get((customer, day))
            above = loops.managers(owner, day) - {"top"} if owner else set()
            blind = {user for user in above if not loops.territories[customer, day] & seen[user, day]}
            assert blind <= found[customer, day] <= above, (customer, day)
            needed += len(blind)
    assert needed > 100
