"""The numbers that suites are held to, and a company's own numbers laid over them.

Here: the grammar of baselines.yml and of <home>/expectations.yml, reading both.
Not here: the expectations themselves (suites.py), running them (runner.py).

A company may change the numbers of a check that exists and cannot invent one: a misspelt name that does nothing would
be a check its author believes in. Light to import: no Great Expectations.
"""

import difflib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.errors import HomeInvalid

BUILT_IN = Path(__file__).parent / "baselines.yml"

Severity = Literal["error", "warn"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bound(_Strict):
    """What one check is held to: inclusive limits, what a breach does, and why this number."""

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    severity: Severity
    because: str

    @model_validator(mode="after")
    def _limits_make_sense(self) -> "Bound":
        if self.min is None and self.max is None:
            raise ValueError("give min or max, or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self


class Baselines(_Strict):
    """Every bound of every checked table: table -> check -> Bound."""

    tables: dict[str, dict[str, Bound]]

    @model_validator(mode="after")
    def _shares_are_ratios(self) -> "Baselines":
        for table, checks in self.tables.items():
            for check, bound in checks.items():
                limits = [limit for limit in (bound.min, bound.max) if limit is not None]
                if check.startswith("share_") and not all(0 <= limit <= 1 for limit in limits):
                    raise ValueError(f"{table}.{check}: a share lies between 0 and 1")
        return self

    def bound(self, table: str, check: str) -> Bound:
        """The bound of one check. Raises KeyError: suites and baselines.yml are held together by a test."""
        return self.tables[table][check]


def load_baselines(home_override: Path | None) -> Baselines:
    """The built-in numbers, with those of `home_override` (a company's expectations.yml) laid over them.

    A home need not have the file: None and a path without a file give the built-in numbers. Raises HomeInvalid for a
    file that is no YAML mapping, for a table, check or key that does not exist, and for limits that make no sense.
    """
    built_in = _read(BUILT_IN)
    if home_override is None or not home_override.exists():
        return Baselines(tables=built_in)
    merged = {table: dict(checks) for table, checks in built_in.items()}
    name = home_override.name
    for table, checks in _read(home_override).items():
        _refuse_unknown(name, "table", table, list(built_in))
        for check, keys in _mapping(name, table, checks).items():
            _refuse_unknown(name, f"check of {table}", check, list(built_in[table]))
            merged[table][check] = _laid_over(name, f"{table}.{check}", built_in[table][check], keys)
    try:
        return Baselines(tables=merged)
    except ValidationError as error:
        problems = "\n  ".join(_sentence(problem) for problem in error.errors())
        raise HomeInvalid(
            f"HomeInvalid: {name} has numbers that do not fit.\n  {problems}\n"
            "  Expected: min and max as numbers, min not above max, shares between 0 and 1, severity error or warn."
        ) from error


def _laid_over(name: str, where: str, built_in: dict[str, Any], keys: Any) -> dict[str, Any]:
    given = _mapping(name, where, keys)
    for key in given:
        _refuse_unknown(name, f"key of {where}", key, list(built_in))
    return {**built_in, "because": f"set in {name} of this company", **given}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HomeInvalid(
            f"HomeInvalid: {path.name} cannot be read as YAML: {error}\n"
            "  Expected: table -> check -> {min, max, severity, because}, as in expectations/baselines.yml."
        ) from error
    return _mapping(path.name, "the file", {} if content is None else content)


def _mapping(name: str, where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise HomeInvalid(
            f"HomeInvalid: {name}: {where} holds {type(value).__name__}, not keys with values.\n"
            "  Expected: table -> check -> {min, max, severity, because}, as in expectations/baselines.yml."
        )
    return {str(key): item for key, item in value.items()}


def _refuse_unknown(name: str, what: str, given: str, known: list[str]) -> None:
    if given in known:
        return
    closest = difflib.get_close_matches(given, known, n=1)
    hint = f"  Closest: {closest[0]}.\n" if closest else ""
    raise HomeInvalid(
        f'HomeInvalid: {name}: there is no {what} "{given}".\n'
        f"  Known: {', '.join(sorted(known))}\n{hint}"
        "  Only what stands in expectations/baselines.yml can be changed. Correct the name, or take the line out."
    )


def _sentence(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if part != "tables")
    message = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
