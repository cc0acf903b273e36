"""Yes and no as CRMs write them.

Here: the words that mean true or false in every CRM. Not here: words of one company (its source's value list comes first).
"""

import polars as pl

from ingest.values.reading import Reading, problem_where, trimmed

# 1.0 and 0.0 are what is left of yes and no in a column that some tool read as numbers.
_TRUE = ("true", "1", "1.0", "yes", "y", "t", "是", "启用", "有效")
_FALSE = ("false", "0", "0.0", "no", "n", "f", "否", "停用", "无效")


def read_booleans(texts: pl.Series) -> Reading:
    """True, false, or null for empty cells. Code: not_a_boolean."""
    words = trimmed(texts).str.to_lowercase()
    values = words.replace_strict([*_TRUE, *_FALSE], [True] * len(_TRUE) + [False] * len(_FALSE), default=None, return_dtype=pl.Boolean)
    return Reading(values=values, problems=problem_where(words.is_not_null() & values.is_null(), "not_a_boolean"))
