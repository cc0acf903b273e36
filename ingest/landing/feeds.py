"""One file through one feed of a mapping: rows of cells become rows of canonical columns, still text.

Here: finding columns, filters, lookups into other files of the day, cells that hold several values.
Not here: what happens to rows that share a key (batches.py), reading files (csv_files.py), types (cleaning/).

Inside this module a column of the file is called `own.<comparable header>`, a lookup's column `<lookup>.<comparable header>`.
"""

from collections.abc import Iterable

import polars as pl

from ingest.errors import FileRefused
from ingest.landing.columns import comparable_header, find_columns, missing_column, read_cells
from ingest.landing.csv_files import CsvContent
from ingest.sources.mapping import Feed, Lookup, Read

KEY, ROW = "__key", "__row"
"""Columns of the result beside the canonical ones: record_id (null where the key's cells are empty) and row number."""


def mentioned_columns(feed: Feed) -> set[str]:
    """Comparable headers of the feed's own files that it uses or ignores by name."""
    combined = [column for combination in feed.combined.values() for column in combination.columns]
    return {comparable_header(column) for column in [*_needed(feed), *feed.columns, *combined, *feed.ignore]}


def mentioned_lookup_columns(feed: Feed, name: str) -> set[str]:
    """The same of the files of the feed's lookup `name`."""
    lookup = feed.lookups[name]
    mentioned = [lookup.key, *lookup.where, *lookup.columns, *lookup.ignore, *columns_matched_later(feed, name)]
    return {comparable_header(column) for column in mentioned}


def columns_matched_later(feed: Feed, name: str) -> list[str]:
    """Columns of the lookup `name` from which other lookups of the feed start (`match: name.column`)."""
    matches = [_of_lookup(column, feed.lookups) for lookup in feed.lookups.values() for column in lookup.match]
    return [match[1] for match in matches if match and match[0] == name]


def apply_feed(feed: Feed, path: str, content: CsvContent, lookups: dict[str, pl.DataFrame], place: str) -> pl.DataFrame:
    """The canonical columns of one file, with KEY and ROW.

    `lookups` come from `read_lookup`; `place` names the mapping in messages. Rows the feed's `where` leaves out are absent.
    Raises FileRefused for a missing or doubled column, or a lookup that starts from one listed after it.
    """
    _check_columns(feed, path, content, place)
    frame = _where(_frame(content, "own"), "own", feed.where)
    for name, lookup in feed.lookups.items():
        _check_order(name, lookup, feed.lookups, path, place)
        match = pl.coalesce([_column(frame, column, feed.lookups) for column in lookup.match]).str.strip_chars()
        frame = frame.with_columns(match.alias("__match")).join(
            lookups[name], left_on="__match", right_on=f"{name}.{KEY}", how="left", maintain_order="left"
        )
    filled: dict[str, pl.Series] = {}
    for column, reads in feed.columns.items():
        if _name("own", column) in frame.columns:
            _fill(filled, frame[_name("own", column)], reads)
    for name, lookup in feed.lookups.items():
        for column, reads in lookup.columns.items():
            _fill(filled, frame[_name(name, column)], reads)
    for target, combination in feed.combined.items():
        parts = [_name("own", column) for column in combination.columns if _name("own", column) in frame.columns]
        if parts and (len(parts) == len(combination.columns) or not combination.keep_empty):
            joined = _joined(parts, combination.separator, keep_empty=combination.keep_empty)
            _fill(filled, frame.select(joined.alias(target)).to_series(), [Read(to=[target])])
    keys = [_name("own", column) for column in feed.key]
    result = frame.select(
        pl.when(pl.any_horizontal(pl.col(keys).is_not_null())).then(_joined(keys, "|", keep_empty=True, strip=True)).alias(KEY),
        pl.col(ROW),
        *filled.values(),
    )
    constants = [pl.lit(value).alias(target) for target, value in feed.constants.items()]
    return result.with_columns(constants)


def read_lookup(name: str, lookup: Lookup, files: list[tuple[str, CsvContent]], place: str, *, also: Iterable[str] = ()) -> pl.DataFrame:
    """The rows of a lookup's files, first of each key: `<name>.__key` and every column. Raises FileRefused.

    `also`: columns that must be there because other lookups start from them.
    """
    where = f"{place[:-1]}, lookups.{name})"
    if not files:
        text = f"the file {lookup.file}, which completes it, is not in the day's folder; see {where}. Export it too."
        raise FileRefused("missing_file", text)
    frames = []
    for path, content in files:
        wanted = [lookup.key, *lookup.where, *lookup.columns, *also]
        found = find_columns(content.header, wanted, path)
        for column in wanted:
            if column not in found:
                raise missing_column(column, content.header, path, where)
        frame = _where(_frame(content, name), name, lookup.where).drop(ROW)
        frames.append(frame.with_columns(pl.col(_name(name, lookup.key)).str.strip_chars().alias(f"{name}.{KEY}")))
    together = pl.concat(frames, how="diagonal").filter(pl.col(f"{name}.{KEY}").is_not_null())
    return together.unique(subset=f"{name}.{KEY}", keep="first", maintain_order=True)


def _needed(feed: Feed) -> list[str]:
    matches = [column for lookup in feed.lookups.values() for column in lookup.match]
    return [*feed.key, *feed.where, *(column for column in matches if _of_lookup(column, feed.lookups) is None)]


def _of_lookup(column: str, lookups: dict[str, Lookup]) -> tuple[str, str] | None:
    """Lookup and column where a `match` is written `lookup.column`; None where it is a column of the feed's own file."""
    prefix, _, rest = column.partition(".")
    return (prefix, rest) if prefix in lookups and rest else None


def _check_order(name: str, lookup: Lookup, lookups: dict[str, Lookup], path: str, place: str) -> None:
    """Raises FileRefused where a lookup starts from itself or from one that is listed after it."""
    before = list(lookups)[: list(lookups).index(name)]
    for column in lookup.match:
        start = _of_lookup(column, lookups)
        if start and start[0] not in before:
            raise FileRefused(
                "lookup_order",
                f"{path} cannot be completed: the lookup {name} starts from {column}, and {start[0]} is not listed before it.\n"
                f"  List it before {name} in {place}.",
            )


def _check_columns(feed: Feed, path: str, content: CsvContent, place: str) -> None:
    """Raises FileRefused where a column that the feed needs is missing, or one it reads stands there twice."""
    combined = [column for combination in feed.combined.values() for column in combination.columns]
    found = find_columns(content.header, [*_needed(feed), *feed.columns, *combined], path)
    for column in _needed(feed):
        if column not in found:
            raise missing_column(column, content.header, path, place)
    sources_of: dict[str, list[str]] = {}
    for column, reads in feed.columns.items():
        for target in (target for read in reads for target in read.to):
            sources_of.setdefault(target, []).append(column)
    for target, combination in feed.combined.items():
        sources_of.setdefault(target, []).extend(combination.columns)
    for target in sources_of if feed.required is None else feed.required:
        if target in sources_of and not any(column in found for column in sources_of[target]):
            raise missing_column(sources_of[target][0], content.header, path, place)


def _frame(content: CsvContent, prefix: str) -> pl.DataFrame:
    """The rows as text columns, empty cells null. Columns without or with a doubled header cannot be asked for and stay out."""
    names = [comparable_header(column) for column in content.header]
    columns = list(zip(*content.rows, strict=True)) if content.rows else [()] * len(names)
    once = [i for i, name in enumerate(names) if name and names.count(name) == 1]
    frame = pl.DataFrame([pl.Series(f"{prefix}.{names[i]}", columns[i], dtype=pl.String) for i in once])
    filled = frame.with_columns(pl.when(pl.all().str.strip_chars() == "").then(None).otherwise(pl.all()).name.keep())
    return filled.with_columns(pl.Series(ROW, content.row_numbers, dtype=pl.Int64))


def _name(prefix: str, column: str) -> str:
    return f"{prefix}.{comparable_header(column)}"


def _column(frame: pl.DataFrame, column: str, lookups: dict[str, Lookup]) -> pl.Expr:
    return pl.col(_name(*(_of_lookup(column, lookups) or ("own", column))))


def _where(frame: pl.DataFrame, prefix: str, where: dict[str, list[str]]) -> pl.DataFrame:
    # An empty cell is null here; a mapping that wants it lists the empty text.
    conditions = [pl.col(_name(prefix, column)).str.strip_chars().fill_null("").is_in(allowed) for column, allowed in where.items()]
    return frame.filter(*conditions) if conditions else frame


def _fill(filled: dict[str, pl.Series], cells: pl.Series, reads: Iterable[Read]) -> None:
    """Add a column's cells to the canonical columns they fill; where two columns fill one, the first filled cell counts."""
    for read in reads:
        found = read_cells(cells, read)
        for target in read.to:
            known = filled.get(target)
            filled[target] = (found if known is None else known.zip_with(known.is_not_null(), found)).alias(target)


def _joined(columns: list[str], separator: str, *, keep_empty: bool, strip: bool = False) -> pl.Expr:
    cells = [pl.col(column).str.strip_chars() if strip else pl.col(column) for column in columns]
    if keep_empty:
        return pl.concat_str([cell.fill_null("") for cell in cells], separator=separator)
    joined = pl.concat_str(cells, separator=separator, ignore_nulls=True)
    return pl.when(pl.any_horizontal(cell.is_not_null() for cell in cells)).then(joined)
