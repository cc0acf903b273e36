"""Which customers there are: in which country and city, in which group, in which CRMs, how often, and what befalls them there.

Here: everything about customer number n that others must know before the customer is invented; shares of phenomena.
Not here: names and addresses (customers.py), who owns a record (ownership.py).

All of it follows from the seed and the number. Customers are planned in blocks of 24, within which groups of companies lie.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ingest.demo.chance import mix, salt
from ingest.demo.organisation import territory_of
from ingest.demo.places import CITIES, City
from ingest.demo.words import INDUSTRIES
from ingest.demo.world import SYSTEMS

# One in so many; 2026-11-22: asked for, or what CRM owners report. Counted among the customers of a country. Numbers without a common
# factor, so that what befalls some customers does not always befall the same ones.
SECOND_COPY = 20  # stands twice in one CRM
THIRD_COPY = 60  # stands there three times
HIDDEN_PLACE = 37  # nothing in any record says where the customer is
MOVED = 9  # moved its office: one CRM still has the old address (only customers of several CRMs)
DELETED, GERMANS_DELETED = 53, 23  # one record is deleted while the exports run; there are few Germans
WALK_IN = 23  # came by itself while the exports run: bought in the web shop (网上商城), so only the ERP knows it, and nobody has it
FILED = 11  # filed by a distributor in jiandaoyun (报备)
ORDERED_IN_17 = 8  # of seventeen Chinese customers so many ever ordered: they stand in the ERP
TWO_CHINESE_CRMS = 13  # known to the north and to the south
CHINESE_IN_SALESFORCE, AMERICANS_IN_ZOHO, AMERICANS_ONLY_IN_ZOHO, GERMANS_IN_SALESFORCE = 19, 23, 41, 7
SHARED_PHONE = 25  # of so many customers of a city two have the telephone of the same mall or industrial park
FOREIGN_SUBSIDIARY = 3  # of so many blocks one has a group with a company abroad
MOST_SYSTEMS = 3  # no customer stands in more CRMs
SERVED_FROM_SOUTH_IN_20 = 11  # of twenty customers in the centre of China so many were the south's until the realignment

GROUP_BLOCK = 24
_COUNTRY_BLOCK = ("CN", "US", "CN", "DE", "CN", "US")  # half China, a third United States, a sixth Germany
_COUNTRY_TURNS = tuple(  # of the block begun at each place: country, how many of it come before, how many it has in all
    tuple((turned[at], turned[:at].count(turned[at]), turned.count(turned[at])) for at in range(len(turned)))
    for turned in (_COUNTRY_BLOCK[start:] + _COUNTRY_BLOCK[:start] for start in range(len(_COUNTRY_BLOCK)))
)
_INDUSTRIES = tuple(sorted(INDUSTRIES))
_SYSTEMS = tuple(SYSTEMS)
_HEAD, _SUBSIDIARY = 1, 2
_CITY_WEIGHTS = {  # how many of the slots of a round each city has, in the order of CITIES
    "CN": (3, 1, 2, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1),
    "US": (1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1),
    "DE": (2, 1, 1, 1, 2),
}
_NORTH = ("CN-BJ", "CN-TJ", "CN-SD", "CN-LN", "CN-SN")
_NAMED_REGIONS = ("CN-BJ", "CN-SD", "CN-GD")
NAMED = 3
"""So many customers in the north and the south have a contract that was signed in Shanghai, and so a rule of their own."""


class Plan(NamedTuple):
    """What is known of a customer before it has a name.

    `rank`: its place among its country's, `city_rank`: among its city's. `role`: "", head, branch (分公司) or subsidiary, with the head's
    number and, for branches, which one it is. `systems`: the CRMs it stands in, the one that knows it best first; `copies`: how
    often it stands in each. `chance`: 64 bits of its own.
    """

    number: int
    country: str
    rank: int
    city: City
    city_rank: int
    industry: str
    role: str
    head: int | None
    branch: int
    is_named: bool
    hides_place: bool
    systems: tuple[str, ...]
    copies: tuple[int, ...]
    has_moved: bool
    deleted_in: str | None
    territory_id: str
    rule_id: str
    chance: int

    @property
    def walks_in(self) -> bool:
        """Whether it bought in the web shop before anybody sold to it."""
        return self.systems == ("yonyou",)


class Plans:
    """The plans of all customers of one world, by random access."""

    def __init__(self, seed: int, customers: int) -> None:
        self.customers = customers
        self._seed = seed
        self._salts: dict[str, int] = {}
        self._cities = {country: _rounds(country) for country in CITIES}
        self._offsets: dict[str, int] = {}
        self._territories: dict[tuple, tuple[str, str]] = {}
        self._turns: dict[str, tuple[int, int]] = {}
        self._blocks: dict[int, tuple[Plan, ...]] = {}
        self._known: tuple[bytearray, bytearray] | None = None
        self._placed: Mapping[int, tuple[tuple[str, ...], tuple[int, ...]]] = {}
        self.named: frozenset[int] = frozenset()
        self.named = self._find_named()

    def place(self, systems: Mapping[int, tuple[tuple[str, ...], tuple[int, ...]]]) -> None:
        """Have customers stand in these systems, so often in each, and let nothing befall them; to be said before anything is asked."""
        self._placed = systems
        self._blocks.clear()  # they were planned without knowing it

    def numbers(self, system: str) -> Iterator[int]:
        """The customers that stand in a system, ascending. The first question plans everybody once: two bytes a customer remain."""
        bit = 1 << _SYSTEMS.index(system)
        return (number for number, mask in enumerate(self._index()[0]) if mask & bit)

    def count_some(self) -> dict[str, int]:
        """How many records of the first thousand customers stand in each system: enough to know whether there are few."""
        found = dict.fromkeys(_SYSTEMS, 0)
        for block in range(min(1_000, self.customers) // GROUP_BLOCK + 1):
            for plan in self.block(block):
                for system, copies in zip(plan.systems, plan.copies, strict=True):
                    found[system] += copies
        return found

    def plan(self, number: int) -> Plan:
        """The plan of one customer (0 for the first)."""
        block, place = divmod(number, GROUP_BLOCK)
        planned = self._blocks.get(block)
        if planned is not None:
            return planned[place]
        role = self._index()[1][number]
        if role == _HEAD:  # stands in CRMs of its branches too
            return self.block(block)[place]
        head = None if role == 0 else block * GROUP_BLOCK
        named = "" if role == 0 else "subsidiary" if role == _SUBSIDIARY else "branch"
        return self._plan_customer(number, *self._country(number), named, head, max(0, role - _SUBSIDIARY))

    def _index(self) -> tuple[bytearray, bytearray]:
        """Of every customer: the bits of its systems, and its role (0 none, 1 head, 2 subsidiary, from 3 on which branch)."""
        if self._known is None:
            systems, roles = bytearray(self.customers), bytearray(self.customers)
            for block in range((self.customers + GROUP_BLOCK - 1) // GROUP_BLOCK):
                for plan in self._plan_block(block):
                    systems[plan.number] = sum(1 << _SYSTEMS.index(system) for system in plan.systems)
                    if plan.role:
                        roles[plan.number] = {"head": _HEAD, "subsidiary": _SUBSIDIARY}.get(plan.role, _SUBSIDIARY + plan.branch)
            self._known = systems, roles
        return self._known

    def block(self, block: int) -> tuple[Plan, ...]:
        """The plans of the customers `24 * block` and after: 24 of them, fewer at the end."""
        found = self._blocks.get(block)
        if found is None:
            if len(self._blocks) > 64:  # people ask for neighbours: a few blocks are enough
                self._blocks.clear()
            found = self._blocks[block] = self._plan_block(block)
        return found

    def once_in(self, question: str, rank: int, period: int) -> bool:
        """Whether a thing that befalls one in `period` befalls the one at a rank."""
        found = self._offsets.get(question)
        if found is None:
            found = self._offsets[question] = self.salt(question) % 5_040  # a small number is faster than 64 bits
        return (rank + found) % period == 0

    def salt(self, question: str) -> int:
        """The salt of one question."""
        found = self._salts.get(question)
        if found is None:
            found = self._salts[question] = salt(self._seed, question)
        return found

    def _plan_block(self, block: int) -> tuple[Plan, ...]:
        first = block * GROUP_BLOCK
        numbers = range(first, min(first + GROUP_BLOCK, self.customers))
        places = [self._country(number) for number in numbers]
        groups = self._groups(block, [country for country, _ in places])
        plans = [
            self._plan_customer(number, country, rank, *groups.get(number - first, ("", None, 0)))
            for number, (country, rank) in zip(numbers, places, strict=True)
        ]
        heads: dict[int, list[str]] = {}
        for plan in plans:
            if plan.head is not None:
                heads.setdefault(plan.head, []).append(plan.systems[0])
        for head, mains in heads.items():  # where a branch is a customer, its head is recorded too, as far as there is room
            plan = plans[head - first]
            systems = tuple(dict.fromkeys((*plan.systems[:1], *mains, *plan.systems[1:])))[:MOST_SYSTEMS]
            copies = dict(zip(plan.systems, plan.copies, strict=True))
            plans[head - first] = plan._replace(systems=systems, copies=tuple(copies.get(system, 1) for system in systems))
        return tuple(plans)

    def _country(self, number: int) -> tuple[str, int]:
        block, place = divmod(number, len(_COUNTRY_BLOCK))
        country, before, of_a_block = _COUNTRY_TURNS[self._turn("country", block) % len(_COUNTRY_BLOCK)][place]
        return country, of_a_block * block + before

    def _turn(self, what: str, round_: int) -> int:
        """By how much a round is turned: each in its own way."""
        last = self._turns.get(what)
        if last is None or last[0] != round_:  # neighbours are in the same round
            last = self._turns[what] = (round_, mix(self.salt(what) + round_))
        return last[1]

    def _groups(self, block: int, countries: list[str]) -> dict[int, tuple[str, int | None, int]]:
        """Place in the block -> role, head's number, which branch: a head and up to three branches, sometimes a company abroad."""
        head, found = block * GROUP_BLOCK, {}
        branches = [place for place in range(1, len(countries)) if countries[place] == countries[0]]
        for branch, place in enumerate(branches[: (block + self.salt("group")) % 4], start=1):
            found[place] = ("branch", head, branch)
        if self.once_in("subsidiary", block, FOREIGN_SUBSIDIARY):
            abroad = [place for place in range(1, len(countries)) if countries[place] != countries[0]]
            found |= dict.fromkeys(abroad[:1], ("subsidiary", head, 0))
        return found | {0: ("head", None, 0)} if found else {}

    def _plan_customer(self, number: int, country: str, rank: int, role: str, head: int | None, branch: int) -> Plan:
        city, city_rank = self._city(country, rank)
        industry = _INDUSTRIES[(city_rank + self.salt(city.names[0]) % 6) % 6]
        is_named = number in self.named
        hides = not role and not is_named and country != "DE" and self.once_in("hidden place", rank, HIDDEN_PLACE)
        systems = self._systems(country, rank, city.region_code, is_plain=is_named or hides)
        if country == "CN" and not (role or is_named or hides) and self.once_in("walk-in", rank, WALK_IN):
            systems = ("yonyou",)
        copies = [1] * len(systems)
        walks_in = systems == ("yonyou",)
        if not (is_named or hides or walks_in) and self.once_in("copy", rank, SECOND_COPY):
            thrice = systems[0] == "salesforce" and self.once_in("copy", rank, THIRD_COPY)
            copies[0 if thrice else (rank // SECOND_COPY) % len(systems)] += 2 if thrice else 1
        deleted_in = None
        period = GERMANS_DELETED if country == "DE" else DELETED
        if role != "head" and not (is_named or walks_in) and self.once_in("deleted", rank, period):
            deleted_in = systems[(rank // period) % len(systems)]
        has_moved = not is_named and len(systems) > 1 and self.once_in("moved", rank, MOVED)
        if number in self._placed:
            (systems, copies), deleted_in, has_moved = self._placed[number], None, False
        where = (is_named, country, None if hides else city.region_code, industry)
        belongs = self._territories.get(where)
        if belongs is None:
            belongs = self._territories[where] = territory_of(is_named=where[0], country=where[1], region=where[2], industry=where[3])
        return Plan(
            number,
            country,
            rank,
            city,
            city_rank,
            industry,
            role,
            head,
            branch,
            is_named,
            hides,
            systems,
            tuple(copies),
            has_moved,
            deleted_in,
            *belongs,
            mix(self.salt("customer") + number),
        )

    def _city(self, country: str, rank: int) -> tuple[City, int]:
        """City, and how many customers of the city come before. Every round gives each city its share, in another order."""
        slots, counts = self._cities[country]
        round_, place = divmod(rank, len(slots))
        index, before = slots[(place * (2 if len(slots) % 2 else 1) + self._turn(country, round_)) % len(slots)]
        return CITIES[country][index], round_ * counts[index] + before

    def _systems(self, country: str, rank: int, region: str, *, is_plain: bool) -> tuple[str, ...]:
        """CRMs of a customer, the one that sells to it first. A plain customer is known to nobody else but the ERP."""
        if country == "US":
            if not is_plain and self.once_in("only zoho", rank, AMERICANS_ONLY_IN_ZOHO):
                return ("zoho",)
            found = ["salesforce"]
            if self.once_in("zoho", rank, AMERICANS_IN_ZOHO):
                found.append("zoho")
        elif country == "DE":
            found = ["zoho"]
            if self.once_in("salesforce", rank, GERMANS_IN_SALESFORCE):
                found.append("salesforce")
        else:
            found = ["neocrm", "fxiaoke"] if region in _NORTH else ["fxiaoke", "neocrm"]
            if not self.once_in("two Chinese", rank, TWO_CHINESE_CRMS):
                found.pop()
            if (rank * 5 + self.salt("ordered")) % 17 < ORDERED_IN_17:
                found.insert(1, "yonyou")
            if self.once_in("filed", rank, FILED):
                found.append("jiandaoyun")
            if self.once_in("Chinese in salesforce", rank, CHINESE_IN_SALESFORCE):
                found.append("salesforce")
        if is_plain:
            return tuple(system for system in found if system in (found[0], "yonyou"))
        return tuple(found[:MOST_SYSTEMS])

    def _find_named(self) -> frozenset[int]:
        found: list[int] = []
        for block in range((self.customers + GROUP_BLOCK - 1) // GROUP_BLOCK):
            for plan in self.block(block):
                plain = not plan.role and not plan.hides_place and plan.deleted_in is None
                if plain and plan.city.region_code in _NAMED_REGIONS and len(found) < NAMED:
                    found.append(plan.number)
            if len(found) == NAMED:
                break
        self._blocks.clear()  # they were planned without knowing the named ones
        return frozenset(found)


def _rounds(country: str) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """The slots of one round, each a city's index and how many slots of the city come before, and how many each city has."""
    weights = _CITY_WEIGHTS[country]
    slots = tuple((index, before) for index, weight in enumerate(weights) for before in range(weight))
    return slots, weights
