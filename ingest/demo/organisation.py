"""How the fictional company organises its selling: territories, rules, people, quotas.

Here: the tree of territories, the rules that send a customer to one of them, the people and who of them sells to whom;
`territory_of`, the truth that the warehouse is held against: where a customer belongs, reasoned by hand.
Not here: the customers (company.py), who owns which record when (ownership.py), writing the sheets (rule_rows.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from ingest.demo.world import SYSTEMS

CALENDAR_START = date(2025, 1, 1)
LEAVER = "E1009"
"""The person who leaves on the last night; colleagues in the same territory take over."""
LEAVERS = (LEAVER, "E1022", "E1026")
"""Everybody who leaves while the exports run, in demos of eight nights and more; in shorter ones only the first does."""
_LONG_ENOUGH = 8  # nights; 2026-11-22: fewer leave no room for a realignment, hand-overs and faults beside each other
_REALIGNED_BEFORE = timedelta(days=45)  # in a short demo the realignment lies in the middle of the quarter before the last night


@dataclass(frozen=True, kw_only=True)
class Territory:
    """A sales territory (区域). `number` makes a CRM's id. `is_new`: it came with the realignment and did not exist before."""

    territory_id: str
    number: int
    name: str
    chinese_name: str
    parent: str | None
    manager: str
    is_new: bool = False


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
    valid_from: date = CALENDAR_START
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Rep:
    """A person who sells or leads (销售). `number` makes the CRM's id; `monthly_quota` is in CNY, 0 for leaders.

    `systems`: the CRMs in which the person has a user. `territory_id` is where the person works since `CALENDAR_START`, and
    `new_territory_id` where from the realignment on, None where that changed nothing.
    """

    rep_id: str
    number: int
    name: str
    user_name: str
    manager: str | None
    territory_id: str
    role: str
    access_scope: str
    systems: tuple[str, ...]
    new_territory_id: str | None = None
    monthly_quota: int = 0


TERRITORIES = tuple(
    Territory(
        territory_id=territory_id, number=number, name=name, chinese_name=chinese, parent=parent, manager=manager, is_new=number == 10
    )
    for number, (territory_id, name, chinese, parent, manager) in enumerate(
        (
            ("WORLD", "Whole company", "全公司", None, "E1001"),
            ("CHINA", "China", "中国", "WORLD", "E1002"),
            ("CHINA-EAST", "China East", "华东", "CHINA", "E1002"),
            ("CHINA-NORTH", "China North", "华北", "CHINA", "E1002"),
            ("CHINA-SOUTH", "China South", "华南", "CHINA", "E1002"),
            ("US", "United States", "美国", "WORLD", "E1003"),
            ("US-EAST", "United States East", "美国东部", "US", "E1003"),
            ("US-WEST", "United States West", "美国西部", "US", "E1003"),
            ("GERMANY", "Germany", "德国", "WORLD", "E1004"),
            ("CHINA-CENTRAL", "China Central", "华中", "CHINA", "E1002"),
        ),
        start=1,
    )
)

_SF, _ZO, _FX, _NE, _YO, _JI = SYSTEMS  # in the order in which they are declared

_LEADERS = (
    ("E1001", "Ottilie Varnholt", "ottilie.varnholt", "WORLD", None, "all", tuple(SYSTEMS)),
    ("E1002", "钟砚秋", "zhong.yanqiu", "CHINA", "E1001", "team", (_SF, _FX, _NE, _YO, _JI)),
    ("E1003", "Marlo Quennell", "marlo.quennell", "US", "E1001", "team", (_SF, _ZO)),
    ("E1004", "Henrike Lohbrandt", "henrike.lohbrandt", "GERMANY", "E1001", "team", (_SF, _ZO)),
)
_SELLERS = (
    ("E1005", "陆知遥", "lu.zhiyao", "CHINA-EAST", "E1002", 900_000, (_SF, _FX, _YO, _JI)),
    ("E1006", "沈若川", "shen.ruochuan", "CHINA-EAST", "E1002", 900_000, (_FX, _NE, _YO, _JI)),
    ("E1007", "韩牧之", "han.muzhi", "CHINA-NORTH", "E1002", 700_000, (_FX, _NE, _YO, _JI)),
    ("E1008", "顾晚晴", "gu.wanqing", "CHINA-NORTH", "E1002", 700_000, (_SF, _NE, _YO, _JI)),
    ("E1009", "程亦舟", "cheng.yizhou", "CHINA-SOUTH", "E1002", 700_000, (_FX, _YO, _JI)),
    ("E1010", "叶青禾", "ye.qinghe", "CHINA-SOUTH", "E1002", 700_000, (_SF, _FX, _NE, _YO, _JI)),
    ("E1011", "Tamsin Orwick", "tamsin.orwick", "US-EAST", "E1003", 800_000, (_SF, _ZO)),
    ("E1012", "Dorian Pellworth", "dorian.pellworth", "US-EAST", "E1003", 800_000, (_SF,)),
    ("E1013", "Corisande Vey", "corisande.vey", "US-WEST", "E1003", 800_000, (_SF, _ZO)),
    ("E1014", "Ansel Brackwater", "ansel.brackwater", "US-WEST", "E1003", 800_000, (_SF,)),
    ("E1015", "Jorid Kestermann", "jorid.kestermann", "GERMANY", "E1004", 750_000, (_SF, _ZO)),
    ("E1016", "Thies Wollgrund", "thies.wollgrund", "GERMANY", "E1004", 750_000, (_ZO,)),
    ("E1017", "江映雪", "jiang.yingxue", "CHINA-SOUTH", "E1002", 600_000, (_FX, _NE, _YO, _JI)),
    ("E1018", "温砺行", "wen.lixing", "CHINA-SOUTH", "E1002", 600_000, (_SF, _FX, _YO)),
    ("E1019", "苏望舒", "su.wangshu", "CHINA-EAST", "E1002", 600_000, (_FX, _YO, _JI)),
    ("E1020", "魏长风", "wei.changfeng", "CHINA-NORTH", "E1002", 600_000, (_NE, _YO)),
    ("E1021", "Leopold Harrowgate", "leopold.harrowgate", "US-EAST", "E1003", 600_000, (_SF,)),
    ("E1022", "Perpetua Lindqvane", "perpetua.lindqvane", "US-WEST", "E1003", 600_000, (_SF,)),
    ("E1023", "Wiebke Sandhoff", "wiebke.sandhoff", "GERMANY", "E1004", 500_000, (_ZO,)),
    ("E1024", "白露晞", "bai.luxi", "CHINA", "E1002", 0, (_FX, _JI)),
    ("E1025", "罗见山", "luo.jianshan", "CHINA", "E1002", 0, (_FX, _JI)),
    ("E1026", "殷鹤鸣", "yin.heming", "CHINA-NORTH", "E1002", 500_000, (_NE, _YO)),
)
CHANNEL_MANAGERS = ("E1024", "E1025")
"""They look after distributors and file customers for them (报备): often customers whom a seller already has."""
_TO_CENTRAL = ("E1017", "E1018")

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
        systems=systems,
    )
    for rep_id, name, login, territory_id, manager, scope, systems in _LEADERS
) + tuple(
    Rep(
        rep_id=rep_id,
        number=int(rep_id[1:]),
        name=name,
        user_name=f"{login}@crm.example.com",
        manager=manager,
        territory_id=territory_id,
        new_territory_id="CHINA-CENTRAL" if rep_id in _TO_CENTRAL else None,
        role="overlay" if rep_id in CHANNEL_MANAGERS else "owner",
        access_scope="own",
        systems=systems,
        monthly_quota=quota,
    )
    for rep_id, name, login, territory_id, manager, quota, systems in _SELLERS
)
REP_BY_ID: dict[str, Rep] = {rep.rep_id: rep for rep in REPS}

DESKS: dict[str, tuple[tuple[str, int], ...]] = {
    "CHINA-EAST": (("E1006", 12), ("E1005", 4), ("E1019", 4)),
    "CHINA-NORTH": (("E1007", 6), ("E1008", 6), ("E1020", 6), ("E1026", 2)),
    "CHINA-SOUTH": (("E1010", 13), ("E1009", 7)),
    "CHINA-CENTRAL": (("E1017", 10), ("E1018", 10)),
    "US-EAST": (("E1021", 12), ("E1011", 4), ("E1012", 4)),
    "US-WEST": (("E1013", 9), ("E1014", 8), ("E1022", 3)),
    "GERMANY": (("E1015", 8), ("E1016", 7), ("E1023", 5)),
    "CHINA": (("E1002", 1),),
    "US": (("E1003", 1),),
}
"""Who sells to the customers of a territory, with how much of them each starts. One person in the east and one in the US have very many.

A country's own territory has no seller: its customers without a state belong to the country's head.
"""

_EAST = ("CN-SH", "CN-JS", "CN-ZJ", "CN-FJ")
_NORTH = ("CN-BJ", "CN-TJ", "CN-SD", "CN-LN", "CN-SN")
_SOUTH = ("CN-GD",)
_CENTRAL = ("CN-HB", "CN-HN", "CN-SC")
_US_EAST = ("US-NY", "US-MA", "US-IL", "US-GA", "US-PA", "US-MN")
_US_WEST = ("US-WA", "US-OR", "US-CA", "US-CO", "US-TX")


def is_long(nights: tuple[date, ...]) -> bool:
    """Whether a demo has nights enough for everything that takes several of them."""
    return len(nights) >= _LONG_ENOUGH


def realigned_on(nights: tuple[date, ...]) -> date:
    """The first day of the new cut of China's south: amid the nights, or before them where they are few."""
    return nights[len(nights) // 2] if is_long(nights) else nights[-1] - _REALIGNED_BEFORE


def leaving_days(nights: tuple[date, ...]) -> dict[str, date]:
    """First day without each person who leaves. With one export there is no night before to have worked on."""
    if len(nights) == 1:
        return {}
    if not is_long(nights):
        return {LEAVER: nights[-1]}
    return dict(zip(LEAVERS, (nights[-1], nights[len(nights) * 3 // 4], nights[len(nights) // 3]), strict=True))


def rules(named_customers: tuple[str, ...], new_cut: date) -> tuple[Rule, ...]:
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
        Rule(
            rule_id="R03",
            territory_id="CHINA-SOUTH",
            regions=(*_SOUTH, *_CENTRAL),
            valid_to=new_cut,
            reason="Guangdong and the centre, until the centre became a territory of its own.",
        ),
        Rule(rule_id="R12", territory_id="CHINA-SOUTH", regions=_SOUTH, valid_from=new_cut, reason="Guangdong."),
        Rule(rule_id="R13", territory_id="CHINA-CENTRAL", regions=_CENTRAL, valid_from=new_cut, reason="The centre, sold to from Wuhan."),
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
    """Territory and rule of a customer since the realignment, case by case: the truth must not share the rules' method.

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
    elif region == "CN-HB" and industry in ("Healthcare", "Biotechnology"):  # biotechnology is below healthcare in the tree
        found = "CHINA-EAST", "R07"
    elif region in _EAST:
        found = "CHINA-EAST", "R01"
    elif region in _NORTH:
        found = "CHINA-NORTH", "R02"
    else:
        found = ("CHINA-SOUTH", "R12") if region in _SOUTH else ("CHINA-CENTRAL", "R13")
    return found
