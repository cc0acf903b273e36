"""Territory rules at the door: one row's conditions, and rows that contradict each other."""

import pytest

from ingest.rules.consistency import KnownIds

KNOWN = KnownIds(territories=frozenset({"EAST", "WEST"}), reps=frozenset({"ann"}))
RULE = (
    "rule_id,territory_id,effect,state,country_codes,region_codes,division_codes,postal_codes,latitude,longitude,within_km,product_lines,"
    "valid_from,valid_to\n"
)
TERRITORY = "territory_id,territory_name,assignment_policy,default_rep_id,valid_from\n"


def test_a_rule_may_be_kept_in_chinese(rules_of):
    text = (
        "规则编号,区域编号,规则作用,规则状态,国家,邮编,行政区划代码,产品线,生效日期\nR1,EAST,排除,规划,CN,2000*,310115,泵|阀,2026-01-01\n"
    )
    (row,) = rules_of(KNOWN, territory_rules=text).tables["rules.territory_rules"].to_pylist()
    assert (row["effect"], row["state"], row["postal_codes"], row["division_codes"], row["product_lines"]) == (
        "exclude", "planning", "2000*", "310115", "泵|阀",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ("assign,,,,,2000*,,,,", "country_codes", "the same postal codes exist in many countries"),
        ("assign,,,,,,31.2,,50,", "longitude", "a circle is latitude, longitude and within_km together"),
        ("assign,,,,,,,,50,", "latitude", "give all three or none"),
        ("exclude,,,,,,,,,", "effect", "an exclusion without a condition would keep every customer out of EAST"),
        ("assign,,US,,310115,,,,,", "division_codes", "310115 lies in none of country_codes (US), so it can never match"),
        ("assign,,DE,CN-SH,,,,,,", "region_codes", "CN-SH lies in none of country_codes (DE)"),
        ("remove,,,,,,,,,", "effect", "'remove' is not one of assign or exclude"),
        ("assign,paused,,,,,,,,", "state", "'paused' is not one of active or planning"),
        ("assign,planning,CN,,310999,,,,,", "division_codes", "'310999' is no code of a division"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(problems_of, cells, column, says):
    (problem,) = problems_of(KNOWN, territory_rules=f"{RULE}R1,EAST,{cells},2026-01-01,\n")
    assert problem.startswith(f"territory_rules.csv line 2, column {column}: ")
    assert says in problem


def test_a_region_that_is_also_a_country_is_not_held_against_it(problems_of):
    assert problems_of(KNOWN, territory_rules=f"{RULE}R1,EAST,,,HK,CN-HK,,,,,,,2026-01-01,\n") == []


def test_assigning_and_excluding_the_same_customers_is_a_contradiction(problems_of):
    row = "EAST,{},,,CN-SH|CN-JS,,,,,,,2026-01-01,{}\n"
    swapped = row.replace("CN-SH|CN-JS", "CN-JS | CN-SH")
    assert problems_of(KNOWN, territory_rules=f"{RULE}R1,{row.format('', '')}R2,{swapped.format('exclude', '')}") == [
        "territory_rules.csv line 3, column effect: R2 excludes from EAST exactly whom R1 in line 2 assigns to it on the same days; "
        "keep one of the two, or end one where the other begins"
    ]
    ended = f"{RULE}R1,{row.format('', '2026-02-01')}R2,{swapped.format('exclude', '').replace('2026-01-01', '2026-02-01')}"
    assert problems_of(KNOWN, territory_rules=ended) == []
    other = f"{RULE}R1,{row.format('', '')}R2,{swapped.format('exclude', '').replace('EAST', 'WEST')}"
    assert problems_of(KNOWN, territory_rules=other) == []


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ("指定,", "default_rep_id", "the policy named needs it"),
        ("轮流,ann", "default_rep_id", "round_robin does not use it"),
        (",ann", "default_rep_id", "an empty assignment_policy does not use it"),
        ("named,bob", "default_rep_id", "'bob' is no known person"),
        ("random,", "assignment_policy", "'random' is not one of named, least_loaded or round_robin"),
    ],
)
def test_a_policy_that_names_nobody_or_the_wrong_one_is_refused(problems_of, cells, column, says):
    (problem,) = problems_of(KnownIds(reps=frozenset({"ann"})), territories=f"{TERRITORY}EAST,East,{cells},2026-01-01\n")
    assert problem.startswith(f"territories.csv line 2, column {column}: ")
    assert says in problem
    assert problems_of(KNOWN, territories=f"{TERRITORY}EAST,East,named,ann,2026-01-01\nWEST,West,最少,,2026-01-01\n") == []


def test_whoever_gets_a_territorys_customers_is_in_force_as_long_as_the_row(problems_of):
    reps = "rep_id,rep_name,access_scope,valid_from,valid_to\nann,Ann,all,2025-01-01,2026-03-01\n"
    (problem,) = problems_of(reps=reps, territories=f"{TERRITORY}EAST,East,named,ann,2026-01-01\n")
    assert "column default_rep_id: ann is not in force from 2026-03-01 by the sheet reps" in problem


def test_a_territory_of_a_crm_is_one_territory_of_ours_and_the_crm_is_known(problems_of):
    text = "territory_id,territory_name,source_territory_ids,valid_from,valid_to\nEAST,East,erp=7 | crm：8,2026-01-01,2026-02-01\n"
    assert problems_of(territories=f"{text}EAST,East,erp=7,2026-02-01,\n") == []
    assert problems_of(territories=f"{text}WEST,West,erp=7,2026-01-01,\n") == [
        "territories.csv line 3, column source_territory_ids: erp=7 is EAST by line 2 already; a CRM's territory is one territory"
    ]
    (problem,) = problems_of(options={"sources": frozenset({"erp"})}, territories=text)
    assert problem.startswith("territories.csv line 2, column source_territory_ids: 'crm' is no system of this home")
