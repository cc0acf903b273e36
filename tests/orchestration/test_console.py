"""What a refresh says at its end about customer ids."""

from datetime import date
from pathlib import Path

from rich.console import Console

from orchestration.console import print_refresh
from orchestration.id_changes import IdChange, IdChanges
from orchestration.refresh import RefreshReport

DAY = date(2026, 6, 30)


def said(ids, outcome="published"):
    console = Console(width=100)
    report = RefreshReport(outcome=outcome, run_id="0" * 36, as_of_date=DAY, steps=[], checks=[], messages=[], seconds=1.0, ids=ids)
    with console.capture() as captured:
        print_refresh(console, report, Path("home"))
    return captured.get().splitlines()


def id_changes_of(*examples, question="", **counts):
    usual = {"merged": 0, "split": 0, "moved": 0, "redirects": 0, "questions": 0}
    return IdChanges(as_of_date=DAY, examples=examples, question=question, **usual | counts)


def test_ids_that_changed_are_counted_with_an_example_of_each_kind_unbroken_and_as_it_is():
    merged = IdChange(
        kind="merged", old_customer_id="CA", customer_ids=("CB",), sentence="Ann on 2026-06-20: one firm [of two]. " + "x" * 120
    )
    split = IdChange(kind="split", old_customer_id="CC", customer_ids=("CC", "CD"), sentence="crm 1: Alone.")
    lines = said(id_changes_of(merged, split, merged=1, split=1, redirects=1_234, questions=7, question="CE or CF? Same name."))
    start = next(place for place, line in enumerate(lines) if line.startswith("Customer ids:"))
    assert lines[start : start + 4] == [
        "Customer ids: 1 merged into others, 1 split, 0 gave records to another; 1,234 retired ids lead to one in use; "
        "7 questions wait for a person.",
        f"  merged  CA -> CB  {merged.sentence}",
        "  split   CC -> CC, CD  crm 1: Alone.",
        "  asked   CE or CF? Same name.",
    ]
    assert "explain CB --home home" in lines[start + 4]
    assert lines[start + 5] == "  Answers: a row each in home/judgements.csv."


def test_a_night_that_changed_no_id_says_nothing_of_them():
    assert not [line for line in said(id_changes_of(redirects=3, questions=7)) if "Customer ids" in line]
    assert not [line for line in said(None, "nothing_to_do") if "Customer ids" in line]
