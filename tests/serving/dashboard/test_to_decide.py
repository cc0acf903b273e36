"""serving/dashboard/to_decide.py: what waits, counted and listed, everywhere and in one territory."""

import pytest

import serving.dashboard.to_decide
from serving.dashboard.to_decide import SUBJECTS
from serving.questions_to_decide import SUBJECTS as ASKED

TAB = "To decide 待处理"
_COUNTS = {
    "conflicts": "select count(*) from fct_ownership_conflicts where valid_to is null",
    "drift": "select count(*) from fct_assignment_drift",
    "rule_issues": "select count(*) from fct_territory_rule_issues",
    "handovers": "select count(*) from fct_handovers where handed_over_on is null",
    "pool": "select count(*) from fct_public_pool where owner_rep_id is not null",
    "match_questions": "select count(*) from fct_match_questions",
}


def test_every_subject_that_can_be_asked_has_a_label():
    assert tuple(SUBJECTS) == ASKED


def test_every_subject_is_counted(open_page, metrics, asked):
    shown = metrics(open_page(TAB))
    assert {name: shown[label] for name, (label, _) in SUBJECTS.items()} == {
        name: str(asked(query)[0][0]) for name, query in _COUNTS.items()
    }


@pytest.mark.parametrize(
    ("subject", "sentences"),
    [
        ("conflicts", ["Rule P1 (first touch): R1 came first.", "R2 claimed first, on 2026-11-01 through crm:0020."]),
        ("drift", ["The rules say WEST, crm holds CN", "In CN, which R7 works"]),
        ("rule_issues", ["1 customer whose country nobody knows", "T-9 never decides"]),
        ("handovers", ["R1 is the manager of R8", "R2 alone works CN."]),
        ("pool", ["40 days without a follow-up", "25 days without a follow-up"]),
        ("match_questions", ["One name is the short form of the other."]),
    ],
)
def test_a_subject_lists_what_waits_with_the_sentence_first_and_the_most_urgent_on_top(open_page, subject, sentences):
    frame = open_page(TAB, subject=subject).dataframe[-1].value
    said = frame.iloc[:, 0].tolist()
    assert len(said) == len(sentences)
    assert all(found.startswith(begin) for found, begin in zip(said, sentences, strict=True))


def test_a_territory_shows_its_own_and_what_lies_below_it(open_page, metrics, shown, sql):
    page = open_page(TAB, decide_territory="WEST")
    assert metrics(page)["Conflicts 撞单"] == "1"
    assert page.dataframe[-1].value["customer_id"].tolist() == ["C1"]
    sql(shown / "warehouse.duckdb", "update marts.dim_territories set path = 'CN/WEST' where territory_id = 'WEST'")
    assert open_page(TAB, decide_territory="CN").dataframe[-1].value["customer_id"].tolist() == ["C1", "C2"]


def test_a_subject_of_which_nothing_waits_says_so(open_page):
    page = open_page(TAB, subject="handovers", decide_territory="WEST")
    assert any("Nothing waits here" in info.value for info in page.info)


def test_rows_that_are_cut_are_said_with_the_number_there_is(open_page, monkeypatch):
    monkeypatch.setattr(serving.dashboard.to_decide, "SHOWN", 1)
    page = open_page(TAB, subject="drift")
    assert page.dataframe[-1].value["customer_id"].tolist() == ["C1"]
    assert any(caption.value.startswith("The first 1 of 2 rows") for caption in page.caption)
