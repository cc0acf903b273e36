"""resolution/parameters.py: the numbers are read whole, or refused with every fault."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from ingest.resolution import parameters as module
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import Parameters, default_parameters


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
