"""Addresses of real data outside the repository whose place somebody else says, and how often a contestant agrees.

Here: reading the sets of ../shared/data, and judging what a contestant found: the same way for each of them. A contestant is a function
from written parts (columns of ingest/geocoding/place_table.py, credit_code) to at least JUDGED, a row for each row. Each function
gives figures by name, or raises FileNotFoundError where its set is not there.
Not here: the contestants, the table (places.py); cases that people edit (tests/cases).
"""

import csv
import hashlib
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from ingest.geocoding.chinese_tables import divisions, lineage, senses
from ingest.geocoding.coordinates import kilometres

Place = Callable[[pl.DataFrame], pl.DataFrame]
JUDGED = (
    "country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude", "place_precision"
)  # fmt: skip
CASES = Path(__file__).parents[1] / "tests" / "cases"
STORE_HEADERS = {
    "street": ("street", "address"), "city": ("city",), "region": ("state_abbr", "state", "region"),
    "postal_code": ("zip", "zipcode", "postal_code", "postal", "zip_code"),
    "latitude": ("latitude", "lat"), "longitude": ("longitude", "lon"),
}  # fmt: skip
LEVELS = (("prov", "region_name"), ("city", "city_name"), ("district", "district_name"))


@cache
def registered(folder: Path) -> pl.DataFrame:
    """address, credit_code, province, place of registered companies: the register's own words for where they are."""
    table = pl.read_parquet(folder / "cn_registry" / "registry_2019_five_provinces.parquet")
    return table.select(address="注册地址", credit_code="统一社会信用代码", province="所在省份", place="地区")


def registry(folder: Path, place: Place, columns: tuple[str, ...] = ("address", "credit_code")) -> dict[str, float]:
    """Shares of all registered companies whose province and city (in Beijing: district) are as the register says."""
    truth = registered(folder)
    placed = pl.concat([truth, place(truth.select(columns)).select(JUDGED)], how="horizontal")
    in_beijing = pl.col("province") == "北京"
    told = pl.when(in_beijing).then("district_name").otherwise("city_name")
    placed = placed.with_columns(
        province_right=pl.col("region_name").str.starts_with(pl.col("province")),
        city_right=told.str.starts_with(pl.col("place")),
        is_told=told.is_not_null(),
    )
    return {
        "rows": len(truth),
        "province_right": placed["province_right"].fill_null(False).mean(),
        "city_right": placed["city_right"].fill_null(False).mean(),
        "city_right_of_told": placed.filter("is_told")["city_right"].fill_null(False).mean(),
    }


@cache
def labelled_addresses(path: Path) -> list[tuple[str, dict[str, list[str]]]]:
    """Each address with its spans by tag, in order."""
    addresses, text, spans = [], "", []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line.strip():
            if text:
                tags: dict[str, list[str]] = {}
                for tag, span in spans:
                    tags.setdefault(tag, []).append(span)
                addresses.append((text, tags))
            text, spans = "", []
            continue
        token, tag = line.rsplit(" ", 1)
        text += token
        if tag.startswith("B-"):
            spans.append([tag[2:], token])
        elif tag.startswith("I-") and spans:
            spans[-1][1] += token
    return addresses


def is_named(span: str, name: str | None, code: str | None) -> bool:
    """Whether the span is a full, short or former name of the placed division of that name."""
    if name is None:
        return False
    if span == name:
        return True
    meant = {sense.code for sense in senses().get(span, ())}
    line = set(lineage(code)) if code in divisions() else set()
    return any(one in line and divisions()[one].name == name for one in meant) or any(divisions()[one].name == name for one in meant)


@cache
def spellings(name: str) -> list[str]:
    """The names in force and the former ones of the divisions so called."""
    codes = {code for code, division in divisions().items() if division.name == name}
    return [spelling for spelling, meant in senses().items() if any(sense.code in codes for sense in meant)]


def labelled(folder: Path, place: Place, part: str = "dev") -> dict[str, float]:
    """F1 by level: found is a name that stands in the text and is, now or formerly, the tagged one."""
    addresses = labelled_addresses(folder / "cn_address_labelled" / f"{part}.txt")
    placed = place(pl.DataFrame({"address": [text for text, _ in addresses]}))
    figures: dict[str, float] = {"rows": len(addresses)}
    for tag, column in LEVELS:
        right = wrong = missed = 0
        for (text, tags), name, code in zip(addresses, placed[column], placed["division_code"], strict=True):
            spans = tags.get(tag, [])
            if any(is_named(span, name, code) for span in spans):
                right += 1
                continue
            missed += bool(spans)
            stands = name is not None and any(n in text for n in spellings(name))
            wrong += stands and not any(is_named(span, name, code) for other, _ in LEVELS for span in tags.get(other, ()))
        figures[f"{tag}_f1"] = 2 * right / max(2 * right + wrong + missed, 1)
    return figures


@cache
def stores(folder: Path) -> pl.DataFrame:
    """street, city, region, postal_code, latitude, longitude of every store in the United States: a few are in Canada."""
    paths = sorted((folder / "us_store_locations").glob("*.csv"))
    if not paths:
        raise FileNotFoundError(folder / "us_store_locations")
    frames = []
    for path in paths:
        table = pl.read_csv(path, infer_schema=False)
        found = {name: next((header for header in headers if header in table.columns), None) for name, headers in STORE_HEADERS.items()}
        frames.append(table.select(pl.col(header).alias(name) for name, header in found.items() if header))
    rows = pl.concat(frames, how="diagonal").with_columns(pl.col("latitude", "longitude").cast(pl.Float64, strict=False))
    return rows.filter(~pl.col("region").is_in(["BC", "ON"]))


STORE_PARTS = ("street", "city", "region", "postal_code")


def in_one_line(parts: pl.DataFrame) -> pl.DataFrame:
    """The parts of American addresses as people write them in one field."""
    return parts.select(address=pl.format("{}, {}, {} {}", *STORE_PARTS))


def american_stores(folder: Path, place: Place, shape: str = "parts") -> dict[str, float]:
    """State right and kilometres from the store: given by `parts`, without the ZIP (`no_zip`), or in one `line`."""
    rows = stores(folder)
    parts = rows.select(STORE_PARTS)
    placed = place({"parts": parts, "no_zip": parts.drop("postal_code"), "line": in_one_line(parts)}[shape])
    right = (placed["region_code"] == "US-" + rows["region"]).fill_null(False)
    return {"rows": len(rows), "state_right": right.mean(), **_distances(rows, placed)}


@cache
def shop_addresses(folder: Path) -> pl.DataFrame:
    """country, city, street, region, postal_code, and the truth: code, wanted (ISO 3166-2), latitude, longitude."""
    folder = folder / "adventureworks_oltp"
    address, state = (pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in ("address", "stateprovince"))
    countries = pl.read_csv(folder / "countryregion.csv", infer_schema=False).select("countryregioncode", country="name")
    rows = address.join(state, on="stateprovinceid", maintain_order="left").join(countries, on="countryregioncode", maintain_order="left")
    points = [struct.unpack("<dd", bytes.fromhex(text)[6:22]) for text in rows["spatiallocation"].to_list()]
    code = pl.col("stateprovincecode").str.strip_chars()
    return rows.select(
        "country", "city", street="addressline1", region="name", postal_code="postalcode", code="countryregioncode",
        wanted=(pl.col("countryregioncode") + "-" + code).replace("FR-75", "FR-75C"),  # Paris since 2021
    ).with_columns(pl.DataFrame(points, schema=["latitude", "longitude"], orient="row"))  # fmt: skip


def adventureworks(folder: Path, place: Place) -> dict[str, float]:
    """Country and state right, and kilometres from the points of the shop's own database, in six countries."""
    rows = shop_addresses(folder)
    placed = place(rows.select("country", "city", "street", "region", "postal_code"))
    right = ((placed["country_code"] == rows["code"]) & (placed["region_code"] == rows["wanted"])).fill_null(False)
    return {"rows": len(rows), "right": right.mean(), **_distances(rows, placed)}


def _distances(truth: pl.DataFrame, placed: pl.DataFrame) -> dict[str, float]:
    """Median and 90th percentile of the kilometres between; what has no point counts as farther than all others."""
    far = kilometres(truth["latitude"], truth["longitude"], *(placed[name].cast(pl.Float64) for name in ("latitude", "longitude")))
    has_truth = (truth["latitude"].is_not_null() & truth["longitude"].is_not_null()).to_numpy()
    far = np.nan_to_num(np.asarray(far)[has_truth], nan=np.inf)
    median, late = np.percentile(far, [50, 90], method="lower")
    return {"median_km": float(median), "late_km": float(late)}


@cache
def offices(folder: Path) -> pl.Series:
    """Office addresses of companies as they wrote them, without those that are empty."""
    return pl.read_csv(folder / "cn_company_addresses" / "addr.csv")["原始地址"].drop_nulls().alias("address")


def placed_offices(folder: Path, place: Place) -> dict[str, float]:
    """Shares of office addresses by how far they were placed; nothing further than the country counts as not at all."""
    precision = place(offices(folder).to_frame())["place_precision"]
    known = {level: (precision == level).fill_null(False).mean() for level in ("district", "city", "region")}
    return {"rows": len(offices(folder)), **known, "not at all": 1 - sum(known.values())}


def ambiguous(folder: Path, place: Place, judged: str = "division_code") -> dict[str, float]:
    """200 office addresses whose names leave a doubt, against a person's judgement: the deepest division that is certain.

    `judged`: division_code, with an atlas of streets; by_names_code, by the names of divisions alone. too_shallow: a division above
    the judged one, or none; too_deep: one within it, or any where nothing is certain; wrong: another one.
    """
    with (CASES / "cn_ambiguous.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["address_sha256"]: row[judged] for row in csv.DictReader(file)}
    texts = {hashlib.sha256(text.encode()).hexdigest(): text for text in offices(folder).unique().to_list()}
    placed = place(pl.DataFrame({"address": [texts[key] for key in wanted]}))["division_code"]
    verdicts = [verdict(found or "", code) for found, code in zip(placed, wanted.values(), strict=True)]
    return {"rows": len(wanted)} | {name: verdicts.count(name) / len(wanted) for name in ("right", "too_shallow", "too_deep", "wrong")}


def verdict(found: str, wanted: str) -> str:
    """How a division compares with the one that is meant; empty text is no division."""
    if found == wanted:
        return "right"
    above, within = (lineage(code) if code in divisions() else () for code in (wanted, found))
    if not found or found in above:
        return "too_shallow"
    return "too_deep" if not wanted or wanted in within else "wrong"


def name_parts(folder: Path) -> dict[str, float]:
    """The share of 300 names labelled by hand whose core, legal form and branch are all right."""
    from ingest.cleaning.name_parts import read_name_parts  # noqa: PLC0415 - what is not measured here need not load

    sets = {
        "cn_registry": ("registry_2019_five_provinces.parquet", "企业名称"),
        "finance_database": ("equities_ber_mun_hkg.parquet", "name"),
    }
    with (CASES / "company_names.csv").open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    right = 0
    for name, (file_name, column) in sets.items():
        names = pl.read_parquet(folder / name / file_name, columns=[column])[column].drop_nulls().unique()
        texts = {_key(text): text for text in names}
        wanted = [label for label in labels if label["set"] == name]
        read = read_name_parts(pl.Series([texts[label["name_key"]] for label in wanted]))
        columns = (("core_name", "core_key"), ("legal_form", "form_key"), ("branch", "branch_key"))
        for label, parts in zip(wanted, read.iter_rows(named=True), strict=True):
            right += all(_key(parts[column]) == label[key] for column, key in columns)
    return {"rows": len(labels), "right": right / len(labels)}


def _key(text: str | None) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
