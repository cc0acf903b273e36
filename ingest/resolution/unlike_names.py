"""Names that share nothing: told from whole columns, so that only the others are compared one by one.

Here: a filter that never errs on the side of `unlike`. Not here: what names have in common (name_comparison.py), which decides whatever
this filter leaves.

Of a million records' pairs three in four are of two companies in one building, whose names have nothing in common (2026-11-22); one by one
they took a third of the whole run.
"""

import polars as pl
from rapidfuzz import fuzz, process

from ingest.resolution.name_comparison import LEAST_LIKE, SHORTEST_UNLIKE

_SLICE = 500_000  # pairs whose lists of words are held at once
PARTS = ("han", "brand", "bag", "joined", "acronym", "brand_sound")
"""What is read of a name: name_evidence.name_columns."""


def share_nothing(names: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Whether the names of a pair are surely unlike: true only where compare_names says `unlike` and nothing shared. Rows as in `pairs`.

    `names`: core (ascending, distinct) and PARTS. `pairs`: one, two (two cores each).
    """
    firsts = {"first": pl.col("han").str.slice(0, 1), "brand_first": pl.col("brand").str.slice(0, 1)}
    taken = names.with_columns(_tokens(names).alias("tokens"), **firsts)
    parts = [_of_slice(taken, pairs.slice(start, _SLICE)) for start in range(0, len(pairs), _SLICE)]
    return pl.concat(parts) if parts else pl.Series(dtype=pl.Boolean)


def _tokens(names: pl.DataFrame) -> pl.Series:
    """Words of a name in letters, characters of one in Chinese."""
    words = pl.when(pl.col("han").is_null()).then(pl.col("bag").str.split(" "))
    return names.select(words.otherwise(pl.col("han").str.split(""))).to_series()


def _of_slice(names: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    left, right = (names["core"].search_sorted(pairs[end]) for end in ("one", "two"))
    sides = pl.DataFrame(
        [names[name].gather(side).alias(f"{name}{end}") for name in (*PARTS, "first", "brand_first", "tokens")
         for side, end in ((left, ""), (right, "_right"))]
    )  # fmt: skip
    shared = pl.col("tokens").list.set_intersection("tokens_right").list.len()
    in_letters = (
        pl.all_horizontal(pl.col(f"han{end}").is_null() & ~pl.col(f"joined{end}").str.contains(r"[^\x00-\x7F]") for end in ("", "_right"))
        & (pl.min_horizontal(pl.col("joined").str.len_chars(), pl.col("joined_right").str.len_chars()) >= SHORTEST_UNLIKE)
        & pl.col("acronym").ne_missing(pl.col("joined_right"))
        & pl.col("acronym_right").ne_missing(pl.col("joined"))
    )
    in_chinese = (
        pl.all_horizontal(pl.col(f"{name}{end}").is_not_null() for name in ("han", "brand") for end in ("", "_right"))
        & (pl.col("bag").is_null() | pl.col("bag_right").is_null())
        & (pl.col("first") != pl.col("first_right"))
        & (pl.col("brand_first") != pl.col("brand_first_right"))
        & (pl.col("brand_sound") != pl.col("brand_sound_right")).fill_null(True)
    )
    told = sides.select(in_letters=(in_letters & (shared == 0)).fill_null(False), in_chinese=(in_chinese & (shared < 2)).fill_null(False))
    asked = sides.filter(told["in_letters"]).select("joined", "joined_right")
    ratios = process.cpdist(
        asked["joined"].to_list(), asked["joined_right"].to_list(), scorer=fuzz.ratio, score_cutoff=LEAST_LIKE, workers=-1
    )
    rows = told.with_row_index("row").filter("in_letters").select("row", is_far=pl.Series(ratios == 0, dtype=pl.Boolean))
    far = told.with_row_index("row").join(rows, on="row", how="left", maintain_order="left")["is_far"].fill_null(False)
    return far | told["in_chinese"]
