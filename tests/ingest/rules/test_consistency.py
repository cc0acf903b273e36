from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.consistency import KnownIds, find_problems

DAY = date(2026, 1, 1)
KNOWN = KnownIds(territories=frozenset({"T0"}), reps=frozenset({"R0"}))
REP = "rep_id,rep_name,manager_rep_id,source_user_ids,valid_from,valid_to\n"
TERRITORY = "territory_id,territory_name,parent_territory_id,manager_rep_id,valid_from,valid_to\n"
RULE = "rule_id,territory_id,valid_from,valid_to\n"


def test_sheets_without_contradictions_have_no_problems(problems_of):
    found = problems_of(
        reps=f"{REP}eve,Eve,,salesforce=1|erp=7,2026-01-01,\nann,Ann,eve,salesforce=2,2026-01-01,2026-02-01\n"
        "ann,Ann B,eve,salesforce = 2,2026-02-01,\n",
        territories=f"{TERRITORY}ALL,All,,eve,2026-01-01,\nEAST,East,ALL,ann,2026-01-01,\n",
        territory_rules=f"{RULE}R1,EAST,2026-01-01,2026-02-01\nR1,ALL,2026-02-01,\n",
        rep_territories="rep_id,territory_id,role,valid_from\nann,EAST,owner,2026-01-01\nann,EAST,support,2026-01-01\n",
        quotas="rep_id,territory_id,quota_date,amount,currency_code\nann,,2026-01-01,1,EUR\n,EAST,2026-01-01,1,EUR\n",
    )
    assert found == []


@pytest.mark.parametrize(
    ("sheet", "text", "name"),
    [
        ("protection", "protection_id,kind,valid_from\nP,branch,2026-01-01\nP,branch,2026-06-01\n", "P"),
        ("pool", "pool_rule_id,pool_id,trigger,valid_from\nQ,A,returned,2026-01-01\nQ,B,returned,2026-06-01\n", "Q"),
        (
            "credit_splits",
            "split_id,source,record_id,rep_id,credit,share_ratio,valid_from\nS,s,1,R0,overlay,50%,2026-01-01\nS,s,1,R0,overlay,1,2026-06-01\n",
            "S R0 overlay",
        ),
        ("fx_rates", "currency_code,rate,valid_from\nEUR,7,2026-01-01\nEUR,8,2026-06-01\n", "EUR"),
        ("industries", "industry,industry_code,industry_name,valid_from\nretail,F,R,2026-01-01\nRetail,F,R,2026-06-01\n", "Retail"),
        ("territory_rules", f"{RULE}R1,T0,2026-01-01,\nR1,T0,2026-06-01,\n", "R1"),
        ("territories", f"{TERRITORY}A,a,,,2026-01-01,2026-07-01\nA,b,,,2026-06-01,\n", "A"),
        ("survivorship", "field,rule,valid_from\nphone,trust,2026-01-01\n电话,newest,2026-06-01\n", "phone"),
        ("reps", f"{REP}A,a,,,2026-01-01,2026-07-01\nA,b,,,2026-06-01,\n", "A"),
        (
            "rep_territories",
            "rep_id,territory_id,role,valid_from\nR0,T0,owner,2026-01-01\nR0,T0,,2026-06-01\n",
            "R0 T0 owner",
        ),
    ],
)
def test_a_row_in_force_twice_is_a_problem_of_the_later_line(problems_of, sheet, text, name):
    assert problems_of(KNOWN, **{sheet: text}) == [
        f"{sheet}.csv line 3, column valid_from: {name} is in force on 2026-06-01 by line 2 already; end that row first"
    ]


def test_every_row_that_a_long_one_covers_is_a_problem(rows_of):
    rule = {"rule_id": "R1", "territory_id": "T0"}
    february, march, april = (date(2026, month, 1) for month in (2, 3, 4))
    found = rows_of("territory_rules", rule, rule | {"valid_from": february, "valid_to": march}, rule | {"valid_from": april})
    problems = find_problems(found, KNOWN)
    assert [problem.split(",")[0] for problem in problems] == ["territory_rules.csv line 3", "territory_rules.csv line 4"]
    assert all("by line 2 already" in problem for problem in problems)


def test_the_same_quota_twice_is_a_problem(problems_of):
    quotas = "rep_id,quota_date,amount,currency_code\nR0,2026-01-01,1,EUR\nR0,2026-02-01,1,EUR\nR0,2026-01-01,2,EUR\n"
    assert problems_of(KNOWN, quotas=quotas) == [
        "quotas.csv line 4, column quota_date: the same rep_id, territory_id, quota_date stands in line 2 already"
    ]


@pytest.mark.parametrize(
    ("sheet", "text", "column", "says"),
    [
        (
            "territory_rules",
            f"{RULE}R1,T,2026-01-01,\n",
            "territory_id",
            "'T' is no known territory; expected an id of the sheet territories",
        ),
        ("territories", f"{TERRITORY}A,a,T1,,2026-01-01,\n", "parent_territory_id", "'T1' is no known territory"),
        ("territories", f"{TERRITORY}A,a,,R1,2026-01-01,\n", "manager_rep_id", "'R1' is no known person; expected an id of the sheet reps"),
        ("reps", f"{REP}A,a,R1,,2026-01-01,\n", "manager_rep_id", "'R1' is no known person"),
        ("rep_territories", "rep_id,territory_id,valid_from\nR1,T0,2026-01-01\n", "rep_id", "'R1' is no known person"),
        ("rep_territories", "rep_id,territory_id,valid_from\nR0,T1,2026-01-01\n", "territory_id", "'T1' is no known territory"),
        ("quotas", "rep_id,quota_date,amount,currency_code\nR1,2026-01-01,1,EUR\n", "rep_id", "'R1' is no known person"),
        ("quotas", "territory_id,quota_date,amount,currency_code\nT1,2026-01-01,1,EUR\n", "territory_id", "'T1' is no known territory"),
    ],
)
def test_an_id_that_nobody_has_is_a_problem_with_the_closest(problems_of, sheet, text, column, says):
    (problem,) = problems_of(KNOWN, **{sheet: text})
    assert problem.startswith(f"{sheet}.csv line 2, column {column}: {says}")
    assert "or of an export" in problem


def test_the_closest_known_id_is_named(rows_of):
    found = rows_of("territory_rules", {"rule_id": "R1", "territory_id": "EASTT"})
    (problem,) = find_problems(found, KnownIds(territories=frozenset({"EAST"})))
    assert problem.endswith("(closest: EAST)")


def test_ids_of_the_sheets_and_of_exports_are_known_alike(problems_of):
    rules = f"{RULE}R1,T0,2026-01-01,\nR2,A,2026-01-01,\n"
    assert problems_of(KNOWN, territory_rules=rules, territories=f"{TERRITORY}A,a,T0,R0,2026-01-01,\n") == []


def test_a_cycle_is_a_problem_of_each_of_its_rows_and_of_no_other(problems_of):
    reps = f"{REP}a,A,b,,2026-01-01,\nb,B,c,,2026-01-01,\nc,C,a,,2026-01-01,\nd,D,a,,2026-01-01,\ne,E,e,,2026-01-01,\nf,F,,,2026-01-01,\n"
    assert problems_of(reps=reps) == [
        f"reps.csv line {line}, column manager_rep_id: {rep} stands above itself by way of {boss}"
        for line, rep, boss in ((2, "a", "b"), (3, "b", "c"), (4, "c", "a"), (6, "e", "e"))
    ]


def test_a_cycle_that_only_a_later_row_closes_is_a_problem(problems_of):
    territories = f"{TERRITORY}a,A,b,,2026-01-01,\nb,B,,,2026-01-01,2026-06-01\nb,B,a,,2026-06-01,\n"
    problems = problems_of(territories=territories)
    assert [problem.split(",")[0] for problem in problems] == ["territories.csv line 2", "territories.csv line 4"]


def test_two_people_who_change_places_are_no_cycle(problems_of):
    reps = f"{REP}a,A,b,,2025-01-01,2026-01-01\nb,B,,,2025-01-01,2026-01-01\nb,B,a,,2026-01-01,\na,A,,,2026-01-01,\n"
    assert problems_of(reps=reps) == []


def test_a_user_is_one_person(problems_of):
    reps = f"{REP}a,A,,salesforce=1|erp=1,2026-01-01,\nb,B,,erp=2| salesforce = 1,2026-01-01,\n"
    assert problems_of(reps=reps) == ["reps.csv line 3, column source_user_ids: salesforce=1 is a by line 2 already; a user is one person"]


def test_the_same_holiday_twice_is_a_problem(problems_of):
    holidays = "calendar,holiday_date,holiday_name\nCN,2026-10-01,国庆节\nDE,2026-10-01,x\ncn,2026/10/1,National Day\n"
    assert problems_of(holidays=holidays) == [
        "holidays.csv line 4, column holiday_date: the same calendar, holiday_date stands in line 2 already"
    ]


INDUSTRY = "industry,industry_code,industry_name,parent_industry,valid_from\n"


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        ("territory_rules", "rule_id,territory_id,industries,valid_from\nR1,T0,Retail|farmin,2026-01-01\n"),
        ("protection", "protection_id,kind,industries,valid_from\nP,branch,Retail|farmin,2026-01-01\n"),
        ("pool", "pool_rule_id,pool_id,trigger,industries,valid_from\nQ,A,returned,Retail|farmin,2026-01-01\n"),
    ],
)
def test_industries_are_held_against_their_list_once_there_is_one(problems_of, home, sheet, text):
    assert problems_of(KNOWN, **{sheet: text}) == []
    industries = f"{INDUSTRY}retail,F,Retail,,2026-01-01\nfarming,A,Farming,,2026-01-01\n"
    assert problems_of(KNOWN, industries=industries) == [
        f"{sheet}.csv line 2, column industries: 'farmin' is no known industry; expected one of the sheet industries (closest: farming)"
    ]


def test_size_bands_are_held_against_their_list_once_there_is_one(problems_of):
    rules = "rule_id,territory_id,size_bands,valid_from\nR1,T0,SMALL|-,2026-01-01\n"
    assert problems_of(KNOWN, territory_rules=rules) == []
    bands = "size_band,to_employees,from_employees,valid_from\nsmall,100,,2026-01-01\nlarge,,100,2026-01-01\n"
    assert problems_of(KNOWN, size_bands=bands) == [
        "territory_rules.csv line 2, column size_bands: '-' is no known size band; expected one of the sheet size_bands"
    ]


def test_the_tree_of_industries_leads_to_rows_of_the_sheet_and_never_in_a_circle(problems_of):
    text = f"{INDUSTRY}a,A,A,b,2026-01-01\nb,B,B,a,2026-01-01\nc,C,C,d,2026-01-01\ne,E,E,A,2026-01-01\n"
    assert problems_of(industries=text) == [
        "industries.csv line 4, column parent_industry: 'd' is no known industry; expected one of the sheet industries",
        "industries.csv line 2, column parent_industry: a stands above itself by way of b",
        "industries.csv line 3, column parent_industry: b stands above itself by way of a",
    ]


def test_one_industry_code_has_one_name(problems_of):
    text = f"{INDUSTRY}medical,C35,Medical,,2026-01-01\n医疗,C35,Medical,,2026-01-01\ncare,C35,Care,,2026-01-01\n"
    assert problems_of(industries=text) == [
        "industries.csv line 4, column industry_name: C35 is called 'Medical' in line 2; one industry_code has one name on a day"
    ]


def test_a_system_that_the_home_does_not_have_is_a_problem(problems_of, home):
    reps = "rep_id,rep_name,source_user_ids,valid_from\na,A,salesforce=1|salesfroce=2,2026-01-01\n"
    splits = "split_id,source,record_id,rep_id,share_ratio,valid_from\nS,erp,1,a,1,2026-01-01\n"
    values = "field,rule,sources,valid_from\nphone,trust,salesforce|epr,2026-01-01\n"
    assert problems_of(reps=reps, credit_splits=splits, survivorship=values) == []  # without a single mapping nothing can be said
    home.sources.mkdir()
    (home.sources / "salesforce.yml").touch()
    expected = "is no system of this home; expected the name of a sources/<name>.yml"
    assert problems_of() == [
        f"reps.csv line 2, column source_user_ids: 'salesfroce' {expected} (closest: salesforce)",
        f"credit_splits.csv line 2, column source: 'erp' {expected}",
        f"survivorship.csv line 2, column sources: 'epr' {expected}",
    ]
    assert problems_of(options={"sources": frozenset({"salesforce", "salesfroce", "erp", "epr"})}) == []


def test_a_column_of_wrong_ids_is_said_in_seconds(rows_of):
    rules = [{"rule_id": f"R{n}", "territory_id": f"east-{n}"} for n in range(3000)]
    known = KnownIds(territories=frozenset(f"west-{n}" for n in range(3000)))
    problems = find_problems(rows_of("territory_rules", *rules), known)
    assert len(problems) == 3000
    assert sum("closest" in problem for problem in problems) == 50


@given(data=st.data())
@settings(max_examples=60)
def test_the_order_of_rows_does_not_change_what_is_found(rows_of, data):
    def some(*keys):
        return st.fixed_dictionaries({key: st.sampled_from(values) for key, values in keys})

    day = [DAY + timedelta(days=n) for n in range(4)]
    ids, ends = ["a", "b", "c"], [None, *(DAY + timedelta(days=n) for n in (5, 6))]
    dated = (("valid_from", day), ("valid_to", ends))
    drawn = {
        "territories": some(("territory_id", ids), ("parent_territory_id", [None, *ids]), ("manager_rep_id", [None, *ids]), *dated),
        "reps": some(("rep_id", ids), ("manager_rep_id", [None, *ids]), ("source_user_ids", [None, "s=1", "s=1|s=2"]), *dated),
        "rep_territories": some(("rep_id", ids), ("territory_id", ids), ("role", ["owner"]), *dated),
        "credit_splits": some(
            ("split_id", ids), ("subject", ["customers"]), ("source", ["s"]), ("record_id", ids), ("rep_id", ids),
            ("credit", ["revenue"]), ("share_ratio", [Decimal("0.5"), Decimal(1)]), *dated,
        ),
        "fx_rates": some(("currency_code", ["EUR", "USD"]), ("rate", [Decimal(1), Decimal(2)]), *dated),
        "size_bands": some(("size_band", ids), ("from_employees", [None, 5, 9]), ("to_employees", [None, 9, 12]), *dated),
        "pool": some(("pool_rule_id", ids), ("pool_id", ["P"]), ("trigger", ["protection_over"]), ("relation", ["any", "all"]), *dated),
    }  # fmt: skip
    sheets = {}
    for sheet, strategy in drawn.items():
        sheets |= rows_of(sheet, *data.draw(st.lists(strategy, max_size=4)))
    turned = {sheet: data.draw(st.permutations(rows)) for sheet, rows in sheets.items()}
    options = {"home_currency": "EUR", "sources": frozenset({"t"})}
    assert find_problems(turned, KnownIds(), **options) == find_problems(sheets, KnownIds(), **options)


period = st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(1, 4)))


@given(periods=st.lists(period, max_size=5))
@settings(max_examples=150)
def test_overlaps_are_found_exactly_when_a_day_has_two_rows(rows_of, periods):
    found = []
    for start, length in periods:
        valid_from = DAY + timedelta(days=start)
        valid_to = None if length is None else valid_from + timedelta(days=length)
        found.append({"rule_id": "R1", "territory_id": "T0", "valid_from": valid_from, "valid_to": valid_to})
    days = [DAY + timedelta(days=n) for n in range(12)]
    in_force = [sum(row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]) for row in found) for day in days]
    assert bool(find_problems(rows_of("territory_rules", *found), KNOWN)) == (max(in_force) > 1)


@given(managers=st.lists(st.integers(0, 5), min_size=5, max_size=5))
@settings(max_examples=150)
def test_cycles_are_found_exactly_where_the_way_up_comes_back(rows_of, managers):
    above = dict(enumerate(managers, 1))  # people are 1 to 5; 0 is nobody
    found = [{"rep_id": str(rep), "manager_rep_id": str(manager) if manager else None} for rep, manager in above.items()]

    def comes_back(start):
        here = above[start]
        for _ in managers:
            if here in (0, start):
                break
            here = above[here]
        return here == start

    expected = [rep + 1 for rep in above if comes_back(rep)]
    problems = find_problems(rows_of("reps", *found), KnownIds())
    assert [int(problem.split("line ")[1].split(",")[0]) for problem in problems] == expected
