"""The fictional company: a supplier of medical and industrial instruments in China, the United States and Germany.

Here: `invent_company` and `Company`, through which everybody else asks for customers, records, leads, people and faults.
Not here: how each of them is made (plan.py, customers.py, records.py, ownership.py, dealings.py, leads.py), a CRM's export format
(formats/), the company home (home.py), territories and people (organisation.py).

Only the seed and the arguments decide: the same seed gives the same world, on any machine and on any day, and every customer can be
asked for without those before it. So a company of a million customers is never in memory: whoever wants it reads it as it is made.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from ingest.demo.cases import Cases
from ingest.demo.chance import Calendar, day_number
from ingest.demo.customers import Customer, Customers
from ingest.demo.faults import loaded_nights, plan_faults
from ingest.demo.leads import Leads
from ingest.demo.organisation import CALENDAR_START, REPS, TERRITORIES, Rep, Rule, Territory, leaving_days, realigned_on, rules
from ingest.demo.ownership import Days
from ingest.demo.plan import Plans
from ingest.demo.records import PARTS, Records
from ingest.demo.world import SYSTEMS, Fault, Lead, Record
from ingest.errors import HomeInvalid

MIN_CUSTOMERS, MAX_CUSTOMERS, MAX_NIGHTS = 20, 1_000_000, 366
MOST_CHANGES = 0.15
"""No more than this share of a system's customers changes hands between two loaded nights: at a fifth a guard would hold the day."""
KEPT_CUSTOMERS = 10_000  # 2026-11-22: the records of one system of a company of this size are 60 MB, and are read a hundred times
_COUNTED_CUSTOMERS = 20_000  # among more customers shares are what they are meant to be, and need no look
_HISTORY = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Company:
    """The whole world, as of the last night. `nights` are the days that exports describe, oldest first."""

    name: str
    nights: tuple[date, ...]
    seed: int
    customer_count: int
    territories: tuple[Territory, ...]
    reps: tuple[Rep, ...]
    rules: tuple[Rule, ...]
    realigned_on: date
    faults: tuple[Fault, ...]
    cases: Cases = field(repr=False, compare=False)
    _plans: Plans = field(repr=False, compare=False)
    _customers: Customers = field(repr=False, compare=False)
    _kept: dict = field(default_factory=dict, repr=False, compare=False)

    def customers(self) -> Iterator[Customer]:
        """Every customer as it truly is, by number."""
        return (self._customers.customer(self._plans.plan(number)) for number in range(self.customer_count))

    def records(self, system: str, parts: frozenset[str] = PARTS) -> Iterator[Record]:
        """Every record that ever stood in a system up to the last night, by number (ascending, with gaps; up to 4 x customers).

        Pure and repeatable. Fields that are not in `parts` may be empty; what is there is the same whatever `parts` says, and
        without parts it takes half the time. A record stands in a night's export if it was made by that night's end.
        """
        if self.customer_count > KEPT_CUSTOMERS:
            return self._made(system).each(parts, self._calm(system))
        # Of a small company the records of the system asked for last are kept: each night's exports ask again.
        if self._kept.get("system") != system:
            self._kept["records"] = tuple(self._made(system).each(PARTS, self._calm(system)))
            self._kept["system"] = system
        return iter(self._kept["records"])

    def territory_and_rule(self, customer_number: int) -> tuple[str, str]:
        """Where a customer belongs on the last night, and the rule that says so."""
        plan = self._plans.plan(customer_number)
        return plan.territory_id, plan.rule_id

    def leads(self, system: str) -> Iterator[Lead]:
        """Every lead that ever stood in a system, by number (ascending, with gaps). None in jiandaoyun."""
        leads = Leads(system, self._plans, self._customers, self.calendar(system), self._days())
        if self.customer_count > KEPT_CUSTOMERS:  # one record in seven is enough
            return leads.each(self._made(system).each(frozenset(), self._calm(system), leads.has_lead))
        return leads.each(self.records(system))

    def users(self, system: str) -> tuple[Rep, ...]:
        """The people who have a user in a system, by rep_id. A manager need not have one: then the export names nobody."""
        return tuple(rep for rep in self.reps if system in rep.systems)

    def leaves(self, rep_id: str) -> date | None:
        """The first day without a person, None for those who stay: on that night the user is inactive in every system."""
        return leaving_days(self.nights).get(rep_id)

    def territory_on(self, territory_id: str | None, night: date) -> str | None:
        """What a record's `territory_id` was on a night: before the realignment the centre of China was part of its south."""
        return "CHINA-SOUTH" if territory_id == "CHINA-CENTRAL" and night < self.realigned_on else territory_id

    def loaded_nights(self, system: str) -> tuple[date, ...]:
        """The nights whose export of a system is whole and so is loaded."""
        return loaded_nights(self.nights, self.faults, system)

    def calendar(self, system: str) -> Calendar:
        """The days of a system's zone."""
        calendars = self._kept.setdefault("calendars", {})
        if system not in calendars:
            calendars[system] = Calendar(SYSTEMS[system], self.nights[-1])
        return calendars[system]

    def _days(self) -> Days:
        return Days(nights=self.nights, faults=self.faults, leaving=leaving_days(self.nights), new_cut=self.realigned_on)

    def _made(self, system: str) -> Records:
        users = tuple(rep.rep_id for rep in self.users(system) if rep.role == "owner" and self.leaves(rep.rep_id) is None)
        return Records(system, self._plans, self._customers, self.calendar(system), self._days(), users, self.cases)

    def _calm(self, system: str) -> frozenset[tuple[int, int]]:
        """Changes of owner (record number, day) that are left out, lest too many of a small system's customers change hands at once."""
        if self.customer_count > _COUNTED_CUSTOMERS:
            return frozenset()
        calm = self._kept.setdefault("calm", {})
        if system not in calm:
            calm[system] = self._too_many(system)
        return calm[system]

    def _too_many(self, system: str) -> frozenset[tuple[int, int]]:
        loaded = [day_number(night) for night in self.loaded_nights(system)]
        spans = [(record.number, record.owners, record.created_at) for record in self._made(system).each(frozenset(), frozenset())]
        changes: dict[int, list[tuple[int, int]]] = {}  # loaded night that first shows it -> record, day
        standing: Counter[int] = Counter()
        calendar = self.calendar(system)
        for number, owners, created_at in spans:
            made = calendar.day(created_at)
            standing.update(night for night in loaded if night >= made)
            for span in owners[1:]:
                day = calendar.day(span.since)
                shown = next((night for night in loaded if night >= day), None)
                if shown is not None and shown > loaded[0]:
                    changes.setdefault(shown, []).append((number, day))
        found: set[tuple[int, int]] = set()
        for shown, ones in sorted(changes.items()):
            earlier = loaded[loaded.index(shown) - 1]
            most = int(standing[earlier] * MOST_CHANGES)
            records = sorted({number for number, _ in ones})
            dropped = set(records[most:])
            found |= {(number, day) for number, day in ones if number in dropped}
        return frozenset(found)


def invent_company(*, customers: int, nights: int, seed: int, last_night: date) -> Company:
    """A world with that many customers. Cheap: what is asked of it is made when it is asked for. Raises HomeInvalid out of range."""
    if not MIN_CUSTOMERS <= customers <= MAX_CUSTOMERS:
        raise HomeInvalid(
            f"HomeInvalid: a demo has {MIN_CUSTOMERS} to {MAX_CUSTOMERS:,} customers, not {customers}. Ask for another number."
        )
    if not 1 <= nights <= MAX_NIGHTS:
        raise HomeInvalid(f"HomeInvalid: a demo has 1 to {MAX_NIGHTS} nights, not {nights}. Ask for another number.")
    if last_night - timedelta(days=nights) < CALENDAR_START + _HISTORY:
        raise HomeInvalid(
            f"HomeInvalid: {nights} nights up to {last_night} leave less than {_HISTORY.days} days of history after {CALENDAR_START}, "
            "on which the demo's calendar starts. Ask for fewer nights or a later last night."
        )
    days = tuple(last_night - timedelta(days=back) for back in reversed(range(nights)))
    plans = Plans(seed, customers)
    made = Customers(seed, plans)
    cases = Cases(plans, made, days)
    new_cut = realigned_on(days)
    return Company(
        name="Halvane Instruments",
        nights=days,
        seed=seed,
        customer_count=customers,
        territories=TERRITORIES,
        reps=REPS,
        rules=rules(tuple(made.customer(plans.plan(number)).name for number in sorted(plans.named)), new_cut),
        realigned_on=new_cut,
        faults=plan_faults(days, plans.count_some()),
        cases=cases,
        _plans=plans,
        _customers=made,
    )
