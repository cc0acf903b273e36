import pytest

from ingest.rules.consistency import KnownIds

POOL = (
    "pool_rule_id,pool_id,applies_to,trigger,days,warn_days,relation,claim_method,holding_limit,claim_limit,claim_limit_days,"
    "cool_down_days,valid_from,valid_to\n"
)
PROTECTION = "protection_id,kind,applies_to,days,valid_from,valid_to\n"


def test_rows_of_a_pool_that_agree_have_no_problems(problems_of):
    text = (
        f"{POOL}Q1,P,,no_activity,30,7,all,apply,200,5,7,30,2026-01-01,\n"
        "Q2,P,,no_deal,180,,且,申领,,,,,2026-01-01,\nQ3,P,leads,returned,,,any,claim,50,,,,2026-01-01,\n"
        "Q4,P,,rep_inactive,,,any,apply,,,,,2025-01-01,2026-01-01\n"
    )
    assert problems_of(pool=text) == []


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("relation", "any,claim,,,,", "all,claim,,,,"),
        ("claim_method", ",claim,,,,", ",assign,,,,"),
        ("holding_limit", ",,200,,,", ",,100,,,"),
        ("cool_down_days", ",,,,,30", ",,,,,10"),
    ],
)
def test_what_is_the_pools_own_is_the_same_in_all_its_rows(problems_of, column, first, second):
    (problem,) = problems_of(pool=f"{POOL}Q1,P,,returned,,,{first},2026-01-01,\nQ2,P,,returned,,,{second},2026-06-01,\n")
    assert problem.startswith(f"pool.csv line 3, column {column}: pool P (customers) says ")
    assert problem.endswith("on the same days; it is the pool's own, so write the same in each of its rows")


def test_a_claim_limit_and_its_days_are_compared_one_by_one(problems_of):
    text = f"{POOL}Q1,P,,returned,,,,,,5,7,,2026-01-01,\nQ2,P,,returned,,,,,,6,30,,2026-01-01,\n"
    assert [problem.split(":")[0] for problem in problems_of(pool=text)] == [
        "pool.csv line 3, column claim_limit",
        "pool.csv line 3, column claim_limit_days",
    ]


@pytest.mark.parametrize(
    "protection",
    ["", "F,filing,opportunities,90,2026-01-01,\n", "B,branch,customers,,2026-01-01,\n", "F,first_touch,customers,90,2027-01-01,\n"],
)
def test_a_rule_that_waits_for_a_protection_nobody_gives_is_a_problem(problems_of, protection):
    text = f"{POOL}Q1,P,,protection_over,,,,,,,,,2026-01-01,2027-01-01\n"
    assert problems_of(pool=text, protection=f"{PROTECTION}{protection}") == [
        "pool.csv line 2, column trigger: protection_over never happens: the sheet protection gives customers no protection that ends "
        "(first_touch or filing); add one there or choose another trigger"
    ]


def test_a_protection_given_before_the_rule_may_still_end_under_it(problems_of):
    protection = f"{PROTECTION}F,first_touch,customers,90,2025-01-01,2025-12-01\n"
    assert problems_of(KnownIds(), pool=f"{POOL}Q1,P,,protection_over,,,,,,,,,2026-01-01,\n", protection=protection) == []


def test_a_warning_before_the_protection_begins_is_a_problem(problems_of):
    protection = f"{PROTECTION}F,first_touch,customers,30,2025-01-01,\nG,first_touch,customers,90,2025-01-01,\n"
    text = f"{POOL}Q1,P,,protection_over,5,34,,,,,,,2026-01-01,\nQ2,P,,protection_over,5,35,,,,,,,2026-01-01,\n"
    assert problems_of(pool=text, protection=protection) == [
        "pool.csv line 3, column warn_days: 35 days before the end is before the protection of 30 days begins; give fewer"
    ]
