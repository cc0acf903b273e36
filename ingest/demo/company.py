"""The world of the demo: a fictional supplier of instruments, its customers, who owned whom, and its deals.

Here: inventing it all from a seed: what is true, and what people typed into their CRM about it.
Not here: a CRM's export format (salesforce.py), the company home (home.py), territories and people (organisation.py).

Only random.Random and the arguments decide: the same seed gives the same world, on any machine and on any day. Every
company, person and number is invented; the cities are real.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from math import gcd, prod
from random import Random

from ingest.demo.organisation import CALENDAR_START, LEAVER, REPS, TERRITORIES, Rule, rules, territory_of
from ingest.demo.places import CITIES, COUNTRY_PREFIX, COUNTRY_SPELLINGS, DIVISIONS, City
from ingest.demo.spellings import credit_code, other_spelling, slip
from ingest.demo.words import (
    BRAND_FIRST,
    BRAND_SECOND,
    ENGLISH_FIRST,
    ENGLISH_SECOND,
    GERMAN_FIRST,
    GERMAN_SECOND,
    INDUSTRIES,
    STREETS,
)
from ingest.errors import HomeInvalid

COUNTRY_SHARES = (("CN", 0.5), ("US", 0.33), ("DE", 0.17))
DUPLICATE_SHARE = 0.08  # 2026-11-21: asked for; CRM owners who counted report between 3 and 20 %
MIN_CUSTOMERS, MAX_CUSTOMERS, MAX_NIGHTS = 20, 1_000_000, 366
_HISTORY = timedelta(days=60)
_DEAL_NAMES = ("renewal", "first order", "service contract", "扩容", "新项目")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A company that is sold to, as it truly is (客户)."""

    number: int
    name: str
    english_name: str
    city: City
    industry: str
    street: str
    phone: str
    website: str
    credit_code: str | None
    employee_count: int
    annual_revenue: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """A customer as one CRM writes it; the same customer may stand there twice. `owners`: since when who owned it."""

    number: int
    customer_number: int
    name: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    website: str
    credit_code: str
    industry: str
    employee_count: int
    annual_revenue: int
    created_at: datetime
    deleted_on: date | None
    owners: tuple[tuple[date, str], ...]
    territory_id: str
    rule_id: str

    def owner_on(self, day: date) -> str:
        """rep_id of the owner on a day on or after the first."""
        return [rep for since, rep in self.owners if since <= day][-1]


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A deal (商机). `record_number` is None where nobody named an account. Open until `decided_on`."""

    number: int
    record_number: int | None
    name: str
    owner: str
    amount: int
    opened_at: datetime
    decided_on: date
    is_won: bool


@dataclass(frozen=True, kw_only=True)
class Company:
    """The whole world, as of the last night. `nights` are the days that exports describe, oldest first."""

    name: str
    nights: tuple[date, ...]
    customers: tuple[Customer, ...]
    records: tuple[Record, ...]
    deals: tuple[Deal, ...]
    rules: tuple[Rule, ...]


def invent_company(*, customers: int, nights: int, seed: int, last_night: date) -> Company:
    """A world with that many real customers, 8 % of them recorded twice. Raises HomeInvalid for numbers out of range."""
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
    random = Random(seed)
    real = _invent_customers(random, customers)
    twice = sorted(random.sample(range(customers), round(customers * DUPLICATE_SHARE)))
    # Customers whose contract was signed in Shanghai; recorded once, so that the rule's name is the written one.
    candidates = [c for c in real if c.city.region_code in ("CN-BJ", "CN-SD", "CN-GD") and c.number not in twice]
    named = tuple(candidates[:3])
    records = _record(random, real, twice, {c.number for c in named}, days)
    return Company(
        name="Halvane Instruments",
        nights=days,
        customers=real,
        records=records,
        deals=_invent_deals(random, records, days),
        rules=rules(tuple(c.name for c in named)),
    )


def _brands(random: Random, first: tuple, second: tuple) -> Iterator[tuple]:
    """Every pair of syllables in a random order, then every triple, and so on without end: none twice."""
    for length in count(2):
        sets = [first if place % 2 == 0 else second for place in range(length)]
        size = prod(len(syllables) for syllables in sets)
        start, stride = random.randrange(size), random.randrange(1, size)
        while gcd(stride, size) > 1:  # a stride without common factor visits every number once
            stride = random.randrange(1, size)
        for step in range(size):
            number, brand = (start + step * stride) % size, []
            for syllables in sets:
                number, place = divmod(number, len(syllables))
                brand.append(syllables[place])
            yield tuple(brand)


def _invent_customers(random: Random, how_many: int) -> tuple[Customer, ...]:
    brands = {
        "CN": _brands(random, BRAND_FIRST, BRAND_SECOND),
        "US": _brands(random, ENGLISH_FIRST, ENGLISH_SECOND),
        "DE": _brands(random, GERMAN_FIRST, GERMAN_SECOND),
    }
    lines: dict[str, int] = {}
    found = []
    for number in range(how_many):
        country = random.choices([c for c, _ in COUNTRY_SHARES], [share for _, share in COUNTRY_SHARES])[0]
        city = random.choice(CITIES[country])
        industry = random.choice(sorted(INDUSTRIES))
        latin, name, english_name = _named(random, city, industry, next(brands[country]))
        found.append(
            Customer(
                number=number,
                name=name,
                english_name=english_name,
                city=city,
                industry=industry,
                street=_street(random, country),
                phone=_phone(city, lines),
                website=f"www.{_host_name(latin)}{number}.example",  # `.example` is reserved: nobody's site
                credit_code=credit_code(number, DIVISIONS[city.region_code]) if country == "CN" else None,
                employee_count=max(3, int(random.lognormvariate(4.6, 1.1))),
                annual_revenue=max(1, round(random.lognormvariate(17.0, 1.2) / 10_000)) * 10_000,
            )
        )
    return tuple(found)


def _named(random: Random, city: City, industry: str, brand: tuple) -> tuple[str, str, str]:
    """The brand in Latin letters, the company's name, and the name in which it writes to foreigners."""
    words, line = INDUSTRIES[industry], random.randrange(2)
    if city.country_code == "CN":
        latin = "".join(pinyin for _, pinyin in brand).capitalize()
        prefix = random.choice((city.names[0].removesuffix("市"), ""))
        form = random.choice(("有限公司", "股份有限公司"))
        name = f"{prefix}{''.join(sign for sign, _ in brand)}{words['zh'][line]}{form}"
        return latin, name, f"{latin} {words['zh_en'][line]} ({city.names[1]}) Co., Ltd."
    latin = "".join(brand)
    if city.country_code == "US":
        name = f"{latin} {words['en'][line]}{random.choice((', Inc.', ' LLC', ' Corporation'))}"
    else:
        name = f"{latin} {words['de'][line]} {random.choice(('GmbH', 'AG', 'GmbH & Co. KG'))}"
    return latin, name, name


def _host_name(latin: str) -> str:
    return latin.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))


def _street(random: Random, country: str) -> str:
    street, number = random.choice(STREETS[country]), random.randrange(1, 2000)
    if country == "CN":
        return f"{street}{number}号"
    if country == "US":
        return f"{number} {street}" + ("\nSuite 200" if random.random() < 0.1 else "")
    return f"{street} {number % 150 + 1}"


def _phone(city: City, lines: dict[str, int]) -> str:
    """The next fictional number of the city, empty once they are used up."""
    digits = 3 if city.country_code == "DE" else 5 if city.country_code == "CN" else 4
    line = lines.get(city.area, 100)
    lines[city.area] = line + 1
    if line >= 10**digits:
        return ""
    return f"+{COUNTRY_PREFIX[city.country_code]} {city.area} {city.block}{line:0{digits}d}"


def _record(
    random: Random, customers: tuple[Customer, ...], twice: list[int], named: set[int], days: tuple[date, ...]
) -> tuple[Record, ...]:
    # A country's own territory has no seller: its customers without a state belong to the country's head.
    sellers = {t.territory_id: [r.rep_id for r in REPS if r.territory_id == t.territory_id] for t in TERRITORIES}
    records: list[Record] = []
    for customer in customers:
        once = customer.number not in twice
        no_region = once and customer.number not in named and _may_lack_region(customer) and random.random() < 0.02
        territory_id, rule_id = territory_of(
            is_named=customer.number in named,
            country=customer.city.country_code,
            region=None if no_region else customer.city.region_code,
            industry=customer.industry,
        )
        for copy in range(1 if once else 2):
            created = _created(random, days, copy=copy)
            neat = customer.number in named
            fields = _fields_as_written(random, customer, copy=copy, is_named=neat, no_region=no_region)
            records.append(
                Record(
                    number=len(records),
                    customer_number=customer.number,
                    created_at=created,
                    deleted_on=days[-1] if copy == 1 and customer.number == twice[0] and len(days) > 1 else None,
                    owners=_owners(random, sellers[territory_id], created.date(), days),
                    territory_id=territory_id,
                    rule_id=rule_id,
                    industry=customer.industry,
                    employee_count=customer.employee_count,
                    annual_revenue=customer.annual_revenue,
                    **fields,
                )
            )
    return tuple(records)


def _may_lack_region(customer: Customer) -> bool:
    """Germany is one territory whatever the state; a name that begins with its city says the region all the same."""
    says_city = customer.name.startswith(customer.city.names[0].removesuffix("市"))
    return customer.city.country_code != "DE" and not says_city


def _created(random: Random, days: tuple[date, ...], *, copy: int) -> datetime:
    """Most records are old; about one in forty is made between two exports."""
    if len(days) > 1 and copy == 0 and random.random() < 0.025:
        day = random.choice(days[1:])
    else:
        day = CALENDAR_START + timedelta(days=random.randrange((days[0] - CALENDAR_START).days))
    return datetime(day.year, day.month, day.day, random.randrange(1, 10), random.randrange(60), tzinfo=UTC)


def _fields_as_written(random: Random, customer: Customer, *, copy: int, is_named: bool, no_region: bool) -> dict[str, str]:
    """What somebody typed: the first copy mostly right, the second another spelling with fewer fields filled."""
    city, country = customer.city, customer.city.country_code
    name, phone, website = customer.name, customer.phone, f"https://{customer.website}/"
    city_name, region = random.choice(city.names), random.choice(city.regions)
    if copy:
        name = other_spelling(random, customer.name, customer.english_name, country)
        phone = phone.replace(" ", "-").removeprefix("+") if random.random() < 0.6 else ""
        website = customer.website if random.random() < 0.6 or not phone else ""
    elif not is_named and random.random() < 0.04:
        name = name.lower() if country != "CN" else f" {name} "
    if random.random() < 0.02:
        city_name = slip(random, city_name)
    elif random.random() < 0.05:
        city_name = ""
    code = customer.credit_code if customer.credit_code and not copy and random.random() < 0.7 else ""
    if no_region:  # nor anything from which the region could be told
        city_name = region = phone = code = ""
    return {
        "name": name,
        "street": "" if no_region else customer.street,
        "city": city_name,
        "region": region,
        "postal_code": "" if no_region else city.postal_code,
        "country": random.choice(COUNTRY_SPELLINGS[country]),
        "phone": phone,
        "website": website,
        "credit_code": code,
    }


def _owners(random: Random, sellers: list[str], created: date, days: tuple[date, ...]) -> tuple[tuple[date, str], ...]:
    """Since when who owned a record: some change hands between exports, and who leaves hands over nearly everything."""
    gone = len(days) > 1 and created == days[-1]  # who has left is given no new record
    owners = [(created, random.choice([rep for rep in sellers if not (gone and rep == LEAVER)]))]
    for day in days[1:]:
        current = owners[-1][1]
        others = [rep for rep in sellers if rep not in (current, LEAVER)]
        if day <= created or not others:
            continue
        hands_over = current == LEAVER and day == days[-1] and random.random() < 0.95  # a few are forgotten
        if hands_over or random.random() < min(0.03, 0.3 / len(days)):  # 3 % a night, in a long demo 30 % over all nights
            owners.append((day, random.choice(others)))
    return tuple(owners)


def _invent_deals(random: Random, records: tuple[Record, ...], days: tuple[date, ...]) -> tuple[Deal, ...]:
    deals: list[Deal] = []
    for record in records:
        for _ in range(random.choices((0, 1, 2, 3, 4, 6), (15, 25, 25, 20, 10, 5))[0]):
            first = record.created_at.date()
            if (days[-1] - first).days < 1:
                continue
            opened = first + timedelta(days=random.randrange((days[-1] - first).days))
            hour, minute = random.randrange(10, 15), random.randrange(60)
            deals.append(
                Deal(
                    number=len(deals),
                    record_number=None if random.random() < 0.05 else record.number,
                    name=f"{record.name.strip()} - {random.choice(_DEAL_NAMES)}",
                    owner=record.owner_on(opened),
                    amount=max(1_000, round(random.lognormvariate(11.6, 0.9) / 100) * 100),
                    opened_at=datetime(opened.year, opened.month, opened.day, hour, minute, tzinfo=UTC),
                    decided_on=opened + timedelta(days=random.randrange(5, 240)),
                    is_won=random.random() < 0.45,
                )
            )
    return tuple(deals)
