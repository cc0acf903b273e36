"""Cells of rule sheets that say where: codes of divisions, postal codes, and the circle around a point.

Here: how people write them, and what of it is no place. Not here: other cells (cells.py), which customer lies there (dbt_project).
"""

import csv
import difflib
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from ingest.rules.cells import empty_or, narrow, read_alternatives

_TABLES = Path(__file__).parents[1] / "geocoding" / "tables"  # read as files: the room itself lies above this one
_SURE_RANGE = re.compile(r"\s*(?:\.\.|[~至])\s*")
_PERHAPS_RANGE = re.compile(r"\s*[-–—]\s*")  # or a sign within one code
_POSTAL_PREFIX = re.compile(r"[A-Z0-9]+\*")
_POSTAL = re.compile(r"[A-Z0-9]+")
MOST_KILOMETRES = 20_038  # half way round the earth: a wider circle is no condition
DIVISION = "code of a division: six digits of GB/T 2260 (310000, 310100, 310115), five of a US county (53033) or two of a US state (53)"


@lru_cache(maxsize=1)
def divisions() -> dict[str, str]:
    """Code as people write it -> code as rules hold it: Chinese divisions and US counties as they are, US states as ISO 3166-2."""
    with (_TABLES / "cn_divisions.csv").open(encoding="utf-8", newline="") as file:
        known = {row["division_code"]: row["division_code"] for row in csv.DictReader(file)}
    with (_TABLES / "us_counties.csv").open(encoding="utf-8", newline="") as file:
        counties = [(row["county_fips"], row["state"]) for row in csv.DictReader(file)]
    known |= {fips: fips for fips, _ in counties}
    # A customer may be known to a state and to no county of it, so a whole state is asked for by the code that both have.
    return known | {fips[:2]: f"US-{state}" for fips, state in counties}


@lru_cache(maxsize=1)
def _former_divisions() -> dict[str, str]:
    with (_TABLES / "cn_former.csv").open(encoding="utf-8", newline="") as file:
        return {row["former_code"]: row["division_code"] for row in csv.DictReader(file)}


def read_divisions(value: Any) -> str | None:
    """Codes of divisions separated by `|`; None where there are none. Raises ValueError."""
    found = []
    for part in (read_alternatives(value) or "").split("|") if isinstance(value, str) else ():
        code = narrow(part).upper()
        if not code:
            continue
        if code in divisions().values():
            found.append(code)
        elif code in divisions():
            found.append(divisions()[code])
        elif code in _former_divisions():
            raise ValueError(f"{code!r} is a former division and part of {_former_divisions()[code]} today; write that code")
        else:
            near = difflib.get_close_matches(code, sorted(divisions()), n=1)
            raise ValueError(f"{code!r} is no {DIVISION}" + (f" (closest: {near[0]})" if near else ""))
    return "|".join(dict.fromkeys(found)) or None


def country_of_division(code: str) -> str:
    """The country that a division of `read_divisions` lies in."""
    return "CN" if len(code) == 6 else "US"


def read_postal_codes(value: Any) -> str | None:
    """`2000* | 200000-201999 | SW1A 1AA`, made `2000*|200000..201999|SW1A1AA`; None where there are none. Raises ValueError.

    Signs other than letters and digits do not count. Two halves of one length are a range, so `100-0001` and `00-001` are single codes.
    """
    found = []
    for part in (read_alternatives(value) or "").split("|") if isinstance(value, str) else ():
        written = narrow(part).upper()
        if not written:
            continue
        is_sure = _SURE_RANGE.search(written) is not None
        halves = [_bare(half) for half in (_SURE_RANGE if is_sure else _PERHAPS_RANGE).split(written)]
        if len(halves) == 2 and (is_sure or len(halves[0]) == len(halves[1])):
            start, end = halves
            if not _POSTAL.fullmatch(start) or not _POSTAL.fullmatch(end) or len(start) != len(end):
                raise ValueError(f"{part!r} is no range of postal codes; write both ends in full, such as 200000-201999")
            if end < start:
                raise ValueError(f"{part!r} is upside down: the lower postal code comes first")
            found.append(f"{start}..{end}")
        elif _POSTAL_PREFIX.fullmatch(_bare(written, "*")):
            found.append(_bare(written, "*"))
        elif _POSTAL.fullmatch(_bare(written)) and "*" not in written:
            found.append(_bare(written))
        else:
            raise ValueError(f"{part!r} is no postal code; write one (200120), a beginning (2001*) or a range (200000-201999)")
    return "|".join(dict.fromkeys(found)) or None


def _bare(text: str, kept: str = "") -> str:
    return "".join(sign for sign in text if sign.isascii() and (sign.isalnum() or sign in kept))


def degrees(most: int, example: str) -> Callable[[Any], float]:
    """A reader of degrees between -`most` and `most`."""

    def read(value: Any) -> float:
        number = _number(value, example)
        if not -most <= number <= most:
            raise ValueError(f"expected degrees between -{most} and {most} such as {example}, WGS-84")
        return number

    return read


def read_kilometres(value: Any) -> float:
    """A distance above 0. Raises ValueError."""
    number = _number(value, "50")
    if not 0 < number <= MOST_KILOMETRES:
        raise ValueError(f"expected kilometres above 0 and up to {MOST_KILOMETRES}, such as 50")
    return number


def _number(value: Any, example: str) -> float:
    text = narrow(value)
    try:
        number = Decimal(text) if "_" not in text else Decimal("nan")
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"expected a number such as {example}")
    return float(number)


DivisionCodes = Annotated[str | None, BeforeValidator(read_divisions)]
PostalCodes = Annotated[str | None, BeforeValidator(read_postal_codes)]
OptionalLatitude = Annotated[float | None, empty_or(degrees(90, "31.2304"))]
OptionalLongitude = Annotated[float | None, empty_or(degrees(180, "121.4737"))]
OptionalKilometres = Annotated[float | None, empty_or(read_kilometres)]
