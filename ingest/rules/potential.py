"""What customers are worth (潜力): points by what is known of them, and names for ranges of scores.

Here: what a row of rules/potential.csv may say, and what several rows together can get wrong. Not here: what a customer scores
(dbt_project, int_customer__potential).
"""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationError, ValidationInfo, field_validator, model_validator

from ingest.rules.cells import Alternatives, CountryCodes, Day, OptionalDay, OptionalText, RegionCodes, nearest, whole, word
from ingest.rules.places import DivisionCodes
from ingest.rules.rows import Rows, spans
from ingest.rules.sheet_row import PeriodRow

BAND = "band"
_READERS = {"country": TypeAdapter(CountryCodes), "region": TypeAdapter(RegionCodes), "division": TypeAdapter(DivisionCodes)}


class Potential(PeriodRow):
    """Points for one value of a criterion, or a band (潜力档): the name of all scores from `points` up to the next band.

    A customer's score is what it won of the most that could be won by what is known of it, scaled to 100.
    """

    criterion: Annotated[
        Literal["industry", "size_band", "country", "region", "division", "band"],
        word(
            {
                "行业": "industry",
                "规模": "size_band",
                "国家": "country",
                "省份": "region",
                "行政区划": "division",
                "潜力档": "band",
                "档位": "band",
            }
        ),
    ]
    value: Alternatives
    points: Annotated[int, BeforeValidator(whole(0, "30"))]
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None

    @field_validator("value")
    @classmethod
    def _is_of_its_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            raise ValueError("empty: write the value that gets the points, or the name of the band")
        reader = _READERS.get(info.data.get("criterion", ""))
        try:
            return reader.validate_python(value) if reader else value
        except ValidationError as invalid:
            raise ValueError(invalid.errors()[0]["msg"].removeprefix("Value error, ")) from None

    @model_validator(mode="after")
    def _is_a_band_of_scores(self) -> "Potential":
        if self.criterion == BAND and self.points > 100:
            raise ValueError("points: no score is higher than 100; write the score that the band begins at")
        if self.criterion == BAND and "|" in self.value:
            raise ValueError("value: a band has one name; write a row for each band")
        return self


def find_wrong_potential(sheets: dict[str, Rows]) -> list[str]:
    """Words that are no industry or size of their sheets, bands that leave scores out or begin together, criteria nobody can win by, and
    bands that rules ask for and nobody named."""
    rows = sheets.get("potential", [])
    problems = [
        problem
        for criterion, listed, column in (("industry", "industries", "industry"), ("size_band", "size_bands", "size_band"))
        for problem in _unknown_words(rows, criterion, {row[column] for _, row in sheets.get(listed, [])}, listed)
    ]
    found: dict[tuple, str] = {}  # by what is wrong, so that a mistake that holds for years is one sentence
    for days, in_force in spans(rows):
        for key, problem in _wrong_on(in_force, f"on {days[0]}"):
            found.setdefault(key, problem)
    bands = {row["value"] for _, row in rows if row["criterion"] == BAND}
    for cell, row in sheets.get("territory_rules", []):
        for name in filter(None, (row["potential_bands"] or "").split("|")):
            if name.casefold() not in {band.casefold() for band in bands}:
                text = f"{name!r} is no known band; expected one of the sheet potential, criterion band{nearest(name, bands)}"
                problems.append(cell.problem("potential_bands", text))
    return [*problems, *found.values()]


def _unknown_words(rows: Rows, criterion: str, words: set[str], sheet: str) -> list[str]:
    known = {word.casefold() for word in words}
    return [
        cell.problem("value", f"{name!r} is no known {criterion}; expected one of the sheet {sheet}{nearest(name, words)}")
        for cell, row in rows
        if row["criterion"] == criterion and known
        for name in row["value"].split("|")
        if name.casefold() not in known
    ]


def _wrong_on(rows: Rows, when: str) -> list[tuple[tuple, str]]:
    """(what is wrong, sentence) for the rows of one day."""
    found = []
    bands = sorted(((cell, row) for cell, row in rows if row["criterion"] == BAND), key=lambda item: (item[1]["points"], item[0].line))
    criteria: dict[str, Rows] = {}
    for cell, row in rows:
        if row["criterion"] != BAND:
            criteria.setdefault(row["criterion"], []).append((cell, row))
    if bands:
        cell, row = bands[0]
        if row["points"] > 0:
            text = f"{when} no band holds scores below {row['points']}; the lowest band begins at 0"
            found.append((("start", cell.line), cell.problem("points", text)))
        if not criteria:
            text = f"{when} nothing gives points, so nobody has a score; add rows for an industry, a size_band or a place"
            found.append((("nothing", cell.line), cell.problem("criterion", text)))
        for (first, lower), (cell, row) in pairwise(bands):
            if lower["points"] == row["points"]:
                text = f"{row['value']} begins at {row['points']} {when}, where {lower['value']} in line {first.line} begins, too"
                found.append((("together", cell.line), cell.problem("points", text)))
    for criterion, same in sorted(criteria.items()):
        if not any(row["points"] for _, row in same):
            cell, _ = same[0]
            text = f"{when} nobody can win a point by {criterion}; give one value more than 0, or leave the criterion out"
            found.append((("vain", criterion, cell.line), cell.problem("points", text)))
    return found
