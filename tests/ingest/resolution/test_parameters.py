"""resolution/parameters.py: the numbers are read whole, or refused with every fault."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from ingest.errors import ParametersInvalid
from ingest.resolution import parameters as module
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import PACKAGED, Parameters, default_parameters, read_parameters


@pytest.fixture
def written():
    return yaml.safe_load((Path(module.__file__).parent / "parameters.yml").read_text("utf-8"))


def test_the_parameters_that_come_with_the_program_weigh_every_level():
    weights = default_parameters().weights
    assert {field: set(found) for field, found in weights.items()} == {
        field: {level.name for level in levels[1:]} for field, levels in FIELDS.items()
    }


def test_agreement_speaks_for_and_contradiction_against():
    weights = default_parameters().weights
    assert all(weights[field]["same"] > 0 for field in weights if field not in ("source", "place"))
    assert all(found["other"] <= 0 for found in weights.values() if "other" in found)


def test_limits_of_blocks_are_powers_of_two():
    """For they are halved until they fit."""
    blocking = default_parameters().blocking
    assert all(value & (value - 1) == 0 for value in (blocking.largest_block, blocking.smallest_limit))


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("prior", "matches_per_record", 0), ("prior", "fewest_records", 1), ("prior", "misspelt", 1),
        ("commonness", "bits_per_doubling", -1),
        ("blocking", "largest_block", 1), ("blocking", "fewest_pairs", 0), ("clustering", "hub_share", 1.5), ("caps", "contacts", "many"),
    ],
)  # fmt: skip
def test_an_impossible_number_is_refused(section, name, value, written):
    written[section][name] = value
    with pytest.raises(ValidationError, match=name):
        Parameters.model_validate(written)


def test_every_missing_and_misspelt_weight_is_named_at_once(written):
    del written["weights"]["phone"]["same"]
    written["weights"]["email"]["samee"] = 1
    written["weights"]["fax"] = {"same": 1}
    with pytest.raises(ValidationError) as refused:
        Parameters.model_validate(written)
    assert all(text in str(refused.value) for text in ("weights.phone: lacks ['same']", "['samee'] too many", "weights.fax: no such field"))


def test_a_person_is_asked_below_the_certain_and_never_above(written):
    with pytest.raises(ValidationError, match="ask_above is greater than same_above"):
        Parameters.model_validate(written | {"ask_above": written["same_above"] + 1})


# A file of one's own


@pytest.fixture
def own(tmp_path):
    """Text -> the file's path."""

    def write(text, *, encoding="utf-8"):
        path = tmp_path / "resolution.yml"
        path.write_bytes(text.encode(encoding))
        return path

    return write


PACKAGED_TEXT = PACKAGED.read_text("utf-8")


def test_a_file_of_ones_own_takes_the_place_of_the_numbers(own):
    found = read_parameters(own("\ufeff" + PACKAGED_TEXT.replace("same_above: 4.0", "same_above: 5.5")))
    assert found == default_parameters().model_copy(update={"same_above": 5.5})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("layout: 1 ", "layout: 2 ", ["layout: this program reads layout 1", "found 2"]),
        ("layout: 1 ", "# layout: 1 ", ["layout: is missing"]),
        ("same_above: 4.0", "same_above: four", ["same_above: Input should be a valid number", "found 'four'"]),
        ("same_above: 4.0", "same_above: '4'", ["same_above: Input should be a valid number", "found '4'"]),
        ("same_above: 4.0", "same_above: .inf", ["same_above: Input should be a finite number"]),
        ("same_above: 4.0", "same_above: -1.0", ["ask_above is greater than same_above"]),
        ("same_above: 4.0", "same_above: 4.0\nsame_below: 4.0", ["same_below: there is no such name"]),
        ("same_above: 4.0", "same_above: 4.0\nsame_above: 5.0", ["same_above stands twice"]),
        ("    one_side: ", "    on_side: ", ["weights.numbers: lacks ['one_side']", "['on_side'] too many"]),
        ("  numbers:\n", "  fax:\n", ["weights.numbers: lacks", "weights.fax: no such field"]),
        ("    - branch ", "    - branhc ", ["drift.not_watched: no such field or field.level: branhc"]),
        ("prior:\n", "prior: [\n", ["not readable YAML"]),
    ],
)
def test_a_file_that_does_not_fit_is_told_what_where_expected_and_the_next_step(old, new, said, own):
    assert PACKAGED_TEXT.count(old) == 1
    path = own(PACKAGED_TEXT.replace(old, new))
    with pytest.raises(ParametersInvalid) as refused:
        read_parameters(path)
    message = str(refused.value)
    assert all(text in message for text in (*said, str(path), "Expected: ", "Mend the file")), message
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [("", "utf-8", "found nothing"), ("- 1\n", "utf-8", "found list"), ("# Größe\n", "latin-1", "not text in UTF-8")],
)
def test_what_is_no_file_of_parameters_at_all_is_told_so(text, encoding, said, own):
    with pytest.raises(ParametersInvalid, match=said):
        read_parameters(own(text, encoding=encoding))


def test_a_file_that_is_not_there_is_told_so(tmp_path):
    with pytest.raises(ParametersInvalid, match="cannot be read"):
        read_parameters(tmp_path / "resolution.yml")


def test_every_weight_says_why_it_is_what_it_is():
    lines = PACKAGED_TEXT.splitlines()
    numbers = [line for line in lines if line.startswith("    ") and line.strip()[:1].isalpha()]
    assert len(numbers) >= sum(len(found) for found in default_parameters().weights.values())
    assert [line for line in numbers if "#" not in line] == []
