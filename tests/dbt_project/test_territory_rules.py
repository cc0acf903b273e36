"""Territory rules against an oracle: random rules and customers through the real SQL, and again by plain loops written for this test.

Here: which rules match on a day, their ranks, who is excluded by whom, who wins. Not here: single rules of ranking (unit tests in
dbt_project), the sentences' every word.

The models are compiled by dbt once and run in memory per example; BAILIWICK_EXAMPLES asks for more examples.
"""

import json
import math
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.tables import TABLES

PROJECT = Path(__file__).parents[2] / "dbt_project"
MARTS = ("fct_territory_candidates", "fct_territory_assignments", "fct_territory_blockers", "fct_territory_blocked_rules")
EXAMPLES = int(os.environ.get("BAILIWICK_EXAMPLES", "30"))
START, TODAY = date(2026, 1, 1), date(2026, 4, 15)
DAYS = (date(2025, 6, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 5, 1))
FILLED = {
    "as_of_date": TODAY, "file_sha256": "f", "sheet_sha256": "5", "row_number": 1, "is_in_latest_export": True, "problems": "",
    "match_reason": "x", "record_count": 1, "source_count": 1, "first_seen_date": START,
}  # fmt: skip

# ---- the real SQL


class Models:
    """The marts above and all they stand on, compiled once; `run` builds them of other rows each time."""

    def __init__(self, work: Path) -> None:
        environment = os.environ | {
            "BAILIWICK_WAREHOUSE": str(work / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(work / "target"),
            "DBT_LOG_PATH": str(work / "logs"),
        }
        command = [str(Path(sys.executable).with_name("dbt")), "compile", "--select", *(f"+{name}" for name in MARTS)]
        command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        done = subprocess.run(command, env=environment, cwd=work, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        manifest = json.loads((work / "target" / "manifest.json").read_text())
        self.nodes, self.compiled = manifest["nodes"], work / "target" / "compiled" / "bailiwick"
        self.models: dict[str, str] = {}  # relation -> SQL, in an order in which they can be built
        self.sources: dict[str, None] = {}
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as warehouse")
        self.connection.execute("set threads = 1")
        for schema in ("rules", "clean", "resolved", "staging", "intermediate", "marts"):
            self.connection.execute(f"create schema warehouse.{schema}")
        for name in MARTS:
            self._add(f"model.bailiwick.{name}")

    def __repr__(self) -> str:
        return "<the compiled models>"

    def _add(self, key: str) -> None:
        if key.startswith("source."):
            self.sources[".".join(key.split(".")[2:])] = None
        if key not in self.nodes:
            return
        node = self.nodes[key]
        if f"{node['schema']}.{node['name']}" in self.models:
            return
        for parent in node["depends_on"]["nodes"]:
            self._add(parent)
        self.models[f"{node['schema']}.{node['name']}"] = (self.compiled / node["original_file_path"]).read_text()

    def run(self, given_rows: dict[str, list[dict]]) -> None:
        """Build the marts of a company that consists of `given_rows`."""
        for name in self.sources:
            rows = [
                {column: row.get(column, FILLED.get(column)) for column in TABLES[name].column_names} for row in given_rows.get(name, [])
            ]
            arrow = pa.Table.from_pylist(rows, schema=TABLES[name].arrow_schema)  # noqa: F841 - DuckDB reads it by its name
            self.connection.execute(f"create or replace table warehouse.{name} as select * from arrow")
        for name, sql in self.models.items():
            self.connection.execute(f"create or replace table warehouse.{name} as ({sql}\n)")

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[dict]:
        return self.connection.sql(sql).to_arrow_table().to_pylist()


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
        "size_band": st.sampled_from(("small", "Large", None)),
        "products": st.lists(st.sampled_from(("pumps", "Valves", "hoses")), max_size=2),
        "is_active": st.booleans(),
    }
)
CONDITIONS = {
    "customer_names": some("acme", "C1", "c2", "Bolt"),
    "country_codes": some("CN", "US", "DE"),
    "region_codes": some("CN-SH", "CN-JS", "US-WA"),
    "division_codes": some("310000", "310100", "310115", "320500", "53033", "US-WA"),
    "city_names": some("上海", "苏州市", "SEATTLE"),
    "postal_codes": some("200120", "2000*", "200000..200999", "98101", "10001", "2*"),
    "circle": st.sampled_from((None, None, None, (31.2, 121.5, 8.0), (31.2, 121.5, 120.0), (47.6, -122.3, 60.0), (50.0, 10.0, 9000.0))),
    "industries": some("manufacturing", "Electronics", "半导体", "food", "Toys"),
    "size_bands": some("small", "large"),
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


def sheet_rows(rules: list[dict], move: date | None, tree: date | None) -> dict[str, list[dict]]:
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
        "rules.company": [{"company_name": "x", "calendar_start_date": START, "currency_code": "EUR", "opportunity_credit": "own_field"}],
    }


def customer_rows(customers: list[dict]) -> dict[str, list[dict]]:
    found, records, deals = [], [], []
    for number, customer in enumerate(customers, start=1):
        names = ("country_code", "region_code", "division_code", "city_name", "postal_code", "latitude", "longitude", "place_precision")
        row = dict(zip(names, customer["place"], strict=True)) | {
            name: customer[name] for name in ("customer_name", "industry", "size_band", "is_active")
        }
        found.append(row | {"customer_id": f"C{number}"})
        records.append({"source": "crm", "record_id": str(number), "customer_id": f"C{number}", "valid_from": START})
        for place, product in enumerate(customer["products"]):
            deals.append({"source": "crm", "record_id": f"{number}-{place}", "customer_record_id": str(number), "product": product})
        deals.append(
            {"source": "crm", "record_id": f"{number}-x", "customer_record_id": str(number), "product": "pumps", "is_deleted": True}
        )
    return {"resolved.customers": found, "resolved.customer_records": records, "clean.opportunities": deals}


# ---- the oracle


def in_force(row: dict, day: date) -> bool:
    return row["valid_from"] <= day and (row.get("valid_to") is None or day < row["valid_to"])


def industry_levels(word: str, industries: list[dict], day: date) -> dict[str, int]:
    """Every word that the customer's word is or lies below on the day -> its level."""
    rows = {row["industry"].lower(): row for row in industries if in_force(row, day)}
    here, chain = word.lower(), []
    if here not in rows:
        return {here: 1}
    while here in rows:
        chain.append(here)
        here = (rows[here].get("parent_industry") or "").lower()
    levels = {}
    for depth, ancestor in enumerate(reversed(chain), start=1):
        for other, row in rows.items():
            if row["industry_code"] == rows[ancestor]["industry_code"]:
                levels[other] = depth
    return levels


def bare_city(name: str) -> str:
    return name.lower()[:-1] if name.endswith("市") and len(name) > 2 else name.lower()


def postal_meets(customer: dict, pattern: str) -> bool:
    code = "".join(sign for sign in customer["postal_code"] or "" if sign.isalnum()).upper()
    code = code[:5] if customer["country_code"] == "US" else code
    if not code:
        return False
    if ".." in pattern:
        low, high = pattern.split("..")
        return low <= code[: len(low)] <= high
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def division_depth(customer: dict, code: str) -> int:
    """How deep a division is that the customer lies in; 0 where it does not."""
    if "-" in code:
        return 2 if customer["region_code"] == code else 0
    if len(code) == 5:
        return 3 if customer["division_code"] == code else 0
    mine = customer["division_code"] or ""
    if len(mine) != 6:
        return 0
    if code.endswith("0000"):
        return 2 if mine[:2] == code[:2] else 0
    if code.endswith("00"):
        return 3 if mine[:4] == code[:4] else 0
    return 4 if mine == code else 0


def kilometres(left: tuple[float, float], right: tuple[float, float]) -> float:
    (a, b), (c, d) = ((math.radians(x), math.radians(y)) for x, y in (left, right))
    return 6371.0088 * math.acos(min(1.0, math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)))


def meets(column: str, words: list[str], customer: dict, industries: list[dict], products: set[str], day: date) -> int:
    """How deep one filled column of a rule meets the customer; 0 where it does not. Depths matter for divisions and industries only."""
    if column == "customer_names":
        return any(word.lower() in (customer["customer_name"].strip().lower(), customer["customer_id"].lower()) for word in words)
    if column in ("country_codes", "region_codes"):
        return customer[column.removesuffix("s")] in words
    if column == "division_codes":
        return max(division_depth(customer, word) for word in words)
    if column == "city_names":
        return customer["city_name"] is not None and bare_city(customer["city_name"]) in map(bare_city, words)
    if column == "postal_codes":
        return any(postal_meets(customer, word) for word in words)
    if column == "industries":
        levels = industry_levels(customer["industry"], industries, day) if customer["industry"] else {}
        return max(levels.get(word.lower(), 0) for word in words)
    if column == "size_bands":
        return (customer["size_band"] or "").lower() in words
    return any(word.lower() in products for word in words)


PLACE_DEPTHS = {"country_codes": 1, "region_codes": 2, "city_names": 3, "postal_codes": 4}


def match(rule: dict, customer: dict, industries: list[dict], products: set[str], day: date) -> tuple[int, int] | None:
    """(depth of place, depth of industry) of a rule that matches a customer on a day, else None."""
    place, industry = 0, 0
    for column in CONDITIONS:
        if not rule.get(column):
            continue
        found = meets(column, rule[column].split("|"), customer, industries, products, day)
        if not found:
            return None
        place = max(place, found if column == "division_codes" else PLACE_DEPTHS.get(column, 0))
        industry = found if column == "industries" else industry
    if rule.get("within_km"):
        if customer["place_precision"] not in ("point", "street", "postal_code", "district", "city"):
            return None
        if kilometres((rule["latitude"], rule["longitude"]), (customer["latitude"], customer["longitude"])) > rule["within_km"]:
            return None
        place = 4
    return place, industry


def dimensions(rule: dict) -> int:
    places = ("country_codes", "region_codes", "division_codes", "city_names", "postal_codes", "within_km")
    others = ("customer_names", "industries", "size_bands", "product_lines")
    return int(any(rule.get(name) for name in places)) + sum(bool(rule.get(name)) for name in others)


def above(territory: str, move: date | None, day: date) -> set[str]:
    parents = {"EAST": "ROOT", "WEST": "ROOT", "SH": "WEST" if move and day >= move else "EAST"}
    found = {territory}
    while territory in parents:
        territory = parents[territory]
        found.add(territory)
    return found


def judged(sheets: dict[str, list[dict]], customer: dict, products: set[str], move: date | None, day: date) -> list[tuple]:
    """(rule, territory, excluding rule, why it lost to the first) by rank, for one customer on one day."""
    matched = []
    for rule in sheets["rules.territory_rules"]:
        depths = match(rule, customer, sheets["rules.industries"], products, day) if in_force(rule, day) else None
        if rule["state"] == "active" and depths:
            matched.append((rule, depths))
    candidates = []
    for rule, (place, industry) in matched:
        if rule["effect"] == "exclude":
            continue
        upper = above(rule["territory_id"], move, day)
        excluding = min(
            (other["rule_id"] for other, _ in matched if other["effect"] == "exclude" and other["territory_id"] in upper), default=None
        )
        named = bool(rule.get("customer_names"))
        key = (excluding is not None, not named, -dimensions(rule), -place, -industry, rule["priority"], rule["rule_id"])
        candidates.append((key, rule, excluding))
    candidates.sort(key=lambda item: item[0])
    words = ("", "does not name", "is broader", "larger place", "wider industry", "has priority", "higher id")
    result = []
    for key, rule, excluding in candidates:
        first = candidates[0][0]
        place = next((n for n, (mine, best) in enumerate(zip(key, first, strict=True)) if mine != best), 0)
        result.append((rule["rule_id"], rule["territory_id"], excluding, "excludes" if excluding else words[place]))
    return result


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
            expected = judged(sheets, customer, products, move, day)
            found = [row for row in candidates if row["customer_id"] == customer["customer_id"] and in_force(row, day)]
            assert [(row["rule_id"], row["territory_id"], row["excluding_rule_id"]) for row in found] == [item[:3] for item in expected]
            assert [row["candidate_rank"] for row in found] == list(range(1, len(found) + 1))
            for row, (_, _, excluding, why) in zip(found, expected, strict=True):
                assert why in row["candidate_reason"], (row, why)
                assert row["is_winner"] == (row["candidate_rank"] == 1 and excluding is None)
            (decided,) = [row for row in assignments if row["customer_id"] == customer["customer_id"] and in_force(row, day)]
            winner = expected[0] if expected and expected[0][2] is None else (None, "UNASSIGNED")
            assert (decided["rule_id"], decided["territory_id"]) == winner[:2]
            assert decided["candidate_count"] == sum(item[2] is None for item in expected)


LACKING = {"country": "country_code", "region": "region_code", "city": "city_name", "industry": "industry", "size": "size_band"}
COLUMNS = {"country": "country_codes", "region": "region_codes", "city": "city_names", "industry": "industries", "size": "size_bands"}


def would_match(rule: dict, customer: dict, field: str, sheets: dict[str, list[dict]], products: set[str]) -> bool:
    """Whether only the field keeps the customer from the rule today."""
    if rule["effect"] != "assign" or rule["state"] != "active" or not in_force(rule, TODAY) or not rule.get(COLUMNS[field]):
        return False
    rest = rule | {COLUMNS[field]: None}
    if field == "region" and not rule.get("country_codes") and customer["country_code"]:
        rest["country_codes"] = "|".join(code[:2] for code in rule["region_codes"].split("|"))
    return match(rest, customer, sheets["rules.industries"], products, TODAY) is not None


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rules=st.lists(RULE, max_size=10), customers=st.lists(CUSTOMER, min_size=1, max_size=6), tree=TREE)
def test_a_field_blocks_the_rules_that_only_lack_it(models, rules, customers, tree):
    sheets, people = sheet_rows(rules, None, tree), customer_rows(customers)
    models.run(sheets | people)
    expected, by_rule = {}, {}
    for number, customer in enumerate(people["resolved.customers"]):
        products = {product.lower() for product in customers[number]["products"]}
        for field, column in LACKING.items():
            if not customer["is_active"] or customer[column]:
                continue
            missed = [rule for rule in sheets["rules.territory_rules"] if would_match(rule, customer, field, sheets, products)]
            for rule in missed:
                by_rule[rule["rule_id"], field] = by_rule.get((rule["rule_id"], field), 0) + 1
            if missed:
                strongest = min(missed, key=lambda rule: (rule["priority"], rule["rule_id"]))
                expected[customer["customer_id"], field] = (len(missed), strongest["rule_id"])
    found = models.rows("select customer_id, field, rule_count, example_rule_id from warehouse.marts.fct_territory_blockers")
    assert {row[:2]: row[2:] for row in found} == expected
    counts = models.rows("select rule_id, field, customer_count from warehouse.marts.fct_territory_blocked_rules")
    assert {row[:2]: row[2] for row in counts} == by_rule


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
