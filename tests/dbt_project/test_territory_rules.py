"""Territory rules against an oracle: random rules and customers through the real SQL, and again by plain loops (territory_oracle.py).

Here: which rules match on a day, their ranks, who is excluded by whom, who wins; customers that move from night to night. Not here:
single rules of ranking (unit tests in dbt_project), the sentences' every word.

The models are compiled by dbt once and run in memory per example; BAILIWICK_EXAMPLES asks for more examples.
"""

import importlib.util
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.record.journals import JOURNALS


def helper(name: str):
    """A module of this folder that is no test."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORACLE, MODELS = helper("territory_oracle"), helper("territory_models")
Models, MARTS, NEWS, START, TODAY = MODELS.Models, MODELS.MARTS, MODELS.NEWS, MODELS.START, MODELS.TODAY
EXAMPLES = int(os.environ.get("BAILIWICK_EXAMPLES", "8"))
DAYS = (date(2025, 6, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 5, 1))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory):
    found = Models(tmp_path_factory.mktemp("compiled"))
    yield found
    found.connection.close()


# ---- random rules


def some(*words: str) -> st.SearchStrategy[str | None]:
    """Nothing, or one to three of `words` as a cell."""
    lists = st.lists(st.sampled_from(words), min_size=1, max_size=3).map("|".join)
    return st.one_of(st.none(), st.none(), lists)


PERIODS = st.tuples(st.sampled_from(DAYS), st.sampled_from((*DAYS, None))).filter(lambda period: period[1] is None or period[0] < period[1])
PLACES = (  # country, region, division, city, postal code, latitude, longitude, precision
    ("CN", "CN-SH", "310115", "上海市", "200120", 31.22, 121.54, "street"),
    ("CN", "CN-SH", "310104", "上海", "200030", 31.18, 121.43, "district"),
    ("CN", "CN-JS", "320505", "苏州市", "215-011", 31.29, 120.57, "city"),
    ("CN", "CN-JS", "320000", None, None, 32.0, 119.0, "region"),
    ("US", "US-WA", "53033", "Seattle", "98101-1234", 47.61, -122.33, "postal_code"),
    ("US", "US-WA", None, "seattle", None, 47.0, -120.0, "region"),
    ("US", "US-NY", "36061", "New York", "10001", 40.75, -73.99, "point"),
    ("DE", "DE-BE", None, "Berlin", "10001", 52.52, 13.4, "city"),
    (None, None, None, "Seattle", None, None, None, "none"),
)
CUSTOMER = st.fixed_dictionaries(
    {
        "place": st.sampled_from(PLACES),
        "customer_name": st.sampled_from(("Acme", "ACME ", "Bolt", "Cargo")),
        "industry": st.sampled_from(("Electronics", "chips", "Food", "Manufacturing", "Toys", None)),
        "size_band": st.sampled_from(("small", "Large", "重点", None)),
        "employee_count": st.sampled_from((None, None, 99, 100)),
        "products": st.lists(st.sampled_from(("pumps", "Valves", "hoses")), max_size=2),
        "is_active": st.booleans(),
    }
)
CONDITIONS = {
    "customer_names": some("acme", "C1", "c2", "Bolt", "OLD1", "old3"),
    "country_codes": some("CN", "US", "DE"),
    "region_codes": some("CN-SH", "CN-JS", "US-WA"),
    "division_codes": some("310000", "310100", "310115", "320500", "53033", "US-WA"),
    "city_names": some("上海", "苏州市", "SEATTLE"),
    "postal_codes": some("200120", "2000*", "200000..200999", "98101", "10001", "2*"),
    "circle": st.sampled_from((None, None, None, (31.2, 121.5, 8.0), (31.2, 121.5, 120.0), (47.6, -122.3, 60.0), (50.0, 10.0, 9000.0))),
    "industries": some("manufacturing", "Electronics", "半导体", "food", "Toys"),
    "size_bands": some("small", "large"),
    "potential_bands": some("low", "high"),
    "product_lines": some("Pumps", "valves"),
}
TERRITORIES = ("ROOT", "EAST", "SH", "WEST", "UNHEARD")
RULE = st.fixed_dictionaries(
    {
        "territory_id": st.sampled_from(TERRITORIES),
        "effect": st.sampled_from(("assign", "assign", "assign", "exclude")),
        "state": st.sampled_from(("active", "active", "active", "planning")),
        "priority": st.sampled_from((50, 100)),
        "period": PERIODS,
        "conditions": st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=4, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({name: CONDITIONS[name] for name in names})
        ),
    }
)
MOVE = st.sampled_from((None, *DAYS[1:]))  # the day on which SH moves from EAST to WEST
TREE = st.sampled_from((None, *DAYS))  # the day from which Electronics lies below Manufacturing


def sheet_rows(rules: list[dict], move: date | None, tree: date | None, as_of: date = TODAY) -> dict[str, list[dict]]:
    written = []
    for number, rule in enumerate(rules, start=1):
        conditions = dict(rule["conditions"])
        circle = conditions.pop("circle", None) or (None, None, None)
        row = conditions | dict(zip(("latitude", "longitude", "within_km"), circle, strict=True))
        row |= {name: rule[name] for name in ("territory_id", "effect", "state", "priority")}
        written.append(row | {"rule_id": f"R{number:02d}", "valid_from": rule["period"][0], "valid_to": rule["period"][1]})
    early = {"valid_from": date(2020, 1, 1)}
    territories = [early | {"territory_id": "ROOT"}, early | {"territory_id": "EAST", "parent_territory_id": "ROOT"}]
    territories += [early | {"territory_id": "WEST", "parent_territory_id": "ROOT"}, early | {"territory_id": "UNHEARD"}]
    territories.append(early | {"territory_id": "SH", "parent_territory_id": "EAST", "valid_to": move})
    if move:
        territories.append({"territory_id": "SH", "parent_territory_id": "WEST", "valid_from": move})
    industries = [early | {"industry": "Manufacturing", "industry_code": "M"}, early | {"industry": "Food", "industry_code": "F"}]
    if tree:
        below = {"valid_from": tree, "industry_code": "M1", "parent_industry": "manufacturing"}
        industries += [below | {"industry": "Electronics"}, below | {"industry": "半导体"}]
        industries.append(
            {
                "valid_from": tree,
                "valid_to": date(2026, 4, 1),
                "industry": "chips",
                "industry_code": "M11",
                "parent_industry": "Electronics",
            }
        )
    industries = [row for row in industries if row.get("valid_to") is None or row["valid_from"] < row["valid_to"]]
    return {
        "rules.territory_rules": written,
        "rules.territories": [row | {"territory_name": row["territory_id"]} for row in territories],
        "rules.industries": [row | {"industry_name": row["industry"]} for row in industries],
        "rules.size_bands": [
            early | {"size_band": "small", "to_employees": 100},
            early | {"size_band": "Large", "from_employees": 100},
        ],
        "rules.potential": [
            early | {"criterion": criterion, "value": value, "points": points}
            for criterion, value, points in (
                ("size_band", "small", 20),
                ("size_band", "large", 80),
                ("band", "low", 0),
                ("band", "high", 60),
            )
        ],
        "rules.company": [
            {
                "company_name": "x",
                "as_of_date": as_of,
                "calendar_start_date": START,
                "currency_code": "EUR",
                "opportunity_credit": "own_field",
            }
        ],
    }


def customer_rows(customers: list[dict]) -> dict[str, list[dict]]:
    found, records, deals, redirects = [], [], [], []
    for number, customer in enumerate(customers, start=1):
        if customer is None:  # not there yet, or no longer
            continue
        names = ("country_code", "region_code", "division_code", "city_name", "postal_code", "latitude", "longitude", "place_precision")
        row = dict(zip(names, customer["place"], strict=True)) | {
            name: customer.get(name) for name in ("customer_name", "industry", "size_band", "employee_count", "is_active")
        }
        former = [f"OLD{number}"] if number % 2 else []
        found.append(row | {"customer_id": f"C{number}", "former_ids": former})
        redirects += [{"old_customer_id": old, "customer_id": f"C{number}", "cause": "merged", "happened_on": DAYS[2]} for old in former]
        records.append({"source": "crm", "record_id": str(number), "customer_id": f"C{number}", "valid_from": START})
        for place, product in enumerate(customer["products"]):
            deals.append({"source": "crm", "record_id": f"{number}-{place}", "customer_record_id": str(number), "product": product})
        deals.append(
            {"source": "crm", "record_id": f"{number}-x", "customer_record_id": str(number), "product": "pumps", "is_deleted": True}
        )
    return {
        "resolved.customers": found,
        "resolved.customer_records": records,
        "resolved.customer_id_redirects": redirects,
        "clean.opportunities": deals,
    }


# ---- properties


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rules=st.lists(RULE, max_size=10), customers=st.lists(CUSTOMER, min_size=1, max_size=6), move=MOVE, tree=TREE)
def test_the_models_find_rank_and_explain_what_plain_loops_do(models, rules, customers, move, tree):
    sheets, people = sheet_rows(rules, move, tree), customer_rows(customers)
    models.run(sheets | people)
    days = sorted({day + timedelta(shift) for day in (*DAYS, START, TODAY) for shift in (-1, 0) if day + timedelta(shift) >= START})
    candidates = models.dicts("select * from warehouse.marts.fct_territory_candidates order by candidate_rank")
    assignments = models.dicts("select * from warehouse.marts.fct_territory_assignments")
    for number, customer in enumerate(people["resolved.customers"]):
        products = {product.lower() for product in customers[number]["products"]}
        for day in days:
            expected = ORACLE.judged(sheets, customer, products, move, day)
            found = [row for row in candidates if row["customer_id"] == customer["customer_id"] and ORACLE.in_force(row, day)]
            assert [(row["rule_id"], row["territory_id"], row["excluding_rule_id"]) for row in found] == [item[:3] for item in expected]
            assert [row["candidate_rank"] for row in found] == list(range(1, len(found) + 1))
            for row, (_, _, excluding, why) in zip(found, expected, strict=True):
                assert why in row["candidate_reason"], (row, why)
                assert row["is_winner"] == (row["candidate_rank"] == 1 and excluding is None)
            (decided,) = [row for row in assignments if row["customer_id"] == customer["customer_id"] and ORACLE.in_force(row, day)]
            winner = expected[0] if expected and expected[0][2] is None else (None, "UNASSIGNED")
            assert (decided["rule_id"], decided["territory_id"]) == winner[:2]
            assert decided["candidate_count"] == sum(item[2] is None for item in expected)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rules=st.lists(RULE, max_size=10), customers=st.lists(CUSTOMER, min_size=1, max_size=6), tree=TREE)
def test_a_field_blocks_the_rules_that_only_lack_it(models, rules, customers, tree):
    sheets, people = sheet_rows(rules, None, tree), customer_rows(customers)
    models.run(sheets | people)
    expected, by_rule = {}, {}
    for number, customer in enumerate(people["resolved.customers"]):
        products = {product.lower() for product in customers[number]["products"]}
        for field in ORACLE.LACKING:
            if not customer["is_active"] or not ORACLE.lacks(customer, field):
                continue
            missed = [
                rule for rule in sheets["rules.territory_rules"] if ORACLE.would_match(rule, customer, field, sheets, products, TODAY)
            ]
            for rule in missed:
                by_rule[rule["rule_id"], field] = by_rule.get((rule["rule_id"], field), 0) + 1
            if missed:
                strongest = min(missed, key=lambda rule: (rule["priority"], rule["rule_id"]))
                expected[customer["customer_id"], field] = (len(missed), strongest["rule_id"])
    found = models.rows("select customer_id, field, rule_count, example_rule_id from warehouse.marts.fct_territory_blockers")
    assert {row[:2]: row[2:] for row in found} == expected
    counts = models.rows("select rule_id, field, customer_count from warehouse.marts.fct_territory_blocked_rules")
    assert {row[:2]: row[2] for row in counts} == by_rule


NIGHTS = (date(2026, 1, 1), date(2026, 1, 20), date(2026, 2, 1), date(2026, 2, 15), date(2026, 3, 10))
LIVES = st.lists(st.one_of(CUSTOMER, CUSTOMER, CUSTOMER, st.none()), min_size=4, max_size=4)


VALUES = next(journal for journal in JOURNALS if journal.name == "customer_values")


class Recorded:
    """A company's nights as the record keeps them: what each adds is taken from the models and given to the next."""

    def __init__(self, models: Models, sheets: list) -> None:
        self.models, self.sheets, self.rows = (
            models,
            sheets,
            {f"record.{name}": [] for name in ("nights", "customer_values", "ownership_events")},
        )

    def night(self, day: date, customers: list[dict | None], *, record: bool = True) -> None:
        self.models.run(sheet_rows(*self.sheets, day) | customer_rows(customers) | self.rows)
        if not record:
            return
        number = len(self.rows["record.nights"]) + 1
        values = self.models.dicts(VALUES.news)
        news = self.models.dicts(f"select * from warehouse.intermediate.{NEWS} order by event_id")
        self.rows["record.nights"] += [{"night": number, "recorded_on": day}]
        self.rows["record.customer_values"] += [row | {"night": number} for row in values]
        self.rows["record.ownership_events"] += [row | {"night": number, "recorded_on": day, "role": "territory"} for row in news]

    def told(self) -> list[tuple]:
        return self.models.rows("select * from warehouse.marts.fct_territory_assignments order by all")


def seen_on(runs: list[tuple[date, list]], number: int, day: date) -> dict | None:
    """A customer as rules are to see it on a day: as the last night up to it did, else as the first that saw it at all."""
    seen = [(night, lives[number]) for night, lives in runs if lives[number] is not None]
    upto = [life for night, life in seen if night <= day]
    return upto[-1] if upto else [life for night, life in seen if night == seen[0][0]][-1]


@settings(max_examples=max(1, EXAMPLES // 4), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    rules=st.lists(RULE, min_size=4, max_size=8),
    lives=st.lists(LIVES, min_size=4, max_size=4),
    nights=st.lists(st.sampled_from(NIGHTS), min_size=2, max_size=4).map(sorted),
    move=MOVE,
    tree=TREE,
)
def test_a_customer_that_moves_does_not_take_its_past_along(models, rules, lives, nights, move, tree):
    recorded, runs, shown = Recorded(models, [rules, move, tree]), [], {}
    sheets = sheet_rows(rules, move, tree)
    days = sorted(
        {day + timedelta(shift) for day in (*DAYS, *NIGHTS, START, TODAY) for shift in (-1, 0) if day + timedelta(shift) >= START}
    )
    for number, night in enumerate(nights):
        customers = [life[number] for life in lives]
        recorded.night(night, customers)
        runs.append((night, customers))
        shown[night] = (customers, recorded.told())
        assignments = models.dicts("select * from warehouse.marts.fct_territory_assignments")
        for place, customer in enumerate(customers):
            held = [row for row in assignments if row["customer_id"] == f"C{place + 1}"]
            assert bool(held) == (customer is not None)
            for day in days if held else ():
                seen = seen_on(runs, place, day)
                (row,) = customer_rows([None] * place + [seen])["resolved.customers"]
                expected = ORACLE.judged(sheets, row, {product.lower() for product in seen["products"]}, move, day)
                winner = expected[0] if expected and expected[0][2] is None else (None, "UNASSIGNED")
                (decided,) = [row for row in held if ORACLE.in_force(row, day)]
                assert (decided["rule_id"], decided["territory_id"]) == winner[:2], (place, night, day)
                assert decided["candidate_count"] == sum(item[2] is None for item in expected)
    events = recorded.rows["record.ownership_events"]
    assert all(row["cause"] == "customer_retired" for row in events if row["kind"] == "withdrawal" and len(set(nights)) == len(nights))
    recorded.night(nights[-1], [life[len(nights) - 1] for life in lives])
    assert (len(recorded.rows["record.ownership_events"]), recorded.told()) == (len(events), shown[nights[-1]][1])
    for night, (customers, told) in shown.items():  # a past day is told again as it was, whatever its exports say now
        recorded.night(
            night, [life and lives[0][0] for life in customers] if night < nights[-1] and lives[0][0] else customers, record=False
        )
        assert [row[:3] for row in recorded.told()] == [row[:3] for row in told]


def test_the_order_of_rows_does_not_matter(models):
    rules = [
        {
            "territory_id": "EAST",
            "effect": "assign",
            "state": "active",
            "priority": 100,
            "period": (DAYS[0], None),
            "conditions": {"city_names": "上海"},
        },
        {
            "territory_id": "SH",
            "effect": "assign",
            "state": "active",
            "priority": 100,
            "period": (DAYS[0], None),
            "conditions": {"city_names": "上海"},
        },
        {
            "territory_id": "WEST",
            "effect": "exclude",
            "state": "active",
            "priority": 1,
            "period": (DAYS[2], None),
            "conditions": {"size_bands": "large"},
        },
    ]
    customers = [
        {"place": place, "customer_name": "Acme", "industry": "Food", "size_band": "Large", "products": [], "is_active": True}
        for place in PLACES
    ]
    given_rows = sheet_rows(rules, DAYS[3], DAYS[0]) | customer_rows(customers)
    backwards = {name: rows[::-1] for name, rows in given_rows.items()}
    results = []
    for order in (given_rows, backwards):
        models.run(order)
        results.append([models.rows(f"select * from warehouse.marts.{mart} order by all") for mart in MARTS])
    assert results[0] == results[1]
    assert all(results[0][:2])
