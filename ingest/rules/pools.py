"""Rules of public pools (公海) that contradict each other or can never take anything.

Here: rows of one pool that disagree, triggers that wait for what never happens. Not here: one row's own mistakes (sheets.py), taking
customers back (dbt_project).
"""

from ingest.rules.rows import Rows, by_key, common, period_of

_SAID_BY_ALL = ("relation", "claim_method")
_SAID_ONCE = ("holding_limit", "claim_limit", "claim_limit_days", "cool_down_days")


def find_wrong_pools(sheets: dict[str, Rows]) -> list[str]:
    """Rows of one pool that disagree about what is the pool's own, and rules that wait for a protection nobody gives."""
    rows = sheets.get("pool", [])
    problems = []
    for (pool_id, applies_to), same in by_key(rows, "pool_id", "applies_to").items():
        for place, (cell, row) in enumerate(same):
            for column in (*_SAID_BY_ALL, *_SAID_ONCE):
                other = next((item for item in same[:place] if _disagree(row, item[1], column)), None)
                if other:
                    said, here = other[1][column], row[column]
                    text = (
                        f"pool {pool_id} ({applies_to}) says {said} in line {other[0].line} and {here} here, on the same days; "
                        "it is the pool's own, so write the same in each of its rows"
                    )
                    problems.append(cell.problem(column, text))
    protections = [row for _, row in sheets.get("protection", []) if row["days"] is not None]
    for cell, row in rows:
        if row["trigger"] == "protection_over":
            problems += [cell.problem(column, text) for column, text in _waits_in_vain(row, protections)]
    return problems


def _disagree(row: dict, other: dict, column: str) -> bool:
    """Whether two rows of one pool say different things on a common day. A limit that one of them leaves empty is the other's."""
    if None in (row[column], other[column]) or row[column] == other[column]:
        return False
    return common(period_of(row), period_of(other))


def _waits_in_vain(row: dict, protections: list[dict]) -> list[tuple[str, str]]:
    """(column, sentence) for a rule that waits for the end of a protection. One that was given earlier may still end later."""
    fitting = [
        protection["days"]
        for protection in protections
        if protection["applies_to"] == row["applies_to"] and protection["valid_from"] < period_of(row)[1]
    ]
    if not fitting:
        text = (
            f"protection_over never happens: the sheet protection gives {row['applies_to']} no protection that ends "
            "(first_touch or filing); add one there or choose another trigger"
        )
        return [("trigger", text)]
    if row["warn_days"] is not None and row["warn_days"] >= (row["days"] or 0) + min(fitting):
        return [("warn_days", f"{row['warn_days']} days before the end is before the protection of {min(fitting)} days begins; give fewer")]
    return []
