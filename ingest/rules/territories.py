"""Territory rules (区域规则) that contradict each other.

Here: rows that assign and exclude the same customers for one territory. Not here: one row's own mistakes (sheets.py); which rule never
matches, is shadowed or ties, which depends on customers (dbt_project, fct_territory_rule_issues).
"""

from ingest.rules.rows import Rows, common, period_of

CONDITIONS = (
    "customer_names",
    "country_codes",
    "region_codes",
    "division_codes",
    "city_names",
    "postal_codes",
    "latitude",
    "longitude",
    "within_km",
    "industries",
    "size_bands",
    "potential_bands",
    "product_lines",
)
"""The columns of territory_rules that restrict."""


def find_wrong_rules(rows: Rows) -> list[str]:
    """One sentence per row that takes out of a territory exactly whom an earlier or later row sends there on the same days."""
    by_conditions: dict[tuple, Rows] = {}
    for cell, row in rows:
        by_conditions.setdefault((row["territory_id"], row["state"], *(_said(row[name]) for name in CONDITIONS)), []).append((cell, row))
    problems = []
    for cell, row in rows:
        if row["effect"] != "exclude":
            continue
        same = by_conditions[(row["territory_id"], row["state"], *(_said(row[name]) for name in CONDITIONS))]
        other = next((item for item in same if item[1]["effect"] == "assign" and common(period_of(item[1]), period_of(row))), None)
        if other:
            text = (
                f"{row['rule_id']} excludes from {row['territory_id']} exactly whom {other[1]['rule_id']} in line {other[0].line} "
                "assigns to it on the same days; keep one of the two, or end one where the other begins"
            )
            problems.append(cell.problem("effect", text))
    return problems


def _said(value: object) -> object:
    """A cell for comparing: the same alternatives in any order and case are the same condition."""
    return tuple(sorted({part.strip().casefold() for part in value.split("|")})) if isinstance(value, str) else value
