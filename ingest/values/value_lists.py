"""Value lists: what a source's own words mean, as its mapping says.

Here: replacing written values by meant ones. Not here: the lists themselves (sources/<name>.yml, entities.<entity>.values).

A list is complete: what it does not name is null with the code `unlisted_value`, never passed on and never guessed. An entry
for the empty text says what an empty cell means; without one an empty cell stays null.
"""

import polars as pl

from ingest.values.reading import Reading, problem_where, trimmed


def read_listed(texts: pl.Series, meant_by_written: dict[str, str]) -> Reading:
    """The meant values. Compared trimmed and without regard to case; two entries that only differ in case: the last counts."""
    meant = {written.strip().lower(): meaning.strip() for written, meaning in meant_by_written.items()}
    words = trimmed(texts).str.to_lowercase()
    is_listed = words.is_in(list(meant))
    if "" in meant:
        words = words.fill_null("")
        is_listed = words.is_in(list(meant))
    values = words.replace_strict(list(meant), list(meant.values()), default=None, return_dtype=pl.String)
    return Reading(values=trimmed(values), problems=problem_where(words.is_not_null() & ~is_listed, "unlisted_value"))
