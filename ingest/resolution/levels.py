"""The levels of agreement of each kind of evidence, and the sentence an auditor reads for each.

Here: their names, order and sentences, and several of them in one number. Not here: which level a pair has (comparisons.py,
name_comparison.py), what it weighs (parameters.yml).

Level 0 of every field is "one side says nothing". Numbers are stored: add at the end only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

_BITS = 5  # of a level in a packed number: twelve fields of up to 32 levels


@dataclass(frozen=True)
class Level:
    """One level of agreement."""

    name: str
    sentence: str


_NOTHING = Level("missing", "")
FIELDS: dict[str, tuple[Level, ...]] = {
    "credit_code": (_NOTHING, Level("same", "Same credit code"), Level("other", "Different valid credit codes")),
    "registry_id": (_NOTHING, Level("same", "Same register number"), Level("other", "Different register numbers")),
    "name": (
        _NOTHING,
        Level("same", "Same name"),
        Level("same_core", "Same name but for the legal form or the place in it"),
        Level("same_words", "Same words in another order or spacing"),
        Level("common_words", "Same words, all of which many names have"),
        Level("variant", "Same name with shortened or familiar forms of its words"),
        Level("nearly_same", "Same name but for slips of the pen in one of its words"),
        Level("alike", "Names differ by slips of the pen"),
        Level("short_form", "One name is the short form of the other"),
        Level("sound", "Names sound the same"),
        Level("acronym", "One name is the initials of the other"),
        Level("part", "One name is part of the other"),
        Level("same_beginning", "Names begin alike"),
        Level("other_trade", "Same brand, other words beside it"),
        Level("shared_word", "Names share a word"),
        Level("one_character", "Names differ by one character, which may be another company"),
        Level("unlike", "Names are unlike"),
        Level("other_script", "Names in two scripts, which say nothing of each other"),
        Level("sounds_alike", "Names sound alike"),
        Level("inside", "One name stands inside the other"),
    ),
    "branch": (
        _NOTHING,
        Level("same", "Both are the same branch"),
        Level("other", "Two branches"),
        Level("branch_and_company", "One is a branch, the other is a company"),
        Level("branch_and_name", "One is a branch, the other a name that may mean the company"),
        Level("number_and_name", "Two branches, told in different ways"),
    ),
    "numbers": (
        _NOTHING,
        Level("same", "Same number in the name"),
        Level("other", "Other numbers in the names"),
        Level("one_side", "Number in one name only"),
    ),
    "phone": (_NOTHING, Level("same", "Same telephone number"), Level("other", "Other telephone numbers")),
    "email": (
        _NOTHING,
        Level("same", "Same e-mail address"),
        Level("alike", "E-mail addresses differ by a slip of the pen"),
        Level("other", "Other e-mail addresses"),
    ),
    "domain": (_NOTHING, Level("same", "Same internet domain"), Level("other", "Other internet domains")),
    "address": (
        _NOTHING,
        Level("same", "Same street address"),
        Level("same_house", "Same house number in a street written alike"),
        Level("alike", "Addresses are alike"),
        Level("same_road", "Same street, other number"),
        Level("other", "Other street addresses"),
    ),
    "place": (
        _NOTHING,
        Level("same_postal_code", "Same postal code"),
        Level("same_district", "Same district"),
        Level("same_city", "Same city"),
        Level("same_region", "Same region"),
        Level("same_country", "Same country"),
        Level("near_city", "Other cities near each other"),
        Level("other_city", "Other cities"),
        Level("other_region", "Other regions"),
        Level("other_country", "Other countries"),
    ),
    "birth_date": (
        _NOTHING,
        Level("same", "Born on the same day"),
        Level("nearly_same", "Days of birth differ by one digit, or by day and month in each other's place"),
        Level("other", "Born on other days"),
    ),
    "source": (_NOTHING, Level("same", "Both in one system"), Level("other", "In two systems")),
}
"""Field -> its levels; a level's number is its place."""


def number(field: str, name: str) -> int:
    """The number of a field's level."""
    return next(i for i, level in enumerate(FIELDS[field]) if level.name == name)


def packed(columns: Iterable[str]) -> pl.Expr:
    """Int64 of small columns, five bits each."""
    return pl.sum_horizontal(pl.col(name).cast(pl.Int64) * (1 << (_BITS * place)) for place, name in enumerate(columns))


def unpacked(number: str, columns: Iterable[str]) -> list[pl.Expr]:
    """The columns that `packed` put into a column `number`, UInt8."""
    return [(pl.col(number) // (1 << (_BITS * place)) % (1 << _BITS)).cast(pl.UInt8).alias(name) for place, name in enumerate(columns)]
