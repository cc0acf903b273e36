"""Ids as CRMs write them: one record, one text, whichever tool exported it.

Here: the three ways of writing ids that a mapping may name (`ids`), and the traces that Excel leaves in long numbers.
Not here: whose id it is (cleaning/rep_ids.py), refusing a file whose ids are damaged (landing/).

Salesforce writes an id with 15 characters, in which upper and lower case differ, or with 18, whose last three hold the case: each
stands for five characters, the first of them counts 1, the second 2, then 4, 8 and 16 where it is a capital letter, and the sum
picks one of A to Z and 0 to 5. So 15 characters can always be made 18, and an id that a tool wrote in one case throughout can be
set right again. (Described in Salesforce's help under "15-character and 18-character IDs"; the arithmetic is ours.)

Excel keeps 15 digits of a number: a longer id is shown as 1.23457E+17, and ends in zeros once it was saved as a number.
"""

import math
from typing import Literal

import numpy as np
import polars as pl

from ingest.values.reading import trimmed

IdKind = Literal["text", "salesforce", "zoho"]

_SUFFIX_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_NO_SUFFIX = 255
_BIT_VALUES = np.array([1, 2, 4, 8, 16], dtype=np.uint8)
# A digit is asked for so that a name of 15 or 18 letters (a queue called "RegionalManager") is left alone: real ids have a prefix
# with a digit in it.
_FIFTEEN = "^[A-Za-z0-9]*[0-9][A-Za-z0-9]*$"
_SUSPECT = r"[0-9][Ee]\+[0-9]|[0-9]{15}0"
_SCIENTIFIC = r"^[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}$"
_LONG_NUMBER = r"^([0-9]{16,})(?:\.0+)?$"
_KEPT_DIGITS = 15  # what Excel keeps of a number
_IMPLAUSIBLE = 0.001  # below this chance, so many ids that end in zeros are not chance
_EXAMPLES = 3


def read_ids(texts: pl.Series, kind: IdKind) -> pl.Series:
    """The ids of a column, each in the one form its system's ids have here; null where empty.

    `text`: trimmed. `salesforce`: 18 characters with the right case; what is no Salesforce id (a name, a queue) is only trimmed.
    `zoho`: without `zcrm_` and without the `.0` of a column of floats.
    """
    ids = trimmed(texts)
    if kind == "salesforce":
        ids = _salesforce(ids)
    elif kind == "zoho":
        ids = ids.str.replace("^zcrm_", "").str.replace(r"^([0-9]+)\.0+$", "${1}")
    return ids.alias(texts.name)


def damaged_ids(texts: pl.Series) -> tuple[str, ...]:
    """Up to three ids that Excel has damaged, the lowest in order of characters; none where the column looks whole.

    An id in scientific notation always is. An id of n digits ends in zeros after the fifteenth by chance once in 10^(n-15), so the
    distinct ids of the column are judged together: half of the long ones end so (but at least two, where all have 16 digits), or more
    of them than chance would give once in a thousand columns.
    """
    # 2026-11-22: most columns hold neither kind, and one look at them all takes a fifth of judging them.
    if not texts.str.contains(_SUSPECT).any():
        return ()
    distinct = trimmed(texts).drop_nulls().unique()
    scientific = distinct.filter(distinct.str.contains(_SCIENTIFIC))
    if len(scientific):
        return tuple(scientific.sort().head(_EXAMPLES))
    long = distinct.filter(distinct.str.contains(_LONG_NUMBER)).to_frame("written")
    digits = pl.col("written").str.extract(_LONG_NUMBER)
    long = long.with_columns(rounded=digits.str.slice(_KEPT_DIGITS).str.contains("^0+$"), length=digits.str.len_bytes().cast(pl.Int64))
    rounded = long.filter("rounded")
    if rounded.is_empty():
        return ()
    least = 2 if rounded["length"].max() == _KEPT_DIGITS + 1 else 1
    is_half = len(rounded) >= least and 2 * len(rounded) >= len(long)
    by_length = long.group_by("length").len().sort("length")
    expected = sum(count * 10.0 ** (_KEPT_DIGITS - length) for length, count in by_length.iter_rows())
    if is_half or _chance_of_at_least(len(rounded), expected) < _IMPLAUSIBLE:
        return tuple(rounded["written"].sort().head(_EXAMPLES))
    return ()


def _chance_of_at_least(count: int, expected: float) -> float:
    """Poisson: the chance of `count` or more where `expected` are expected."""
    below = sum(math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1)) for n in range(count))
    return 1.0 - below


def _salesforce(ids: pl.Series) -> pl.Series:
    if _are_whole(ids.drop_nulls()):  # what an export by API holds; a million take 0.2 s so, and 1.6 s below (2026-11-22)
        return ids
    has_digit = ids.str.slice(0, 15).str.contains(_FIFTEEN)
    short = has_digit & (ids.str.len_bytes() == 15)
    long = has_digit & (ids.str.len_bytes() == 18) & ids.str.contains("^.{15}[A-Za-z0-5]{3}$")
    candidates = ids.filter((short | long).fill_null(False)).unique().to_frame("written")
    if candidates.is_empty():
        return ids
    first = _bytes_of(candidates["written"].str.slice(0, 15), 15)
    given = _bytes_of(candidates["written"].str.slice(15).str.to_uppercase().str.pad_end(3, " "), 3)
    is_long = given[:, 0] != ord(" ")
    restored, is_restorable = _with_case_of(first, given)
    matches = (_suffix(first) == given).all(axis=1)
    in_one_case = ~(_is_upper(first).any(axis=1) & _is_lower(first).any(axis=1))
    use_restored = is_long & ~matches & in_one_case & is_restorable
    right = np.where(use_restored[:, None], restored, first)
    full = np.ascontiguousarray(np.concatenate([right, _suffix(right)], axis=1))
    texts = pl.Series(full.view("S18").ravel().astype("U18").tolist(), dtype=pl.String)
    is_id = pl.Series(~is_long | matches | use_restored)
    known = candidates.with_columns(read=pl.select(pl.when(is_id).then(texts)).to_series())
    rows = ids.to_frame("written").join(known, on="written", how="left", maintain_order="left")
    return rows.select(pl.coalesce("read", "written")).to_series()


def _are_whole(ids: pl.Series) -> bool:
    """Whether every id has 18 characters, the last three of which fit the others letter by letter."""
    if ids.is_empty() or not (ids.str.len_bytes() == 18).all():
        return False
    characters = _bytes_of(ids, 18)
    return bool((_suffix(np.ascontiguousarray(characters[:, :15])) == characters[:, 15:]).all())


def _bytes_of(texts: pl.Series, width: int) -> np.ndarray:
    """Texts of `width` bytes each as a matrix of bytes, one row each."""
    data = pl.select(pl.lit(texts).str.join("")).item() if len(texts) else ""
    return np.frombuffer(data.encode(), dtype=np.uint8).reshape(-1, width)


def _is_upper(characters: np.ndarray) -> np.ndarray:
    return (characters >= ord("A")) & (characters <= ord("Z"))


def _is_lower(characters: np.ndarray) -> np.ndarray:
    return (characters >= ord("a")) & (characters <= ord("z"))


def _suffix(first: np.ndarray) -> np.ndarray:
    """The three check characters of 15 characters."""
    sums = (_is_upper(first).reshape(-1, 3, 5) * _BIT_VALUES).sum(axis=2)
    return np.frombuffer(_SUFFIX_ALPHABET, dtype=np.uint8)[sums]


def _with_case_of(first: np.ndarray, suffix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 15 characters with the case their suffix tells, and whether it can be so: a digit has no capital."""
    value_of = np.full(256, _NO_SUFFIX, dtype=np.uint8)
    value_of[np.frombuffer(_SUFFIX_ALPHABET, dtype=np.uint8)] = np.arange(32, dtype=np.uint8)
    values = value_of[suffix]
    capital = ((values[:, :, None] & _BIT_VALUES) > 0).reshape(-1, 15)
    is_letter = _is_upper(first) | _is_lower(first)
    lowered = np.where(is_letter, first | 0x20, first)
    possible = (values != _NO_SUFFIX).all(axis=1) & ~(capital & ~is_letter).any(axis=1)
    return np.where(capital & is_letter, lowered & 0xDF, lowered).astype(np.uint8), possible
