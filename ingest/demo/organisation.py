"""How the fictional company organises its selling: territories, rules, people, quotas.

Here: the tree of territories, the rules that send a customer to one of them, the people; and `territory_of`, the truth
that the warehouse is held against: where a customer belongs, reasoned by hand.
Not here: the customers (company.py), writing the sheets (home.py).
"""

from dataclasses import dataclass
from datetime import date

CALENDAR_START = date(2025, 1, 1)
LEAVER = "E1009"
"""The person who leaves on the last night; the colleague in the same territory takes over."""


@dataclass(frozen=True, kw_only=True)
class Territory:
    """A sales territory (区域)."""

    territory_id: str
    name: str
    parent: str | None
    manager: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the sheet of rules. Every condition that is given must hold; one of its values is enough."""

    rule_id: str
    territory_id: str
    reason: str
    priority: int = 100
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    customer_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rep:
    """A person who sells or leads (销售). `number` makes the CRM's id; `monthly_quota` is in CNY, 0 for leaders."""

    rep_id: str
    number: int
    name: str
    user_name: str
    manager: str | None
    territory_id: str
    role: str
    access_scope: str
    monthly_quota: int = 0


TERRITORIES = (
    Territory(territory_id="WORLD", name="Whole company", parent=None, manager="E1001"),
    Territory(territory_id="CHINA", name="China", parent="WORLD", manager="E1002"),
    Territory(territory_id="CHINA-EAST", name="China East", parent="CHINA", manager="E1002"),
    Territory(territory_id="CHINA-NORTH", name="China North", parent="CHINA", manager="E1002"),
    Territory(territory_id="CHINA-SOUTH", name="China South", parent="CHINA", manager="E1002"),
    Territory(territory_id="US", name="United States", parent="WORLD", manager="E1003"),
    Territory(territory_id="US-EAST", name="United States East", parent="US", manager="E1003"),
    Territory(territory_id="US-WEST", name="United States West", parent="US", manager="E1003"),
    Territory(territory_id="GERMANY", name="Germany", parent="WORLD", manager="E1004"),
)


_LEADERS = (
    ("E1001", "Ottilie Varnholt", "ottilie.varnholt", "WORLD", None, "all"),
    ("E1002", "钟砚秋", "zhong.yanqiu", "CHINA", "E1001", "team"),
    ("E1003", "Marlo Quennell", "marlo.quennell", "US", "E1001", "team"),
    ("E1004", "Henrike Lohbrandt", "henrike.lohbrandt", "GERMANY", "E1001", "team"),
)
_SELLERS = (
    ("E1005", "陆知遥", "lu.zhiyao", "CHINA-EAST", "E1002", 900_000),
    ("E1006", "沈若川", "shen.ruochuan", "CHINA-EAST", "E1002", 900_000),
    ("E1007", "韩牧之", "han.muzhi", "CHINA-NORTH", "E1002", 700_000),
    ("E1008", "顾晚晴", "gu.wanqing", "CHINA-NORTH", "E1002", 700_000),
    ("E1009", "程亦舟", "cheng.yizhou", "CHINA-SOUTH", "E1002", 700_000),
    ("E1010", "叶青禾", "ye.qinghe", "CHINA-SOUTH", "E1002", 700_000),
    ("E1011", "Tamsin Orwick", "tamsin.orwick", "US-EAST", "E1003", 800_000),
    ("E1012", "Dorian Pellworth", "dorian.pellworth", "US-EAST", "E1003", 800_000),
    ("E1013", "Corisande Vey", "corisande.vey", "US-WEST", "E1003", 800_000),
    ("E1014", "Ansel Brackwater", "ansel.brackwater", "US-WEST", "E1003", 800_000),
    ("E1015", "Jorid Kestermann", "jorid.kestermann", "GERMANY", "E1004", 750_000),
    ("E1016", "Thies Wollgrund", "thies.wollgrund", "GERMANY", "E1004", 750_000),
)
REPS = tuple(
    Rep(
        rep_id=rep_id,
        number=int(rep_id[1:]),
        name=name,
        user_name=f"{login}@crm.example.com",
        manager=manager,
        territory_id=territory_id,
        role="manager",
        access_scope=scope,
    )
    for rep_id, name, login, territory_id, manager, scope in _LEADERS
) + tuple(
    Rep(
        rep_id=rep_id,
        number=int(rep_id[1:]),
        name=name,
        user_name=f"{login}@crm.example.com",
        manager=manager,
        territory_id=territory_id,
        role="owner",
        access_scope="own",
        monthly_quota=quota,
    )
    for rep_id, name, login, territory_id, manager, quota in _SELLERS
)

_EAST = ("CN-SH", "CN-JS", "CN-ZJ", "CN-FJ")
_NORTH = ("CN-BJ", "CN-TJ", "CN-SD", "CN-LN", "CN-SN")
_SOUTH = ("CN-GD", "CN-HB", "CN-HN", "CN-SC")
_US_EAST = ("US-NY", "US-MA", "US-IL", "US-GA", "US-PA", "US-MN")
_US_WEST = ("US-WA", "US-OR", "US-CA", "US-CO", "US-TX")


def rules(named_customers: tuple[str, ...]) -> tuple[Rule, ...]:
    """The company's rules. `named_customers`: names as written of the customers that have a rule of their own."""
    group_contracts = Rule(
        rule_id="R11",
        territory_id="CHINA-EAST",
        customer_names=named_customers,
        reason="Group contracts that were signed in Shanghai.",
    )
    by_place_and_industry = (
        Rule(rule_id="R01", territory_id="CHINA-EAST", regions=_EAST, reason="Shanghai and its three provinces."),
        Rule(rule_id="R02", territory_id="CHINA-NORTH", regions=_NORTH, reason="Beijing and the north."),
        Rule(rule_id="R03", territory_id="CHINA-SOUTH", regions=_SOUTH, reason="Guangdong and the centre."),
        Rule(rule_id="R04", territory_id="US-EAST", regions=_US_EAST, reason="Sold to from New York."),
        Rule(rule_id="R05", territory_id="US-WEST", regions=_US_WEST, reason="Sold to from Seattle."),
        Rule(rule_id="R06", territory_id="GERMANY", countries=("DE",), reason="Germany is one territory."),
        Rule(
            rule_id="R07",
            territory_id="CHINA-EAST",
            regions=("CN-HB",),
            industries=("Healthcare",),
            reason="The hospitals' suppliers of Wuhan were won by the Shanghai office and stay with it.",
        ),
        Rule(
            rule_id="R08",
            territory_id="US-WEST",
            countries=("US",),
            industries=("Electronics",),
            reason="Electronics is sold by the specialists in the west.",
        ),
        Rule(
            rule_id="R09",
            territory_id="CHINA",
            countries=("CN",),
            priority=900,
            reason="A Chinese customer without a province waits with the country's head until somebody fills it in.",
        ),
        Rule(
            rule_id="R10",
            territory_id="US",
            countries=("US",),
            priority=900,
            reason="An American customer without a state waits with the country's head until somebody fills it in.",
        ),
    )
    return (*by_place_and_industry, group_contracts) if named_customers else by_place_and_industry  # no name would mean everybody


def territory_of(*, is_named: bool, country: str, region: str | None, industry: str) -> tuple[str, str]:
    """Territory and rule of a customer, case by case and not by ranking rules: the truth must not share the method.

    `region` is an ISO 3166-2 code, None where no record of the customer says it.
    """
    if is_named:
        found = "CHINA-EAST", "R11"
    elif country == "DE":
        found = "GERMANY", "R06"
    elif country == "US" and industry == "Electronics":
        found = "US-WEST", "R08"
    elif region is None:
        found = ("US", "R10") if country == "US" else ("CHINA", "R09")
    elif country == "US":
        found = ("US-WEST", "R05") if region in _US_WEST else ("US-EAST", "R04")
    elif region == "CN-HB" and industry == "Healthcare":
        found = "CHINA-EAST", "R07"
    elif region in _EAST:
        found = "CHINA-EAST", "R01"
    else:
        found = ("CHINA-NORTH", "R02") if region in _NORTH else ("CHINA-SOUTH", "R03")
    return found
