"""What the models of all rule sheets have in common.

Here: a row, and a row with a period. Not here: the sheets (sheets.py).
"""

from pydantic import BaseModel, ConfigDict, model_validator


class Row(BaseModel):
    """One row of a sheet; a column that the sheet does not have is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PeriodRow(Row):
    """A row that holds from valid_from until the day before valid_to."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "PeriodRow":
        if self.valid_to is not None and self.valid_to <= self.valid_from:  # type: ignore[attr-defined]
            raise ValueError("valid_to must be later than valid_from: it is the first day on which the row no longer holds")
        return self
