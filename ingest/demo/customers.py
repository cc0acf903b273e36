"""The customers as they truly are: names, addresses, telephones, sizes.

Here: inventing customer number n from its plan. Not here: which customers there are (plan.py), what people typed about them (records.py).
Every company and number is invented; the cities are real.
"""

from dataclasses import dataclass, replace
from math import exp

from ingest.demo.chance import Brands, chances
from ingest.demo.organisation import territory_of
from ingest.demo.places import CITIES, COUNTRY_PREFIX, DISTRICTS, DIVISIONS, City
from ingest.demo.plan import SHARED_PHONE, Plan, Plans
from ingest.demo.spellings import credit_code, without_legal_form, without_umlauts
from ingest.demo.words import BRAND_FIRST, BRAND_SECOND, ENGLISH_FIRST, ENGLISH_SECOND, GERMAN_FIRST, GERMAN_SECOND, INDUSTRIES, STREETS

_PHONE_DIGITS = {"CN": 5, "US": 4, "DE": 3}
_FIRST_OWN_LINE = 100  # the lines before are those of malls and industrial parks
_LINE_OF_PARKS = 10
_COUNTRY_WORDS = {"CN": "(China)", "US": "USA", "DE": "Deutschland"}
_SISTERS = {"CN": "{}销售有限公司", "US": "{} Services LLC", "DE": "{} Vertrieb GmbH"}
_FORMS = {"CN": ("有限公司", "股份有限公司"), "US": (", Inc.", " LLC", " Corporation"), "DE": (" GmbH", " AG", " GmbH & Co. KG")}


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A company that is sold to, as it truly is (客户).

    `short_name`: what people call it. `former_city`, `former_street`: where it was before it moved, None where it never did.
    `head`: number of the customer it is a branch or subsidiary of.
    """

    number: int
    head: int | None
    name: str
    short_name: str
    english_name: str
    city: City
    district: str
    industry: str
    street: str
    phone: str
    website: str
    employee_count: int
    annual_revenue: int
    former_city: City | None
    former_street: str | None
    territory_id: str
    rule_id: str

    @property
    def credit_code(self) -> str | None:
        """Its 统一社会信用代码; only Chinese companies have one."""
        return credit_code(self.number, DIVISIONS[self.city.region_code]) if self.city.country_code == "CN" else None


class Customers:
    """All customers of one world, by random access."""

    def __init__(self, seed: int, plans: Plans) -> None:
        self._plans = plans
        self._brands = {
            "CN": Brands(seed, "Chinese brands", BRAND_FIRST, BRAND_SECOND),
            "US": Brands(seed, "English brands", ENGLISH_FIRST, ENGLISH_SECOND),
            "DE": Brands(seed, "German brands", GERMAN_FIRST, GERMAN_SECOND),
        }
        self._heads: dict[int, Customer] = {}
        self.sisters: dict[int, int] = {}
        """Companies that sit behind the door of another one and bear its name: the number of each, and of the other."""

    def customer(self, plan: Plan) -> Customer:
        """The customer of a plan."""
        found = self._alone(plan)
        if plan.number not in self.sisters:
            return found
        other = self._alone(self._plans.plan(self.sisters[plan.number]))
        name = _SISTERS[plan.country].format(other.short_name)
        short_name = without_legal_form(name, plan.country)
        english_name = f"{other.english_name.split(maxsplit=1)[0]} Sales ({plan.city.names[1]}) Co., Ltd." if plan.country == "CN" else name
        door = {"district": other.district, "street": other.street, "phone": other.phone}
        return replace(found, name=name, short_name=short_name, english_name=english_name, **door)

    def _alone(self, plan: Plan) -> Customer:
        """The customer as it would be without a sister."""
        random = chances(plan.chance)
        country, city = plan.country, plan.city
        line, form, sign = int(random() * 2), random(), random() < 0.5
        street, spread = self._street(country, random(), random()), random() + random() + random() - 1.5
        district = DISTRICTS[city.names[0]][line] if country == "CN" else ""
        employees, revenue = max(3, int(100 * exp(2.2 * spread))), max(1, round(2_400 * exp(2.4 * (spread + random() - 0.5)))) * 10_000
        former_city, former_street = None, None
        if plan.has_moved:
            former_city, former_street = self._former(plan, random()), self._street(country, random(), random())
        latin, name, english_name = self.brand_name(plan, plan.rank, line, form, sign and not plan.hides_place)
        website = self.website(latin, plan.number)
        short_name = without_legal_form(name, country)
        if plan.head is not None:
            head = self._head(plan.head)
            name, english_name = _group_name(plan, head)
            short_name = name if plan.role == "branch" else without_legal_form(name, country)
            # Some branches have no site but their head's.
            website = head.website if plan.branch % 2 else self.website(head.english_name, plan.number)
        return Customer(
            number=plan.number,
            head=plan.head,
            name=name,
            short_name=short_name,
            english_name=english_name,
            city=city,
            district=district,
            industry=plan.industry,
            street=street,
            phone=_phone(plan),
            website=website,
            employee_count=employees,
            annual_revenue=revenue,
            former_city=former_city,
            former_street=former_street,
            territory_id=plan.territory_id,
            rule_id=plan.rule_id,
        )

    def brand_name(self, plan: Plan, rank: int, line: int, form: float, with_city: bool) -> tuple[str, str, str]:
        """The brand at a rank in Latin letters, the company's name, and the name in which it writes to foreigners."""
        country, city, words = plan.country, plan.city, INDUSTRIES[plan.industry]
        brand = self._brands[country].brand(rank)
        forms = _FORMS[country]
        ending = forms[int(form * len(forms))]
        if country == "CN":
            latin = "".join(pinyin for _, pinyin in brand).capitalize()
            prefix = city.names[0].removesuffix("市") if with_city else ""
            name = f"{prefix}{''.join(sign for sign, _ in brand)}{words['zh'][line]}{ending}"
            return latin, name, f"{latin} {words['zh_en'][line]} ({city.names[1]}) Co., Ltd."
        latin = "".join(brand)
        name = f"{latin} {words['en' if country == 'US' else 'de'][line]}{ending}"
        return latin, name, name

    @staticmethod
    def website(latin: str, number: int) -> str:
        """A site after the first word of a name."""
        return f"www.{_host_name(latin.split(maxsplit=1)[0])}{number}.example"  # `.example` is reserved: nobody's site

    @staticmethod
    def spare_phone(plan: Plan, line: int) -> str:
        """A fictional number of the plan's city that no customer has; `line` below 10."""
        return f"+{COUNTRY_PREFIX[plan.country]} {plan.city.area} {plan.city.block}{line:0{_PHONE_DIGITS[plan.country]}d}"

    def _head(self, number: int) -> Customer:
        found = self._heads.get(number)
        if found is None:
            if len(self._heads) > 64:
                self._heads.clear()
            found = self._heads[number] = self.customer(self._plans.plan(number))
        return found

    @staticmethod
    def _street(country: str, which: float, number: float) -> str:
        streets = STREETS[country]
        street, house = streets[int(which * len(streets))], 1 + int(number * 1_999)
        if country == "CN":
            return f"{street}{house}号"
        if country == "US":
            return f"{house} {street}" + ("\nSuite 200" if house % 10 == 0 else "")
        return f"{street} {house % 150 + 1}"

    @staticmethod
    def _former(plan: Plan, which: float) -> City:
        """Another city, from which it moved within the same territory and rule; its own where there is no other."""
        cities = [
            city
            for city in CITIES[plan.country]
            if city is not plan.city
            and (plan.territory_id, plan.rule_id)
            == territory_of(is_named=plan.is_named, country=plan.country, region=city.region_code, industry=plan.industry)
        ]
        return cities[int(which * len(cities))] if cities and not plan.hides_place else plan.city


def _group_name(plan: Plan, head: Customer) -> tuple[str, str]:
    """A branch (分公司) and a subsidiary are called after their head."""
    latin = head.english_name.split(" ", maxsplit=1)[0]
    city = plan.city.names
    if plan.role == "subsidiary":
        english = f"{latin} {INDUSTRIES[plan.industry]['en'][0]} {_COUNTRY_WORDS[plan.country]}"
        if plan.country == "CN":
            return f"{latin}（中国）{INDUSTRIES[plan.industry]['zh'][0]}有限公司", f"{english} Co., Ltd."
        name = english + (" Inc." if plan.country == "US" else " GmbH")
        return name, name
    if plan.country == "CN":
        name = f"{head.name}{city[0].removesuffix('市')}分公司" if plan.branch == 1 else f"{head.name}第{plan.branch}分公司"
        return name, f"{head.english_name} {city[1]} Branch #{plan.branch}"
    name = f"{head.name} - Branch #{10 + plan.branch}" if plan.country == "US" else f"{head.name}, Niederlassung {city[0]} {plan.branch}"
    return name, name


def _host_name(latin: str) -> str:
    return without_umlauts(latin.lower())


def _phone(plan: Plan) -> str:
    """The next fictional number of the city, empty once they are used up; some share that of their mall or industrial park."""
    digits, city, (park, place) = _PHONE_DIGITS[plan.country], plan.city, divmod(plan.city_rank, SHARED_PHONE)
    line = _LINE_OF_PARKS + park % (_FIRST_OWN_LINE - _LINE_OF_PARKS) if place in (1, 2) else _FIRST_OWN_LINE + plan.city_rank
    if line >= 10**digits:
        return ""
    return f"+{COUNTRY_PREFIX[plan.country]} {city.area} {city.block}{line:0{digits}d}"
