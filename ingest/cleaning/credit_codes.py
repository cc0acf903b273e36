"""统一社会信用代码: the Chinese register number of 18 characters (GB 32100-2015).

Here: its alphabet and its check character. Not here: other register numbers (kept as written).

A code whose check character is wrong is a slip of the pen and belongs to somebody else or nobody; as it decides who is the
same customer, it is null with the code bad_check_digit. The alphabet leaves out I, O, S, V and Z.
"""

import polars as pl

from ingest.values.reading import Reading, problem_where, trimmed

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]


def check_character(first_seventeen: str) -> str:
    """The eighteenth character of a code. Raises ValueError for a character outside the alphabet."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def read_credit_codes(texts: pl.Series) -> Reading:
    """Valid codes in upper case without spaces or hyphens. Codes: not_a_credit_code, bad_check_digit."""
    codes = trimmed(texts).str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\-]", "")
    is_code = codes.str.contains(f"^[{ALPHABET}]{{18}}$")
    total = pl.lit(0, dtype=pl.Int64)
    for place, weight in enumerate([*_WEIGHTS, 1]):  # with the check character the weighted sum is a multiple of 31
        total = total + pl.col("code").str.slice(place, 1).replace_strict(list(ALPHABET), list(range(31)), default=None) * weight
    is_valid = codes.to_frame("code").select((total % 31 == 0).alias("valid")).to_series() & is_code
    return Reading(
        values=pl.select(pl.when(is_valid).then(codes)).to_series(),
        problems=pl.select(
            pl.coalesce(
                problem_where(codes.is_not_null() & ~is_code, "not_a_credit_code"),
                problem_where(is_code & ~is_valid, "bad_check_digit"),
            )
        ).to_series(),
    )
