"""What goes on with a customer in one CRM: people, deals, activities, orders and payments, and who works on it beside the owner.

Here: inventing these parts of a record; each from a salt of its own, so that one can be had without the others.
Not here: the record itself (records.py), its owners (ownership.py).
"""

from datetime import datetime
from math import exp
from typing import NamedTuple

from ingest.demo.chance import WORKING_SECONDS, Calendar, Chance, chances, day_of, mix
from ingest.demo.ownership import Life
from ingest.demo.plan import Plan, Plans
from ingest.demo.words import DEAL_NAMES, GIVEN_NAMES, LATIN_NAMES, SUBJECTS, SURNAMES, TITLES
from ingest.demo.world import Activity, Contact, Deal, Member, Order, OwnerSpan, Payment

AMOUNT_PER_UNIT = {"CNY": 1.0, "USD": 7.0, "EUR": 8.0}
"""About how many yuan one unit is worth: for sizes of deals, not for accounting."""
SHARED = 12  # one in so many records has somebody beside its owner, every second of them with an agreed share
SHARES = (0.2, 0.3, 0.4)
_HOW_MANY = {"contacts": (0, 1, 1, 2, 3), "deals": (0, 0, 1, 1, 2, 3), "activities": (0, 0, 1, 2, 2, 4), "orders": (1, 1, 2, 2, 3, 4)}
_KINDS = ("call", "call", "visit", "meeting", "task", "email")
_WON, _NAMELESS = 0.45, 0.05  # shares of deals; 2026-11-21
# One number for each thing within its system: that of its record times the most there can be of it.
_MOST_CONTACTS, _MOST_DEALS, _MOST_ACTIVITIES, _MOST_ORDERS, _MOST_PAYMENTS = 4, 4, 8, 8, 4


class Subject(NamedTuple):
    """The record that something goes on with."""

    plan: Plan
    life: Life
    name: str
    phone: str
    website: str
    currency: str
    owners: tuple[OwnerSpan, ...]


class Dealings:
    """The parts of the records of one system, by random access."""

    def __init__(self, system: str, plans: Plans, calendar: Calendar, last_day: int, users: tuple[str, ...]) -> None:
        self._calendar, self._last, self._users = calendar, last_day, users
        self._salts = {part: plans.salt(f"{part} {system}") for part in (*_HOW_MANY, "members")}

    def contacts(self, subject: Subject) -> tuple[Contact, ...]:
        """The people known at the customer (联系人)."""
        random, count = self._start("contacts", subject.life.number)
        country, host = subject.plan.country, subject.website.partition("www.")[2].strip("/")
        surnames, given, titles = SURNAMES[country], GIVEN_NAMES[country], TITLES[country]
        found = []
        for place in range(count):
            last, first = surnames[int(random() * len(surnames))], given[int(random() * len(given))]
            moment = self._moment(subject.life.created_day, self._last, random)
            login = LATIN_NAMES.get(last) or f"{first}.{last}".lower()
            number = subject.life.number * _MOST_CONTACTS + place
            found.append(
                Contact(
                    number=number,
                    name=f"{last}{first}" if country == "CN" else f"{first} {last}",
                    title=titles[int(random() * len(titles))] if random() < 0.8 else "",
                    phone=subject.phone if random() < 0.4 else "",
                    email=f"{login}{number % 97}@{host}" if host and random() < 0.7 else "",
                    created_at=max(moment, subject.life.created_at),
                )
            )
        return tuple(found)

    def deals(self, subject: Subject) -> tuple[Deal, ...]:
        """Deals (商机), open, won and lost."""
        random, count = self._start("deals", subject.life.number)
        words, found = DEAL_NAMES[subject.plan.country], []
        for place in range(count):
            opened = self._day(subject.life.created_day + 1, random)
            if opened is None:
                continue
            moment = self._calendar.moment(opened, int(random() * WORKING_SECONDS))
            amount = 110_000 * exp(1.8 * (random() + random() + random() - 1.5)) / AMOUNT_PER_UNIT[subject.currency]
            found.append(
                Deal(
                    number=subject.life.number * _MOST_DEALS + place,
                    name=f"{subject.name.strip()} - {words[int(random() * len(words))]}",
                    rep_id=_rep_then(subject.owners, moment),
                    amount=max(500, round(amount / 100) * 100),
                    opened_at=moment,
                    decided_on=day_of(opened + 5 + int(random() * 235)),
                    is_won=random() < _WON,
                    names_account=random() >= _NAMELESS,
                )
            )
        return tuple(found)

    def activities(self, subject: Subject) -> tuple[Activity, ...]:
        """Calls, visits and whatever else was done about the customer (跟进)."""
        random, count = self._start("activities", subject.life.number)
        subjects, found = SUBJECTS[subject.plan.country], []
        for place in range(count):
            kind = _KINDS[int(random() * len(_KINDS))]
            moment = self._moment(subject.life.created_day, self._last, random)
            moment = max(moment, subject.life.created_at)
            what = subjects[kind]
            found.append(
                Activity(
                    number=subject.life.number * _MOST_ACTIVITIES + place,
                    kind=kind,
                    subject=what[int(random() * len(what))],
                    rep_id=_rep_then(subject.owners, moment),
                    happened_at=moment,
                )
            )
        return tuple(found)

    def orders(self, subject: Subject) -> tuple[Order, ...]:
        """Orders (订单), each with the payments (回款) that came in up to the last night."""
        random, count = self._start("orders", subject.life.number)
        found = []
        for place in range(count):
            ordered = self._day(subject.life.created_day, random)
            if ordered is None:
                continue
            number = subject.life.number * _MOST_ORDERS + place
            amount = max(1_000, round(800 * exp(1.8 * (random() + random() + random() - 1.5))) * 100)
            paid, payments = 0, []
            for part in range(int(random() * _MOST_PAYMENTS)):
                day = ordered + 10 + int(random() * 120)
                share = amount - paid if random() < 0.4 else (amount - paid) // 2
                if day > self._last or share <= 0:
                    break
                paid += share
                payments.append(Payment(number=number * _MOST_PAYMENTS + part, amount=share, paid_on=day_of(day)))
            rep_id = _rep_then(subject.owners, self._calendar.moment(ordered, WORKING_SECONDS - 1))
            found.append(Order(number=number, rep_id=rep_id, amount=amount, ordered_on=day_of(ordered), payments=tuple(payments)))
        return tuple(found)

    def members(self, subject: Subject) -> tuple[Member, ...]:
        """Who works on the record beside its owner (相关团队), with a share of the credit where one was agreed."""
        mixed = mix(self._salts["members"] + subject.life.number)
        if subject.life.copy or subject.plan.walks_in or mixed % SHARED:
            return ()
        owners = {span.rep_id for span in subject.owners}
        others = [rep for rep in self._users if rep not in owners]
        ratio = SHARES[(mixed >> 20) % len(SHARES)] if mixed >> 30 & 1 else 0.0
        return tuple(Member(rep_id=rep, can_write=ratio > 0, share_ratio=ratio) for rep in others[(mixed >> 8) % (len(others) or 1) :][:1])

    def _start(self, part: str, number: int) -> tuple[Chance, int]:
        """The chances of one part of one record, and how many of it there are."""
        mixed, counts = mix(self._salts[part] + number), _HOW_MANY[part]
        count = counts[(mixed >> 33) % len(counts)]
        return chances(mixed) if count else _nothing, count

    def _day(self, first: int, random: Chance) -> int | None:
        """A day from the first to the last night, None where there is none."""
        return first + int(random() * (self._last - first + 1)) if first <= self._last else None

    def _moment(self, first: int, last: int, random: Chance) -> datetime:
        return self._calendar.moment(first + int(random() * (last - first + 1)), int(random() * WORKING_SECONDS))


def _nothing() -> float:
    return 0.0


def _rep_then(owners: tuple[OwnerSpan, ...], moment: datetime) -> str:
    """Whose the record was at a moment; of a record in the pool, whose it was before. Empty where nobody ever was."""
    found = owners[0].rep_id
    for span in owners[1:]:
        if span.since > moment:
            break
        found = span.rep_id or found
    return found or ""
