"""The sets that entity resolution is measured on: rows in the contract's columns, and which of them are one.

Here: reading the files of ../shared/data (and writing a demo company) into a `ResolutionSet`. Only columns with a real meaning in the
contract are mapped: a person's names become the name, a social security or national number the registry_id; a date of birth has no
column and is left out. Nothing is tuned for a set beyond which columns exist, and no record_id tells its cluster.
Not here: the damage done to copies (disturbed_registry.py), judging and the table (resolution.py).

Each loader raises FileNotFoundError where its files are not there.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import polars as pl

from benchmarks.disturbed_registry import disturb_companies, disturb_stores

CONTRACT = (
    "record_id", "source", "name", "credit_code", "registry_id", "phone", "email", "website", "address", "street", "district", "city",
    "region", "postal_code", "country", "latitude", "longitude", "industry", "employees", "parent_name",
    "birth_date",
)  # fmt: skip
Kind = Literal["clusters", "links", "ranked"]
LEFT, RIGHT = "left", "right"  # sides of a set of links
FULL, SHORT = "full", "short"  # sides of a ranked set: what is looked for, and the queries
EVERY = 10  # one row in so many is copied and disturbed


@dataclass(frozen=True, kw_only=True)
class ResolutionSet:
    """Rows and their truth.

    `records`: columns of CONTRACT as text, those that the set has; record_id is unique in the whole set, `source` only where the data has
    several. `truth`: record_id, cluster (never null), damage (what was done to a copy, joined by `|`; null elsewhere).
    `kind`: all pairs count (clusters), only pairs across the two sides (links), or the best candidate of each query (ranked).
    """

    name: str
    kind: Kind
    records: pl.DataFrame
    truth: pl.DataFrame

    @property
    def cluster_count(self) -> int:
        """How many different things the rows stand for."""
        return self.truth["cluster"].n_unique()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a contestant says of a set.

    `groups`: record_id, customer. `pairs`: left_record_id, right_record_id, score (0 to 1), weight (bits), verdict (same, ask, different);
    a pair stands in it once. `seconds`: of one run, without loading of the program. `note`: what a reader of the table should know.
    """

    groups: pl.DataFrame
    pairs: pl.DataFrame
    seconds: float
    note: str = ""


def as_set(name: str, kind: Kind, rows: pl.DataFrame) -> ResolutionSet:
    """Rows with contract columns, cluster and perhaps damage, made a set: trimmed text, blanks made one, empty cells null."""
    written = [
        pl.col(column).cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars() for column in CONTRACT if column in rows.columns
    ]
    texts = rows.select(written).with_columns(pl.all().replace("", None))
    if texts["record_id"].null_count() or texts["record_id"].n_unique() != len(texts) or rows["cluster"].null_count():
        raise ValueError(f"{name}: every row needs a record_id of its own and a cluster.")
    damage = pl.col("damage") if "damage" in rows.columns else pl.lit(None, pl.String).alias("damage")
    truth = pl.concat([texts.select("record_id"), rows.select(pl.col("cluster").cast(pl.String), damage)], how="horizontal")
    kept = [column for column in texts.columns if texts[column].null_count() < len(texts)]
    return ResolutionSet(name=name, kind=kind, records=texts.select(kept), truth=truth)


def fodors_zagats(folder: Path) -> ResolutionSet:
    """864 restaurants of two guides in one file, without telephone numbers; `unique_id` is the restaurant."""
    path = folder / "fodors_zagats" / "restaurant-nophone-training.csv"
    lines = path.read_text("utf-8").splitlines()
    rows = [_quoted_cells(line) for line in lines[1:] if line.strip()]
    table = pl.DataFrame(rows, schema=["name", "street", "city", "cuisine", "cluster"], orient="row")
    return as_set("fodors_zagats", "clusters", _shuffled(table))


def _quoted_cells(line: str) -> list[str]:
    """Cells of a line whose blanks stand before the quotes, which are double or single ones."""
    cells, rest = [], line.strip()
    while rest:
        rest = rest.lstrip(", ")
        if not rest:
            break
        quote = rest[0]
        end = rest.index(quote, 1) if quote in "\"'" else -1
        while end != -1 and end + 1 < len(rest) and rest[end + 1] != ",":  # an apostrophe or quote inside the cell
            end = rest.index(quote, end + 1)
        cell, rest = (rest[1:end], rest[end + 1 :]) if end != -1 else (rest.partition(",")[0], rest.partition(",")[2])
        cells.append(cell)
    return cells


def fodors_zagats_links(folder: Path) -> ResolutionSet:
    """533 and 331 restaurants with telephone numbers, 112 of them in both guides."""
    guides = folder / "fodors_zagats"
    links = _csv(guides / "matches_fodors_zagats.csv")
    sides = []
    for side, name in ((LEFT, "fodors"), (RIGHT, "zagats")):
        table = _csv(guides / f"{name}.csv").with_columns(source=pl.lit(side), record_id=pl.format("{}-{}", pl.lit(side), "id"))
        link = links.select(id=f"{name}_id", cluster=pl.format("link-{}", "fodors_id"))
        table = table.join(link, on="id", how="left", maintain_order="left").with_columns(pl.col("cluster").fill_null(pl.col("record_id")))
        sides.append(table.rename({"addr": "street"}))
    return as_set("fodors_zagats_links", "links", pl.concat(sides))


def senzing_truthset(folder: Path) -> ResolutionSet:
    """159 records of persons and companies in three sources.

    registry_id is the first filled of the social security, national, tax, passport and driver's licence number. An address line without
    city, region and postal code holds the whole address, and is the free text. 73 rows have a date of birth, which has no column: of 108
    true pairs 33 then share no field but the name (2026-11-22).
    """
    place = folder / "senzing_truthset"
    tables = pl.concat([_csv(place / f"{name}.csv") for name in ("customers", "reference", "watchlist")], how="diagonal")
    person = pl.concat_str("PRIMARY_NAME_FIRST", "PRIMARY_NAME_MIDDLE", "PRIMARY_NAME_LAST", separator=" ", ignore_nulls=True)
    in_parts = pl.any_horizontal(pl.col("ADDR_CITY", "ADDR_STATE", "ADDR_POSTAL_CODE").is_not_null())
    rows = tables.select(
        "DATA_SOURCE", "RECORD_ID",
        record_id=pl.format("{}-{}", "DATA_SOURCE", "RECORD_ID"),
        source="DATA_SOURCE",
        name=pl.coalesce("PRIMARY_NAME_FULL", "PRIMARY_NAME_ORG", person.replace("", None), "NATIVE_NAME_FULL"),
        registry_id=pl.coalesce("SSN_NUMBER", "NATIONAL_ID_NUMBER", "TAX_ID_NUMBER", "PASSPORT_NUMBER", "DRIVERS_LICENSE_NUMBER"),
        phone="PHONE_NUMBER", email="EMAIL_ADDRESS",
        address=pl.coalesce("ADDR_FULL", pl.when(~in_parts).then("ADDR_LINE1")),
        street=pl.when(in_parts).then("ADDR_LINE1"),
        birth_date="DATE_OF_BIRTH", city="ADDR_CITY", region="ADDR_STATE", postal_code="ADDR_POSTAL_CODE", country="ADDR_COUNTRY",
    )  # fmt: skip
    key = _csv(place / "actual_truthset_key.csv").select("DATA_SOURCE", "RECORD_ID", cluster="CLUSTER_ID")
    return as_set("senzing_truthset", "clusters", rows.join(key, on=["DATA_SOURCE", "RECORD_ID"], how="left", maintain_order="left"))


def lagou_2018(folder: Path) -> ResolutionSet:
    """Short names of Chinese companies, each looked for among all full names of the same job advertisements."""
    paths = sorted((folder / "lagou_2018").glob("*.csv"))
    if not paths:
        raise FileNotFoundError(folder / "lagou_2018")
    ads = pl.concat([_csv(path).select(full="公司全名", short="公司简称") for path in paths]).drop_nulls().unique()
    return _ranked("lagou_2018", ads.select(cluster="full", full="full", short="short"))


def wikidata_companies(folder: Path) -> ResolutionSet:
    """Other names of companies, each looked for among all companies' main names."""
    path = folder / "wikidata_companies" / "wikidata_companies_v1.json"
    entities = json.loads(path.read_text("utf-8"))["entities"]
    rows = [(one["qid"], one["canonical"], alias) for one in entities for alias in one["aliases"] or [None]]
    table = pl.DataFrame(rows, schema={"cluster": pl.String, "full": pl.String, "short": pl.String}, orient="row")
    return _ranked("wikidata_companies", table)


def _ranked(name: str, table: pl.DataFrame) -> ResolutionSet:
    """One record per different (cluster, full), one query per different (cluster, short)."""
    sides = []
    for side in (FULL, SHORT):
        rows = table.select("cluster", name=side).drop_nulls().unique().sort("cluster", "name").with_columns(source=pl.lit(side))
        sides.append(_shuffled(rows, prefix=side))
    return as_set(name, "ranked", pl.concat(sides))


def sp500(folder: Path) -> ResolutionSet:
    """503 companies of an index, and the names of 6,757 listed securities, a record per different name; what links them is the ticker.

    Nothing but names. A name that is listed under several tickers (preferred shares, other classes) stands for all of them.
    """
    left = _csv(folder / "sp500" / "constituents.csv").select(name="Security", ticker="Symbol", source=pl.lit(LEFT))
    right = _csv(folder / "us_listed_names" / "us_listed_companies.csv").drop_nulls().select(name="sharename", ticker="sharecode")
    is_in_index = pl.col("ticker").is_in(left["ticker"].to_list())
    names = right.group_by("name").agg(pl.col("ticker"), cluster=pl.col("ticker").sort_by(~is_in_index, "ticker").first()).sort("name")
    label = names.explode("ticker").unique("ticker", keep="first", maintain_order=True).select("ticker", "cluster")
    left = left.join(label, on="ticker", how="left", maintain_order="left").with_columns(pl.coalesce("cluster", "ticker").alias("cluster"))
    names = names.select("name", "cluster", source=pl.lit(RIGHT))
    sides = [_shuffled(side, prefix=name) for side, name in ((left.select(names.columns), LEFT), (names, RIGHT))]
    return as_set("sp500", "links", pl.concat(sides))


def cn_registry(folder: Path) -> ResolutionSet:
    """Registered Chinese companies, and a disturbed copy of every tenth."""
    table = pl.read_parquet(folder / "cn_registry" / "registry_2019_five_provinces.parquet")
    in_beijing = pl.col("所在省份") == "北京"
    rows = table.select(
        name="企业名称", credit_code="统一社会信用代码", region="所在省份", address="注册地址", cluster="统一社会信用代码",
        city=pl.when(in_beijing).then(pl.lit("北京")).otherwise("地区"),
        district=pl.when(in_beijing).then("地区"),  # the register's 地区 is a city, in Beijing a district
    )  # fmt: skip
    copies = disturb_companies(rows.gather_every(EVERY))
    return as_set("cn_registry", "clusters", _shuffled(pl.concat([rows, copies], how="diagonal")))


def febrl(folder: Path) -> ResolutionSet:
    """5,000 records of 2,000 invented persons in Australia."""
    table = _csv(folder / "febrl" / "dataset3.csv")
    table = table.rename({column: column.strip() for column in table.columns}).with_columns(pl.all().str.strip_chars().replace("", None))
    street = pl.concat_str("street_number", "address_1", separator=" ", ignore_nulls=True)
    rows = table.select(
        name=pl.concat_str("given_name", "surname", separator=" ", ignore_nulls=True),
        street=pl.concat_str(street.replace("", None), "address_2", separator=", ", ignore_nulls=True),
        city="suburb", postal_code="postcode", region="state", registry_id="soc_sec_id",
        birth_date="date_of_birth",
        cluster=pl.col("rec_id").str.extract(r"^rec-(\d+)-"),
    )  # fmt: skip
    return as_set("febrl", "clusters", _shuffled(rows))


def fake_1000(folder: Path) -> ResolutionSet:
    """1,000 records of invented persons: name, day of birth, city, e-mail."""
    table = _csv(folder / "splink_demo" / "fake_1000.csv")
    name = pl.concat_str("first_name", "surname", separator=" ", ignore_nulls=True)
    return as_set("fake_1000", "clusters", _shuffled(table.select("city", "email", "cluster", name=name, birth_date="dob")))


def finance_database(folder: Path) -> ResolutionSet:
    """Listings on three exchanges which name a company each in their own way; ISIN and country together are the company.

    Listings without one of them have no truth and are left out, as are those without a name.
    """
    table = pl.read_parquet(folder / "finance_database" / "equities_ber_mun_hkg.parquet").drop_nulls(["name", "isin", "country"])
    cluster = pl.concat_str("isin", "country", separator="|")
    return as_set(
        "finance_database", "clusters", _shuffled(table.select("name", "website", "city", "country", source="exchange", cluster=cluster))
    )


def musicbrainz(folder: Path) -> ResolutionSet:
    """19,375 recordings of five sources, artist and title as one name: no companies at all, a stress."""
    table = _csv(folder / "musicbrainz_20k" / "musicbrainz_20k.csv")
    name = pl.concat_str("artist", "title", separator=" ", ignore_nulls=True)
    return as_set("musicbrainz", "clusters", _shuffled(table.select(name=name, source="SourceID", cluster="CID")))


# File -> name of the chain (or the column that holds the whole name), column of the shop's own name, where it has one.
CHAINS = {
    "7-11_locations": ("7-Eleven", None), "aldi_locations": ("ALDI", None), "apple_store_locations": ("Apple", "storeName"),
    "amc-theaters_locations": ("", "theater_name"), "bass-pro-shops_locations": ("Bass Pro Shops", None),
    "chick-fil-a_locations": ("Chick-fil-A", "locationname"), "chipotle_locations": ("Chipotle Mexican Grill", None),
    "cinemark_locations": ("", "location_name"), "costco_locations": ("Costco", "name"), "abercrombie_fitch_locations": ("", "name"),
}  # fmt: skip
BRANDS = {"ACF": "Abercrombie & Fitch", "KID": "abercrombie kids"}
STORE_HEADERS = {
    "street": ("street", "address"), "city": ("city",), "region": ("state_abbr", "state", "region"), "phone": ("phone", "telephone"),
    "postal_code": ("zip", "zipcode", "postal_code", "postal", "zip_code"), "website": ("website", "url"),
    "latitude": ("latitude", "lat"), "longitude": ("longitude", "lon"),
}  # fmt: skip


def us_stores(folder: Path) -> ResolutionSet:
    """Shops of ten chains, each a company of its own, and a disturbed copy of every tenth. A second crawl of a chain is left out."""
    frames = []
    for file, (chain, own) in CHAINS.items():
        table = _csv(folder / "us_store_locations" / f"{file}.csv")
        brand = pl.col("brand").replace(BRANDS) if file.startswith("abercrombie") else pl.lit(chain or None, pl.String)
        name = pl.concat_str(brand, *([own] if own else []), separator=" ", ignore_nulls=True)
        found = {column: next((header for header in headers if header in table.columns), None) for column, headers in STORE_HEADERS.items()}
        rows = table.select(name.alias("name"), *(pl.col(header).alias(column) for column, header in found.items() if header))
        frames.append(rows.with_columns(cluster=pl.format("{}-{}", pl.lit(file), pl.int_range(pl.len()))))
    rows = pl.concat(frames, how="diagonal").with_columns(country=pl.lit("United States"))
    # A path without a host is no web site (2026-11-22: two chains' `url` is one).
    rows = rows.with_columns(website=pl.when(pl.col("website").str.contains(r"^https?://")).then("website"))
    # Shops that are listed twice, as open and as planned, or under two numbers (2026-11-22): nothing tells them apart.
    place = pl.concat_str("name", "street", "city", "region", ignore_nulls=True).str.to_lowercase()
    rows = rows.unique(place, keep="first", maintain_order=True)
    copies = disturb_stores(rows.gather_every(EVERY))
    return as_set("us_stores", "clusters", _shuffled(pl.concat([rows, copies], how="diagonal")))


def demo(customers: int) -> ResolutionSet:
    """The demo company's customers as its six CRMs export them on the last night, without deleted and merged records."""
    from ingest.demo.home import write_demo  # noqa: PLC0415 - what is not measured here need not load
    from ingest.home import CompanyHome  # noqa: PLC0415
    from ingest.landing.land import land  # noqa: PLC0415
    from ingest.sources.mapping import read_sources  # noqa: PLC0415
    from ingest.warehouse import Warehouse  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        home = CompanyHome(Path(folder) / "demo")
        last = write_demo(home.root, customers=customers, nights=1).nights[-1]
        warehouse = Warehouse(home.warehouse_path)
        seen_at = datetime(last.year, last.month, last.day, 23, tzinfo=UTC)
        land(home, warehouse, read_sources(home.root / "sources"), seen_at=seen_at, max_file_bytes=1 << 32)
        written = pl.DataFrame(pl.from_arrow(warehouse.read("raw.customers")))
        truth = _csv(home.root / "truth" / "customers.csv")
    is_gone = pl.col("is_deleted").str.to_lowercase().is_in(["true", "1", "是", "yes"]).fill_null(False)
    standing = written.filter(~is_gone, pl.col("merged_into_record_id").is_null())
    rows = standing.join(truth, on=["source", "record_id"], how="inner").with_columns(
        pl.col("employee_count").alias("employees"), record_id=pl.format("{}-{}", "source", "record_id"), cluster="customer_number"
    )
    return as_set(f"demo_{customers}", "clusters", rows.sort("record_id"))


def _csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _shuffled(rows: pl.DataFrame, prefix: str = "r") -> pl.DataFrame:
    """With a record_id, in an order of its own: neighbours are no kin, and the same number on two sides says nothing."""
    order = pl.Series("order", [hashlib.sha256(f"{prefix}{row}".encode()).hexdigest() for row in range(len(rows))])
    shuffled = rows.with_columns(order).sort("order").drop("order").with_row_index("row")
    return shuffled.with_columns(record_id=pl.format("{}{}", pl.lit(prefix), pl.col("row").cast(pl.String).str.zfill(6)))


TARGET_SETS: dict[str, Callable[[Path], ResolutionSet]] = {
    "fodors_zagats": fodors_zagats, "fodors_zagats_links": fodors_zagats_links, "senzing_truthset": senzing_truthset,
    "lagou_2018": lagou_2018, "sp500": sp500, "cn_registry": cn_registry,
    "demo_5000": lambda _folder: demo(5_000), "demo_100000": lambda _folder: demo(100_000),
}  # fmt: skip
FURTHER_SETS: dict[str, Callable[[Path], ResolutionSet]] = {
    "febrl": febrl, "fake_1000": fake_1000, "finance_database": finance_database, "wikidata_companies": wikidata_companies,
    "us_stores": us_stores, "musicbrainz": musicbrainz,
}  # fmt: skip
SETS = TARGET_SETS | FURTHER_SETS
