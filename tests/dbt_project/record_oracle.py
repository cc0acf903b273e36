"""What the record of a company's owners should say, worked out day by day in plain Python: it shares no line with the models.

Here: what happened (a world), and who was accountable as known on a day (the oracle). Not here: running the models (record_nights.py), what
is asserted (test_record.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The owner of a record from `day` on, known from `known` on."""

    record: tuple[str, str]
    day: int
    rep: str | None
    known: int


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Which customer a record is known to belong to, from the night `since` on."""

    record: tuple[str, str]
    customer: str
    since: int
    to: int | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row of the sheet protection. `longest`: days with all extensions. `only`: the customers it is for; all where it says nothing.
    `large`: only for customers while they are large."""

    rule_id: str
    kind: str
    priority: int
    days: int | None = None
    sources: str | None = None
    longest: int | None = None
    territory: str | None = None
    since: int = 0
    to: int | None = None
    only: frozenset[str] | None = None
    large: bool = False


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """Who was appointed to a customer on a night. `ends`: the night on which a CRM's pool took it; `gone`: on which it was no more."""

    customer: str
    night: int
    rep: str
    rule: str
    ends: int | None = None
    gone: int | None = None


ALWAYS, NEVER = -10_000, 10_000


@dataclass(kw_only=True)
class World:
    """Everything that decides, as of the last day. A night sees what was known by then.

    `large`: the night from which exports call a customer large. `large_since`: the day from which it counts as large, by the nights that
    looked (`saw`). `homes`: the territory of a customer, and `home_rules` the rule that says so, where it is not R-territory.
    """

    observations: list[Observation] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    first_seen: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    mortal: frozenset[str] = frozenset()
    branch_records: frozenset[tuple[str, str]] = frozenset()
    rules: list[Rule] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    expires: dict[tuple[str, str], int] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    home_rules: dict[str, str] = field(default_factory=dict)
    policies: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    workers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pooled: dict[tuple[str, str], int] = field(default_factory=dict)
    appointments: list[Appointment] = field(default_factory=list)
    large: dict[str, int] = field(default_factory=dict)
    large_since: dict[str, int] = field(default_factory=dict)

    def saw(self, nights: list[int]) -> None:
        """What these nights saw of sizes: what is seen first reaches back, what is seen later counts from that night."""
        for customer, called in self.large.items():
            seen = [night for night in nights if customer in self.customers(night)]
            grown = [night for night in seen if called <= night]
            if grown:
                self.large_since[customer] = ALWAYS if grown[0] == seen[0] else grown[0]

    def home(self, customer: str) -> str:
        return self.named.get(customer, self.homes.get(customer, "HOME"))

    def in_pool(self, customer: str, night: int) -> bool:
        """Whether a record that the customer has on a night lies in its CRM's pool."""
        own = [m.record for m in self.memberships if m.customer == customer and m.since <= night and (m.to is None or night < m.to)]
        return any(self.pooled.get(record, 10_000) <= night for record in own)

    def customers(self, night: int) -> list[str]:
        """Ids in use on a night."""
        borne = {m.customer for m in self.memberships if m.since <= night and (m.to is None or night < m.to)}
        return sorted(c for c in borne if self.first_seen[c] <= night)


Change = tuple[int, str | None, str | None, str | None]
"""Day, owner, rule, and the record that proves it, as `source:record_id`."""


class Oracle:
    """Who is accountable, worked out day by day."""

    def __init__(self, world: World) -> None:
        """What was seen, and which record is whose, must be all there: it is sorted here, once. Appointments may still come."""
        self.world = world
        self._observations: dict[tuple[str, str], list[Observation]] = {}
        self._memberships: dict[str, list[Membership]] = {}
        self._joined_first: dict[tuple[str, str], int] = {}
        self._in_use: dict[int, frozenset[str]] = {}
        for o in world.observations:
            self._observations.setdefault(o.record, []).append(o)
        for m in world.memberships:
            self._memberships.setdefault(m.customer, []).append(m)
            self._joined_first[m.record] = min(self._joined_first.get(m.record, m.since), m.since)

    def history(self, customer: str, known: int, days: Iterable[int] | None = None) -> list[Change]:
        """The changes of owner of a customer as known on a day; `days`: those on which anything can have changed, None for all."""
        if known not in self._in_use:
            self._in_use[known] = frozenset(self.world.customers(known))
        if customer not in self._in_use[known]:
            return []
        found: list[Change] = []
        standing = [
            a for a in self.world.appointments if a.customer == customer and a.night <= known and (a.gone is None or known < a.gone)
        ]
        is_taken = False
        for day in range(-40, known + 1) if days is None else sorted(day for day in set(days) if day <= known):
            decided = self._accountable(customer, known, day)
            for a in (a for a in standing if a.night <= day):
                is_taken = is_taken or decided[0] is not None
                if not is_taken and (a.ends is None or min(known, day) < a.ends):
                    decided = a.rep, a.rule, None
            if decided is None:
                continue
            # Who was appointed (an owner whom nothing proves) and is then named by a CRM is the same person and another period.
            is_taken_up = bool(found) and found[-1][1] is not None and found[-1][3] is None and decided[2] is not None
            if not found or found[-1][1] != decided[0] or is_taken_up:
                found.append((day, *decided))
        return found

    def days_of_interest(self, customer: str) -> set[int]:
        """The days on which the accountable owner of a customer can have changed."""
        world = self.world
        above = [customer, *self._above(customer)]
        records = {m.record for name in above for m in self._memberships.get(name, ())}
        starts = {o.day for record in records for o in self._observations.get(record, ())}
        ends = {day + rule.days for day in starts for rule in world.rules if rule.days}
        ends |= {day + rule.longest for day in starts for rule in world.rules if rule.longest}
        ends |= {world.expires[record] for record in records if record in world.expires}
        grown = {world.large_since[name] for name in above if name in world.large_since}
        grown |= {a.night for a in world.appointments if a.customer == customer}
        return starts | ends | grown | {world.first_seen[name] for name in above} | {rule.since for rule in world.rules}

    def appointed_on(self, nights: list[int]) -> list[Appointment]:
        """Who is appointed where every one of these nights is recorded and everything comes in time: one customer after the other."""
        there_first, places = frozenset(self.world.customers(nights[0])), {}
        for before, night in pairwise(nights):
            self.appoint(night, there_first, self.held(before), places)
        return self.world.appointments

    def held(self, night: int, days: Callable[[str], Iterable[int] | None] = lambda _: None) -> Counter[str | None]:
        """How many customers each person has at the end of a night. `days`: see history, by customer."""
        histories = (self.history(customer, night, days(customer)) for customer in self.world.customers(night))
        return Counter(history[-1][1] for history in histories if history)

    def appoint(self, night: int, there_first: frozenset[str], loads: Counter[str | None], places: dict[str, str]) -> None:
        """Appoint people on a night to customers that nobody has. `there_first`: ids of the first recorded night; `loads`: who had how
        many on the recorded night before; `places`: territory -> whose turn it was last, and is brought up to date."""
        world, tonight = self.world, []
        there = world.customers(night)
        for place, a in enumerate(world.appointments):
            if a.gone is None and a.customer not in there:
                world.appointments[place] = replace(a, gone=night)
            elif a.gone is None and a.ends is None and world.in_pool(a.customer, night) and not self._ever(a.customer, night):
                world.appointments[place] = replace(a, ends=night)
        for customer in [c for c in there if self._awaits(c, night, there_first)]:
            home = world.home(customer)
            policy, default = world.policies[home]
            eligible = sorted(world.workers.get(home, ())) if policy != "named" else [default]
            if not eligible:
                continue
            dealt = [a.rep for a in tonight if world.home(a.customer) == home]
            rep = eligible[0]
            if policy == "least_loaded":
                rep = min(eligible, key=lambda rep: (loads[rep] + dealt.count(rep), rep))
            if policy == "round_robin":
                rep = next((other for other in eligible if other > places.get(home, "")), eligible[0])
            places[home] = rep
            tonight.append(Appointment(customer=customer, night=night, rep=rep, rule=world.home_rules.get(customer, f"R-{home}")))
        world.appointments += tonight

    def _ever(self, customer: str, known: int) -> bool:
        """Whether anybody was ever seen to own it, as known on a day."""
        return any(claim[2] is not None for claim in self._claims(customer, known))

    def _awaits(self, customer: str, night: int, there_first: frozenset[str]) -> bool:
        world = self.world
        return (
            world.home(customer) in world.policies
            and customer not in there_first
            and not any(a.customer == customer and a.gone is None for a in world.appointments)
            and not world.in_pool(customer, night)
            and not self._ever(customer, night)
            and self._accountable(customer, night, night)[0] is None
        )

    def _claims(self, customer: str, known: int) -> list[tuple[int, int, str | None, str, str]]:
        """First day, first day no longer, person, source and record of every claim."""
        claims = []
        for m in self._memberships.get(customer, ()):
            begins = -1000 if m.since == self._joined_first[m.record] else m.since
            if not (begins <= known and (m.to is None or known < m.to)):
                continue
            seen = self._observations.get(m.record, ())
            by_day = {o.day: o.rep for o in seen if o.known <= known and o.day <= known}
            days = sorted(by_day)
            runs = [day for place, day in enumerate(days) if place == 0 or by_day[day] != by_day[days[place - 1]]]
            for day, end in zip(runs, [*runs[1:], 10_000][: len(runs)], strict=True):
                claims.append((day, end, by_day[day], *m.record))
        return claims

    def _applies(self, rule: Rule, customer: str, day: int) -> bool:
        fits = rule.only is None or customer in rule.only
        fits = fits and (not rule.large or self.world.large_since.get(customer, NEVER) <= day)
        return fits and rule.since <= day and (rule.to is None or day < rule.to)

    def _own(self, customer: str, known: int, day: int) -> tuple[str | None, str | None, int, str | None, int] | None:
        """Owner, rule, its priority, proof, and how many people claim, by the customer's own claims; None before the first of them."""
        world = self.world
        claims = [claim for claim in self._claims(customer, known) if claim[0] <= day]
        if not claims:
            return None
        standing = [claim for claim in claims if day < claim[1]]
        owned = [claim for claim in standing if claim[2] is not None]
        if not owned:
            latest = sorted((claim for claim in standing), key=lambda claim: (-claim[0], claim[3], claim[4]))[0]
            return None, None, 0, f"{latest[3]}:{latest[4]}", 0
        spoken = []
        for claim in owned:
            for rule in world.rules:
                if not self._applies(rule, customer, day):
                    continue
                touches = rule.kind == "first_touch" and day < claim[0] + rule.days
                ends = claim[0] + (rule.days or 0)
                said = self.world.expires.get((claim[3], claim[4]), ends)
                ends = max(ends, min(said, claim[0] + (rule.longest or rule.days or 0)))
                files = rule.kind == "filing" and claim[3] in rule.sources.split("|") and day < ends
                of_team = (
                    rule.kind == "key_account"
                    and world.named.get(customer) == rule.territory
                    and claim[2] in world.teams.get(rule.territory, ())
                )
                if touches or files or of_team:
                    spoken.append((rule.priority, rule.rule_id, claim[0], claim[3], claim[4], claim[2]))
        people = len({claim[2] for claim in owned})
        if spoken:
            best = min(spoken)
            return best[5], best[1], best[0], f"{best[3]}:{best[4]}", people
        is_over = any(rule.kind == "first_touch" and self._applies(rule, customer, day) for rule in world.rules)
        best = sorted(owned, key=lambda claim: (-claim[0] if is_over else claim[0], claim[3], claim[4]))[0]
        return best[2], None, 0, f"{best[3]}:{best[4]}", people

    def _is_branch(self, customer: str) -> bool:
        return any(m.record in self.world.branch_records and m.to is None for m in self._memberships.get(customer, ()))

    def _above(self, customer: str) -> list[str]:
        way = []
        while customer in self.world.parents:
            customer = self.world.parents[customer]
            way.append(customer)
        return way

    def _accountable(self, customer: str, known: int, day: int) -> tuple[str | None, str | None, str | None] | None:
        world = self.world
        claims = self._claims(customer, known)
        begins = min([world.first_seen[customer], *(claim[0] for claim in claims)])
        if day < begins:
            return None
        own = self._own(customer, known, day)
        heard = []
        above = self._above(customer)
        for rule in world.rules:
            if not above or not self._applies(rule, customer, day):
                continue
            companies = [upper for upper in above if not self._is_branch(upper)]
            leader = above[-1] if rule.kind == "headquarters" else None
            if rule.kind == "branch" and self._is_branch(customer) and companies:
                leader = companies[0]
            if leader is None:
                continue
            found = self._own(leader, known, day)
            if found is not None and found[0] is not None:
                heard.append((rule.priority, rule.rule_id, found[0], found[3]))
        if heard:
            priority, rule_id, rep, proof = min(heard)
            if own is None or own[0] is None or own[1] is None or (priority, rule_id) < (own[2], own[1]):
                return rep, rule_id, proof
        if own is None:
            return None, None, None
        is_decided_by_it = own[4] > 1 or (heard and min(heard)[2] != own[0])
        return own[0], own[1] if is_decided_by_it else None, own[3]
