"""How common the values are that a pair shares: one power of two a field.

Here: which keys' sizes are asked for, and turning them into one figure a pair and field. Not here: counting (population.py), what
commonness takes from a weight (scoring.py).

A figure is the exponent of the power of two that a count reaches, so that scores move only when a value becomes twice as common.
"""

import polars as pl

from ingest.resolution.blocking_keys import KINDS, in_one_order, key_values
from ingest.resolution.levels import number
from ingest.resolution.name_comparison import AS_HEARD

COUNTED = ("name", "phone", "email", "domain", "address", "place")
"""Fields whose agreement weighs less the more records share the value."""
SHARED = {"phone": "phone", "email": "email", "domain": "domain", "address": "address"}
"""Field -> kind of key whose size counts where both have the same; of the name and the place it depends on the level."""
_PHONE_DIGITS = 8
_SINGLE = {
    "name": pl.col("core"),
    "phone": pl.col("phone").str.slice(-_PHONE_DIGITS),
    **{kind: pl.col(kind) for kind in ("email", "domain", "address", "postal_code", "district", "city")},
}
_PLACES = {"postal_code": "same_postal_code", "district": "same_district", "city": "same_city"}
_TOGETHER = 0.5  # of the bits of every further shared word: words of one name are half as independent as words of two


def keys_of_profiles(profiles: pl.DataFrame) -> pl.DataFrame:
    """kind, value of what a profile may share as a whole."""
    found = [
        profiles.select(pl.lit(KINDS.index(kind), pl.UInt8).alias("kind"), key_values(kind, value).alias("value")).filter(
            profiles.select(value.is_not_null()).to_series()
        )
        for kind, value in _SINGLE.items()
    ]
    return pl.concat(found).unique()


def keys_of_shared_names(levels: pl.DataFrame) -> pl.DataFrame:
    """shared_name, kind, value of the words that names share."""
    words = levels.filter(_by_words()).select("shared_name").unique().drop_nulls()
    words = words.with_columns(word=pl.col("shared_name").str.split(" ")).explode("word")
    is_han, length = pl.col("word").str.contains(r"\p{Han}"), pl.col("word").str.len_chars()
    named = words.with_columns(
        pl.col("word").str.strip_prefix(AS_HEARD),
        kind=pl.when(pl.col("word").str.starts_with(AS_HEARD))
        .then(pl.lit("sound"))
        .when(~is_han)
        .then(pl.lit("word"))
        .when(length == 1)
        .then(pl.lit("first_character"))
        .when(length == 2)
        .then(pl.lit("bigram"))
        .otherwise(pl.lit("brand")),
    )
    named = named.with_columns(word=pl.when(pl.col("kind") == "bigram").then(in_one_order(pl.col("word"))).otherwise("word"))
    parts = [
        named.filter(pl.col("kind") == kind).select(
            "shared_name", pl.lit(KINDS.index(kind), pl.UInt8).alias("kind"), key_values(kind, pl.col("word")).alias("value")
        )
        for kind in ("word", "first_character", "bigram", "brand", "sound")
    ]
    return pl.concat(parts)


def _by_words() -> pl.Expr:
    """Whether the names share words, and not the whole."""
    return ~pl.col("name").is_in([number("name", level) for level in ("missing", "same", "same_core")])


def count_columns(
    profiles: pl.DataFrame, levels: pl.DataFrame, words: pl.DataFrame, sizes: pl.DataFrame, *, population: int
) -> pl.DataFrame:
    """<field>_count (UInt8, an exponent of two) of COUNTED, rows as in `levels`; 0 where nothing, or something rare, is shared.

    `words`: of keys_of_shared_names. `sizes`: kind, value, size of these keys and of keys_of_profiles. `population`: of scoring.
    """
    left, right = (profiles["n"].search_sorted(levels[end]) for end in ("left", "right"))
    shared = {kind: _shared_sizes(profiles, kind, value, sizes, left, right) for kind, value in _SINGLE.items()}
    columns = [_exponent(field, _where(levels[field], field, kind, shared)) for field, kind in SHARED.items()]
    columns.append(
        _exponent("place", pl.select(pl.coalesce(_where(levels["place"], "place", kind, shared) for kind in _PLACES)).to_series())
    )
    columns.append(_exponent("name", _shared_name_sizes(levels, shared["name"], words, sizes, population)))
    return pl.DataFrame(columns).select(f"{field}_count" for field in COUNTED)


def _where(level: pl.Series, field: str, kind: str, shared: dict[str, pl.Series]) -> pl.Series:
    """The sizes of a kind's values at the level of a field that means that they are shared."""
    is_shared = level == number(field, _PLACES.get(kind, "same") if field == "place" else "same")
    return pl.select(pl.when(is_shared).then(shared[kind])).to_series()


def _shared_sizes(profiles: pl.DataFrame, kind: str, value: pl.Expr, sizes: pl.DataFrame, left: pl.Series, right: pl.Series) -> pl.Series:
    """Of each pair: how many profiles have the value that both have; null where they differ, so that it depends on what both have alone."""
    wanted = profiles.select(value=pl.when(value.is_not_null()).then(key_values(kind, value)))
    of_kind = sizes.filter(pl.col("kind") == KINDS.index(kind)).select("value", "size")
    known = wanted.join(of_kind, on="value", how="left", maintain_order="left")
    mine, theirs = known["value"].gather(left), known["value"].gather(right)
    return pl.select(pl.when(mine == theirs).then(known["size"].gather(left))).to_series().cast(pl.UInt32)


def _shared_name_sizes(levels: pl.DataFrame, whole: pl.Series, words: pl.DataFrame, sizes: pl.DataFrame, population: int) -> pl.Series:
    """Of a whole name its size; of shared words as many as are to be expected to have all of them."""
    size = float(population)
    found = words.join(sizes, on=["kind", "value"], how="left").with_columns(pl.col("size").fill_null(1).clip(1, size))
    # By powers of two, like every count: together they would cross a power where neither does, and no load would notice (2026-11-22).
    bits = (pl.lit(size).log(2) - pl.col("size").cast(pl.Float64).log(2).floor()).sort(descending=True)
    together = found.group_by("shared_name").agg(bits=bits.first() + _TOGETHER * (bits.sum() - bits.first()))
    together = together.select("shared_name", words_size=(size / pl.lit(2.0).pow("bits")).round(6))
    frame = (
        levels.select("name", "shared_name").with_columns(whole=whole).join(together, on="shared_name", how="left", maintain_order="left")
    )
    return frame.select(pl.when(_by_words()).then("words_size").when(pl.col("name") > 0).then("whole")).to_series()


def _exponent(field: str, size: pl.Series) -> pl.Series:
    exponent = pl.max_horizontal(pl.col("size").cast(pl.Float64), pl.lit(1.0)).log(2).floor()
    return size.alias("size").to_frame().select(exponent.fill_null(0).cast(pl.UInt8).alias(f"{field}_count")).to_series()
