"""Chinese places without a network: written parts, addresses, postal codes, credit codes and telephones -> division and point.

Here: the columns of the result, one row per input row, and which rows need a second look. Not here: the names of divisions
(chinese_tables.py), finding them in a text (chinese_text.py), choosing between them (chinese_chains.py), other countries.

The point is the centre of the deepest division that is certain, in WGS-84: the seat of its government where that is known, the
middle of its outline otherwise. What is written and not recognised is kept as a name and gets a code.
"""

from dataclasses import dataclass

import polars as pl

from ingest.cleaning.credit_codes import read_credit_codes
from ingest.geocoding.chinese_chains import Choice, choose, hints_of, settle
from ingest.geocoding.chinese_tables import (
    MUNICIPALITIES,
    area_code_cities,
    current_code,
    divisions,
    lineage,
    postal_divisions,
    regions,
)
from ingest.geocoding.chinese_text import plain, signatures
from ingest.geocoding.place_table import PLACE_SCHEMA

INPUT = ("address", "street", "district", "city", "region", "postal_code", "credit_code", "phone")
_PRECISION = {"province": "region", "city": "city", "district": "district"}
_MOBILE = r"^0?1[3-9]\d{9}$"


@dataclass(frozen=True, slots=True)
class Names:
    """What a division is called, from its province down; null where it has no such level."""

    region_code: str
    region_name: str
    city_name: str | None
    district_name: str | None
    division_code: str


def division_of_code(code: str | None) -> Names | None:
    """The names behind six digits of GB/T 2260 of any year, as in digits 3 to 8 of a credit code; None where they are no place.

    A code that has been given up stands for its successor; unknown last digits (municipal registries) for their city or province.
    """
    found = current_code(code) if code else None
    return _names(found) if found else None


def place_chinese(parts: pl.DataFrame) -> pl.DataFrame:
    """Country, region, city, district, code, point, precision and method for each row: PLACE_SCHEMA, in the order of `parts`.

    Columns read: those of INPUT, nullable text; a missing one counts as null. Never raises for a text. Codes: region:unknown,
    city:unknown, district:unknown, region:ambiguous, city:ambiguous, district:ambiguous, region:contradicts_city,
    city:contradicts_district, district:contradicts_city, district:several (two addresses in one field: the first counts),
    postal_code:contradicts_credit_code and the like. A credit code with a wrong check digit counts as none:
    cleaning has said so already.
    """
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in INPUT if name not in parts.columns]
    parts = parts.with_columns(missing).select(pl.col(name).cast(pl.String) for name in INPUT)
    if parts.is_empty():
        return pl.DataFrame(schema=PLACE_SCHEMA)
    rows = pl.DataFrame({"signature": signatures(parts)}).with_row_index("row")
    written = {signature: choose(signature) for signature in rows["signature"].unique()}
    rows = rows.with_columns(is_open=_each(rows["signature"], {text: choice.is_open for text, choice in written.items()}, pl.Boolean))
    rows = rows.with_columns(_hints(parts, rows["is_open"]))
    keys = ("signature", "credit", "postal", "area_code")
    distinct = rows.select(keys).unique()
    placed = distinct.with_columns(_columns([_decide(written[row[0]], *row[1:]) for row in distinct.iter_rows()]))
    result = rows.join(placed, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return _with_written_names(result, parts).select(list(PLACE_SCHEMA))


def _each(texts: pl.Series, values: dict, dtype: pl.DataType) -> pl.Series:
    return texts.replace_strict(list(values), list(values.values()), return_dtype=dtype)


def _decide(choice: Choice, credit: str | None, postal: str | None, area_code: str | None) -> Choice:
    if credit is None and postal is None and area_code is None:
        return choice
    by_post = next((postal_divisions()[postal[:n]] for n in (4, 3, 2) if postal and postal[:n] in postal_divisions()), None)
    return settle(choice, hints_of(credit, (by_post,) if by_post else (), area_code_cities().get(area_code or "", ())))


def _hints(parts: pl.DataFrame, is_open: pl.Series) -> list[pl.Series]:
    """What the other columns say, only for the rows whose written names leave a doubt: most have none, and a few thousand pairs stay."""
    postal = pl.select(pl.when(is_open).then(parts["postal_code"])).to_series()
    postal = plain(postal).str.replace_all("-", "").str.extract(r"^(\d{6})$").str.slice(0, 4)
    credit = pl.select(pl.when(is_open).then(parts["credit_code"])).to_series()
    division = credit.clone()
    if credit.count():
        division = read_credit_codes(credit).values.str.slice(2, 6)
    phone = pl.select(pl.when(is_open).then(parts["phone"])).to_series()
    return [division.alias("credit"), postal.alias("postal"), area_codes(phone).alias("area_code")]


def area_codes(phones: pl.Series) -> pl.Series:
    """The area code (区号) of a telephone of the mainland with its 0; null for a mobile, a foreign or a local number."""
    marked = plain(phones).str.replace(r"^\(?(?:\+|00)?86\)?[-.]?\(?0?", "0").str.extract(r"^\(?(0[\d().-]{9,16})")
    digits = marked.str.replace_all(r"\D", "")
    found = pl.DataFrame({"digits": digits}).select(
        pl.when(pl.col("digits").str.contains(_MOBILE) | ~pl.col("digits").str.len_chars().is_between(10, 12))
        .then(None)
        .when(pl.col("digits").str.contains(r"^0(?:10|2\d)"))
        .then(pl.col("digits").str.slice(0, 3))
        .otherwise(pl.col("digits").str.slice(0, 4))
        .alias("area_code")
    )["area_code"]
    return found.set(~found.is_in(list(area_code_cities())), None)


def _columns(choices: list[Choice]) -> list[pl.Series]:
    columns: dict[str, list] = {name: [] for name in PLACE_SCHEMA}
    for choice in choices:
        names = _names(choice.code) if choice.code else None
        division = divisions()[choice.code] if choice.code else None
        is_whole_city = division is not None and (division.code in MUNICIPALITIES)
        precision = "none" if division is None else "city" if is_whole_city else _PRECISION[division.level]
        columns["country_code"].append("CN" if division or choice.codes else None)
        columns["region_code"].append(names.region_code if names else None)
        columns["region_name"].append(names.region_name if names else None)
        columns["city_name"].append(names.city_name if names else None)
        columns["district_name"].append(names.district_name if names and names.district_name else choice.district_name)
        columns["division_code"].append(names.division_code if names else None)
        columns["latitude"].append(division.latitude if division else None)
        columns["longitude"].append(division.longitude if division else None)
        columns["place_precision"].append("district" if names and names.district_name else precision)
        columns["place_method"].append(choice.method if division else "none")
        columns["codes"].append(sorted(choice.codes))
    return [pl.Series(name, values, dtype=PLACE_SCHEMA[name]) for name, values in columns.items()]


def _names(code: str) -> Names:
    """Names from the province down. A city directly under a province is its own district; a municipality is its own city."""
    line = lineage(code)
    region_code, region_name = regions()[line[-1]]
    by_level = {divisions()[one].level: divisions()[one].name for one in line}
    city, district = by_level.get("city"), by_level.get("district")
    division_code = line[-1] if line[-1] in MUNICIPALITIES and not district else code
    if line[-1] in MUNICIPALITIES:
        city = divisions()[line[-1]].name
    elif city and not district and not code.endswith("00"):
        district = city
    if code.startswith("71"):
        division_code = line[-1]  # the standard has no codes below 台湾省
    return Names(region_code, region_name, city, district, division_code)


# Codes that say already why a written part gives no place.
_SAID = {
    "region": ["region:ambiguous"],
    "city": ["city:ambiguous", "region:contradicts_city"],
    "district": ["district:ambiguous", "district:contradicts_city", "district:several"],
}


def _with_written_names(result: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Written parts that gave no place keep their words as the name, with a code that says why."""
    for part, column in (("region", "region_name"), ("city", "city_name"), ("district", "district_name")):
        text = plain(parts[part])
        is_unplaced = result[column].is_null() & (text.str.len_chars() > 0).fill_null(False)
        is_said = pl.any_horizontal(pl.col("codes").list.contains(code) for code in _SAID[part])
        code = pl.when(is_unplaced & ~is_said).then(pl.concat_list(pl.lit(f"{part}:unknown")))
        result = result.with_columns(
            pl.when(is_unplaced).then(text).otherwise(pl.col(column)).alias(column),
            pl.col("codes").list.concat(code.otherwise(pl.lit([], dtype=pl.List(pl.String)))),
        )
    return result.with_columns(pl.col("codes").list.sort())
