"""What the fictional company's sales operations decided: the rows of its rule sheets.

Here: one function, rows by sheet. Not here: what a row may say (rules/sheets.py), writing files (home.py), the rules about territories
themselves (organisation.py).
"""

from collections.abc import Iterable
from datetime import date
from itertools import product

from ingest.demo.company import Company
from ingest.demo.formats import FORMATS
from ingest.demo.organisation import CALENDAR_START, Rep
from ingest.demo.world import Member

CURRENCY = "CNY"
"""The company's own."""
Row = dict[str, object]

# Yuan for one unit, by year; about what they were, and the company's own decision.
_RATES = (("USD", "7.2", "7.1"), ("EUR", "7.8", "8.2"))
_SECOND_YEAR = date(2026, 1, 1)
_HOLIDAYS = (
    ("CN", date(2025, 5, 31), "端午节", False),
    ("CN", date(2025, 9, 28), "国庆节调休", True),
    ("CN", date(2025, 10, 1), "国庆节", False),
    ("CN", date(2026, 5, 1), "劳动节", False),
    ("CN", date(2026, 6, 19), "端午节", False),
    ("US", date(2025, 7, 4), "Independence Day", False),
    ("US", date(2026, 5, 25), "Memorial Day", False),
    ("DE", date(2025, 10, 3), "Tag der Deutschen Einheit", False),
    ("DE", date(2026, 5, 25), "Pfingstmontag", False),
)
_INDUSTRIES = (  # as exports write it, code, name, what it belongs to
    ("Manufacturing", "M", "Manufacturing 制造业", None),
    ("Electronics", "M1", "Electronics 电子", "Manufacturing"),
    ("Machinery", "M2", "Machinery 机械", "Manufacturing"),
    ("Chemicals", "M3", "Chemicals 化工", "Manufacturing"),
    ("Healthcare", "H", "Healthcare 医疗", None),
    ("Biotechnology", "H1", "Biotechnology 生物科技", "Healthcare"),
)
_POTENTIAL = (  # criterion, value, points; not by size, which the systems grade in words of their own
    ("industry", "Healthcare|Biotechnology", 40),
    ("industry", "Manufacturing|Electronics|Machinery", 30),
    ("industry", "Chemicals", 15),
    ("country", "CN", 20),
    ("country", "US|DE", 10),
    ("band", "A", 75),
    ("band", "B", 45),
    ("band", "C", 0),
)
_POLICIES = {  # who gets a new customer that nobody has
    "CHINA-EAST": ("least_loaded", None),
    "CHINA-NORTH": ("round_robin", None),
    "CHINA-SOUTH": ("named", "E1010"),
    "CHINA-CENTRAL": ("round_robin", None),
}
_SIZES = (("small", None, 50), ("medium", 50, 500), ("large", 500, None))


def rule_rows(company: Company, splits: Iterable[tuple[str, str, str, Member]]) -> dict[str, list[Row]]:
    """The rows of every sheet. `splits`: source, record_id, owner and the colleague who has a share of the credit."""
    until = {rep.rep_id: company.leaves(rep.rep_id) for rep in company.reps}
    always: Row = {"valid_from": CALENDAR_START}
    return {
        "territories": [
            {
                "territory_id": territory.territory_id,
                "territory_name": territory.name,
                "parent_territory_id": territory.parent,
                "manager_rep_id": territory.manager,
                "assignment_policy": _POLICIES.get(territory.territory_id, (None, None))[0],
                "default_rep_id": _POLICIES.get(territory.territory_id, (None, None))[1],
                "source_territory_ids": _in_systems(territory.territory_id),
                "valid_from": company.realigned_on if territory.is_new else CALENDAR_START,
            }
            for territory in company.territories
        ],
        "territory_rules": _territory_rules(company),
        "reps": [
            always
            | {
                "rep_id": rep.rep_id,
                "rep_name": rep.name,
                "user_name": rep.user_name,
                "manager_rep_id": rep.manager,
                "access_scope": rep.access_scope,
                "source_user_ids": "|".join(f"{system}={FORMATS[system].user_id(rep.rep_id)}" for system in rep.systems),
                "valid_to": until[rep.rep_id],
            }
            for rep in company.reps
        ],
        "rep_territories": [row for rep in company.reps for row in _worked_by(rep, company.realigned_on, until[rep.rep_id])],
        "quotas": [
            {"rep_id": rep.rep_id, "quota_date": month, "amount": rep.monthly_quota, "currency_code": CURRENCY}
            for rep, month in product(company.reps, _months(company.nights[-1]))
            if rep.monthly_quota
        ],
        "protection": _protection(always),
        "pool": _pool(always),
        "credit_splits": [row for number, split in enumerate(splits, start=1) for row in _split(number, company.nights[0], *split)],
        "fx_rates": [
            {"currency_code": currency, "rate": rate, "valid_from": since, "valid_to": to}
            for currency, first, second in _RATES
            for rate, since, to in ((first, CALENDAR_START, _SECOND_YEAR), (second, _SECOND_YEAR, None))
        ],
        "holidays": [
            {"calendar": calendar, "holiday_date": day, "holiday_name": name, "is_working_day": str(worked).lower()}
            for calendar, day, name, worked in _HOLIDAYS
        ],
        "industries": [
            always | {"industry": industry, "industry_code": code, "industry_name": name, "parent_industry": parent}
            for industry, code, name, parent in _INDUSTRIES
        ],
        "size_bands": [always | {"size_band": band, "from_employees": start, "to_employees": end} for band, start, end in _SIZES],
        "potential": [always | {"criterion": criterion, "value": value, "points": points} for criterion, value, points in _POTENTIAL],
        "survivorship": _survivorship(always),
    }


def _territory_rules(company: Company) -> list[Row]:
    return [
        {
            "rule_id": rule.rule_id,
            "territory_id": rule.territory_id,
            "priority": rule.priority,
            "customer_names": "|".join(rule.customer_names),
            "country_codes": "|".join(rule.countries),
            "region_codes": "|".join(rule.regions),
            "industries": "|".join(rule.industries),
            "reason": rule.reason,
            "valid_from": rule.valid_from,
            "valid_to": rule.valid_to,
        }
        for rule in company.rules
    ]


def _in_systems(territory_id: str) -> str:
    """What the systems that keep territories call this one; Zoho's prefix is not part of its ids."""
    keep = {system: module for system, module in FORMATS.items() if hasattr(module, "territory_id")}
    return "|".join(f"{system}={module.territory_id(territory_id).removeprefix('zcrm_')}" for system, module in keep.items())


def _worked_by(rep: Rep, new_cut: date, until: date | None) -> list[Row]:
    """The territories of one person, one after the other."""
    first = {"rep_id": rep.rep_id, "territory_id": rep.territory_id, "role": rep.role, "valid_from": CALENDAR_START, "valid_to": until}
    if rep.new_territory_id is None:
        return [first]
    return [first | {"valid_to": new_cut}, first | {"territory_id": rep.new_territory_id, "valid_from": new_cut}]


def _protection(always: Row) -> list[Row]:
    return [
        always | row
        for row in (
            {
                "protection_id": "P1",
                "kind": "key_account",
                "territory_id": "CHINA-EAST",
                "priority": 10,
                "reason": "Group contracts are looked after in Shanghai.",
            },
            {"protection_id": "P2", "kind": "headquarters", "priority": 20, "reason": "Whoever has the head office has the group."},
            {"protection_id": "P3", "kind": "branch", "priority": 30, "reason": "A branch follows the company above it."},
            {
                "protection_id": "P4",
                "kind": "filing",
                "territory_id": "CHINA",
                "sources": "jiandaoyun",
                "priority": 40,
                "days": 180,
                "extension_days": 90,
                "extension_limit": 1,
                "reason": "A distributor's customer that was filed is safe for half a year.",
            },
            {"protection_id": "P5", "kind": "first_touch", "priority": 50, "days": 90, "reason": "Who comes first has a quarter."},
        )
    ]


def _pool(always: Row) -> list[Row]:
    own = {"relation": "any", "claim_method": "claim", "holding_limit": 400, "claim_limit": 10, "claim_limit_days": 7, "cool_down_days": 30}
    return [
        always | {"pool_id": "CN-CUSTOMERS", "applies_to": "customers", "territory_id": "CHINA"} | own | row
        for row in (
            {"pool_rule_id": "C1", "trigger": "no_activity", "days": 30, "warn_days": 7, "reason": "Nobody followed up for a month."},
            {"pool_rule_id": "C2", "trigger": "no_deal", "days": 180, "warn_days": 14, "reason": "No deal within half a year."},
            {"pool_rule_id": "C3", "trigger": "returned", "reason": "Given back by its owner."},
        )
    ]


def _survivorship(always: Row) -> list[Row]:
    return [
        always | {"field": "credit_code", "rule": "trust", "sources": "yonyou", "reason": "Codes are checked when an invoice is written."},
        always | {"field": "annual_revenue_amount", "rule": "newest", "reason": "A figure of last year's is worth less than one of this."},
    ]


def _split(number: int, since: date, source: str, record_id: str, owner: str, member: Member) -> list[Row]:
    """One agreement: the owner has what the colleague has not."""
    shares = ((owner, round(1 - member.share_ratio, 4)), (member.rep_id, member.share_ratio))
    return [
        {
            "split_id": f"S{number:04d}",
            "subject": "customers",
            "source": source,
            "record_id": record_id,
            "rep_id": rep_id,
            "credit": "revenue",
            "share_ratio": share,
            "reason": "Works on it with the owner.",
            "valid_from": since,
        }
        for rep_id, share in shares
    ]


def _months(last: date) -> list[date]:
    """First day of every month from the calendar's start to the month of `last`."""
    first = CALENDAR_START.year * 12 + CALENDAR_START.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, last.year * 12 + last.month)]
