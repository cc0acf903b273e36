"""rules/potential.csv: what several rows together can get wrong."""

from datetime import date

import pytest

from ingest.rules.potential import find_wrong_potential

HEAD = "criterion,value,points,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("industry,retail,0,2026-01-01,\n", "line 2, column points: on 2026-01-01 nobody can win a point by industry"),
        ("industry,retail,9,2026-01-01,\nband,A,50,2026-01-01,\n", "line 3, column points: on 2026-01-01 no band holds scores below 50"),
        ("band,A,0,2026-01-01,\n", "line 2, column criterion: on 2026-01-01 nothing gives points, so nobody has a score"),
        (
            "country,CN,9,2026-01-01,\nband,A,0,2026-01-01,2026-03-01\nband,B,0,2026-02-01,\n",
            "line 4, column points: B begins at 0 on 2026-02-01, where A in line 3 begins, too",
        ),
        (
            "country,CN,9,2026-01-01,\ncountry,cn,8,2026-02-01,\n",
            "line 3, column valid_from: country CN is in force on 2026-02-01 by line 2 already; end that row first",
        ),
    ],
)
def test_what_rows_of_potential_get_wrong_together_is_said(problems_of, rows, says):
    (problem,) = problems_of(potential=HEAD + rows)
    assert problem.startswith(f"potential.csv {says}")


def test_industries_and_sizes_are_held_against_their_lists_and_bands_of_rules_against_the_sheet(problems_of):
    found = problems_of(
        industries="industry,industry_code,industry_name,valid_from\nRetail,R,Retail,2026-01-01\n",
        size_bands="size_band,from_employees,valid_from\nall,1,2026-01-01\n",
        potential=f"{HEAD}industry,retail|Retial,9,2026-01-01,\nsize_band,ALL,9,2026-01-01,\nband,High,0,2026-01-01,\n",
        territories="territory_id,territory_name,valid_from\nT,T,2026-01-01\n",
        territory_rules="rule_id,territory_id,potential_bands,valid_from\nR1,T,high|low,2026-01-01\n",
    )
    assert [problem.partition(";")[0] for problem in found] == [
        "potential.csv line 2, column value: 'Retial' is no known industry",
        "territory_rules.csv line 2, column potential_bands: 'low' is no known band",
    ]


def test_rows_that_fit_each_other_have_no_problems_and_a_mistake_of_years_is_one_sentence(rows_of):
    row = {"criterion": "country", "value": "CN", "points": 9}
    band = {"criterion": "band", "value": "A", "points": 5}
    later = row | {"value": "US", "valid_from": date(2027, 1, 1)}
    assert find_wrong_potential(rows_of("potential", row, band | {"points": 0}, later)) == []
    assert len(find_wrong_potential(rows_of("potential", row, band, later))) == 1
