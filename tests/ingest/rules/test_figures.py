from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.consistency import KnownIds
from ingest.rules.figures import find_wrong_bands, find_wrong_shares

DAY = date(2026, 1, 1)
KNOWN = KnownIds(reps=frozenset({"ann", "bob", "cleo"}), territories=frozenset({"T"}))
SPLITS = "split_id,subject,source,record_id,rep_id,credit,share_ratio,valid_from,valid_to\n"
RATES = "currency_code,rate,valid_from,valid_to\n"
BANDS = "size_band,from_employees,to_employees,valid_from,valid_to\n"
REVENUE = "size_band,from_revenue_amount,to_revenue_amount,currency_code,valid_from\n"


def test_revenue_shares_sum_to_one_on_every_day_and_overlays_need_not(problems_of):
    text = (
        f"{SPLITS}S,opportunities,erp,7,ann,revenue,33.33%,2026-01-01,\nS,opportunities,erp,7,bob,,0.6667,2026-01-01,2026-06-01\n"
        "S,opportunities,erp,7,cleo,,66.67％,2026-06-01,\nS,opportunities,erp,7,cleo,overlay,1,2025-01-01,\n"
    )
    assert problems_of(KNOWN, credit_splits=text) == []


def test_shares_that_do_not_sum_to_one_are_said_with_days_and_sum(problems_of):
    text = f"{SPLITS}S,,erp,7,ann,,60%,2026-01-01,\nS,,erp,7,bob,,40%,2026-01-01,2026-06-01\nS,,erp,7,cleo,,0.5,2026-07-01,\n"
    sums = (("0.6", "from 2026-06-01 until 2026-07-01", "2"), ("1.1", "from 2026-07-01", "2, 4"))
    assert problems_of(KNOWN, credit_splits=text) == [
        "credit_splits.csv line 2, column share_ratio: "
        f"the revenue shares of S sum to {total} {days} (lines {lines}), not to 1; mend the shares"
        for total, days, lines in sums
    ]


def test_a_split_is_about_one_record_and_a_record_has_one_split(problems_of):
    text = (
        f"{SPLITS}S,,erp,7,ann,,50%,2026-01-01,\nS,,erp,8,bob,,50%,2026-01-01,\nU,,erp,7,ann,,1,2026-01-01,\nV,,erp,9,ann,,1,2026-01-01,\n"
    )
    assert problems_of(KNOWN, credit_splits=text) == [
        "credit_splits.csv line 3, column record_id: S is about customers erp 7 by line 2; give this row a split_id of its own",
        "credit_splits.csv line 4, column split_id: line 2 splits the same record under another split_id on the same days; "
        "make one split of both",
    ]


share = st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(1, 3)), st.sampled_from(["0.25", "0.5", "1"]))


@given(shares=st.lists(share, max_size=5))
@settings(max_examples=200)
def test_wrong_sums_are_found_exactly_on_the_days_that_have_them(rows_of, shares):
    rows = []
    for start, length, ratio in shares:
        valid_from = DAY + timedelta(days=start)
        valid_to = None if length is None else valid_from + timedelta(days=length)
        rows.append({"split_id": "S", "source": "s", "record_id": "1", "rep_id": f"r{len(rows)}", "share_ratio": Decimal(ratio)})
        rows[-1] |= {"valid_from": valid_from, "valid_to": valid_to}
    wrong = False
    for day in (DAY + timedelta(days=n) for n in range(10)):
        of_day = [row["share_ratio"] for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])]
        wrong |= bool(of_day) and sum(of_day) != 1
    assert bool(find_wrong_shares(rows_of("credit_splits", *rows)["credit_splits"])) == wrong


def test_the_home_currency_is_worth_one_of_itself(problems_of):
    text = f"{RATES}CNY,7,2026-01-01,2026-02-01\nCNY,1.0,2026-02-01,\n"
    assert problems_of(fx_rates=text) == []
    assert problems_of(options={"home_currency": "CNY"}) == [
        "fx_rates.csv line 2, column rate: CNY is the home currency, worth 1 of itself; remove the row "
        "(rates are home currency for one unit)"
    ]


def test_days_without_a_rate_between_two_are_a_problem(problems_of):
    text = f"{RATES}EUR,7.9,2026-03-01,\nEUR,7.8,2026-01-01,2026-02-01\nUSD,7.1,2026-01-01,2026-02-01\nUSD,7.2,2026-02-01,2026-03-01\n"
    assert problems_of(fx_rates=text) == [
        "fx_rates.csv line 2, column valid_from: there is no rate of EUR from 2026-02-01 until 2026-03-01; "
        "let this row begin earlier or add one for those days"
    ]


def test_amounts_in_a_currency_without_a_rate_on_their_day_are_a_problem(problems_of):
    quotas = (
        "territory_id,quota_date,amount,currency_code\nT,2026-01-01,1,EUR\nT,2025-12-31,1,EUR\nT,2026-02-01,1,USD\nT,2026-03-01,1,CNY\n"
    )
    bands = f"{REVENUE}small,,5,GBP,2026-01-01\nlarge,5,,GBP,2026-01-01\n"
    in_cny = {"home_currency": "CNY"}
    assert problems_of(KNOWN, in_cny, quotas=quotas, size_bands=bands) == []
    expected = [
        f"{place}, column currency_code: the sheet fx_rates has no rate of {currency} {when}; add one, or give the amount in CNY"
        for place, currency, when in (
            ("quotas.csv line 3", "EUR", "on 2025-12-31"),
            ("quotas.csv line 4", "USD", "on 2026-02-01"),
            ("size_bands.csv line 2", "GBP", "on any day"),
            ("size_bands.csv line 3", "GBP", "on any day"),
        )
    ]
    assert problems_of(KNOWN, in_cny, fx_rates=f"{RATES}EUR,7.8,2026-01-01,\n") == expected
    assert problems_of(KNOWN) == []  # who does not know the home currency cannot judge


TOO_LARGE = "(to_ is the first number too large)"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            ["a,,20", "b,21,"],
            f"line 3, column from_employees: on 2026-01-01 no band holds 20 up to 21; let this one begin at 20 {TOO_LARGE}",
        ),
        (["a,,20", "b,19,"], f"line 3, column from_employees: b begins at 19 on 2026-01-01, where line 2 still holds {TOO_LARGE}"),
        (["a,,20", "b,,"], "line 3, column from_employees: give a range of employees or of revenue; else every customer fits"),
        (
            ["a,2,20", "b,20,"],
            "line 2, column from_employees: on 2026-01-01 no band holds less than 2; the lowest band begins at 0 or is left empty",
        ),
        (
            ["b,20,90", "a,1,20"],
            "line 2, column to_employees: on 2026-01-01 no band holds 90 or more; leave to_employees of the highest band empty",
        ),
        (
            ["a,0,20", "b,20,", "c,30,40"],
            f"line 4, column from_employees: c begins at 30 on 2026-01-01, where line 3 still holds {TOO_LARGE}",
        ),
    ],
)
def test_bands_that_overlap_or_leave_numbers_out_are_a_problem(problems_of, rows, says):
    text = BANDS + "".join(f"{row},2026-01-01,\n" for row in rows)
    assert problems_of(size_bands=text) == [f"size_bands.csv {says}"]


def test_a_mistake_among_bands_is_said_once_for_all_its_days(problems_of):
    text = f"{BANDS}a,,20,2026-01-01,2026-02-01\na,,20,2026-02-01,\nb,25,,2026-01-01,2026-03-01\nb,20,,2026-03-01,\n"
    found = problems_of(size_bands=text)
    assert [problem.split(";")[0] for problem in found] == [
        f"size_bands.csv line 4, column from_employees: on {day} no band holds 20 up to 25" for day in ("2026-01-01", "2026-02-01")
    ]


def test_bands_of_revenue_are_in_one_currency_and_fit_like_the_others(problems_of):
    assert problems_of(size_bands=f"{REVENUE}small,,1e6,CNY,2026-01-01\nlarge,1000000,,CNY,2026-01-01\n") == []
    assert problems_of(size_bands=f"{REVENUE}small,,1000000,CNY,2026-01-01\nlarge,1000000,,EUR,2026-01-01\n") == [
        "size_bands.csv line 3, column currency_code: EUR cannot be compared with CNY of line 2; give all bands in one currency"
    ]
    (problem,) = problems_of(size_bands=f"{REVENUE}small,1,1000000,CNY,2026-01-01\nlarge,1000000,,CNY,2026-01-01\n")
    assert problem.startswith("size_bands.csv line 2, column from_revenue_amount: on 2026-01-01 no band holds less than 1;")


band = st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.one_of(st.none(), st.integers(1, 9))).filter(
    lambda ends: ends != (None, None) and (ends[1] is None or ends[1] > (ends[0] or 0))
)


@given(bands=st.lists(band, min_size=1, max_size=4))
@settings(max_examples=300)
def test_bands_are_accepted_exactly_when_every_number_has_one(rows_of, bands):
    rows = [{"size_band": f"b{n}", "from_employees": low, "to_employees": high} for n, (low, high) in enumerate(bands)]
    holders = [sum((low or 0) <= count and (high is None or count < high) for low, high in bands) for count in range(12)]
    fits = holders[0] <= 1 and all(count == 1 for count in holders[1:])  # the lowest band may begin at one employee
    assert (not find_wrong_bands(rows_of("size_bands", *rows)["size_bands"])) == fits
