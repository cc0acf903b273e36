"""Leads (线索) of one CRM: people who may become customers, and those who did.

Here: inventing them, with owners. Not here: a CRM's format (formats/).

A lead belongs to a customer's place in the world: it became that customer's record (converted), or it is a company in the same city
that never did. Leads go through the pool in the systems that have one.
"""

from collections.abc import Iterator
from datetime import timedelta

from ingest.demo.chance import WORKING_SECONDS, Calendar, chances, day_number, mix
from ingest.demo.customers import Customers
from ingest.demo.organisation import DESKS, REP_BY_ID
from ingest.demo.ownership import POOLED, Days
from ingest.demo.plan import Plan, Plans
from ingest.demo.records import COPIES
from ingest.demo.words import GIVEN_NAMES, LEAD_SOURCES, OWNER_REASONS, SURNAMES
from ingest.demo.world import Lead, OwnerSpan, Record

WITH_LEADS = ("salesforce", "zoho", "fxiaoke", "neocrm", "yonyou")
ONE_IN = 7  # one in so many customers of a system has a lead beside it; 2026-11-22
_CONVERTED_IN = 3  # of which one in so many was converted
_RETURNED_IN = 4  # of the others one in so many went back into the pool
_COUNTRIES = {"CN": "中国", "US": "United States", "DE": "Germany"}


class Leads:
    """All leads of one system, made one at a time."""

    def __init__(self, system: str, plans: Plans, customers: Customers, calendar: Calendar, days: Days) -> None:
        self.system, self._plans, self._customers, self._calendar = system, plans, customers, calendar
        self._last = day_number(days.nights[-1])
        self._leaving = {rep: day_number(day) for rep, day in days.leaving.items()}
        self._salt = plans.salt(f"leads {system}")

    def each(self, records: Iterator[Record]) -> Iterator[Lead]:
        """Every lead by number. `records`: those of the system, without parts, of customers that have a lead at least."""
        for record in records if self.system in WITH_LEADS else ():
            if record.number % COPIES != 1 or not self.has_lead(record.customer_number):
                continue
            plan = self._plans.plan(record.customer_number)
            if not plan.hides_place:
                yield self._lead(plan, record)

    def has_lead(self, customer_number: int) -> bool:
        """Whether there may be a lead beside a customer."""
        return mix(self._salt + customer_number) % ONE_IN == 0

    def _lead(self, plan: Plan, record: Record) -> Lead:
        mixed = mix(self._salt ^ record.number)
        random = chances(mixed)
        country, city = plan.country, plan.city
        made_day = (mixed >> 20 & 0xFFFF) * (self._last + 1) >> 16
        created_at = self._calendar.moment(made_day, int(random() * WORKING_SECONDS))
        converted = mixed % _CONVERTED_IN == 0
        if converted:  # a lead comes before its record
            created_at = record.created_at - timedelta(hours=2)
            company_name = record.short_name or record.name
        else:
            _, company_name, _ = self._customers.brand_name(plan, self._plans.customers + plan.rank, int(random() * 2), random(), False)
        name = (SURNAMES[country][int(random() * len(SURNAMES[country]))], GIVEN_NAMES[country][int(random() * len(GIVEN_NAMES[country]))])
        first = self._seller(plan, record, mixed, made_day) if not converted else record.owners[0].rep_id or ""
        owners = (OwnerSpan(since=created_at, rep_id=first, action="created", actor=first),)
        if not converted:
            owners += self._returned(owners[0], made_day, mixed, plan)
        return Lead(
            system=self.system,
            number=record.number,
            name="".join(name) if country == "CN" else f"{name[1]} {name[0]}",
            company_name=company_name,
            phone=record.phone if converted else "",
            email=f"contact{record.number}@lead{record.number}.example" if random() < 0.6 else "",
            city=city.names[0],
            region=city.regions[0],
            country=_COUNTRIES[country],
            source=LEAD_SOURCES[int(random() * len(LEAD_SOURCES))],
            created_at=created_at,
            owners=owners,
            converted_to=record.number if converted else None,
            converted_at=record.created_at if converted else None,
        )

    def _seller(self, plan: Plan, record: Record, mixed: int, day: int) -> str:
        people = [
            rep
            for rep, _ in DESKS[plan.territory_id]
            if self.system in REP_BY_ID[rep].systems and day < self._leaving.get(rep, self._last + 1)
        ]
        return people[(mixed >> 11) % len(people)] if people else record.owners[0].rep_id or ""

    def _returned(self, first: OwnerSpan, made_day: int, mixed: int, plan: Plan) -> tuple[OwnerSpan, ...]:
        """Back into the pool, and out again to somebody else of the desk."""
        back, out = made_day + 10 + (mixed >> 40) % 20, made_day + 32 + (mixed >> 45) % 20
        if self.system not in (*POOLED, "yonyou") or (mixed >> 8 & 0xFF) >= 256 // _RETURNED_IN or back > self._last:
            return ()
        reasons = OWNER_REASONS["returned"]
        moment = self._calendar.moment(back, 5_000)
        spans = [OwnerSpan(since=moment, rep_id=None, action="returned", actor=first.rep_id, reason=reasons[mixed % len(reasons)])]
        others = [
            rep
            for rep, _ in DESKS[plan.territory_id]
            if rep != first.rep_id and self.system in REP_BY_ID[rep].systems and out < self._leaving.get(rep, self._last + 1)
        ]
        if others and out <= self._last:
            rep = others[(mixed >> 50) % len(others)]
            spans.append(OwnerSpan(since=self._calendar.moment(out, 9_000), rep_id=rep, action="claimed", actor=rep))
        return tuple(spans)
