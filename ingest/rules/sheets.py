"""One model per rule sheet: what a row of rules/<sheet>.csv may say.

Here: the columns of each sheet, and what a single row may say. Not here: how a cell is written (cells.py), Chinese headers (headers.py),
what only several rows together can get wrong (consistency.py), reading files (read.py). Column order is the order of the sheet.
"""

from typing import Annotated, Literal

from pydantic import model_validator

from ingest.rules.cells import (
    Alternatives,
    Amount,
    Calendar,
    CountryCodes,
    Currency,
    Day,
    OptionalAmount,
    OptionalCount,
    OptionalCurrency,
    OptionalDay,
    OptionalPositive,
    OptionalText,
    Priority,
    Rate,
    RegionCodes,
    Share,
    Text,
    TextOrNothing,
    UserIds,
    YesOrNo,
    word,
)
from ingest.rules.places import (
    DivisionCodes,
    OptionalKilometres,
    OptionalLatitude,
    OptionalLongitude,
    PostalCodes,
    country_of_division,
)
from ingest.rules.potential import Potential
from ingest.rules.sheet_row import PeriodRow, Row
from ingest.rules.territories import CONDITIONS

_SUBJECTS = {"客户": "customers", "线索": "leads", "商机": "opportunities"}


class Territory(PeriodRow):
    """One territory (区域), where it hangs in the tree, and which of its people gets a customer that nobody has.

    assignment_policy: named (指定: default_rep_id gets all), least_loaded (最少: who has fewest), round_robin (轮流: in turn).
    is_exclusive (独占): whoever works it as owner works no other exclusive territory on the same days, unless one lies in the other.
    source_territory_ids: what the CRMs call it.
    """

    territory_id: Text
    territory_name: Text
    parent_territory_id: OptionalText = None
    manager_rep_id: OptionalText = None
    assignment_policy: Annotated[
        Literal["named", "least_loaded", "round_robin"] | None,
        word({"指定": "named", "最少": "least_loaded", "轮流": "round_robin"}),
    ] = None
    default_rep_id: OptionalText = None
    is_exclusive: YesOrNo = False
    source_territory_ids: UserIds = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _names_whom_it_needs(self) -> "Territory":
        if self.assignment_policy == "named" and self.default_rep_id is None:
            raise ValueError("default_rep_id: the policy named needs it; write the rep_id of the person who gets the customers")
        if self.assignment_policy != "named" and self.default_rep_id is not None:
            policy = self.assignment_policy or "an empty assignment_policy"
            raise ValueError(f"default_rep_id: {policy} does not use it; leave it empty or write named into assignment_policy")
        return self


class TerritoryRule(PeriodRow):
    """Which customers go to a territory. Empty columns do not restrict; all filled columns must match.

    effect: assign (分配) sends them there, exclude (排除) keeps them out of it and of all below it. state: active (生效), or planning
    (规划): checked like the others and applied nowhere.
    """

    rule_id: Text
    territory_id: Text
    effect: Annotated[Literal["assign", "exclude"], word({"分配": "assign", "排除": "exclude"}, "assign")] = "assign"
    state: Annotated[Literal["active", "planning"], word({"生效": "active", "规划": "planning"}, "active")] = "active"
    priority: Priority = 100
    customer_names: Alternatives = None
    country_codes: CountryCodes = None
    region_codes: RegionCodes = None
    division_codes: DivisionCodes = None
    city_names: Alternatives = None
    postal_codes: PostalCodes = None
    latitude: OptionalLatitude = None
    longitude: OptionalLongitude = None
    within_km: OptionalKilometres = None
    industries: Alternatives = None
    size_bands: Alternatives = None
    potential_bands: Alternatives = None
    product_lines: Alternatives = None
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _can_match(self) -> "TerritoryRule":
        circle = {"latitude": self.latitude, "longitude": self.longitude, "within_km": self.within_km}
        missing = [name for name, value in circle.items() if value is None]
        if missing and len(missing) < len(circle):
            raise ValueError(f"{missing[0]}: a circle is latitude, longitude and within_km together; give all three or none")
        if self.postal_codes and not self.country_codes:
            raise ValueError("country_codes: the same postal codes exist in many countries; say in which these are")
        if self.effect == "exclude" and all(getattr(self, name) is None for name in CONDITIONS):
            text = f"effect: an exclusion without a condition would keep every customer out of {self.territory_id}"
            raise ValueError(f"{text}; fill in a condition, or end the territory and its rules")
        countries = (self.country_codes or "").split("|") if self.country_codes else []
        for column, codes, country_of in (
            ("region_codes", self.region_codes, lambda code: code[:2]),
            ("division_codes", self.division_codes, country_of_division),
        ):
            outside = [code for code in (codes or "").split("|") if code and countries and country_of(code) not in countries]
            if outside and not set(countries) & {"HK", "MO", "TW"}:  # ISO 3166 lists these as countries and as regions of CN
                raise ValueError(f"{column}: {outside[0]} lies in none of country_codes ({', '.join(countries)}), so it can never match")
        return self


class Rep(PeriodRow):
    """One person who sells or leads those who do (销售). A leaver's row ends: valid_to is the first day without them."""

    rep_id: Text
    rep_name: Text
    user_name: OptionalText = None
    manager_rep_id: OptionalText = None
    access_scope: Annotated[Literal["own", "team", "all"] | None, word({"本人": "own", "团队": "team", "全部": "all"})] = None
    source_user_ids: UserIds = None
    valid_from: Day
    valid_to: OptionalDay = None


class RepTerritory(PeriodRow):
    """Who works which territory."""

    rep_id: Text
    territory_id: Text
    role: Annotated[
        Literal["owner", "manager", "overlay", "support"],
        word({"负责人": "owner", "主管": "manager", "协销": "overlay", "支持": "support"}, "owner"),
    ] = "owner"
    valid_from: Day
    valid_to: OptionalDay = None


class Protection(PeriodRow):
    """Why a customer stays with whoever has it when somebody else claims it, and for how long (客户保护, 报备).

    first_touch: who touched it first keeps it for `days`. filing: a record of `sources` keeps it for `days`. The other kinds hold as long
    as their fact does: headquarters (whoever has the group's head office has the group), key_account (customers named by rules of
    territory_id belong to that territory's team), branch (a branch follows the company above it).
    """

    protection_id: Text
    kind: Annotated[
        Literal["first_touch", "filing", "headquarters", "key_account", "branch"],
        word({"首触": "first_touch", "报备": "filing", "总部": "headquarters", "大客户": "key_account", "分支机构": "branch"}),
    ]
    applies_to: Annotated[Literal["customers", "leads", "opportunities"], word(_SUBJECTS, "customers")] = "customers"
    territory_id: OptionalText = None
    industries: Alternatives = None
    size_bands: Alternatives = None
    sources: Alternatives = None
    priority: Priority = 100
    days: OptionalPositive = None
    extension_days: OptionalPositive = None
    extension_limit: OptionalPositive = None
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _ends_where_it_should(self) -> "Protection":
        if self.kind in ("first_touch", "filing") and self.days is None:
            raise ValueError(f"days: a protection by {self.kind} ends; say after how many days")
        if self.kind not in ("first_touch", "filing") and (self.days or self.extension_days or self.extension_limit):
            raise ValueError(f"days: a protection by {self.kind} lasts as long as its fact; leave days and extensions empty")
        if (self.extension_days is None) != (self.extension_limit is None):
            raise ValueError("extension_days and extension_limit go together: how long one extension is, and how many there may be")
        if self.kind == "filing" and self.applies_to == "customers" and self.sources is None:
            raise ValueError("sources: name the systems whose records are filings, such as jiandaoyun")
        if self.kind != "filing" and self.sources is not None:
            raise ValueError(f"sources: only a protection by filing names systems, one by {self.kind} does not; leave it empty")
        if self.kind == "key_account" and self.territory_id is None:
            raise ValueError("territory_id: say which territory's team looks after the key accounts")
        return self


class PoolRule(PeriodRow):
    """When a customer or lead drops into a public pool (公海), and how it gets out again.

    relation, claim_method and the limits are the pool's own: every row of a pool says the same.
    """

    pool_rule_id: Text
    pool_id: Text
    applies_to: Annotated[Literal["customers", "leads"], word(_SUBJECTS, "customers")] = "customers"
    territory_id: OptionalText = None
    industries: Alternatives = None
    size_bands: Alternatives = None
    trigger: Annotated[
        Literal["no_activity", "no_deal", "protection_over", "rep_inactive", "returned"],
        word({"未跟进": "no_activity", "未成交": "no_deal", "保护到期": "protection_over", "离职": "rep_inactive", "退回": "returned"}),
    ]
    days: OptionalCount = None
    warn_days: OptionalPositive = None
    relation: Annotated[Literal["any", "all"], word({"任一": "any", "或": "any", "全部": "all", "且": "all"}, "any")] = "any"
    priority: Priority = 100
    claim_method: Annotated[Literal["assign", "claim", "apply"], word({"分配": "assign", "领取": "claim", "申领": "apply"}, "claim")] = (
        "claim"
    )
    holding_limit: OptionalPositive = None
    claim_limit: OptionalPositive = None
    claim_limit_days: OptionalPositive = None
    cool_down_days: OptionalPositive = None
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _can_happen(self) -> "PoolRule":
        if self.trigger in ("no_activity", "no_deal") and not self.days:
            raise ValueError(f"days: {self.trigger} needs the number of days after which it happens, 1 or more")
        if self.warn_days is not None and self.trigger in ("rep_inactive", "returned"):
            raise ValueError(f"warn_days: nobody can be warned before {self.trigger}; leave it empty")
        if self.warn_days is not None and self.trigger != "protection_over" and self.warn_days >= (self.days or 0):
            raise ValueError(f"warn_days: {self.warn_days} days before the end of {self.days or 0} days is too early; give fewer than days")
        if (self.claim_limit is None) != (self.claim_limit_days is None):
            raise ValueError("claim_limit and claim_limit_days go together: how many claims within how many days")
        if self.claim_limit is not None and self.claim_method == "assign":
            raise ValueError("claim_limit: nobody claims from a pool that is assigned; leave it empty or choose claim or apply")
        return self


class Quota(Row):
    """What a person or a territory is to sell (目标) in the month of quota_date."""

    rep_id: TextOrNothing = ""
    territory_id: TextOrNothing = ""
    quota_date: Day
    amount: Amount
    currency_code: Currency

    @model_validator(mode="after")
    def _somebodys(self) -> "Quota":
        if not self.rep_id and not self.territory_id:
            raise ValueError("give rep_id or territory_id: a quota belongs to somebody")
        return self


class CreditSplit(PeriodRow):
    """Who gets which share of the credit for one customer or deal (业绩分成). Rows of one split_id are one agreement."""

    split_id: Text
    subject: Annotated[Literal["customers", "opportunities"], word(_SUBJECTS, "customers")] = "customers"
    source: Text
    record_id: Text
    rep_id: Text
    credit: Annotated[Literal["revenue", "overlay"], word({"业绩": "revenue", "协销": "overlay"}, "revenue")] = "revenue"
    share_ratio: Share
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None


class FxRate(PeriodRow):
    """What one unit of a currency is worth in the home currency (汇率)."""

    currency_code: Currency
    rate: Rate
    valid_from: Day
    valid_to: OptionalDay = None


class Holiday(Row):
    """A day off, or a day worked instead of one (节假日, 调休)."""

    calendar: Calendar
    holiday_date: Day
    holiday_name: Text
    is_working_day: YesOrNo = False


class Industry(PeriodRow):
    """What an industry in the exports' words is called by the company, and where it hangs in the tree (行业)."""

    industry: Text
    industry_code: Text
    industry_name: Text
    parent_industry: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None


class SizeBand(PeriodRow):
    """How many employees or how much yearly revenue make a customer of this size (规模). The upper ends are exclusive."""

    size_band: Text
    from_employees: OptionalCount = None
    to_employees: OptionalCount = None
    from_revenue_amount: OptionalAmount = None
    to_revenue_amount: OptionalAmount = None
    currency_code: OptionalCurrency = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _measures_something(self) -> "SizeBand":
        employees, revenue = (self.from_employees, self.to_employees), (self.from_revenue_amount, self.to_revenue_amount)
        pairs = (("employees", *employees), ("revenue_amount", *revenue))
        if all(end is None for _, start, to in pairs for end in (start, to)):
            raise ValueError("from_employees: give a range of employees or of revenue; else every customer fits")
        for name, start, to in pairs:
            if to is not None and to <= (start or 0):
                raise ValueError(f"to_{name} must be more than from_{name}: it is the first number that is too large")
        if revenue != (None, None) and self.currency_code is None:
            raise ValueError("currency_code: say which currency the revenue is in")
        return self


class Survivorship(PeriodRow):
    """Which of several records' values a customer bears in one field (主数据取值规则), where it is not the program's own order."""

    field: Annotated[
        Literal[
            "customer_name", "credit_code", "registry_id", "phone", "email", "website", "address", "industry", "size_band",
            "employee_count", "annual_revenue_amount", "parent_customer_id",
        ],
        word(
            {
                "客户名称": "customer_name", "统一社会信用代码": "credit_code", "注册号": "registry_id", "电话": "phone", "邮箱": "email",
                "网址": "website", "地址": "address", "行业": "industry", "规模": "size_band", "人数": "employee_count",
                "营收": "annual_revenue_amount", "上级客户": "parent_customer_id",
            }
        ),
    ]  # fmt: skip
    rule: Annotated[
        Literal["trust", "newest", "agreement", "precision"],
        word({"来源优先": "trust", "最新": "newest", "多数一致": "agreement", "定位最细": "precision"}),
    ]
    sources: Alternatives = None
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _can_decide(self) -> "Survivorship":
        if self.rule == "precision" and self.field != "address":
            raise ValueError("rule: precision looks at places; choose trust, newest or agreement for any field but address")
        sources = (self.sources or "").split("|")
        if len(set(sources)) < len(sources):
            raise ValueError("sources: a system stands in it twice; name each once, the most trusted first")
        return self


SHEETS: dict[str, type[Row]] = {
    "territories": Territory,
    "territory_rules": TerritoryRule,
    "reps": Rep,
    "rep_territories": RepTerritory,
    "protection": Protection,
    "pool": PoolRule,
    "quotas": Quota,
    "credit_splits": CreditSplit,
    "fx_rates": FxRate,
    "holidays": Holiday,
    "industries": Industry,
    "size_bands": SizeBand,
    "potential": Potential,
    "survivorship": Survivorship,
}
"""Sheet name (rules/<name>.csv and rules.<name>) -> the model of its rows."""
