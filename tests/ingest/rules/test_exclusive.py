"""Exclusive territories (独占): whoever owns one owns no other on the same days, unless one lies in the other."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.consistency import KnownIds
from ingest.rules.exclusive import find_shared_exclusive

DAY = date(2026, 1, 1)
KNOWN = KnownIds(reps=frozenset({"ann", "bo"}), territories=frozenset({"OF-A-CRM"}))
TERRITORY = "territory_id,territory_name,parent_territory_id,is_exclusive,valid_from,valid_to\n"
APART = f"{TERRITORY}EAST,East,,yes,2026-01-01,\nWEST,West,,是,2026-01-01,\nOPEN,Open,,,2026-01-01,\nSH,Shanghai,EAST,true,2026-01-01,\n"
WORKS = "rep_id,territory_id,role,valid_from,valid_to\n"


def test_an_owner_of_two_exclusive_territories_is_refused_with_both_lines_and_the_way_out(problems_of):
    works = f"{WORKS}ann,EAST,,2026-01-01,2026-03-01\nbo,WEST,,2026-01-01,\nann,WEST,owner,2026-02-01,\n"
    assert problems_of(KNOWN, territories=APART, rep_territories=works) == [
        "rep_territories.csv line 4, column territory_id: ann owns WEST from 2026-02-01 until 2026-03-01, but by line 2 also EAST, and "
        "both are exclusive then (territories.csv lines 3 and 2); expected one exclusive territory at a time: end one of the two rows "
        "where the other begins, give one another role, or empty is_exclusive of one territory"
    ]


@pytest.mark.parametrize(
    "works",
    [
        "ann,EAST,owner,2026-01-01,2026-02-01\nann,WEST,owner,2026-02-01,\n",  # one after the other
        "ann,EAST,owner,2026-01-01,\nbo,WEST,owner,2026-01-01,\n",  # two people
        "ann,EAST,owner,2026-01-01,\nann,OPEN,owner,2026-01-01,\n",  # one of them is not exclusive
        "ann,EAST,owner,2026-01-01,\nann,OF-A-CRM,owner,2026-01-01,\n",  # a territory that only a CRM knows is not exclusive
        "ann,EAST,owner,2026-01-01,\nann,SH,owner,2026-01-01,\n",  # Shanghai lies in East
        *(f"ann,EAST,owner,2026-01-01,\nann,WEST,{role},2026-01-01,\n" for role in ("manager", "overlay", "support")),
    ],
)
def test_what_is_no_second_exclusive_territory_is_accepted(problems_of, works):
    assert problems_of(KNOWN, territories=APART, rep_territories=WORKS + works) == []


def test_only_days_count_on_which_both_are_exclusive_and_apart(problems_of):
    territories = (
        f"{TERRITORY}EAST,East,,true,2026-01-01,\nWEST,West,EAST,true,2026-01-01,2026-04-01\nWEST,West,,no,2026-04-01,2026-05-01\n"
        "WEST,West,,true,2026-05-01,2026-06-01\nWEST,West,,false,2026-06-01,\n"
    )
    (problem,) = problems_of(KNOWN, territories=territories, rep_territories=f"{WORKS}ann,EAST,,2026-01-01,\nann,WEST,,2026-01-01,\n")
    assert "ann owns WEST from 2026-05-01 until 2026-06-01, but by line 2 also EAST" in problem
    assert "(territories.csv lines 5 and 2)" in problem


def test_sheets_in_chinese_are_answered_in_their_own_headers(problems_of):
    territories = "区域编号,区域名称,独占,生效日期\nEAST,华东,是,2026-01-01\nWEST,华西,是,2026-01-01\n"
    works = "工号,区域编号,角色,生效日期\nann,EAST,负责人,2026-01-01\nann,WEST,负责人,2026-01-01\n"
    (problem,) = problems_of(KNOWN, territories=territories, rep_territories=works)
    assert problem.startswith("rep_territories.csv line 3, column 区域编号: ann owns WEST from 2026-01-01, but by line 2 also EAST")
    assert problem.endswith("or empty 独占 of one territory")


a_territory = st.fixed_dictionaries(
    {
        "territory_id": st.sampled_from("ABC"),
        "parent_territory_id": st.sampled_from([None, "A", "B", "C"]),
        "is_exclusive": st.booleans(),
        "start": st.integers(0, 5),
        "length": st.one_of(st.none(), st.integers(1, 5)),
    }
)
a_job = st.fixed_dictionaries(
    {
        "rep_id": st.sampled_from("xy"),
        "territory_id": st.sampled_from("ABC"),
        "role": st.sampled_from(["owner", "owner", "owner", "support"]),
        "start": st.integers(0, 8),
        "length": st.one_of(st.none(), st.integers(1, 5)),
    }
)


def dated(row):
    start = DAY + timedelta(days=row["start"])
    end = None if row["length"] is None else start + timedelta(days=row["length"])
    return {name: value for name, value in row.items() if name not in ("start", "length")} | {"valid_from": start, "valid_to": end}


def in_force(rows, day):
    return [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])]


def climbed(territory, rows):
    """The territory and all above it, by rows in force."""
    above = {row["territory_id"]: row["parent_territory_id"] for row in reversed(rows)}
    found = []
    while territory in above and territory not in found:
        found.append(territory)
        territory = above[territory]
    return [*found, territory]


@given(territories=st.lists(a_territory, max_size=5), jobs=st.lists(a_job, max_size=5))
@settings(max_examples=200)
def test_two_exclusive_territories_are_found_exactly_where_a_day_has_both(rows_of, territories, jobs):
    territories, jobs = [dated(row) for row in territories], [dated(row) for row in jobs]
    expected = set()
    for day in (DAY + timedelta(days=n) for n in range(20)):
        described = in_force(territories, day)
        exclusive = {row["territory_id"]: row["is_exclusive"] for row in reversed(described)}
        for n, row in enumerate(jobs):
            for m, other in enumerate(jobs):
                earlier = (other["valid_from"], m) < (row["valid_from"], n)
                here, there = row["territory_id"], other["territory_id"]
                if (
                    earlier
                    and row["rep_id"] == other["rep_id"]
                    and row["role"] == other["role"] == "owner"
                    and in_force([row, other], day) == [row, other]
                    and exclusive.get(here)
                    and exclusive.get(there)
                    and here not in climbed(there, described)
                    and there not in climbed(here, described)
                ):
                    expected.add(n + 2)
    sheets = rows_of("territories", *territories) | rows_of("rep_territories", *jobs)
    assert {int(problem.split("line ")[1].split(",")[0]) for problem in find_shared_exclusive(sheets)} == expected
