"""What of a record speaks for who it is: the columns that blocking and comparison read.

Here: one row of evidence per record, out of its cleaned fields and its place. Not here: which records are put side by side
(blocking_keys.py), what an agreement is worth (scoring.py).

Evidence is what the record itself says. A place told from its telephone number or credit code is left out, for it would count the same
evidence twice; so are a hotline and a row of one digit. No row looks at another.
"""

import polars as pl

from ingest.geocoding.places import ON_THE_MAP
from ingest.resolution.address_evidence import address_columns
from ingest.resolution.name_evidence import name_columns

KEY = ("source", "record_id")
READ_COLUMNS = (
    "comparable_name", "core_name", "name_prefix", "legal_form", "branch", "is_branch", "pinyin", "parent_name", "credit_code",
    "registry_id", "phone", "phone_raw", "email", "domain", "street", "address", "postal_code",
)  # fmt: skip
"""What of clean.customers is evidence."""
READ_WHERE_THERE = ("birth_date",)
"""What is evidence where a table has it: single files of persons do."""
READ_PLACES = (
    "country_code", "region_code", "region_name", "city_name", "district_name", "place_method", "place_precision", "h3_cell_7", "latitude",
    "longitude",
)  # fmt: skip
"""What of geo.customer_places is."""
TEXTS = (
    "name", "core", "form", "branch", "han", "brand", "words", "bag", "joined", "acronym", "sound", "brand_sound", "numbers", "credit_code",
    "registry_id", "phone", "email", "domain", "address", "road", "house", "postal_code", "country", "region", "city", "district", "cell",
    "parent", "birth_date",
)  # fmt: skip
"""Columns of evidence, all text, null where the record says nothing."""
NUMBERS = ("latitude", "longitude")
"""Degrees of the record's city or a smaller place, null where it names none."""
_HOTLINE = r"^(0{0,2}86)?(400|800)[0-9]{7}$|^(00)?1?(800|833|844|855|866|877|888)[0-9]{7}$"
_ONE_DIGIT = r"^(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)$"
_SHORTEST_PHONE = 7  # 2026-11-22: a local number of seven digits is evidence beside a name or a street; shorter ones are extensions
_TOLD_OTHERWISE = r"^(?:credit_code|phone|source_country)"
_CITY_TOLD_OTHERWISE = rf"{_TOLD_OTHERWISE}|^region_\w+\+"  # the region is written, its city told from a code or a number
_EXACT_PLACES = ("point", "street")  # whose cell says more than the city


def record_evidence(customers: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """`evidence_of` clean.customers and geo.customer_places, sorted by key."""
    told = [name for name in READ_WHERE_THERE if name in customers.columns]
    records = customers.select(*KEY, *READ_COLUMNS, *told).join(
        places.select(*KEY, *READ_PLACES), on=KEY, how="left", maintain_order="left"
    )
    return evidence_of(records.sort(KEY))


def evidence_of(records: pl.DataFrame) -> pl.DataFrame:
    """source, record_id, TEXTS and NUMBERS of every record, in the order of `records`.

    `records`: KEY, READ_COLUMNS of clean.customers and READ_PLACES of geo.customer_places, by the same key; READ_WHERE_THERE if it is.
    """
    records = records.with_columns(pl.lit(None, pl.String).alias(name) for name in READ_WHERE_THERE if name not in records.columns)
    written = ~pl.col("place_method").str.contains(_TOLD_OTHERWISE).fill_null(True)
    city_written = ~pl.col("place_method").str.contains(_CITY_TOLD_OTHERWISE).fill_null(True)
    # A record that names no place at all is where its name says: 福建报业新媒体.
    unplaced = ~written | pl.all_horizontal(pl.col(name).is_null() for name in ("region_code", "region_name", "city_name"))
    on_map = pl.col("place_precision").is_in(ON_THE_MAP)
    records = records.with_columns(
        country=pl.when(written).then("country_code"),
        region=pl.when(written).then(pl.coalesce("region_code", _folded(pl.col("region_name")))),
        city=pl.coalesce(
            pl.when(city_written).then(_folded(pl.col("city_name")).str.strip_suffix("市")), pl.when(unplaced).then(_name_place())
        ),
        district=pl.when(city_written).then(_folded(pl.col("district_name"))),
        cell=pl.when(pl.col("place_precision").is_in(_EXACT_PLACES)).then("h3_cell_7"),
        latitude=pl.when(city_written & on_map).then("latitude").cast(pl.Float32),
        longitude=pl.when(city_written & on_map).then("longitude").cast(pl.Float32),
        credit_code=filled(pl.col("credit_code")),
        registry_id=filled(pl.col("registry_id")),
        phone=_phone(),
        email=filled(pl.col("email").str.to_lowercase()),
        domain=filled(pl.col("domain")),
        postal_code=filled(pl.col("postal_code").str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\-]", "")),
    )
    made = [name_columns(records), address_columns(records)]
    taken = {name for part in made for name in part.columns}
    own = records.select(name for name in (*KEY, *TEXTS, *NUMBERS) if name not in taken)
    return pl.concat([own, *made], how="horizontal").select(*KEY, *TEXTS, *NUMBERS)


def filled(text: pl.Expr) -> pl.Expr:
    """The text, null where it is empty."""
    return pl.when(text != "").then(text)


def _folded(text: pl.Expr) -> pl.Expr:
    return filled(text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " ").str.strip_chars(" "))


def _name_place() -> pl.Expr:
    """The division in front of a Chinese name, or in brackets, without what kind it is; a whole country is no place."""
    return filled(pl.col("name_prefix").str.replace_all(r"[()（）]|省|市|区|县|中国", ""))


def _phone() -> pl.Expr:
    """Digits of the number, else of what is written without extension; null where there are fewer than seven, or where half a country
    shares the number."""
    text = pl.coalesce("phone", "phone_raw").str.normalize("NFKC").str.to_lowercase().str.replace(r"(?:ext|x|转|轉|#).*$", "")
    digits = text.str.replace_all("[^0-9]", "")
    says_much = (digits.str.len_chars() >= _SHORTEST_PHONE) & ~digits.str.contains(_HOTLINE) & ~digits.str.contains(_ONE_DIGIT)
    return pl.when(says_much).then(digits)
