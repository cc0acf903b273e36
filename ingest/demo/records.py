"""The records of one CRM: what its users typed about each customer, when the record was made, and how it ended.

Here: one record from its customer; which copies are merged or deleted, and when.
Not here: owners (ownership.py), deals and the like (dealings.py), a CRM's format (formats/).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ingest.demo.cases import Cases, Place
from ingest.demo.chance import WORKING_SECONDS, Calendar, Chance, chances, day_number, mix
from ingest.demo.customers import Customer, Customers
from ingest.demo.dealings import AMOUNT_PER_UNIT, Dealings, Subject
from ingest.demo.faults import loaded_nights
from ingest.demo.ownership import Days, Life, Ownership
from ingest.demo.places import COUNTRY_SPELLINGS, City
from ingest.demo.plan import SECOND_COPY, Plan, Plans
from ingest.demo.spellings import other_spelling, slip, without_umlauts
from ingest.demo.world import Record, TypedText

COPIES = 4
"""A record's number is this many times its customer's, and 1 to 3 more: so it is known without counting."""
CURRENCIES = {"salesforce": "USD", "zoho": "EUR"}
"""Currency of the amounts in a system; CNY in the others."""
VANISHING = ("zoho", "jiandaoyun")
"""Systems whose exports do not show deleted records at all; the others flag them."""
_MADE_DURING_NIGHTS = 40  # one in so many records is made between two exports
_CHINESE = ("fxiaoke", "neocrm", "yonyou", "jiandaoyun")
_USUAL_NAMES = {"yonyou": 1.0, "salesforce": 0.93, "zoho": 0.93, "fxiaoke": 0.8, "neocrm": 0.65, "jiandaoyun": 0.5}  # written in full
_CODE_TYPED = {"yonyou": 0.96, "fxiaoke": 0.4, "salesforce": 0.3}  # share of the Chinese records with a 统一社会信用代码
PARTS = frozenset({"contacts", "deals", "activities", "orders"})
"""What a record may carry beside itself."""


def record_number(place: Place) -> int:
    """The number of one record of a customer."""
    return place.customer * COPIES + 1 + place.copy


class Records:
    """All records of one system, made one at a time."""

    def __init__(
        self, system: str, plans: Plans, customers: Customers, calendar: Calendar, days: Days, users: tuple[str, ...], cases: Cases
    ) -> None:
        self.system, self._plans, self._customers, self._calendar = system, plans, customers, calendar
        self._days, self._cases = days, cases
        self._salt = plans.salt(f"records {system}")
        self._first, self._last = day_number(days.nights[0]), day_number(days.nights[-1])
        self._seen = [day_number(night) for night in loaded_nights(days.nights, days.faults, system)][1:]
        self._begin = calendar.moment(self._first, 0)
        self._dealings = Dealings(system, plans, calendar, self._last, users)
        self._currency = CURRENCIES.get(system, "CNY")

    def each(
        self, parts: frozenset[str], calm: frozenset[tuple[int, int]], wanted: Callable[[int], bool] | None = None
    ) -> Iterator[Record]:
        """Every record with some of its parts, by number. `calm`: see Ownership. `wanted`: of which customers only."""
        ownership = Ownership(self.system, self._plans, self._calendar, self._days, calm)
        for number in filter(wanted, self._plans.numbers(self.system)) if wanted else self._plans.numbers(self.system):
            plan = self._plans.plan(number)
            customer = self._customers.customer(plan)
            lives = self._lives(plan)
            for life in lives:
                yield self._record(plan, customer, life, lives, ownership, parts)

    def _lives(self, plan: Plan) -> list[Life]:
        copies = plan.copies[plan.systems.index(self.system)]
        ends = self._ends(plan, copies)
        return [self._life(Place(self.system, plan.number, copy), plan, ends[copy]) for copy in range(copies)]

    def _ends(self, plan: Plan, copies: int) -> list[int | None]:
        """The day on which each copy ends. In Salesforce some are merged: a third into the second, that into the first."""
        ends: list[int | None] = [None] * copies
        if not self._seen:
            return ends
        chance = plan.chance >> 17
        merged = self._cases.merged_on(plan.number)
        if merged is not None:
            ends[-1] = merged
        elif self.system == "salesforce" and copies > 1 and (copies == 3 or (plan.rank // SECOND_COPY) % 2):
            place = chance % len(self._seen)
            for copy in range(1, copies):
                ends[copy] = self._seen[place if copy == copies - 1 else min(place + 1, len(self._seen) - 1)]
        elif plan.deleted_in == self.system:
            ends[-1] = self._seen[chance % len(self._seen)]
        return ends

    def _life(self, place: Place, plan: Plan, gone_day: int | None) -> Life:
        number, copy = record_number(place), place.copy
        mixed = mix(self._salt + number)
        made_day = self._cases.made_on(place)
        if made_day is not None:
            day = made_day
        elif gone_day is None and copy == 0 and self._is_new(mixed, plan) and not self._cases.knows(place.customer):
            day = self._first + 1 + (mixed >> 20 & 0xFFFF) * (self._last - self._first) // 65_536
        else:
            day = (mixed >> 20 & 0xFFFF) * (self._first - 1) // 65_536
        return Life(number, copy, day, self._calendar.moment(day, (mixed >> 36 & 0xFFFF) * WORKING_SECONDS >> 16), gone_day)

    def _is_new(self, mixed: int, plan: Plan) -> bool:
        return self._last > self._first and (plan.walks_in or mixed % _MADE_DURING_NIGHTS == 0)

    def _record(self, plan: Plan, customer: Customer, life: Life, lives: list[Life], ownership: Ownership, parts: frozenset[str]) -> Record:
        number, copy = life.number, life.copy
        chance = mix(self._salt ^ number)
        place = Place(self.system, plan.number, copy)
        typed = self._cases.text(place) or self._typed(chances(chance), plan, customer, copy)
        before = self._cases.text_before(place)
        owners = ownership.spans(plan, life)
        subject = Subject(plan, life, typed["name"], typed["phone"], typed["website"], self._currency, owners)
        is_merged = self.system == "salesforce" and copy > 0 and life.gone_day is not None
        is_sold_to = self.system != "jiandaoyun" and not plan.walks_in
        return Record(
            system=self.system,
            number=number,
            customer_number=plan.number,
            industry=plan.industry,
            employee_count=customer.employee_count if chance & 15 else None,
            annual_revenue=self._in_thousands(customer.annual_revenue) if chance & 0x70 else None,
            currency=self._currency,
            created_at=life.created_at,
            changed_at=_changed_before(life.created_at, self._begin, chance >> 7),
            deleted_at=self._deleted_at(life, lives),
            vanishes=life.gone_day is not None and self.system in VANISHING,
            merged_into=number - 1 if is_merged else None,
            parent_number=self._parent(plan),
            territory_id=plan.territory_id,
            owners=owners,
            members=self._dealings.members(subject) if self.system != "jiandaoyun" else (),
            contacts=self._dealings.contacts(subject) if "contacts" in parts else (),
            deals=self._dealings.deals(subject) if "deals" in parts and is_sold_to else (),
            activities=self._dealings.activities(subject) if "activities" in parts and is_sold_to else (),
            orders=self._dealings.orders(subject) if "orders" in parts and self.system == "yonyou" else (),
            corrected_at=None if before is None else self._calendar.moment(day_number(self._cases.happens_on), 7_200),
            text_before=None if before is None else TypedText(**before),
            **typed,
        )

    def _in_thousands(self, yuan: int) -> int:
        """An amount in the currency of the system, as people say it."""
        return max(1, round(yuan / AMOUNT_PER_UNIT[self._currency] / 1_000)) * 1_000

    def _deleted_at(self, life: Life, lives: list[Life]) -> datetime | None:
        """Towards evening; of two copies merged on one day, the later copy first."""
        return None if life.gone_day is None else self._calendar.moment(life.gone_day, 30_000 + 600 * (len(lives) - life.copy))

    def _parent(self, plan: Plan) -> int | None:
        if plan.head is None or self.system not in self._plans.plan(plan.head).systems:
            return None
        return plan.head * COPIES + 1

    def _typed(self, random: Chance, plan: Plan, customer: Customer, copy: int) -> dict[str, str]:
        """What somebody typed: the first copy mostly right, a second in another spelling with fewer fields filled."""
        country, phone, website = plan.country, customer.phone, f"https://{customer.website}/"
        city, street = customer.city, customer.street
        if plan.has_moved and self.system == plan.systems[-1]:  # nobody told this CRM
            city, street = customer.former_city or city, customer.former_street or street
        name, english_name = self._name(random, plan, customer, copy), ""
        if country == "CN" and self.system != "salesforce" and random() < 0.4:
            english_name = customer.english_name
        if copy:
            phone = phone.replace(" ", "-").removeprefix("+") if random() < 0.6 else ""
            website = customer.website if random() < 0.6 or not phone else ""
        elif random() < 0.08:
            phone = ""
        elif random() < 0.1:
            website = ""
        city_name, region = self._place(random, city, is_neat=plan.is_named)
        has_code = country == "CN" and not copy and random() < _CODE_TYPED.get(self.system, 0.0)
        credit_code = customer.credit_code if has_code else ""
        spellings = COUNTRY_SPELLINGS[country]
        typed = {
            "name": name,
            "short_name": customer.short_name if random() < 0.3 else "",
            "english_name": english_name,
            "credit_code": credit_code or "",
            "street": street,
            "district": customer.district if city is customer.city else "",
            "city": city_name,
            "region": region,
            "postal_code": city.postal_code if random() < 0.85 else "",
            "country": spellings[1] if self.system in _CHINESE and country == "CN" else spellings[int(random() * len(spellings))],
            "phone": phone,
            "email": f"info@{customer.website.removeprefix('www.')}" if random() < 0.5 else "",
            "website": website,
        }
        if plan.hides_place:  # nor anything from which the region could be told
            typed |= dict.fromkeys(("city", "region", "district", "street", "postal_code", "phone", "credit_code", "english_name"), "")
        return typed

    def _name(self, random: Chance, plan: Plan, customer: Customer, copy: int) -> str:
        name, country = customer.name, plan.country
        if plan.is_named:
            return name
        if copy:
            return other_spelling(random, name, customer.english_name, country)
        if country == "CN" and self.system == "salesforce":
            return customer.english_name if not plan.hides_place else name
        style = random()
        if style < _USUAL_NAMES[self.system]:
            return name if style > 0.04 or self.system == "yonyou" else name.lower() if country != "CN" else f" {name} "
        if country == "DE" and self.system == "salesforce":
            return without_umlauts(name)
        return slip(random, name) if style > 0.97 else customer.short_name

    def _place(self, random: Chance, city: City, *, is_neat: bool) -> tuple[str, str]:
        """City and region as typed. One of the two is always right, so that the truth about the territory can be known."""
        local = city.country_code != "CN" or self.system in _CHINESE
        which = 0 if local and (city.country_code != "DE" or self.system == "zoho") else -1
        city_name, region = city.names[which], city.regions[which]
        if city.country_code == "US" and random() < 0.3:
            region = city.regions[-1]
        chance = random()
        if is_neat or chance > 0.15:
            return city_name, region
        if chance < 0.02:
            return slip(random, city_name), region
        # A city of the United States says little without its state: there are eight Portlands.
        return ("", region) if chance < 0.08 else (city_name, region if city.country_code == "US" else "")


def _changed_before(created_at: datetime, nights_begin: datetime, chance: int) -> datetime:
    """A moment at which somebody last changed a field, between its making and the first export; its making where it is younger."""
    seconds = int((nights_begin - created_at).total_seconds())
    return created_at + timedelta(seconds=chance % seconds) if seconds > 0 and chance % 3 else created_at
