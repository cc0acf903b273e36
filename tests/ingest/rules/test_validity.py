from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.consistency import KnownIds
from ingest.rules.validity import find_idle_reps, find_invalid_references

DAY = date(2026, 1, 1)
TERRITORIES = "territory_id,territory_name,parent_territory_id,manager_rep_id,valid_from,valid_to\n"
OPEN_AND_CLOSED = f"{TERRITORIES}OPEN,o,,,2025-01-01,\nSHUT,s,,,2025-01-01,2026-03-01\n"
REPS = "rep_id,rep_name,manager_rep_id,access_scope,source_user_ids,valid_from,valid_to,user_name\n"
WORKS = "rep_id,territory_id,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        ("territory_rules", "rule_id,territory_id,valid_from\nR,SHUT,2026-01-01\n"),
        ("protection", "protection_id,kind,territory_id,valid_from\nP,branch,SHUT,2026-01-01\n"),
        ("pool", "pool_rule_id,pool_id,trigger,territory_id,valid_from\nQ,A,returned,SHUT,2026-01-01\n"),
        ("rep_territories", f"{WORKS}ann,SHUT,2026-01-01,\n"),
    ],
)
def test_a_row_for_a_territory_that_is_closed_is_a_problem(problems_of, sheet, text):
    known = KnownIds(reps=frozenset({"ann"}))
    expected = "SHUT is not in force from 2026-03-01 by the sheet territories, but this row is"
    assert problems_of(known, territories=OPEN_AND_CLOSED, **{sheet: text}) == [
        f"{sheet}.csv line 2, column territory_id: {expected}; "
        "write valid_to 2026-03-01 and name another in a new row, or correct the other sheet"
    ]
    assert problems_of(known, **{sheet: text.replace("SHUT", "OPEN")}) == []


def test_a_territory_whose_parent_is_not_in_force_is_a_problem(problems_of):
    text = f"{OPEN_AND_CLOSED}A,a,SHUT,,2026-03-01,\nB,b,SHUT,,2026-02-01,2026-03-01\nC,c,OPEN,,2024-06-01,\n"
    assert problems_of(territories=text) == [
        "territories.csv line 4, column parent_territory_id: SHUT is not in force from 2026-03-01 by the sheet territories, but "
        "this row is; correct one of the two",
        "territories.csv line 6, column parent_territory_id: OPEN is not in force from 2024-06-01 until 2025-01-01 by the sheet "
        "territories, but this row is; write valid_from 2025-01-01, or correct the other sheet",
    ]


def test_a_leaver_neither_works_a_territory_nor_leads_anybody(problems_of):
    reps = f"{REPS}ann,Ann,,,,2025-01-01,2026-02-01,\nbob,Bob,ann,,,2025-01-01,,\n"
    territories = f"{TERRITORIES}OPEN,o,,ann,2025-01-01,\n"
    found = problems_of(reps=reps, territories=territories, rep_territories=f"{WORKS}ann,OPEN,2025-01-01,\nbob,OPEN,2025-01-01,\n")
    assert [problem.split("; ")[0] for problem in found] == [
        f"{place}: ann is not in force from 2026-02-01 by the sheet reps, but this row is"
        for place in (
            "territories.csv line 2, column manager_rep_id",
            "reps.csv line 3, column manager_rep_id",
            "rep_territories.csv line 2, column rep_id",
        )
    ]


def test_somebody_who_was_away_for_a_while_splits_a_row_in_two(problems_of):
    reps = f"{REPS}ann,Ann,,,,2025-01-01,2025-06-01,\nann,Ann,,,,2025-09-01,,\nbob,Bob,ann,,,2025-01-01,,\n"
    (problem,) = problems_of(reps=reps)
    assert problem == (
        "reps.csv line 4, column manager_rep_id: ann is not in force from 2025-06-01 until 2025-09-01 by the sheet reps, but this row is; "
        "make two rows of it, or correct the other sheet"
    )


def test_what_only_exports_name_has_no_periods(problems_of):
    known = KnownIds(territories=frozenset({"T"}), reps=frozenset({"ann"}))
    assert problems_of(known, rep_territories=f"{WORKS}ann,T,2025-01-01,\n", territories=OPEN_AND_CLOSED) == []


def test_a_person_in_no_territory_is_a_problem_with_the_way_out(problems_of):
    reps = f"{REPS}ann,Ann,,,,2026-01-01,,\nbob,Bob,,,,2026-01-01,,\n"
    found = problems_of(reps=reps, territories=OPEN_AND_CLOSED, rep_territories=f"{WORKS}ann,OPEN,2026-01-01,2026-03-01\n")
    rest = (
        "and leads nobody; write the missing row into the sheet rep_territories, end this row where the person left, "
        "or give access_scope all to somebody of head office who works none"
    )
    assert found == [
        f"reps.csv line 2, column rep_id: ann works no territory from 2026-03-01 {rest}",
        f"reps.csv line 3, column rep_id: bob works no territory from 2026-01-01 {rest}",
    ]


def test_without_rep_territories_nobody_is_asked_for_one(problems_of):
    assert problems_of(reps=f"{REPS}ann,Ann,,,,2026-01-01,,\n") == []


@pytest.mark.parametrize(
    ("rep", "in_exports"),
    [
        ("bob,Bob,,all,,2026-01-01,,", set()),
        ("bob,Bob,,,,2026-01-01,,", {"bob"}),
        ("bob,Bob,,,,2026-01-01,,Bob@example.com", {"bob@example.com"}),
        ("bob,Bob,,,crm=1|erp=7,2026-01-01,,", {"erp:7"}),
        ("lead,L,,,,2026-01-01,,", set()),
        ("boss,B,,,,2026-01-01,,", set()),
    ],
)
def test_head_office_leaders_and_people_of_exports_need_no_row(problems_of, rep, in_exports):
    found = problems_of(
        KnownIds(reps_in_territories=frozenset(in_exports), reps=frozenset({"lead", "boss"})),
        reps=f"{REPS}{rep}\nann,Ann,boss,,,2026-01-01,,\n",
        territories=f"{TERRITORIES}OPEN,o,,lead,2026-01-01,\n",
        rep_territories=f"{WORKS}ann,OPEN,2026-01-01,\n",
    )
    assert found == []


def starting(start, length):
    valid_from = DAY + timedelta(days=start)
    return {"valid_from": valid_from, "valid_to": None if length is None else valid_from + timedelta(days=length)}


a_period = st.builds(starting, st.integers(0, 6), st.one_of(st.none(), st.integers(1, 4)))


def in_force(rows, day):
    return any(row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]) for row in rows)


@given(people=st.lists(a_period, min_size=1, max_size=3), working=st.lists(a_period, min_size=1, max_size=3))
@settings(max_examples=200)
def test_leavers_who_work_and_people_who_do_not_are_found_exactly_by_their_days(rows_of, people, working):
    sheets = rows_of("reps", *(row | {"rep_id": "ann"} for row in people))
    sheets |= rows_of("rep_territories", *(row | {"rep_id": "ann", "territory_id": "T"} for row in working))
    days = [DAY + timedelta(days=n) for n in range(14)]
    late = [n for n, row in enumerate(working, 2) if any(in_force([row], day) and not in_force(people, day) for day in days)]
    idle = [n for n, row in enumerate(people, 2) if any(in_force([row], day) and not in_force(working, day) for day in days)]
    assert [int(text.split("line ")[1].split(",")[0]) for text in find_invalid_references(sheets)] == late
    assert [int(text.split("line ")[1].split(",")[0]) for text in find_idle_reps(sheets, frozenset())] == idle
