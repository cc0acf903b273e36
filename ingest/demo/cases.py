"""The few customers of whom no machine can know who is who: what people typed about them, and what people found out later.

Here: which customers these are, what stands in their records, and the rows of judgements.csv. Not here: everything that happens to many
customers (plan.py, records.py), writing files (home.py).

Only in demos long enough for something to be found out: half of the nights pass, then the data steward looks (数据管家). What is true never
changes; what changes is what the records say, and what people said of them.

    sisters    two companies behind one door: one name, one telephone, one address in two CRMs. Any resolver takes them for one, until the
               steward says `different`: the customer splits.
    renamed    one company, in one CRM under its former name, telephone and street. Nothing joins them, until the steward says `same`.
    merged     the same within Salesforce, where somebody merges the two records one night.
    mistaken   a record was filled in with the data of a neighbour and goes with it, until somebody corrects it one night.
    office     two companies opened a joint sales office, of which each has a record in another CRM: a third customer, until the steward
               says whose each record is. No company is left under the office's id: it is retired, its records go two ways.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ingest.demo.chance import day_number
from ingest.demo.customers import Customer, Customers
from ingest.demo.organisation import is_long
from ingest.demo.places import COUNTRY_SPELLINGS, City
from ingest.demo.plan import GROUP_BLOCK, SHARED_PHONE, Plan, Plans
from ingest.demo.words import STREETS

STEWARD = "Selma Tidewell"
"""Who answers for the judgements; invented as everybody else."""
COLUMNS = (
    "left_source", "left_record_id", "right_source", "right_record_id", "verdict", "customer_id", "judged_by", "judged_on", "reason",
)  # fmt: skip
"""Header of judgements.csv."""
TRUTH_COLUMNS = ("case_number", "kind", "source", "record_id", "customer_number", "happens_on", "what")
"""Header of truth/cases.csv."""

_CRMS = {"CN": ("fxiaoke", "neocrm"), "US": ("salesforce", "zoho"), "DE": ("zoho", "salesforce")}
"""Where the country's customers stand, and where else some do."""
_WANTED = (  # kind and country of each case; one in so many customers would be too many for what is rare
    ("sisters", "CN"), ("sisters", "US"), ("sisters", "DE"), ("renamed", "CN"), ("renamed", "US"), ("renamed", "DE"),
    ("merged", "US"), ("merged", "US"), ("mistaken", "CN"), ("mistaken", "US"), ("office", "CN"), ("office", "CN"),
)  # fmt: skip
_COMPANIES = {"sisters": 2, "renamed": 1, "merged": 1, "mistaken": 2, "office": 2}
_FORMER = 2  # ranks of brands from so many times all customers on are nobody's and no lead's
_WHAT = {
    "sisters": "Two companies with one name, telephone and address.",
    "renamed": "One company, in one CRM under its former name.",
    "merged": "One company under two names, merged in its CRM.",
    "mistaken": "Filled in with a neighbour's data, and corrected.",
    "office": "The joint sales office of two companies, once for each.",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """`companies`: the numbers of the customers it is about, one or two."""

    number: int
    kind: str
    companies: tuple[int, ...]
    country: str

    def shapes(self) -> Iterator[tuple[int, tuple[str, ...], tuple[int, ...]]]:
        """Each company with its systems, and how often it stands in each."""
        main, other = _CRMS[self.country]
        first, last = self.companies[0], self.companies[-1]
        if self.kind == "sisters":
            yield from ((first, (main,), (1,)), (last, (other,), (1,)))
        elif self.kind == "renamed":
            yield first, (main, other), (1, 1)
        elif self.kind == "merged":
            yield first, (main,), (2,)
        else:
            yield first, (main, other), (1, 1)
            yield (last, (main,), (1,)) if self.kind == "mistaken" else (last, (main, "jiandaoyun"), (1, 1))


class Place(NamedTuple):
    """One record of a company: the CRM, the company's number, which copy."""

    system: str
    customer: int
    copy: int = 0


class _Sign(NamedTuple):
    """What stands on a door."""

    name: str
    street: str
    phone: str
    website: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the steward said of two records."""

    left: Place
    right: Place
    verdict: str
    reason: str


class Cases:
    """All cases of one world; none where the nights are few. Plans and customers are told what they must know of them."""

    def __init__(self, plans: Plans, customers: Customers, nights: tuple[date, ...]) -> None:
        self.all = tuple(sorted(_find(plans), key=lambda case: case.number)) if is_long(nights) else ()
        if not self.all:
            return
        plans.place({number: (systems, copies) for case in self.all for number, systems, copies in case.shapes()})
        customers.sisters |= {case.companies[1]: case.companies[0] for case in self.all if case.kind == "sisters"}
        self._plans, self._customers = plans, customers
        self.first_look = nights[len(nights) // 2 - 1]
        """The night to refresh as of first: whoever does sees later what people found out in between."""
        self.judged_on = nights[len(nights) * 5 // 8]
        self.happens_on = nights[len(nights) * 3 // 4]
        """The night on which records are merged and corrected."""
        self._opened = day_number(nights[1])
        self._texts = {place: text for case in self.all for place, text in self._written(case)}
        self._mistakes = {
            Place(_CRMS[case.country][1], case.companies[0]): self._text(case.companies[1], self._own(case.companies[1]), case.country, 1)
            for case in self.all
            if case.kind == "mistaken"
        }
        self._offices = frozenset(
            Place(system, number)
            for case in self.all
            if case.kind == "office"
            for number, systems, _ in case.shapes()
            for system in systems[1:]
        )
        self._merged = frozenset(case.companies[0] for case in self.all if case.kind == "merged")

    def knows(self, number: int) -> bool:
        """Whether a customer is in a case."""
        return bool(self.all) and Place(self._plans.plan(number).systems[0], number) in self._texts

    def text(self, place: Place) -> dict[str, str] | None:
        """What the record says in the end; None for the records of everybody else."""
        return self._texts.get(place) if self.all else None

    def text_before(self, place: Place) -> dict[str, str] | None:
        """What the record said until it was corrected on `happens_on`, None for nearly all."""
        return self._mistakes.get(place) if self.all else None

    def made_on(self, place: Place) -> int | None:
        """The day on which a record of a joint office was made; None: before the first night."""
        return self._opened if self.all and place in self._offices else None

    def merged_on(self, number: int) -> int | None:
        """The day on which a company's second record is merged into its first."""
        return day_number(self.happens_on) if self.all and number in self._merged else None

    def judgements(self) -> Iterator[Judgement]:
        """What the steward said on `judged_on`."""
        for case in self.all:
            main, other = _CRMS[case.country]
            first, last = case.companies[0], case.companies[-1]
            names = [self._customer(number).name for number in case.companies]
            if case.kind == "sisters":
                reason = f"One door, two companies: {names[0]} and {names[1]} have registers and contracts of their own"
                yield Judgement(left=Place(main, first), right=Place(other, last), verdict="different", reason=reason)
            elif case.kind == "renamed":
                reason = f"{self._texts[Place(other, first)]['name']} is what {names[0]} was called until it moved"
                yield Judgement(left=Place(main, first), right=Place(other, first), verdict="same", reason=reason)
            elif case.kind == "office":
                office = Place(other, first), Place("jiandaoyun", last)
                yield Judgement(
                    left=office[0], right=office[1], verdict="different", reason=f"The joint office invoices for {names[0]} and {names[1]}"
                )
                for number, name, place in zip(case.companies, names, office, strict=True):
                    yield Judgement(left=Place(main, number), right=place, verdict="same", reason=f"Ordered and paid for by {name}")

    def rows(self, record_id: Callable[[Place], str]) -> list[tuple[object, ...]]:
        """judgements.csv."""
        return [
            (found.left.system, record_id(found.left), found.right.system, record_id(found.right), found.verdict, "", STEWARD,
             self.judged_on, found.reason)
            for found in self.judgements()
        ]  # fmt: skip

    def truth(self, record_id: Callable[[Place], str]) -> list[tuple[object, ...]]:
        """truth/cases.csv: every record of every case, by case."""
        found = []
        for case in self.all:
            day = self.happens_on if case.kind in ("merged", "mistaken") else self.judged_on
            places = [
                Place(system, number, copy)
                for number, systems, copies in case.shapes()
                for system, count in zip(systems, copies, strict=True)
                for copy in range(count)
            ]
            found += [(case.number, case.kind, place.system, record_id(place), place.customer, day, _WHAT[case.kind]) for place in places]
        return found

    def _customer(self, number: int) -> Customer:
        return self._customers.customer(self._plans.plan(number))

    def _own(self, number: int) -> _Sign:
        customer = self._customer(number)
        return _Sign(customer.name, customer.street, customer.phone, customer.website)

    def _another(self, case: Case) -> _Sign:
        """A name, street, telephone and site that nobody else has: the former ones of a company, or those of an office."""
        plan = self._plans.plan(case.companies[0])
        _, name, english = self._customers.brand_name(plan, _FORMER * self._plans.customers + plan.number, case.number % 2, 0.0, False)
        streets = STREETS[case.country]
        street, house = streets[(case.number + 3) % len(streets)], 2_001 + case.number  # no other house has such a number
        written = {"CN": f"{street}{house}号", "US": f"{house} {street}", "DE": f"{street} {house}"}[case.country]
        return _Sign(name, written, self._customers.spare_phone(plan, case.number % 10), self._customers.website(english, plan.number))

    def _written(self, case: Case) -> Iterator[tuple[Place, dict[str, str]]]:
        """What every record of a case says in the end."""
        main, other = _CRMS[case.country]
        first, last = case.companies[0], case.companies[-1]
        if case.kind == "sisters":
            sign = self._own(first)._replace(name=self._customer(first).short_name, website="")
            yield Place(main, first), self._text(first, sign, case.country, 0)
            yield Place(other, last), self._text(last, sign, case.country, 1)
            return
        yield Place(main, first), self._text(first, self._own(first), case.country, 0)
        if case.kind == "mistaken":
            yield Place(other, first), self._text(first, self._own(first), case.country, 1)
        else:
            sign = self._another(case)
            yield Place(main, first, 1) if case.kind == "merged" else Place(other, first), self._text(first, sign, case.country, 1)
            if case.kind == "office":
                yield Place("jiandaoyun", last), self._text(last, sign, case.country, 1)
        if last != first:
            yield Place(main, last), self._text(last, self._own(last), case.country, 0)

    def _text(self, number: int, sign: _Sign, country: str, crm: int) -> dict[str, str]:
        """A record filled in by somebody careful. `crm`: 0 for the country's own."""
        city: City = self._plans.plan(number).city
        spelling = -1 if crm and country == "DE" else 0  # in Salesforce Germans are written in English
        return {
            "name": sign.name,
            "short_name": "",
            "english_name": "",
            "credit_code": "",
            "street": sign.street,
            "district": "",
            "city": city.names[spelling],
            "region": city.regions[spelling],
            "postal_code": city.postal_code,
            "country": COUNTRY_SPELLINGS[country][1 if country == "CN" else 0],
            "phone": sign.phone,
            "email": "",
            "website": f"https://{sign.website}/" if sign.website else "",
        }


def _find(plans: Plans) -> Iterator[Case]:
    """The first customers that fit, each in one case: plain ones, that stand once in one CRM; of two, both in one city and territory."""
    waiting = list(enumerate(_WANTED))
    alone: dict[tuple[str, City, str, str], int] = {}
    for block in range(-(-plans.customers // GROUP_BLOCK)):
        for plan in plans.block(block):
            if not waiting:
                return
            if not _is_plain(plan):
                continue
            where = (plan.country, plan.city, plan.territory_id, plan.rule_id)
            partner = alone.get(where)
            wanted = next(
                (
                    (number, kind)
                    for number, (kind, country) in waiting
                    if country == plan.country and (_COMPANIES[kind] == 1 or partner is not None)
                ),
                None,
            )
            if wanted is None:
                alone.setdefault(where, plan.number)
                continue
            number, kind = wanted
            waiting = [(other, what) for other, what in waiting if other != number]
            companies = (plan.number,) if _COMPANIES[kind] == 1 else (alone.pop(where), plan.number)
            yield Case(number=number, kind=kind, companies=companies, country=plan.country)


def _is_plain(plan: Plan) -> bool:
    is_usual = plan.systems == _CRMS[plan.country][:1] and plan.copies == (1,)
    happens = plan.role or plan.is_named or plan.hides_place or plan.deleted_in or plan.has_moved
    return is_usual and not happens and plan.city_rank % SHARED_PHONE not in (1, 2)
