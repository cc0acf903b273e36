"""The numbers that decide who is the same customer: those that come with the program (parameters.yml), or a company's own file.

Here: reading them, checked. Not here: what they are compared with (scoring.py, blocking.py, clustering.py), estimating them
(estimation.py), writing a file of proposed ones (proposal.py).
"""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.errors import ParametersInvalid
from ingest.resolution.levels import FIELDS

LAYOUT = 1
"""The layout of the file that this program reads; another one when sections or fields come or go."""
PACKAGED = Path(__file__).parent / "parameters.yml"
_MOST_PROBLEMS = 20


class _Strict(BaseModel):
    # Strict: "16" is no number here, nor is .inf; a weight that YAML read otherwise than it was meant is to be seen (2026-11-22).
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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
    elsewhere: float
    unlike_names: float


class Blocking(_Strict):
    """Budgets of pairs of one kind of key, and limits of blocks in records."""

    pairs_per_record: float = Field(gt=0)
    pairs_per_record_of_hints: float = Field(gt=0)
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


class Drift(_Strict):
    """When a weight in force and its estimate are too far apart: bits, and expected matching pairs that the estimate rests on.
    `not_watched`: fields, or field.level, whose weight is chosen by hand against the estimate."""

    difference: float = Field(gt=0)
    fewest_pairs: int = Field(ge=1)
    not_watched: tuple[str, ...] = Field(strict=False)

    @field_validator("not_watched")
    @classmethod
    def _names_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = {*FIELDS, *(f"{field}.{level.name}" for field, levels in FIELDS.items() for level in levels[1:])}
        if unknown := [name for name in value if name not in known]:
            raise ValueError(f"no such field or field.level: {', '.join(unknown)}")
        return value


class Parameters(_Strict):
    """All of them; parameters.yml says where each comes from. `version` counts the numbers, `layout` the sections they stand in."""

    layout: int
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
    drift: Drift

    @field_validator("layout")
    @classmethod
    def _layout_is_known(cls, value: int) -> int:
        if value != LAYOUT:
            raise ValueError(f"this program reads layout {LAYOUT}; the file is of another version of the program")
        return value

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
    """The parameters that come with the program. Raises ParametersInvalid for an impossible one (a fault of the program)."""
    return read_parameters(PACKAGED)


def read_parameters(path: Path) -> Parameters:
    """The parameters of a file. Raises ParametersInvalid, which names every number that does not fit."""
    return read_parameters_text(_text(path), path)


def read_parameters_text(text: str, path: Path) -> Parameters:
    """The parameters of the text of a file, as `read_parameters`; `path` is what messages call it."""
    try:
        content = yaml.load(text, Loader=_OnceLoader)
    except yaml.YAMLError as error:
        raise _invalid(path, "it is not readable YAML", [" ".join(str(error).split())]) from None
    if not isinstance(content, dict):
        raise _invalid(path, "it holds no sections", ["found " + ("nothing" if content is None else type(content).__name__)])
    try:
        return Parameters.model_validate(content)
    except ValidationError as error:
        problems = [problem for each in error.errors() for problem in _sentences(each)]
        raise _invalid(path, f"{len(problems)} number(s) do not fit", problems) from None


class _OnceLoader(yaml.SafeLoader):
    """Refuses a name that stands twice in a section: YAML would let the last one count and say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The section, if each of its names is there once."""
        names = [key.value for key, _ in node.value]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(twice)} stands twice in a section", node.start_mark)
        return super().construct_mapping(node, deep)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(path, "it is not text in UTF-8", [str(error)]) from None
    except OSError as error:
        raise _invalid(path, "it cannot be read", [str(error.strerror or error)]) from None


def _sentences(error: Any) -> list[str]:
    """A problem as pydantic tells it, for people: where, what is wrong, what was found."""
    where = ".".join(str(part) for part in error["loc"])
    said = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return [f"{where}: is missing"]
    if error["type"] == "extra_forbidden":
        return [f"{where}: there is no such name"]
    if not where:  # of the whole file: each problem names its place
        return said.split("; ")
    found = error["input"]
    return [f"{where}: {said}" + (f", found {found!r}" if isinstance(found, str | int | float | bool) else "")]


def _invalid(path: Path, what: str, problems: list[str]) -> ParametersInvalid:
    more = [f"... and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
    return ParametersInvalid(
        "\n  ".join(
            [f"ParametersInvalid: {path}: {what}, so nothing was resolved and nothing was touched:", *problems[:_MOST_PROBLEMS], *more]
        )
        + f"\n  Expected: UTF-8 YAML with every name and level of {PACKAGED.name} of this program (layout {LAYOUT}) and a number for each."
        "\n  Mend the file, or take it out of company.toml or the command; without one the program's own numbers hold."
    )
