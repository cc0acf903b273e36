"""Register numbers of companies other than the credit code (其他登记号): made comparable, and told what they are where they can be checked.

Here: one form for each number whatever stands between its characters, placeholders, and the numbers that carry check digits of their own:
the old Chinese registration number of 15 digits (工商注册号), the organisation code of 9 (组织机构代码, GB 11714) and the LEI of 20
(ISO 17442), besides credit codes in the wrong column. Not here: the credit code itself (credit_codes.py), whose number it is (resolution/).

A number whose check digits do not fit may be another register's, so it is kept and is merely of no known kind.
"""

import polars as pl

from ingest.cleaning.credit_codes import read_credit_codes
from ingest.values.reading import Reading, problem_where, trimmed

KINDS = ("credit_code", "cn_registration", "cn_organisation", "lei", "other")
_PLACEHOLDER = r"^(?:0+|1+|9+|X+|N/?A|NONE|NULL|NIL|UNKNOWN|TBD|TEST|无|暂无|未知|不详|待定|没有|12345(?:6(?:7(?:8(?:90?)?)?)?)?)$"
_BETWEEN = r"[\s\p{Pd}_./·•:：()（）]+"
_LABEL = r"^(?:NO|NR|REG(?:ISTRATION)? ?(?:NO|NR|NUMBER)|统一社会信用代码|注册号|工商注册号|组织机构代码|登记号)[.:：\s]+"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def read_registry_ids(texts: pl.Series) -> Reading:
    """Numbers in upper case, without labels and what stands between characters; null where empty. Code: placeholder_number."""
    plain = trimmed(texts).str.normalize("NFKC").str.to_uppercase().str.replace(_LABEL, "")
    is_placeholder = plain.str.replace_all(r"[\s\p{Pd}]", "").str.contains(_PLACEHOLDER) | ~plain.str.contains(r"[\p{L}\p{N}]")
    numbers = plain.str.replace_all(_BETWEEN, "")
    return Reading(
        values=pl.select(pl.when(~is_placeholder).then(numbers)).to_series().alias(texts.name),
        problems=problem_where(is_placeholder, "placeholder_number"),
    )


def registry_kinds(numbers: pl.Series) -> pl.Series:
    """What each number of `read_registry_ids` is: one of KINDS, null where there is none. A kind is said where its
    check digits fit."""
    distinct = numbers.unique().drop_nulls().sort()
    frame = pl.DataFrame({"number": distinct, "is_credit_code": read_credit_codes(distinct).values.is_not_null()})
    kinds = frame.select(
        pl.when("is_credit_code").then(pl.lit("credit_code"))
        .when(_is_registration(distinct)).then(pl.lit("cn_registration"))
        .when(_is_organisation()).then(pl.lit("cn_organisation"))
        .when(_is_lei()).then(pl.lit("lei"))
        .otherwise(pl.lit("other"))
        .alias("kind")
    )["kind"]  # fmt: skip
    known = pl.DataFrame({"number": distinct, "kind": kinds})
    return numbers.to_frame("number").join(known, on="number", how="left", maintain_order="left")["kind"].alias("registry_kind")


def _is_registration(numbers: pl.Series) -> pl.Series:
    """15 digits with the check digit of ISO 7064, modulus 11,10; the first six are a division."""
    shape = numbers.str.contains(r"^[1-8][0-9]{14}$")
    product = pl.Series([10], dtype=pl.Int64).new_from_index(0, len(numbers))
    for place in range(14):  # series by series: as one expression it would double with every digit
        total = (product + numbers.str.slice(place, 1).cast(pl.Int64, strict=False)) % 10
        product = total.set(total == 0, 10) * 2 % 11
    check = numbers.str.slice(14, 1).cast(pl.Int64, strict=False)
    return shape & ((product + check) % 10 == 1).fill_null(False)


def _is_organisation() -> pl.Expr:
    """Eight characters and a check character by GB 11714; X stands for 10. One in eleven numbers of other registers fits by chance."""
    values = {str(digit): digit for digit in range(10)} | {chr(ord("A") + i): 10 + i for i in range(26)}
    total = pl.lit(0, dtype=pl.Int64)
    for place, weight in enumerate(_ORGANISATION_WEIGHTS):
        total = total + pl.col("number").str.slice(place, 1).replace_strict(values, default=None, return_dtype=pl.Int64) * weight
    check = (11 - total % 11) % 11
    written = pl.col("number").str.slice(8, 1)
    value = pl.when(written == "X").then(10).otherwise(written.cast(pl.Int64, strict=False))
    return pl.col("number").str.contains(r"^[0-9A-Z]{8}[0-9X]$") & (check == value).fill_null(False)


def _is_lei() -> pl.Expr:
    """Eighteen characters and two check digits: as one number, letters as 10 to 35, the remainder by 97 is 1 (ISO 7064)."""
    values = {str(digit): digit for digit in range(10)} | {chr(ord("A") + i): 10 + i for i in range(26)}
    remainder = pl.lit(0, dtype=pl.Int64)
    for place in range(20):
        value = pl.col("number").str.slice(place, 1).replace_strict(values, default=None, return_dtype=pl.Int64)
        remainder = (remainder * pl.when(value > 9).then(100).otherwise(10) + value) % 97
    return pl.col("number").str.contains(r"^[0-9A-Z]{18}[0-9]{2}$") & (remainder == 1).fill_null(False)
