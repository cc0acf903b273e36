"""What plain loops make of territory rules and customers: written for tests/dbt_project/test_territory_rules.py, apart from the SQL.

Here: who meets a rule on a day, who wins and why the others lost, whom a missing field keeps out. Not here: random rules, the real models.
Rows are those of the sheets and of resolved.customers, as dicts.
"""

import math
from datetime import date

ALL_CONDITIONS = (
    "customer_names",
    "country_codes",
    "region_codes",
    "division_codes",
    "city_names",
    "postal_codes",
    "industries",
    "size_bands",
    "potential_bands",
    "product_lines",
)


POTENTIAL = {"small": "low", "large": "high"}
"""The band of potential that a size leads to, by the sheet that the tests give; nobody knows that of others."""


def size_of(customer: dict) -> str | None:
    """By the sheet that the tests give: a word that it names, else small below 100 employees and large from there on."""
    word, count = (customer["size_band"] or "").lower(), customer.get("employee_count")
    if word in POTENTIAL or count is None:
        return word if word in POTENTIAL else None
    return "small" if count < 100 else "large"


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
        own = {customer["customer_name"].strip().lower(), *(name.lower() for name in (customer["customer_id"], *customer["former_ids"]))}
        return any(word.lower() in own for word in words)
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
        return size_of(customer) in words
    if column == "potential_bands":
        return POTENTIAL.get(size_of(customer)) in words
    return any(word.lower() in products for word in words)


PLACE_DEPTHS = {"country_codes": 1, "region_codes": 2, "city_names": 3, "postal_codes": 4}


def match(rule: dict, customer: dict, industries: list[dict], products: set[str], day: date) -> tuple[int, int] | None:
    """(depth of place, depth of industry) of a rule that matches a customer on a day, else None."""
    place, industry = 0, 0
    for column in ALL_CONDITIONS:
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
    others = ("customer_names", "industries", "size_bands", "potential_bands", "product_lines")
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


LACKING = {"country": "country_code", "region": "region_code", "city": "city_name", "industry": "industry", "size": "size_band"}
COLUMNS = {"country": "country_codes", "region": "region_codes", "city": "city_names", "industry": "industries", "size": "size_bands"}


def lacks(customer: dict, field: str) -> bool:
    return not (size_of(customer) if field == "size" else customer[LACKING[field]])


def would_match(rule: dict, customer: dict, field: str, sheets: dict[str, list[dict]], products: set[str], today: date) -> bool:
    """Whether only the field keeps the customer from the rule today."""
    if rule["effect"] != "assign" or rule["state"] != "active" or not in_force(rule, today) or not rule.get(COLUMNS[field]):
        return False
    rest = rule | {COLUMNS[field]: None}
    if field == "region" and not rule.get("country_codes") and customer["country_code"]:
        rest["country_codes"] = "|".join(code[:2] for code in rule["region_codes"].split("|"))
    return match(rest, customer, sheets["rules.industries"], products, today) is not None
