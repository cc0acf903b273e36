"""The lines of `bailiwick what-if`: what stands out first, then moves, relations, money, balance, files.

Here: wording. Not here: the answer (what_if.py).
"""

from collections.abc import Iterator

from orchestration.what_if import WhatIf
from serving.health_findings import counted
from serving.what_if import MEASURES, SIDES, Comparison, Row

FLOWS_TOLD, ISSUES_TOLD, BALANCE_TOLD = 10, 10, 25


def told(found: WhatIf) -> list[str]:
    """The answer in lines for people."""
    comparison, totals = found.comparison, found.comparison.totals
    given = ", ".join(taken.sheet for taken in found.sheets if taken.origin == "given")
    changed = ", ".join(taken.sheet for taken in found.sheets if taken.is_changed) or "none"
    planning = ", rules in planning counted as active" if found.with_planning else ""
    return [
        f"Rules of {found.rules_dir} against those in force, as both hold on {comparison.on}{planning}.",
        f"Customers, owners and deals as of {comparison.as_of_date}; amounts in {comparison.currency_code}; "
        f"potential: {comparison.potential_measure or 'not known'}. Nothing was changed.",
        f"Sheets given: {given}; differing: {changed}; the others as in force.",
        "",
        *_first(found),
        f"{totals['moved']:,} of {totals['customers']:,} customers move; {totals['stay_by_another_rule']:,} stay where they are by another "
        "rule.",
        f"{totals['broken']:,} relations break: today's owner has no place in the territory"
        + (f" ({totals['broken_without_move']:,} of them of customers that stay)." if totals["broken_without_move"] else "."),
        f"Open pipeline that moves: {_amount(totals['pipeline_moved'])} of {_amount(totals['pipeline'])}, in {totals['deals_moved']:,} "
        f"of {totals['deals']:,} open deals.",
        f"Quota that moves: {_amount(totals['quota_moved'])} of {_amount(totals['quota'])} left from the month of {comparison.on} on.",
        *_flows(comparison),
        *_balance(comparison),
        *_files(found),
    ]


def _first(found: WhatIf) -> Iterator[str]:
    """What a planner must know before any figure."""
    comparison, totals = found.comparison, found.comparison.totals
    lines = list(found.notes)
    if totals["become_unassigned"]:
        lines.append(f"{totals['become_unassigned']:,} customers become UNASSIGNED: no rule takes them any more.")
    new = [issue for issue in comparison.issues if issue["is_new"]]
    lines += [f"{issue['issue']}: {issue['detail']}" for issue in new[:ISSUES_TOLD]]
    if len(new) > ISSUES_TOLD:
        lines.append(f"and {len(new) - ISSUES_TOLD:,} more new rule issues.")
    if old := len(comparison.issues) - len(new):
        lines.append(f"{old:,} rule issue(s) that the rules in force have too.")
    if lines:
        yield "First:"
        yield from (f"  {line}" for line in lines)
        yield ""


def _flows(found: Comparison) -> Iterator[str]:
    if not found.flows:
        return
    yield ""
    yield f"{'From':<22} {'to':<22} {'customers':>10} {'broken':>8} {'pipeline':>16} {'quota':>14}"
    for flow in found.flows[:FLOWS_TOLD]:
        yield (
            f"{flow['from_territory_id']:<22} {flow['to_territory_id']:<22} {flow['customers']:>10,} {flow['broken']:>8,} "
            f"{_amount(flow['pipeline']):>16} {_amount(flow['quota_moved']):>14}"
        )
    if len(found.flows) > FLOWS_TOLD:
        rest = found.flows[FLOWS_TOLD:]
        yield f"and {len(rest):,} more flows with {sum(flow['customers'] for flow in rest):,} customers."


def _balance(found: Comparison) -> Iterator[str]:
    for kind, title, rows in (("territory", "Territory", found.territories), ("rep", "Person", found.reps)):
        yield ""
        yield f"{title:<22}" + "".join(f"{name:>22}" for name in ("customers", "potential", "open pipeline")) + "   (before > after)"
        changed = [row for row in rows if any(row[f"{measure}_before"] != row[f"{measure}_after"] for measure in MEASURES)]
        for row in changed[:BALANCE_TOLD]:
            yield f"{row['id']:<22}" + "".join(f"{_both(row, measure):>22}" for measure in MEASURES)
        if len(changed) > BALANCE_TOLD:
            yield f"and {len(changed) - BALANCE_TOLD:,} more."
        if same := len(rows) - len(changed):
            yield f"({same:,} unchanged)"
        if kind == "rep":
            yield "(of broken relations the proposed owner counts, or nobody)"
        for figure, short in (("gini", "gini"), ("coefficient_of_variation", "coeff. of variation"), ("max_over_min", "max over min")):
            figures = {(each["measure"], each["side"]): each[figure] for each in found.fairness if each["kind"] == kind}
            sides = [" > ".join(_ratio(figures[measure, side]) for side in SIDES) for measure in MEASURES]
            yield f"{short:<22}" + "".join(f"{text:>22}" for text in sides)


def _files(found: WhatIf) -> Iterator[str]:
    yield ""
    for row in found.comparison.proposals:
        if row["with_proposal"] < row["broken"]:
            left = counted(row["broken"] - row["with_proposal"], "customer")
            yield f"No new owner for {left} of {row['territory_id']}: {row['reason']}."
    if found.files:
        folder = found.files[0].parent
        yield f"Written into {folder}: {', '.join(path.name for path in found.files)}."
        yield from (f"  {file.name}: {note}" for file in found.proposed for note in file.notes)
        yield f"Open {folder / 'summary.html'} in any browser; it needs neither this program nor a network."
    elif found.proposed:
        yield f"{sum(file.rows for file in found.proposed):,} records of CRMs would have to change; --out DIR writes them, and a page."


def _both(row: Row, measure: str) -> str:
    return " > ".join("-" if row[f"{measure}_{side}"] is None else _short(row[f"{measure}_{side}"]) for side in SIDES)


def _amount(value: float) -> str:
    return f"{value:,.0f}"


def _short(value: float) -> str:
    for size, sign in ((1e9, "bn"), (1e6, "m")):
        if abs(value) >= size:
            return f"{value / size:,.1f} {sign}"
    return f"{value:,.0f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
