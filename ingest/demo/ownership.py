"""Who owned which record when: first owners, hand-overs, the realignment, the public pool and everyday changes.

Here: the spans of one record, from its system, its customer's plan and its life; who may sell to whom on a day.
Not here: what an observer of the exports can know of it (truth.py), how a CRM writes it (formats/).

Systems that keep a history of owners may show any change. Of the others only the difference between two nights shows one:
there a record changes hands at most once a day, on nights that are loaded, and never before the second.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ingest.demo.chance import WORKING_SECONDS, Calendar, day_number, mix
from ingest.demo.faults import loaded_nights
from ingest.demo.organisation import CHANNEL_MANAGERS, DESKS, REP_BY_ID, is_long
from ingest.demo.plan import FILED, SERVED_FROM_SOUTH_IN_20, Plan, Plans
from ingest.demo.words import OWNER_REASONS
from ingest.demo.world import Fault, OwnerSpan

NATIVE_HISTORY = ("salesforce", "zoho", "fxiaoke")
"""Systems that export when an owner changed; of the others only differences between nights tell."""
POOLED = ("fxiaoke", "neocrm")
"""Systems with a public pool (公海)."""
IN_POOL = 8  # one in so many records of a pooled system goes through the pool; 2026-11-22
PING_PONG = 4  # of these one in so many goes there twice, between the same two people
HANDOVER_NIGHTS = 5  # over so many nights a leaver's customers are handed over, as far as there are
FILED_BY_OTHERS_IN_5 = 2  # of five filings so many are by somebody else than the owner in the CRM
_FORGOTTEN = 20  # one in so many of a leaver's records stays with them
_CHURN_OF_HISTORY = 80  # of 256 records so many change hands at some time, where the history tells
_CHURN_A_NIGHT, _MOST_CHURN = 0.004, 0.3  # share of records a night, and at most in all nights
_UNATTENDED_NIGHTS = 3  # so many loaded nights pass until the ERP names somebody for a customer that came by itself
_FIRST_PEACE = 15  # days after it was made in which nobody takes a record over


class Life(NamedTuple):
    """When a record was made and, where it ends, the day on which it is deleted. Days are counted from CALENDAR_START."""

    number: int
    copy: int
    created_day: int
    created_at: datetime
    gone_day: int | None


class _Change(NamedTuple):
    day: int
    second: int
    action: str
    by_chance: int
    leaver: str = ""


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days that matter for ownership, counted from CALENDAR_START."""

    nights: tuple[date, ...]
    faults: tuple[Fault, ...]
    leaving: dict[str, date]
    new_cut: date


class Ownership:
    """Spans of ownership of one system's records. `calm`: (record number, day) of changes that are left out."""

    def __init__(self, system: str, plans: Plans, calendar: Calendar, days: Days, calm: frozenset[tuple[int, int]]) -> None:
        self.system, self._plans, self._calendar, self._calm = system, plans, calendar, calm
        self._salt = plans.salt(f"owners {system}")
        self._first, self._last = day_number(days.nights[0]), day_number(days.nights[-1])
        self._seen = [day_number(night) for night in loaded_nights(days.nights, days.faults, system)][1:]
        self._cut = day_number(days.new_cut)
        self._is_long = is_long(days.nights)
        self._leaving = {rep: day_number(day) for rep, day in days.leaving.items() if system in REP_BY_ID[rep].systems}
        self._handovers = {rep: [d for d in self._seen if d <= day][-HANDOVER_NIGHTS:] for rep, day in self._leaving.items()}
        # From the first night of the hand-over on a leaver gets nothing new.
        self._ending = {rep: min([*days_, self._leaving[rep]]) for rep, days_ in self._handovers.items()}
        self._desks = {desk: self._desk(desk) for desk in DESKS}

    def spans(self, plan: Plan, life: Life) -> tuple[OwnerSpan, ...]:
        """Who owned a record from when on, first owner first."""
        mixed = mix(self._salt + life.number)
        # Most people own a customer in every CRM it stands in; the chance is then the customer's, and not the record's.
        chance = plan.chance if mixed & 7 < 5 and life.copy == 0 else mixed
        owner: str | None = self._pick(self._desk_on(plan, life.created_day), chance >> 16, life.created_day, "")
        if self.system == "jiandaoyun" and (plan.rank // FILED) % 5 < FILED_BY_OTHERS_IN_5:
            owner = CHANNEL_MANAGERS[mixed >> 40 & 1]
        if plan.walks_in:
            owner = None
        spans = [OwnerSpan(since=life.created_at, rep_id=owner, action="created", actor=owner)]
        changes = self._planned(plan, life, mixed)
        if changes:
            self._apply(sorted(changes), spans, plan, life)
        return tuple(spans)

    def _desk(self, desk: str) -> tuple[str, ...]:
        """Users of the system who sell at a desk, each as often as they have customers; the country's head where nobody has a user."""
        found = [rep for rep, weight in DESKS[desk] for _ in range(weight) if self.system in REP_BY_ID[rep].systems]
        heads = [head for head in ("E1002", "E1003", "E1004") if self.system in REP_BY_ID[head].systems]
        return tuple(found or [_head_of(desk, heads)])

    def _desk_on(self, plan: Plan, day: int) -> str:
        """Which desk sells to a customer on a day. Until the realignment much of China's centre is the south's."""
        if plan.territory_id != "CHINA-CENTRAL" or day >= self._cut:
            return plan.territory_id
        return "CHINA-SOUTH" if self._is_from_south(plan) else "CHINA-CENTRAL"

    def _is_from_south(self, plan: Plan) -> bool:
        return (plan.city_rank * 7 + self._plans.salt("south")) % 20 < SERVED_FROM_SOUTH_IN_20

    def _pick(self, desk: str, chance: int, day: int, but: str | None) -> str:
        """Somebody at a desk who stays, and is not `but` if there is anybody else."""
        people = self._desks[desk]
        rep = people[(chance & 0xFFFF) * len(people) >> 16]
        if rep != but and day < self._ending.get(rep, day + 1):
            return rep
        others = [rep for rep in people if rep != but and day < self._ending.get(rep, day + 1)]
        return others[(chance >> 5 & 0xFFFF) * len(others) >> 16] if others else but or people[0]

    def _planned(self, plan: Plan, life: Life, mixed: int) -> list[_Change]:
        """What is to happen, in no order; some of it will find nobody to happen to."""
        if plan.walks_in:
            return self._taken_up(life, mixed)
        changes: list[_Change] = []
        from_south = plan.territory_id == "CHINA-CENTRAL" and self.system != "jiandaoyun" and self._is_from_south(plan)
        if from_south and life.created_day < self._cut and (self.system in NATIVE_HISTORY or self._is_long):
            changes.append(_Change(self._cut, mixed >> 30 & 0x3FFF, "realigned", mixed >> 13))
        elif (
            self.system in POOLED
            and life.copy == 0
            and not plan.is_named
            and self._plans.once_in(f"pool {self.system}", plan.rank, IN_POOL)
        ):
            changes += self._through_pool(plan, life, mixed)
        elif self.system in NATIVE_HISTORY and mixed >> 56 < _CHURN_OF_HISTORY:
            length = self._last - life.created_day - _FIRST_PEACE
            if length > 0:
                day = life.created_day + _FIRST_PEACE + 1 + (mixed >> 20 & 0xFFFF) * length // 65_536
                changes.append(_Change(day, mixed >> 8 & 0x7FFF, "assigned", mixed >> 3))
        elif self._seen and (mixed >> 48 & 0xFFFF) < 65_536 * min(_MOST_CHURN, _CHURN_A_NIGHT * len(self._seen)):
            day = self._seen[(mixed >> 20 & 0xFFFF) * len(self._seen) >> 16]
            changes.append(_Change(day, mixed >> 8 & 0x7FFF, "assigned", mixed >> 3))
        for rep, nights in self._handovers.items():
            if rep in self._desks[plan.territory_id] and nights and mixed % _FORGOTTEN:
                changes.append(_Change(nights[(mixed >> 9) % len(nights)], 12_000, "handed_over", mixed >> 3, rep))
        return changes

    def _taken_up(self, life: Life, mixed: int) -> list[_Change]:
        """Of every two that came by themselves one is entered as somebody's, some nights later."""
        nights = [day for day in self._seen if day > life.created_day][_UNATTENDED_NIGHTS:]
        return [_Change(nights[0], mixed >> 8 & 0x3FFF, "claimed", mixed >> 7)] if nights and mixed >> 45 & 1 else []

    def _through_pool(self, plan: Plan, life: Life, mixed: int) -> list[_Change]:
        """Into the pool and out again: at times on the same day, at times back and forth between two people, at times not out."""
        native, start = self.system in NATIVE_HISTORY, life.created_day + _FIRST_PEACE
        days = range(start, self._last + 1) if native else [day for day in self._seen if day > start]
        if not days:
            return []
        place, kind = (mixed >> 20 & 0xFFFF) * len(days) >> 16, plan.rank // IN_POOL
        twice = kind % PING_PONG == 0
        if twice:
            place = place * 2 // 3
        gap = 1 + (mixed >> 36 & 7)
        same_day = native and kind % PING_PONG == 1
        left = "returned" if mixed >> 39 & 1 else "retaken"
        changes = [_Change(days[place], mixed >> 8 & 0x3FFF, left, mixed)]
        claim = place if same_day else place + gap
        if claim < len(days):
            second = WORKING_SECONDS // 2 + 500 + (mixed >> 11 & 0x1FFF)
            changes.append(_Change(days[claim], second, "claimed", mixed >> 7))
            if twice and claim + 2 * gap < len(days):
                changes.append(_Change(days[claim + gap], 9_000, "returned", mixed))
                changes.append(_Change(days[claim + 2 * gap], 21_000, "claimed", mixed >> 7))
        return changes

    def _apply(self, changes: list[_Change], spans: list[OwnerSpan], plan: Plan, life: Life) -> None:
        before, last_day = None, life.created_day
        for change in changes:
            owner, day = spans[-1].rep_id, change.day
            if day <= life.created_day or day > self._last or (life.gone_day is not None and day >= life.gone_day):
                continue
            from_pool_at_once = day == last_day and change.action == "claimed" and self.system in NATIVE_HISTORY
            if (day == last_day and not from_pool_at_once) or (life.number, day) in self._calm:
                continue
            found = self._next_owner(change, owner, before, plan)
            if found == owner:
                continue
            moment = self._calendar.moment(day, change.second % WORKING_SECONDS)
            if moment <= spans[-1].since:
                continue
            spans.append(self._span(moment, found, owner, change))
            before, last_day = owner or before, day

    def _next_owner(self, change: _Change, owner: str | None, before: str | None, plan: Plan) -> str | None:
        """Who owns the record after a change; whoever owned it before where the change does not concern it."""
        action, day = change.action, change.day
        if action in ("returned", "retaken"):
            return None
        if action == "claimed":
            return owner if owner is not None else self._pick(self._desk_on(plan, day), change.by_chance, day, before)
        if owner is None or (action == "handed_over" and owner != change.leaver):
            return owner
        if action == "realigned" and owner not in self._desks["CHINA-SOUTH"]:
            return owner
        # Until the realignment a colleague of the same desk takes over.
        return self._pick(self._desk_on(plan, day), change.by_chance, day, owner)

    def _span(self, moment: datetime, rep: str | None, owner: str | None, change: _Change) -> OwnerSpan:
        reasons = OWNER_REASONS[change.action]
        actor = {"claimed": rep, "returned": owner, "retaken": None, "realigned": "E1002"}.get(change.action, "manager")
        if actor == "manager":
            actor = REP_BY_ID[rep or owner or ""].manager
        if actor is not None and self.system not in REP_BY_ID[actor].systems:
            actor = rep
        reason = reasons[change.by_chance % len(reasons)]
        return OwnerSpan(since=moment, rep_id=rep, action=change.action, actor=actor, reason=reason)


def _head_of(desk: str, heads: list[str]) -> str:
    """The head of the desk's country who has a user, or any head who has."""
    wanted = {"CHINA": "E1002", "US": "E1003", "GERMANY": "E1004"}[desk.split("-", maxsplit=1)[0]]
    return wanted if wanted in heads else heads[0]
