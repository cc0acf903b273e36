"""The pool and hand-overs of a random company, held against plain loops over one customer after the other.

Here: a company made of a seed, and the rules of the sheets read once more, from their sentences and not from the SQL. Who owned whom, in
which territory and who left on which day are taken from the marts as given: other tests hold those. BAILIWICK_POOL_SEEDS=1,2,3 tries more.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import pytest

Rows = list[dict[str, Any]]
SEEDS = [int(seed) for seed in os.environ.get("BAILIWICK_POOL_SEEDS", "15").split(",")]
START, TODAY, NEVER = date(2026, 1, 1), date(2026, 6, 30), date(9999, 12, 31)
PATHS = {
    "ROOT": ["ROOT"],
    "N": ["ROOT", "N"],
    "S": ["ROOT", "S"],
    "E": ["ROOT", "E"],
    "E1": ["ROOT", "E", "E1"],
    "UNASSIGNED": ["UNASSIGNED"],
}
COUNTRIES = {"US": "N", "DE": "S", "JP": "E", "CN": "E1", "FR": None}
PARENTS = {"fruit": "food", "food": "goods", "goods": None, "services": None}
WORKS = {"r0": "N", "r1": "N", "r2": "N", "r3": "E1", "r4": "E1", "r5": "E", "r6": "S", "r7": "S", "r8": "N", "r9": "E1"}
LEFT = {"r7": date(2026, 6, 25), "r8": date(2026, 5, 20), "r9": date(2026, 6, 10)}
REPS = sorted(WORKS)


def _pool_rules(rng: random.Random) -> Rows:
    """Four pools with two to four rules each: any and all, somewhere or everywhere, some in force for a part of the year only."""
    rules: Rows = []
    for number, (territory, relation) in enumerate([("N", "any"), ("E", "all"), (None, "any"), ("S", "all")]):
        own = {
            "pool_id": f"P{number}",
            "applies_to": "customers",
            "territory_id": territory,
            "relation": relation,
            "priority": rng.choice([10, 50, 100]),
            "claim_method": rng.choice(["assign", "claim"]),
            "holding_limit": rng.choice([None, 45]),
            "cool_down_days": rng.choice([None, 20, 60]),
            "claim_limit": (limit := rng.choice([None, 1, 2])),
            "claim_limit_days": limit and rng.choice([15, 40]),
        }
        triggers = rng.sample(["no_activity", "no_deal", "protection_over", "rep_inactive", "returned"], rng.randint(2, 4))
        for trigger in triggers:
            waits = trigger in ("no_activity", "no_deal")
            rules.append(
                own
                | {
                    "pool_rule_id": f"P{number}-{trigger}",
                    "trigger": trigger,
                    "days": rng.choice([20, 45, 80]) if waits else rng.choice([None, 0, 10]) if trigger != "returned" else None,
                    "warn_days": rng.choice([None, 7, 15]) if waits or trigger == "protection_over" else None,
                    "industries": rng.choice([None, None, "Food|Services", " goods "]),
                    "size_bands": rng.choice([None, None, "Large"]),
                    "valid_from": rng.choice([START, date(2026, 3, 15)]),
                    "valid_to": rng.choice([None, None, date(2026, 6, 30), date(2026, 7, 1)]),
                }
            )
    return rules


def random_company(seed: int) -> dict[str, Rows]:
    """Rows by table: 250 customers of one record each, ten people of whom three left, two thousand follow-ups."""
    rng = random.Random(seed)

    def any_day(since: date = START, until: date = TODAY) -> date:
        return since + timedelta(days=rng.randint(0, (until - since).days))

    ids = [f"C{number:03d}" for number in range(250)]
    observations: Rows = []
    changes: Rows = []
    for customer in ids:
        days = sorted({any_day() for _ in range(rng.randint(1, 5))})
        for sequence, day in enumerate(days, start=1):
            owner = rng.choice([*REPS, None, None, None])
            observations.append(
                {
                    "record_id": customer,
                    "sequence": sequence,
                    "first_sequence": sequence,
                    "changed_on": day,
                    "known_from": day,
                    "owner_rep_id": owner,
                }
            )
            if owner is None and rng.random() < 0.6:
                action = rng.choice(["Return", "退回", "TakeBack", "Edit"])
                change = {"record_id": f"H{len(changes)}", "subject": "customers", "subject_record_id": customer, "action": action}
                changes.append(change | {"changed_at": datetime.combine(day, time(8)), "to_rep_id": None})
    deals = [
        {
            "record_id": f"D{number}",
            "customer_record_id": rng.choice(ids),
            "owner_rep_id": rng.choice(REPS),
            "outcome": (outcome := rng.choice(["won", "open", "lost"])),
            "closed_date": None if outcome == "open" else any_day(until=date(2026, 7, 20)),
            "amount": "5",
            "is_deleted": rng.random() < 0.1,
        }
        for number in range(200)
    ]
    activities = [
        {
            "record_id": f"A{number}",
            "customer_record_id": rng.choice(ids),
            "activity_at": datetime.combine(any_day(until=date(2026, 7, 20)), time(9)),
            "is_deleted": rng.random() < 0.1,
        }
        for number in range(2000)
    ]
    return {
        "rules.company": [
            {
                "company_name": "R",
                "as_of_date": TODAY,
                "calendar_start_date": START,
                "currency_code": "USD",
                "opportunity_credit": "own_field",
                "rules_version": "r1",
            }
        ],
        "rules.territories": [
            {
                "territory_id": path[-1],
                "territory_name": path[-1],
                "parent_territory_id": path[-2] if len(path) > 1 else None,
                "manager_rep_id": "boss" if path[-1] in ("E", "S") else None,
                "valid_from": START,
            }
            for path in PATHS.values()
            if path != ["UNASSIGNED"]
        ],
        "rules.territory_rules": [
            {"rule_id": f"T{country}", "territory_id": territory, "country_codes": country, "priority": 100, "valid_from": START}
            for country, territory in COUNTRIES.items()
            if territory
        ],
        "rules.reps": [
            {
                "rep_id": rep,
                "rep_name": rep,
                "manager_rep_id": None if rep == "boss" else "boss",
                "valid_from": START,
                "valid_to": LEFT.get(rep),
            }
            for rep in ["boss", *REPS]
        ],
        "rules.rep_territories": [
            {"rep_id": rep, "territory_id": territory, "role": "owner", "valid_from": START} for rep, territory in WORKS.items()
        ],
        "rules.industries": [
            {"industry": term.title(), "industry_code": term, "parent_industry": parent and parent.title(), "valid_from": START}
            for term, parent in PARENTS.items()
        ],
        "rules.pool": _pool_rules(rng),
        "rules.protection": [
            {"protection_id": name, "kind": kind, "applies_to": "customers", "territory_id": where, "priority": 100, "days": days}
            | {"valid_from": START, "sources": "crm" if kind == "filing" else None}
            for name, kind, where, days in (("F", "filing", None, 60), ("T", "first_touch", "N", 30), ("U", "first_touch", "E", 90))
        ],
        "clean.owner_observations": [{"source": "crm", "row_number": 1} | row for row in observations],
        "clean.owner_changes": [{"source": "crm"} | row for row in changes],
        "clean.opportunities": [{"source": "crm"} | row for row in deals],
        "clean.activities": [{"source": "crm"} | row for row in activities],
        "resolved.customers": [
            {
                "customer_id": customer,
                "country_code": rng.choice(list(COUNTRIES)),
                "industry": rng.choice(["Fruit", "food", "Services", "Toys", None]),
                "size_band": rng.choice(["large", "small", None]),
                "is_active": rng.random() < 0.95,
            }
            for customer in ids
        ],
        "resolved.customer_records": [
            {"source": "crm", "record_id": customer, "customer_id": customer, "valid_from": START} for customer in ids
        ],
    }


class Span(NamedTuple):
    """`rep` had the customer from `start` until before `end`; None: it lay in the pool."""

    rep: str | None
    start: date
    end: date


class Loops:
    """The rules of the sheets as a person would apply them, customer by customer and day by day."""

    def __init__(self, given: dict[str, Rows], read: Callable[[str], list[tuple]]) -> None:
        self.rules, self.protections = given["rules.pool"], given["rules.protection"]
        self.customers = {row["customer_id"]: row for row in given["resolved.customers"]}
        self.given = given
        self.spans: dict[str, list[Span]] = defaultdict(list)
        for customer, rep, since, to in read(
            "select customer_id, owner_rep_id, valid_from, valid_to from marts.fct_ownership_periods order by customer_id, valid_from"
        ):
            start, end = date.fromisoformat(since), date.fromisoformat(to) if to else NEVER
            before = self.spans[customer][-1:]
            if before and before[0].rep == rep:
                self.spans[customer][-1] = Span(rep, before[0].start, end)
            else:
                self.spans[customer].append(Span(rep, start, end))
        self.traces = defaultdict(list)
        for row in given["clean.activities"]:
            if not row["is_deleted"]:
                self.traces["no_activity", row["customer_record_id"]].append(row["activity_at"].date())
        for row in given["clean.opportunities"]:
            if not row["is_deleted"] and row["outcome"] == "won":
                self.traces["no_deal", row["customer_record_id"]].append(row["closed_date"])
        self.returns = {
            (row["subject_record_id"], row["changed_at"].date())
            for row in given["clean.owner_changes"]
            if row["action"] in ("Return", "退回")
        }
        self.words = {(row["subject_record_id"], row["changed_at"].date()) for row in given["clean.owner_changes"]}
        self.held = Counter(span.rep for spans in self.spans.values() for span in spans if span.start <= TODAY < span.end)

    def territory(self, customer: str) -> str:
        return COUNTRIES[self.customers[customer]["country_code"]] or "UNASSIGNED"

    def fits(self, rule: dict, customer: str) -> bool:
        row, industries = self.customers[customer], set()
        term = (row["industry"] or "").lower()
        while term:
            industries.add(term)
            term = PARENTS.get(term) or ""
        wanted, sizes = rule.get("industries"), rule.get("size_bands")
        return (
            (rule["territory_id"] is None or rule["territory_id"] in PATHS[self.territory(customer)])
            and (not wanted or bool(industries & {part.strip().lower() for part in wanted.split("|")}))
            and (not sizes or (row["size_band"] or "-").lower() in sizes.lower().split("|"))
        )

    def due(self, rule: dict, customer: str, rep: str, held_from: date, on: date) -> date | None:
        """The day on which a customer drops by a rule, None while its trigger does not run."""
        trigger, days = rule["trigger"], timedelta(days=rule["days"] or 0)
        if trigger in ("no_activity", "no_deal"):
            return max([held_from, *(day for day in self.traces[trigger, customer] if day <= on)]) + days
        if trigger == "protection_over":
            fitting = [row["days"] for row in self.protections if self.fits(row, customer) and row["valid_from"] <= held_from]
            return held_from + timedelta(days=max(fitting)) + days
        if trigger == "rep_inactive":
            return LEFT[rep] + days if LEFT.get(rep, NEVER) <= on else None
        return None

    def verdict(self, customer: str, rep: str, held_from: date, on: date) -> tuple | None:
        """(status, pool_id, pool_rule_id, due date) of the pool that takes or warns first."""
        found = []
        rules = [r for r in self.rules if r["valid_from"] <= on < (r["valid_to"] or NEVER) and self.fits(r, customer)]
        for pool in {rule["pool_id"] for rule in rules}:
            waits = [(r, self.due(r, customer, rep, held_from, on)) for r in rules if r["pool_id"] == pool and r["trigger"] != "returned"]
            if waits and waits[0][0]["relation"] == "all":
                if any(due is None for _, due in waits):
                    continue
                last = max(due for _, due in waits)
                waits = [(rule, due) for rule, due in waits if due == last]
            told = []
            for rule, due in waits:
                warned = due and rule["warn_days"] and due - timedelta(days=rule["warn_days"]) <= on
                if due and (due <= on or warned):
                    told.append((0 if due <= on else 1, due, rule["priority"], rule["pool_rule_id"], pool))
            found += [(told[0], told[2], told[1], told[4], told[3]) for told in sorted(told)[:1]]
        if not found:
            return None
        late, _, due, pool, rule = min(found)
        return "warned" if late else "due", pool, rule, due.isoformat()

    def pool_of(self, customer: str, on: date) -> str | None:
        """The pool that a customer belongs to on a day, whether or not a rule holds."""
        rules = [r for r in self.rules if r["valid_from"] <= on < (r["valid_to"] or NEVER) and self.fits(r, customer)]
        return min(((rule["priority"], rule["pool_id"]) for rule in rules), default=(None, None))[1]


@pytest.fixture(scope="module", params=SEEDS)
def random_one(request, other_company) -> tuple[Loops, Callable[[str], list[tuple]]]:
    given = random_company(request.param)
    read = other_company(given, "+fct_public_pool", "+fct_handovers")
    return Loops(given, read), read


def test_what_is_due_or_warned_of_is_what_a_person_would_find(random_one):
    loops, read = random_one
    found = read("select customer_id, status, pool_id, pool_rule_id, due_date from marts.fct_public_pool where status <> 'in_pool'")
    expected = []
    for customer, spans in loops.spans.items():
        last = spans[-1]
        if last.rep and loops.customers[customer]["is_active"]:
            verdict = loops.verdict(customer, last.rep, last.start, TODAY)
            expected += [(customer, *verdict)] if verdict else []
    assert sorted(found) == sorted(expected)
    assert len({row[1:4] for row in found}) > 3, "a company in which nothing happens holds nothing against the SQL"


def test_a_stay_began_by_a_crms_word_or_by_the_rule_that_held(random_one):
    loops, read = random_one
    found = read("select customer_id, entered_on, trigger, said_by, pool_rule_id, is_ping_pong from marts.fct_pool_stays")
    expected = []
    for customer, spans in loops.spans.items():
        for place, span in enumerate(spans):
            if span.rep:
                continue
            before = spans[place - 1] if place else None
            after = spans[place + 1] if place + 1 < len(spans) else None
            said = (customer, span.start) in loops.words
            verdict = loops.verdict(customer, before.rep, before.start, span.start) if before and before.rep else None
            held = verdict if verdict and verdict[0] == "due" else None
            back = bool(before and after and before.rep == after.rep)
            expected.append((customer, span.start.isoformat(), said, held, back))
    assert [(row[0], row[1], row[5]) for row in sorted(found)] == [
        (row[0], row[1], row[4]) for row in sorted(expected, key=lambda r: r[:2])
    ]
    for (customer, entered, trigger, said_by, rule, _), (_, _, said, held, _) in zip(
        sorted(found), sorted(expected, key=lambda r: r[:2]), strict=True
    ):
        returned = (customer, date.fromisoformat(entered)) in loops.returns
        assert (trigger == "returned") == returned, (customer, entered)
        if not returned:
            assert rule == (held[2] if held else None), (customer, entered)
        assert said_by != "crm" or said, (customer, entered)


def test_who_may_take_has_reached_no_limit_and_is_not_cooling_down(random_one):
    loops, read = random_one
    stays = read("select pool_id, taken_by_rep_id, left_on, last_owner_rep_id, customer_id, entered_on from marts.fct_pool_stays")
    in_force = [rule for rule in loops.rules if rule["valid_from"] <= TODAY < (rule["valid_to"] or NEVER)]
    for customer, status, pool, owner, listed in read(
        "select customer_id, status, pool_id, owner_rep_id, may_take_rep_ids from marts.fct_public_pool"
    ):
        terms = next((rule for rule in in_force if rule["pool_id"] == pool), {})
        path = PATHS[loops.territory(customer)]
        people = next(
            (
                near
                for place in reversed(path)
                if (near := [rep for rep in REPS if WORKS[rep] == place and rep not in LEFT] or (["boss"] if place in ("E", "S") else []))
            ),
            [],
        )
        last = next((row for row in stays if row[4] == customer and row[2] is None), None)
        may = []
        for rep in people:
            since = TODAY - timedelta(days=terms.get("claim_limit_days") or 0)
            claims = sum(1 for row in stays if row[0] == pool and row[1] == rep and since < date.fromisoformat(row[2]) <= TODAY)
            cooling = status == "in_pool" and last is not None and last[3] == rep and terms.get("cool_down_days")
            if rep == owner or (cooling and date.fromisoformat(last[5]) + timedelta(days=terms["cool_down_days"]) > TODAY):
                continue
            if terms.get("holding_limit") and loops.held[rep] >= terms["holding_limit"]:
                continue
            if terms.get("claim_limit") and claims >= terms["claim_limit"]:
                continue
            may.append(rep)
        assert listed == ("|".join(may) or None), (customer, status, pool)


def test_what_leavers_left_is_dealt_out_one_by_one(random_one):
    loops, read = random_one
    found = {
        (subject, subject_id, rep): heir
        for subject, subject_id, rep, heir in read(
            "select subject, subject_id, rep_id, proposed_rep_id from marts.fct_handovers where is_open"
        )
    }
    owner = {customer: spans[-1].rep for customer, spans in loops.spans.items()}
    waiting = {("customers", customer, rep): customer for customer, rep in owner.items() if rep in LEFT}
    for row in loops.given["clean.opportunities"]:
        if row["outcome"] == "open" and not row["is_deleted"] and row["owner_rep_id"] in LEFT:
            waiting["opportunities", f"crm:{row['record_id']}", row["owner_rep_id"]] = row["customer_record_id"]
    load, heirs = Counter(loops.held), {}
    for customer in sorted(set(waiting.values())):
        if owner[customer] and owner[customer] not in LEFT:
            heirs[customer] = owner[customer]
            continue
        people = [rep for rep in REPS if WORKS[rep] == loops.territory(customer) and rep not in LEFT]
        heirs[customer] = min(people, key=lambda rep: (load[rep], rep)) if people else "boss"
        load[heirs[customer]] += 1
    assert found == {key: heirs[customer] for key, customer in waiting.items()}
    assert len(set(found.values())) > 3
