"""The numbers that decide who is the same customer, read from parameters.yml.

Here: reading them, checked. Not here: what they are compared with (scoring.py, blocking.py, clustering.py).
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.resolution.levels import FIELDS


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prior(_Strict):
    """How likely two records are one customer before anything of them is known."""

    matches_per_record: float = Field(gt=0)
    fewest_records: int = Field(ge=2)


class Commonness(_Strict):
    """What an agreement loses where many records share the value."""

    bits_per_doubling: float = Field(ge=0)
    rare_up_to: float = Field(ge=0)
    least: float = Field(ge=0)
    most_of_weak: float = Field(ge=0)


class Caps(_Strict):
    """The most that correlated evidence weighs together, in bits."""

    contacts: float
    place_beside_address: float
    unlike_names: float


class Blocking(_Strict):
    """Budgets of pairs, and limits of blocks in records."""

    pairs_per_record: float = Field(gt=0)
    fewest_pairs: int = Field(ge=1)
    largest_block: int = Field(ge=2)
    smallest_limit: int = Field(ge=2)


class Clustering(_Strict):
    """When a pair may not join two groups: clustering.ClusterLimits."""

    contradicted_below: float
    bridge_certain: float
    bridge_group: int = Field(ge=2)
    bridge_density: float = Field(ge=0, le=1)
    hub_share: float = Field(ge=0, le=1)


class Parameters(_Strict):
    """All of them; parameters.yml says where each comes from."""

    version: int
    dated: date
    prior: Prior
    same_above: float
    ask_above: float
    weights: dict[str, dict[str, float]]
    commonness: Commonness
    caps: Caps
    clustering: Clustering
    blocking: Blocking

    @model_validator(mode="after")
    def _every_level_has_a_weight(self) -> "Parameters":
        problems = []
        for field, levels in FIELDS.items():
            wanted, given = {level.name for level in levels[1:]}, set(self.weights.get(field, {}))
            if wanted != given:
                problems.append(f"weights.{field}: lacks {sorted(wanted - given)}, has {sorted(given - wanted)} too many")
        problems += [f"weights.{field}: no such field" for field in sorted(set(self.weights) - set(FIELDS))]
        if self.ask_above > self.same_above:
            problems.append("ask_above is greater than same_above")
        if problems:
            raise ValueError("; ".join(problems))
        return self


@lru_cache(maxsize=1)
def default_parameters() -> Parameters:
    """The parameters that come with the program. Raises pydantic.ValidationError for an impossible one (a fault of the program)."""
    text = (Path(__file__).parent / "parameters.yml").read_text(encoding="utf-8")
    return Parameters.model_validate(yaml.safe_load(text))
