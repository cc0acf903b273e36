"""What of a record speaks for who it is: the columns that blocking and comparison read.

Here: telephone digits, street, postal code, place, numbers in names.
Not here: which records are put side by side (blocking.py), what an agreement is worth (comparisons.py).

A value that many unrelated records share says nothing and is left out: hotlines, rows of one digit; domains of mail providers are left
out by cleaning/domains.py.
"""

import polars as pl

# What tells two shops of one name apart: numbers, and the points of the compass.
_NUMBER = r"第[一二三四五六七八九十百]+|[0-9]+|\b(?:north|south|east|west)(?:ern)?\b"
_HOTLINE = r"^(0{0,2}86)?(400|800)[0-9]{7}$|^(00)?1?(800|833|844|855|866|877|888)[0-9]{7}$"
_ONE_DIGIT = r"^(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)$"
_SHORTEST_PHONE = 8  # 2026-11-21: seven digits are a local number of some hundred cities at once


def features(customers: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """One row per record, sorted by (source, record_id), numbered by `n` from 0.

    Columns: n, source, record_id, name (comparable), credit_code, registry_id, phone (digits), email, domain, street,
    postal_code, country, region, city (null where unknown), numbers (in the name), is_branch, is_chinese.
    """
    place = places.select("source", "record_id", "country_code", "region_code", "region_name", "city_name")
    records = customers.join(place, on=["source", "record_id"], how="left").sort("source", "record_id")
    name = pl.col("comparable_name")
    return records.select(
        "source",
        "record_id",
        name.alias("name"),
        "credit_code",
        "registry_id",
        _phone().alias("phone"),
        "email",
        "domain",
        _folded(pl.coalesce("street", "address")).alias("street"),
        _filled(pl.col("postal_code").str.to_uppercase().str.replace_all(r"[\s\-]", "")).alias("postal_code"),
        pl.col("country_code").alias("country"),
        pl.coalesce("region_code", _folded(pl.col("region_name"))).alias("region"),
        _folded(pl.col("city_name")).alias("city"),
        name.str.extract_all(_NUMBER).list.sort().list.join(" ").fill_null("").alias("numbers"),
        # A shop told by its number alone is compared by the number.
        (pl.col("is_branch") & pl.col("branch").str.contains(r"\p{L}")).fill_null(False).alias("is_branch"),
        name.str.contains(r"\p{Han}").fill_null(False).alias("is_chinese"),
    ).with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))  # fmt: skip


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _folded(text: pl.Expr) -> pl.Expr:
    words = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " ").str.strip_chars(" ")
    return _filled(words)


def _phone() -> pl.Expr:
    """Digits of the number, else of what is written without extension; null where there are fewer than eight, or where half a country
    shares the number."""
    text = pl.coalesce("phone", "phone_raw").str.normalize("NFKC").str.to_lowercase().str.replace(r"(?:ext|x|转|轉|#).*$", "")
    digits = text.str.replace_all("[^0-9]", "")
    says_much = (digits.str.len_chars() >= _SHORTEST_PHONE) & ~digits.str.contains(_HOTLINE) & ~digits.str.contains(_ONE_DIGIT)
    return pl.when(says_much).then(digits)
