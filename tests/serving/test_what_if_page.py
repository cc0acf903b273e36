"""The page of a comparison: everything is said, nothing of others' texts can do harm, the same answer gives the same bytes."""

from datetime import date

import polars as pl
import pytest

from serving.what_if import MEASURES, SIDES, Comparison, balance_tables
from serving.what_if_page import render

EVIL = "<script>alert('海尔')</script>"
COUNTS = (
    "customers", "moved", "stay_by_another_rule", "become_unassigned", "were_unassigned", "broken", "broken_without_move",
    "broken_without_proposal", "outside_before", "deals", "deals_moved", "deals_moved_without_amount", "pipeline", "pipeline_moved",
    "potential", "potential_moved", "quota", "quota_moved",
)  # fmt: skip


@pytest.fixture
def found() -> Comparison:
    """One customer moves out of a territory that nothing leads to any more."""
    figures = {f"{measure}_{side}": 1 for measure in MEASURES for side in SIDES}
    row = {"id": "T1", "name": EVIL} | figures | {"customers_after": None}
    fair = [
        {"kind": kind, "measure": measure, "side": side, "count": 1, "gini": 0.0, "coefficient_of_variation": None, "max_over_min": 1.0}
        for kind in ("territory", "rep")
        for measure in MEASURES
        for side in SIDES
    ]
    issue = {"issue": "gap", "rule_id": None, "other_rule_id": None, "territory_id": "UNASSIGNED", "detail": EVIL, "customer_count": 1}
    flow = {"from_territory_id": "T1", "from_territory_name": EVIL, "to_territory_id": "UNASSIGNED", "to_territory_name": "Unassigned"}
    flow |= {"customers": 1, "broken": 1, "deals": 1, "pipeline": 5.0, "potential": 0.0, "quota_moved": 2.5}
    return Comparison(
        on=date(2027, 1, 1),
        as_of_date=date(2026, 11, 22),
        currency_code="CNY",
        potential_measure=None,
        totals=dict.fromkeys(COUNTS, 1),
        flows=[flow],
        quotas=[
            {"territory_id": "T1", "territory_name": EVIL, "quota": 10.0, "basis": "potential", "customers_leaving": 1, "quota_moved": 2.5}
        ],
        territories=[row],
        reps=[row],
        fairness=fair,
        issues=[issue | {"is_new": True}],
        proposals=[{"territory_id": "T1", "territory_name": EVIL, "reason": EVIL, "broken": 1, "with_proposal": 0}],
    )


def _page(found: Comparison) -> str:
    texts = ("customer_id", "customer_name", "from_territory_id", "to_territory_id", "rule_id_before", "rule_id_after", "owner_rep_id")
    more = ("owner_name", "proposed_owner_rep_id", "proposed_owner_name", "reason_after")
    largest = pl.DataFrame([dict.fromkeys((*texts, *more), EVIL) | {"is_relation_broken": True, "open_pipeline_amount": 5}])
    return render(found, largest, sheets=[("reps", EVIL, True)], proposed=[(EVIL, 1, [EVIL])], notes=[EVIL], with_planning=True)


def test_texts_of_others_do_no_harm_and_are_read(found: Comparison) -> None:
    page = _page(found)
    assert "<script" not in page
    assert "海尔" in page
    assert "default-src 'none'" in page


def test_what_is_lost_is_told_before_any_flow(found: Comparison) -> None:
    page = _page(found)
    assert page.index("become UNASSIGNED") < page.index('id="flows"') < page.index('id="balance-territory"')
    assert "rules in planning (规划) counted as active" in page


def test_the_same_answer_is_the_same_page(found: Comparison) -> None:
    assert _page(found) == _page(found)


def test_the_balance_as_tables_leaves_out_what_is_not_part_of_a_side(found: Comparison) -> None:
    tables = balance_tables(found)
    assert tables["balance"].select("kind", "id", "customers_before", "customers_after").rows() == [
        ("territory", "T1", 1, None),
        ("rep", "T1", 1, None),
    ]
    assert tables["fairness"].height == 12
