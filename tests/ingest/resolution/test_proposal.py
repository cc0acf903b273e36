"""resolution/proposal.py: which weights a file of new parameters changes, and that it says why and loses nothing."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from ingest.errors import ParametersInvalid
from ingest.resolution.drift import MATCH_WEIGHTS
from ingest.resolution.parameters import PACKAGED, default_parameters, read_parameters_text
from ingest.resolution.proposal import Change, proposed_changes, proposed_text

DAY = date(2026, 11, 20)
SCHEMA = MATCH_WEIGHTS | {"bound": pl.String}


def weighed(field, level, difference, *, pairs=500.0, bound=""):
    in_force = default_parameters().weights[field][level]
    row = (field, level, in_force, None if difference is None else in_force + difference, pairs, difference, False, "", bound)
    return pl.DataFrame([row], schema=SCHEMA, orient="row")


def changes_of(*rows):
    return proposed_changes(pl.concat(rows), default_parameters())


def change(field, level, weight, pairs=500):
    return Change(field=field, level=level, was=default_parameters().weights[field][level], weight=weight, pair_count=pairs)


def test_a_weight_moves_by_the_difference_to_the_nearest_half_bit():
    was = default_parameters().weights["phone"]["other"]
    assert changes_of(weighed("phone", "other", -2.2)) == [change("phone", "other", round((was - 2.2) * 2) / 2)]


@pytest.mark.parametrize(
    "row",
    [
        weighed("phone", "other", 0.8), weighed("phone", "other", None), weighed("phone", "other", 4.0, pairs=12.0),
        weighed("phone", "same", -4.0, bound="at least"), weighed("phone", "other", 4.0, bound="at most"),
        weighed("credit_code", "other", 30.0), weighed("place", "other_city", 9.0),
    ],
)  # fmt: skip
def test_what_is_near_or_unsure_or_within_its_bound_or_chosen_by_hand_stays(row):
    assert changes_of(row) == []


def test_beyond_its_bound_a_weight_moves():
    assert [found.level for found in changes_of(weighed("phone", "same", 4.0, bound="at least"))] == ["same"]


def test_the_file_holds_all_parameters_one_version_on_with_the_reason_beside_what_changed():
    text = proposed_text(PACKAGED.read_text("utf-8"), [change("phone", "other", -4.5, 1234)], dated=DAY, path=PACKAGED)
    found, was = read_parameters_text(text, PACKAGED), default_parameters()
    assert (found.version, found.dated, found.weights["phone"]["other"]) == (was.version + 1, DAY, -4.5)
    others = {"version": was.version, "dated": was.dated, "weights": was.weights}
    assert found.model_copy(update=others) == was
    line = next(line for line in text.splitlines() if line.strip().startswith("other: -4.5"))
    assert line.endswith(f"# estimated 2026-11-20 on 1,234 pairs, was {was.weights['phone']['other']:g}")


def test_comments_of_what_stays_stay():
    before = PACKAGED.read_text("utf-8").splitlines()
    after = proposed_text("\n".join(before), [change("phone", "other", -4.5)], dated=DAY, path=PACKAGED).splitlines()
    assert len(before) == len(after) and sum(one != other for one, other in zip(before, after, strict=True)) == 3


def test_of_several_weights_in_one_line_each_says_its_reason_above():
    content = yaml.safe_load(PACKAGED.read_text("utf-8"))
    text = yaml.safe_dump(content, default_flow_style=None, sort_keys=False, width=1000)
    text = proposed_text(text, [change("phone", "same", 14.0), change("phone", "other", -4.5)], dated=DAY, path=Path("own.yml"))
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if line.strip().startswith("phone: {"))
    assert lines[place].strip() == "phone: {same: 14, other: -4.5}"
    assert [line.strip().split(":")[0] for line in lines[place - 2 : place]] == ["# same", "# other"]


def test_without_a_change_the_numbers_are_the_same():
    text = proposed_text(PACKAGED.read_text("utf-8"), [], dated=DAY, path=PACKAGED)
    assert read_parameters_text(text, PACKAGED).weights == default_parameters().weights


def test_a_text_that_is_no_file_of_parameters_is_refused():
    with pytest.raises(ParametersInvalid, match=r"own\.yml"):
        proposed_text("layout: 1\n", [], dated=DAY, path=Path("own.yml"))
