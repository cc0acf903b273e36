"""One file through one feed of a mapping: rows of cells become rows of canonical columns, still text.

Here: finding columns, lists inside cells, filters, lookups into other files of the day, option codes, flags, keys.
Not here: what happens to rows that share a key (batches.py), reading files (read_content.py), types (cleaning/).

Inside this module a column of the file is called `own.<name in the mapping>`, a lookup's column `<lookup>.<name in the mapping>`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ingest.errors import FileRefused
from ingest.landing.columns import comparable_header, find_columns, missing_column, read_cells
from ingest.landing.content import Content
from ingest.sources.mapping import Describe, Feed, Lookup, Read
from ingest.values.ids import damaged_ids, read_ids

KEY, ROW = "__key", "__row"
"""Columns of the result beside the canonical ones: record_id (null where the key's cells are empty) and row number."""

Options = Mapping[str, Mapping[str, str]]
"""Canonical column -> option code -> label, out of the CRM's describe file."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a feed needs beside its own words: where the mapping stands, how ids are written, what option codes mean."""

    place: str
    ids: str = "text"
    options: Options = field(default_factory=dict)


def mentioned_columns(feed: Feed) -> set[str]:
    """Comparable headers of the feed's own files that it uses or ignores by name."""
    starts = [column for lookup in feed.lookups.values() for column in lookup.match if _of_lookup(column, feed.lookups) is None]
    names = {*_own_columns(feed), *starts, *feed.ignore}
    return {comparable_header(spelling) for name in names for spelling in (name, *feed.labels.get(name, ()))}


def mentioned_lookup_columns(feed: Feed, name: str) -> set[str]:
    """The same of the files of the feed's lookup `name`."""
    lookup = feed.lookups[name]
    names = {lookup.key, *lookup.where, *lookup.columns, *lookup.ignore, *columns_matched_later(feed, name)}
    return {comparable_header(spelling) for name in names for spelling in (name, *lookup.labels.get(name, ()))}


def columns_matched_later(feed: Feed, name: str) -> list[str]:
    """Columns of the lookup `name` from which other lookups of the feed start (`match: name.column`)."""
    matches = [_of_lookup(column, feed.lookups) for lookup in feed.lookups.values() for column in lookup.match]
    return [match[1] for match in matches if match and match[0] == name]


def apply_feed(feed: Feed, path: str, content: Content, lookups: dict[str, pl.DataFrame], setting: Setting) -> tuple[pl.DataFrame, int]:
    """The canonical columns of one file, with KEY and ROW; and the number of rows read, a row with a list to explode counting once
    per element.

    `lookups` come from `read_lookup`. Rows the feed's `where` leaves out are absent; a row with a list to explode stands there once
    per element. Raises FileRefused for a missing or doubled column, ids that a spreadsheet has damaged, or a lookup that starts from
    one listed after it.
    """
    place = setting.place
    frame, rows_read = _own_frame(feed, path, content, place)
    frame = _where(frame, "own", feed.where)
    for name, lookup in feed.lookups.items():
        _check_order(name, lookup, feed.lookups, path, place)
        starts = [column for column in lookup.match if _name_of(column, feed.lookups) in frame.columns]
        match = pl.coalesce([pl.col(_name_of(column, feed.lookups)) for column in starts] or [pl.lit(None, dtype=pl.String)])
        frame = frame.with_columns(_ids(match, setting.ids).alias("__match")).join(
            lookups[name], left_on="__match", right_on=f"{name}.{KEY}", how="left", maintain_order="left"
        )
    filled = _canonical(feed, frame)
    for target, labels in setting.options.items():
        if target in filled:
            filled[target] = filled[target].replace(labels)
    _check_ids([*(frame[f"own.{column}"] for column in feed.key), *(filled[name] for name in filled if name.endswith("_id"))], path)
    keys = [read_ids(frame[f"own.{column}"], setting.ids).alias(f"key.{column}") for column in feed.key]
    frame = frame.with_columns(keys)  # as columns, so that each is read once: a million ids take 2 s (2026-11-22)
    key = [pl.col(f"key.{column}") for column in feed.key]
    result = frame.select(
        pl.when(pl.any_horizontal(cell.is_not_null() for cell in key)).then(_joined(key, "|", keep_empty=True)).alias(KEY),
        pl.col(ROW),
        *filled.values(),
    )
    return result.with_columns([pl.lit(value).alias(target) for target, value in feed.constants.items()]), rows_read


def _canonical(feed: Feed, frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Canonical column -> its cells: from columns, lookups, combinations and flags, the first filled cell counting."""
    filled: dict[str, pl.Series] = {}
    for column, reads in feed.columns.items():
        if f"own.{column}" in frame.columns:
            _fill(filled, frame[f"own.{column}"], reads)
    for name, lookup in feed.lookups.items():
        for column, reads in lookup.columns.items():
            if f"{name}.{column}" in frame.columns:
                _fill(filled, frame[f"{name}.{column}"], reads)
    for target, combination in feed.combined.items():
        parts = [f"own.{column}" for column in combination.columns if f"own.{column}" in frame.columns]
        if parts and (len(parts) == len(combination.columns) or not combination.keep_empty):
            joined = _joined([pl.col(part) for part in parts], combination.separator, keep_empty=combination.keep_empty)
            _fill(filled, frame.select(joined.alias(target)).to_series(), [Read(to=[target])])
    for target, flags in feed.flags.items():
        if any(f"own.{column}" in frame.columns for column in flags):
            filled[target] = _flag(frame, flags).alias(target)
    return filled


def _flag(frame: pl.DataFrame, flags: Mapping[str, list[str]]) -> pl.Series:
    """`true` where one of the columns holds one of its values, `false` where none does."""
    said = [
        pl.col(f"own.{column}").str.strip_chars().str.to_lowercase().is_in([value.strip().lower() for value in values]).fill_null(False)
        for column, values in flags.items()
        if f"own.{column}" in frame.columns
    ]
    return frame.select(pl.when(pl.any_horizontal(said)).then(pl.lit("true")).otherwise(pl.lit("false"))).to_series()


def read_lookup(name: str, lookup: Lookup, files: list[tuple[str, Content]], setting: Setting, *, also: Iterable[str] = ()) -> pl.DataFrame:
    """The rows of a lookup's files, first of each key: `<name>.__key` and every wanted column. Raises FileRefused.

    `also`: columns that must be there because other lookups start from them. An optional lookup without files has no rows.
    """
    where = f"{setting.place[:-1]}, lookups.{name})"
    wanted = list(dict.fromkeys([lookup.key, *lookup.where, *lookup.columns, *also]))
    if not files:
        if lookup.optional:
            names = [f"{name}.{KEY}", *(f"{name}.{column}" for column in wanted)]
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        text = f"the file {' or '.join(lookup.file)}, which completes it, is not in the day's folder; see {where}. Export it too."
        raise FileRefused("missing_file", text)
    frames = []
    for path, content in files:
        found = find_columns(content.header, wanted, lookup.labels, path)
        for column in wanted:
            if column not in found:
                raise missing_column(column, content.header, path, where)
        frame = _where(_frame(content, name, found), name, lookup.where).drop(ROW)
        _check_ids([frame[f"{name}.{lookup.key}"]], path)
        frames.append(frame.with_columns(_ids(pl.col(f"{name}.{lookup.key}"), setting.ids).alias(f"{name}.{KEY}")))
    together = pl.concat(frames, how="diagonal").filter(pl.col(f"{name}.{KEY}").is_not_null())
    return together.unique(subset=f"{name}.{KEY}", keep="first", maintain_order=True)


def read_options(describe: Describe, path: str, content: Content, place: str) -> pl.DataFrame:
    """The rows of a describe file: columns object, field, code, label. Raises FileRefused where a column is missing."""
    columns = {"object": describe.object, "field": describe.field, "code": describe.code, "label": describe.label}
    named = {name: column for name, column in columns.items() if column}
    feed = Feed(
        file=describe.file, key=describe.field, columns={column: [] for column in named.values()}, explode=describe.explode, required=[]
    )
    frame, _ = _own_frame(feed, path, content, place)
    for column in named.values():
        if f"own.{column}" not in frame.columns:
            raise missing_column(column, content.header, path, place)
    return frame.select((pl.col(f"own.{named[name]}") if name in named else pl.lit(None, dtype=pl.String)).alias(name) for name in columns)


def options_by_field(rows: pl.DataFrame) -> dict[tuple[str, str], dict[str, str]]:
    """(object, field) -> code -> label, from columns object, field, code, label; object is empty where the file names none.

    Where a code has several labels, the lowest counts: the rows come from several files in no order that means anything.
    """
    options: dict[tuple[str, str], dict[str, str]] = {}
    complete = rows.drop_nulls(["field", "code", "label"]).select("object", "field", "code", "label")
    for object_, field_, code, label in complete.iter_rows():
        labels = options.setdefault((comparable_header(object_ or ""), comparable_header(field_)), {})
        labels[code.strip()] = min(label.strip(), labels.get(code.strip(), label.strip()))
    return options


def _own_columns(feed: Feed) -> list[str]:
    """Every column of the feed's own files that it names for use."""
    combined = [column for combination in feed.combined.values() for column in combination.columns]
    flags = [column for columns in feed.flags.values() for column in columns]
    explode = [feed.explode] if feed.explode else []
    return list(dict.fromkeys([*_needed(feed), *feed.columns, *combined, *flags, *explode]))


def _needed(feed: Feed) -> list[str]:
    """Columns without which a file cannot be read at all."""
    matches = [column for lookup in feed.lookups.values() if not lookup.optional for column in lookup.match]
    return [*feed.key, *feed.where, *(column for column in matches if _of_lookup(column, feed.lookups) is None)]


def _own_frame(feed: Feed, path: str, content: Content, place: str) -> tuple[pl.DataFrame, int]:
    """The columns the feed names, found and checked, lists exploded: `own.<column>` and ROW, empty cells null; and the rows read."""
    prefix = f"{feed.explode}." if feed.explode else None
    inside = [column for column in _own_columns(feed) if prefix and column.startswith(prefix)]
    optional_matches = [column for lookup in feed.lookups.values() for column in lookup.match if _of_lookup(column, feed.lookups) is None]
    wanted = [column for column in dict.fromkeys([*_own_columns(feed), *optional_matches]) if column not in inside]
    found = find_columns(content.header, wanted, feed.labels, path)
    _check_columns(feed, found, set(inside), path, content, place)
    frame = _frame(content, "own", found)
    if not content.header or (feed.explode and feed.explode not in found):
        empty = dict.fromkeys((f"own.{column}" for column in [*wanted, *inside]), pl.String) | {ROW: pl.Int64}
        return pl.DataFrame(schema=empty), content.frame.height
    if not feed.explode:
        return frame, frame.height
    exploded = _exploded(frame, feed.explode, inside)
    return exploded, exploded.height + frame.height - exploded[ROW].n_unique()  # a row without elements is read and left out


def _exploded(frame: pl.DataFrame, column: str, inside: list[str]) -> pl.DataFrame:
    """One row per element of the JSON list in `own.<column>`; its keys as the columns `inside`. No list, no row."""
    keys = [name.removeprefix(f"{column}.") for name in inside]
    elements = {cell: _elements(cell, keys) for cell in frame[f"own.{column}"].drop_nulls().unique(maintain_order=True)}
    parts = pl.DataFrame(
        [(cell, *element) for cell, found in elements.items() for element in found],
        schema=[(f"own.{column}", pl.String), *((f"own.{name}", pl.String) for name in inside)],
        orient="row",
    )
    return frame.join(parts, on=f"own.{column}", how="inner", maintain_order="left_right")


def _elements(cell: str, keys: list[str]) -> list[tuple[str | None, ...]]:
    try:
        found = json.loads(cell, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return []
    items = found if isinstance(found, list) else [found]
    return [tuple(str(place) if key == "#" else _inside(item, key) for key in keys) for place, item in enumerate(items)]


def _inside(item: object, path: str) -> str | None:
    """The value at a dotted path of a JSON element as text; a whole key that contains dots counts before a path."""
    if isinstance(item, dict) and path in item:
        item = item[path]
    else:
        for step in path.split("."):
            item = item.get(step) if isinstance(item, dict) else None
    if item is None or isinstance(item, bool):
        return None if item is None else str(item).lower()
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if text.strip() else None


def _of_lookup(column: str, lookups: dict[str, Lookup]) -> tuple[str, str] | None:
    """Lookup and column where a `match` is written `lookup.column`; None where it is a column of the feed's own file."""
    prefix, _, rest = column.partition(".")
    return (prefix, rest) if prefix in lookups and rest else None


def _name_of(column: str, lookups: dict[str, Lookup]) -> str:
    return ".".join(_of_lookup(column, lookups) or ("own", column))


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


def _check_columns(feed: Feed, found: dict[str, int], inside: set[str], path: str, content: Content, place: str) -> None:
    """Raises FileRefused where a column that the feed needs is missing."""
    if not content.header:  # a page of an API without records
        return
    if feed.explode and feed.explode not in found:  # no record of an API's page has the list: there are no elements
        return
    for column in _needed(feed):
        if column not in found and column not in inside:
            raise missing_column(column, content.header, path, place)
    sources_of: dict[str, list[str]] = {}
    for column, reads in feed.columns.items():
        for target in (target for read in reads for target in read.to):
            sources_of.setdefault(target, []).append(column)
    for target, combination in feed.combined.items():
        sources_of.setdefault(target, []).extend(combination.columns)
    for target, flags in feed.flags.items():
        sources_of.setdefault(target, []).extend(flags)
    for target in sources_of if feed.required is None else feed.required:
        if target in sources_of and not any(column in found or column in inside for column in sources_of[target]):
            raise missing_column(sources_of[target][0], content.header, path, place)


def _frame(content: Content, prefix: str, found: dict[str, int]) -> pl.DataFrame:
    """The found columns as `<prefix>.<name>`, cells of nothing but blanks null, and ROW."""
    cells = content.frame.select(
        pl.when(pl.col(str(place)).str.strip_chars() != "").then(pl.col(str(place))).alias(f"{prefix}.{name}")
        for name, place in found.items()
    )
    return cells.with_columns(content.row_numbers.alias(ROW))


def _where(frame: pl.DataFrame, prefix: str, where: dict[str, list[str]]) -> pl.DataFrame:
    # An empty cell is null here; a mapping that wants it lists the empty text.
    conditions = [
        pl.col(f"{prefix}.{column}").str.strip_chars().str.to_lowercase().fill_null("").is_in([value.lower() for value in allowed])
        for column, allowed in where.items()
    ]
    return frame.filter(*conditions) if conditions else frame


def _fill(filled: dict[str, pl.Series], cells: pl.Series, reads: Iterable[Read]) -> None:
    """Add a column's cells to the canonical columns they fill; where two columns fill one, the first filled cell counts."""
    for read in reads:
        found = read_cells(cells, read)
        for target in read.to:
            known = filled.get(target)
            filled[target] = (found if known is None else known.zip_with(known.is_not_null(), found)).alias(target)


def _ids(ids: pl.Expr, kind: str) -> pl.Expr:
    return ids.map_batches(lambda texts: read_ids(texts, kind), return_dtype=pl.String)


def _check_ids(columns: Iterable[pl.Series], path: str) -> None:
    """Raises FileRefused where a spreadsheet has rounded the ids of a column: they can never be told apart again."""
    for column in columns:
        if examples := damaged_ids(column):
            raise FileRefused(
                "damaged_ids",
                f"{path} went through a spreadsheet that damaged its ids: {column.name.removeprefix('own.')} holds {', '.join(examples)}.\n"
                "  Excel keeps 15 digits and writes the rest as zeros. Export again and load the file as the CRM wrote it; if it has to be "
                "opened in Excel, import it with Data > From Text and set the id columns to Text.",
            )


def _joined(cells: list[pl.Expr], separator: str, *, keep_empty: bool) -> pl.Expr:
    if keep_empty:
        return pl.concat_str([cell.fill_null("") for cell in cells], separator=separator)
    joined = pl.concat_str(cells, separator=separator, ignore_nulls=True)
    return pl.when(pl.any_horizontal(cell.is_not_null() for cell in cells)).then(joined)
