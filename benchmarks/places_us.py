"""How right and how fast places outside China are: stores with coordinates, and a shop's addresses in six countries.

    python benchmarks/places_us.py [--rows 200000]

Reads ../shared/data/us_store_locations and ../shared/data/adventureworks_oltp where they are, and says for each: state (or country and
state) right, how far the place is from the coordinates in the file (median, 90th percentile), by parts, by town and state without
the ZIP, and by one line of text; then addresses placed a second out of distinct invented ones.

Not here: correctness case by case (tests/ingest/geocoding).
"""

import argparse
import struct
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ingest.geocoding.american import place_american  # noqa: E402
from ingest.geocoding.coordinates import kilometres  # noqa: E402
from ingest.geocoding.world import place_world  # noqa: E402
from ingest.geocoding.world_countries import country_of  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
HEADERS = {
    "street": ("street", "address"), "city": ("city",), "region": ("state_abbr", "state", "region"),
    "postal_code": ("zip", "zipcode", "postal_code", "postal", "zip_code"),
    "latitude": ("latitude", "lat"), "longitude": ("longitude", "lon"),
}  # fmt: skip


def say(text: str) -> None:
    """One line for the person who measures."""
    sys.stdout.write(text + "\n")


def stores() -> pl.DataFrame:
    """street, city, region, postal_code, latitude, longitude of every store."""
    frames = []
    for path in sorted((DATA / "us_store_locations").glob("*.csv")):
        table = pl.read_csv(path, infer_schema=False)
        found = {name: next((header for header in headers if header in table.columns), None) for name, headers in HEADERS.items()}
        frames.append(table.select(pl.col(header).alias(name) for name, header in found.items() if header))
    return pl.concat(frames, how="diagonal").with_columns(pl.col("latitude", "longitude").cast(pl.Float64, strict=False))


def report(title: str, placed: pl.DataFrame, truth: pl.DataFrame, right: pl.Series) -> None:
    """One line: how many rows, how many right, how far off."""
    far = kilometres(truth["latitude"], truth["longitude"], placed["latitude"], placed["longitude"])
    far = far[~np.isnan(far)]
    precisions = dict(sorted(placed["place_precision"].value_counts().iter_rows()))
    median, late = np.percentile(far, [50, 90])
    say(
        f"{title}: {placed.height} rows, right {right.fill_null(False).mean():.4%}, "
        f"median {median:.2f} km, 90 % {late:.2f} km, {precisions}"
    )


def measure_stores() -> None:
    """By parts, without ZIP, and as one line of text."""
    rows = stores()
    rows = rows.filter(~pl.col("region").is_in(["BC", "ON"]))  # a few are in Canada
    wanted = "US-" + rows["region"]
    line = pl.format("{}, {}, {} {}, USA", "street", "city", "region", "postal_code")
    bare = pl.format("{} {} {} {}", "street", "city", "region", "postal_code")
    shapes = {
        "stores by parts": rows.select("street", "city", "region", "postal_code"),
        "stores without ZIP": rows.select("street", "city", "region"),
        "stores by ZIP alone": rows.select("postal_code"),
        "stores as a line": rows.select(address=line),
        "stores as a line without commas": rows.select(address=bare),
    }
    for title, parts in shapes.items():
        placed = place_american(parts)
        report(title, placed, rows, placed["region_code"] == wanted)
    codes = place_american(shapes["stores by parts"])["codes"].explode().drop_nulls().value_counts(sort=True)
    say(f"codes: {dict(codes.iter_rows())}")


def measure_adventureworks() -> None:
    """A shop's addresses in six countries, with the points of its own database."""
    folder = DATA / "adventureworks_oltp"
    address, state = (pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in ("address", "stateprovince"))
    countries = pl.read_csv(folder / "countryregion.csv", infer_schema=False).select("countryregioncode", country="name")
    rows = address.join(state, on="stateprovinceid", maintain_order="left").join(countries, on="countryregioncode", maintain_order="left")
    points = [struct.unpack("<dd", bytes.fromhex(text)[6:22]) for text in rows["spatiallocation"].to_list()]
    rows = rows.with_columns(pl.DataFrame(points, schema=["latitude", "longitude"], orient="row"))
    parts = rows.select("country", "city", street="addressline1", region="name", postal_code="postalcode")
    where = country_of(parts)
    say(f"adventureworks country: {(where == rows['countryregioncode']).mean():.4%}")
    code = pl.col("stateprovincecode").str.strip_chars()
    wanted = rows.select((pl.col("countryregioncode") + "-" + code).replace("FR-75", "FR-75C")).to_series()  # Paris since 2021
    american = where == "US"
    for title, rule, place in (("US", american, place_american), ("the rest", ~american, place_world)):
        some, truth = parts.filter(rule), rows.filter(rule)
        placed = place(some)
        right = (placed["country_code"] == truth["countryregioncode"]) & (placed["region_code"] == wanted.filter(rule))
        report(f"adventureworks {title}", placed, truth, right)
        wrong = pl.concat([some, placed.select("region_code", "place_method", "codes")], how="horizontal").with_columns(
            wanted.filter(rule).alias("wanted")
        )
        for row in (
            wrong.filter(~right.fill_null(False))
            .select("country", "region", "region_code", "wanted", "place_method")
            .unique()
            .sort("country", "region")
            .head(8)
            .iter_rows()
        ):
            say(f"  {row}")


def measure_speed(count: int) -> None:
    """Distinct lines and distinct parts a second; the tables are read before."""
    rows = pl.concat([stores().select("street", "city", "region", "postal_code")] * (count // 30_000 + 1)).head(count)
    numbered = rows.with_row_index("n").with_columns(street=pl.format("{} {}", "n", "street")).drop("n")
    lines = numbered.select(address=pl.format("{}, {}, {} {}, USA", "street", "city", "region", "postal_code"))
    german = numbered.select(address=pl.format("{}, 80331 München, Deutschland", "street"))
    for title, parts, place in (
        ("parts", numbered, place_american),
        ("lines", lines, place_american),
        ("German lines", german, place_world),
    ):
        place(parts.head(100))
        start = time.perf_counter()
        place(parts)
        say(f"{title}: {count / (time.perf_counter() - start):,.0f} a second")
    start = time.perf_counter()
    country_of(lines)
    say(f"country_of lines: {count / (time.perf_counter() - start):,.0f} a second")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=200_000)
    chosen = options.parse_args()
    if DATA.exists():
        measure_stores()
        measure_adventureworks()
        measure_speed(chosen.rows)
    else:
        say("../shared/data is not here: nothing to measure")
