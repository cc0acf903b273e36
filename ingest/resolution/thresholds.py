"""The numbers that decide who is the same customer, read from thresholds.yml.

Here: reading them once, checked. Not here: what they are compared with (comparisons.py, blocking.py).
"""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Thresholds(BaseModel):
    """Likenesses from 0 to 1 and the largest block in records; thresholds.yml says where each comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    same_above: float = Field(gt=0, le=1)
    possible_above: float = Field(gt=0, le=1)
    part_of_name_above: float = Field(gt=0, le=1)
    registry_name_above: float = Field(ge=0, le=1)
    largest_block: int = Field(ge=2)


@lru_cache(maxsize=1)
def thresholds() -> Thresholds:
    """The thresholds in force. Raises pydantic.ValidationError for a misspelt or impossible one (a fault of the program)."""
    text = (Path(__file__).parent / "thresholds.yml").read_text(encoding="utf-8")
    return Thresholds.model_validate(yaml.safe_load(text))
