"""Reading the end of an American address: `1600 Main St, Austin, TX 78701-1234, USA`.

Here: ZIP, state and town at the end of a line, with commas or without. Not here: what they mean together (american.py).

The state counts where a comma or a ZIP stands beside it, or where the words before it are a town in that state: `12 Maple Ct` is a
street and no address in Connecticut.
"""

from functools import lru_cache

import polars as pl

from ingest.geocoding.reference_tables import american_towns, read_table
from ingest.geocoding.world_countries import state_keys
from ingest.values.folding import fold, folded, shorten

_COUNTRY = r"[ ,](?:usa|us|u s a|united states(?: of america)?|america|estados unidos|美国)$"
_ZIP = r"(?:^|[ ,])(\d{5})(?: ?\d{4})?$"
_LINE_END = 120  # characters at the end of a line that are looked at
_MOST_WORDS = 4  # of a town's name at the end of a line without commas: Truth or Consequences
TEXT_SCHEMA = {"_row": pl.UInt32, "text_state": pl.String, "text_city_key": pl.String, "text_city": pl.String, "text_zip": pl.String}


@lru_cache(maxsize=1)
def _state_end() -> str:
    """A pattern for a state at the end of a folded line: its letters, its name or an abbreviation, after a comma or a blank."""
    states = read_table("us_states.csv")
    lists = [states[column].str.split("|").explode().drop_nulls() for column in ("other_names",)]
    folded = pl.concat([states["state"], states["name"], *lists]).to_frame("name").select(fold(pl.col("name"))).to_series()
    names = folded.drop_nulls().unique().str.replace_all(",", " ").sort().to_list()
    spaced = [" ".join(name) for name in names if len(name) == 2]  # N. Y.
    return rf"(^|[ ,])({'|'.join(sorted(names + spaced, key=lambda name: (-len(name), name)))})$"


def parse_addresses(rows: pl.DataFrame, stated: pl.Series) -> pl.DataFrame:
    """_row, text_state, text_city_key, text_city, text_zip of lines (`_row`, `text`); `stated`: the state of the row's parts, or null."""
    if rows.is_empty():
        return pl.DataFrame(schema=TEXT_SCHEMA)
    text = folded(rows["text"].str.tail(_LINE_END)).str.replace(_COUNTRY, "")
    line = rows.select("_row", stated=stated, line=text)
    line = line.with_columns(text_zip=pl.col("line").str.extract(_ZIP))
    line = line.with_columns(rest=pl.col("line").str.replace(_ZIP, "").str.strip_chars(" ,"))
    line = _with_end_state(line)
    line = line.with_columns(key=shorten(pl.col("end_state"))).join(state_keys(), on="key", how="left", maintain_order="left")
    zips = read_table("us_zip.parquet").select(text_zip="zip", zip_state="state")
    line = line.join(zips, on="text_zip", how="left", maintain_order="left")
    return _settled(_with_towns(line))


def _with_end_state(line: pl.DataFrame) -> pl.DataFrame:
    """end_state, the mark before it (a comma, a blank or nothing) and what stands before: by two letters, else by a longer name."""
    short = pl.col("rest").str.extract_groups(r"(^|[ ,])([a-z]{2})$")
    line = line.with_columns(mark=short.struct["1"], end_state=short.struct["2"])
    known = line["end_state"].is_in(read_table("us_states.csv")["state"].str.to_lowercase().to_list()).fill_null(False)
    line = line.with_columns(before=pl.col("rest").str.head(-2).str.strip_chars(" ,"))
    if known.all():
        return line
    rest = line.filter(~known)
    long = pl.col("rest").str.extract_groups(_state_end())
    rest = rest.with_columns(mark=long.struct["1"], end_state=long.struct["2"])
    rest = rest.with_columns(before=pl.col("rest").str.head(-pl.col("end_state").str.len_chars().cast(pl.Int64)).str.strip_chars(" ,"))
    return pl.concat([line.filter(known), rest]).sort("_row")


def _with_towns(line: pl.DataFrame) -> pl.DataFrame:
    """town and town_key: the longest words before the state that are a town in it; in_whole: they are all that stands after a comma."""
    where = pl.coalesce("state", "stated", "zip_state")
    segment = pl.when(pl.col("state").is_not_null()).then("before").otherwise("rest").str.extract(r"([^,]+)$")
    line = line.with_columns(where=where, segment=segment, has_comma=pl.col("rest").str.contains(","))
    towns = american_towns().select("key", where="state", is_town=pl.lit(True))
    whole = line.select("where", key=shorten(pl.col("segment"))).join(towns, on=["key", "where"], how="left", maintain_order="left")
    town = pl.select(pl.when(whole["is_town"]).then(line["segment"])).to_series()
    words = line["segment"].str.split(" ")
    is_open = town.is_null() & line["where"].is_not_null()
    for count in range(_MOST_WORDS, 0, -1):
        if not is_open.any():
            break
        tail = words.filter(is_open).list.tail(count).list.join(" ")
        keys = pl.DataFrame({"key": tail, "where": line["where"].filter(is_open)}).with_columns(shorten(pl.col("key")))
        hit = keys.join(towns, on=["key", "where"], how="left", maintain_order="left")["is_town"].fill_null(False)
        found = pl.DataFrame({"_row": line["_row"].filter(is_open).filter(hit), "found": tail.filter(hit)})
        town = pl.concat([line.select("_row"), town.alias("town").to_frame()], how="horizontal").join(
            found, on="_row", how="left", maintain_order="left"
        ).select(pl.coalesce("town", "found")).to_series()  # fmt: skip
        is_open = town.is_null() & line["where"].is_not_null()
    return line.with_columns(town=town.alias("town"), in_whole=whole["is_town"].fill_null(False))


def _settled(line: pl.DataFrame) -> pl.DataFrame:
    has_zip, has_town = pl.col("text_zip").is_not_null(), pl.col("town").is_not_null()
    zip_says = has_zip & (pl.col("zip_state") == pl.col("state")).fill_null(True)
    is_state = pl.col("state").is_not_null() & ((pl.col("mark") == ",") | zip_says | has_town | (pl.col("mark") == ""))
    line = line.with_columns(text_state=pl.when(is_state).then("state"))
    # A number of five digits at the end is a ZIP where a state stands beside it or its town or the stated state is the ZIP's.
    is_zip = (
        pl.col("text_state").is_not_null()
        | (pl.col("zip_state") == pl.col("stated")).fill_null(False)
        | (has_town & pl.col("stated").is_null())
    )
    unknown = pl.when(pl.col("text_state").is_not_null() & pl.col("has_comma")).then(pl.col("segment").str.extract(r"^(\D+)$"))
    is_town = has_town & (pl.col("in_whole") & pl.col("has_comma") | pl.col("text_state").is_not_null() | (is_zip & has_zip))
    town = pl.coalesce(pl.when(is_town).then("town"), unknown)
    return line.select(
        "_row", "text_state", text_city_key=shorten(town), text_city=town.str.to_titlecase(), text_zip=pl.when(is_zip).then("text_zip")
    ).cast(TEXT_SCHEMA)  # fmt: skip
