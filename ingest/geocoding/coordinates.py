"""Given coordinates: from the system they are written in to WGS-84, and whether they can be where the customer is.

Here: GCJ-02 (火星坐标, maps published in China), BD-09 (Baidu's maps) and WGS-84, distances, and the checks of given points.
Not here: where a written place is (chinese.py, american.py, world.py), cells of the map (cells.py).

GCJ-02 shifts a point by up to 700 m, by a sum of sines of its distance from 105° E, 35° N, scaled by the ellipsoid of Krasovsky 1940
(half axis 6,378,245 m, squared eccentricity 0.00669342162296594323); BD-09 turns and stretches GCJ-02 a little and adds 0.0065° and
0.006°. Both were made public by analysis, not by their makers: see Wikipedia, "Restrictions on geographic data in China", sections
GCJ-02 and BD-09. The shift has no closed inverse: it is taken back by repetition until a step is less than 1 mm.
"""

import numpy as np
import polars as pl

from ingest.geocoding.place_table import listed
from ingest.geocoding.reference_tables import read_table

SYSTEMS = ("wgs84", "gcj02", "bd09")
# The area in which map vendors shift points: the box around China that the public descriptions name. Hong Kong, Macau and Taiwan lie in
# it although maps there are not shifted; a source that covers them says wgs84.
SHIFTED_AREA = {"south": 0.8293, "north": 55.8271, "west": 72.004, "east": 137.8347}
EARTH_RADIUS_KM = 6371.0
# 2026-11-22: how far from the centre of its place a point may be. A city: the largest metropolitan areas reach 80 km from their centre.
# A district: San Bernardino County is 300 km long, and 若羌县 500 km. A postal code: in Alaska and Nevada areas reach 150 km.
# A region: Yakutia and Alaska reach 1,500 km from where their people live. For a country the box around its towns decides.
FAR_KM = {"postal_code": 150.0, "city": 100.0, "district": 300.0, "street": 100.0, "region": 1500.0}
POINT_CODES = ("point:incomplete", "point:out_of_range", "point:zero", "point:swapped", "point:far_from_place")
_HALF_AXIS = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU_ANGLE = np.pi * 3000.0 / 180.0
_MOST_STEPS = 10
_STEP_DEGREES = 1e-8  # about 1 mm


def to_wgs84(latitude: np.ndarray, longitude: np.ndarray, system: str) -> tuple[np.ndarray, np.ndarray]:
    """Degrees in WGS-84 of degrees in `system` (wgs84, gcj02 or bd09); what is not a number or lies outside China stays as it is.

    Right to 0.5 m and better. Raises ValueError for another system.
    """
    if system not in SYSTEMS:
        raise ValueError(f"Coordinate system {system!r} is not known; one of {', '.join(SYSTEMS)} was expected.")
    north, east = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    if system == "wgs84":
        return north, east
    with np.errstate(invalid="ignore"):
        inside = _is_in_shifted_area(north, east)
        target = _baidu_to_gcj02(north, east) if system == "bd09" else (north, east)
        found_north, found_east = target
        for _ in range(_MOST_STEPS):
            again_north, again_east = to_gcj02(found_north, found_east)
            step_north, step_east = target[0] - again_north, target[1] - again_east
            found_north, found_east = found_north + step_north, found_east + step_east
            if not (np.abs(step_north[inside]) > _STEP_DEGREES).any() and not (np.abs(step_east[inside]) > _STEP_DEGREES).any():
                break
    return np.where(inside, found_north, north), np.where(inside, found_east, east)


def to_gcj02(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees in GCJ-02 of degrees in WGS-84 inside China; no shift outside."""
    north, east = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    with np.errstate(invalid="ignore"):
        inside = _is_in_shifted_area(north, east)
        x, y = east - 105.0, north - 35.0
        root = np.sqrt(np.abs(x))
        waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
        metres_north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2.0 / 3.0 * (
            waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)
            + 160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)
        )  # fmt: skip
        metres_east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2.0 / 3.0 * (
            waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)
            + 150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)
        )  # fmt: skip
        radians = np.radians(north)
        flat = 1.0 - _ECCENTRICITY_2 * np.sin(radians) ** 2
        meridian = _HALF_AXIS * (1.0 - _ECCENTRICITY_2) / (flat * np.sqrt(flat))
        parallel = _HALF_AXIS / np.sqrt(flat) * np.cos(radians)
        shifted = north + np.degrees(metres_north / meridian), east + np.degrees(metres_east / parallel)
    return np.where(inside, shifted[0], north), np.where(inside, shifted[1], east)


def to_bd09(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees in BD-09 of degrees in WGS-84 inside China; no shift outside."""
    north, east = to_gcj02(latitude, longitude)
    radius = np.hypot(east, north) + 0.00002 * np.sin(north * _BAIDU_ANGLE)
    angle = np.arctan2(north, east) + 0.000003 * np.cos(east * _BAIDU_ANGLE)
    with np.errstate(invalid="ignore"):
        inside = _is_in_shifted_area(np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float))
    return np.where(inside, radius * np.sin(angle) + 0.006, north), np.where(inside, radius * np.cos(angle) + 0.0065, east)


def _baidu_to_gcj02(north: np.ndarray, east: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of Baidu's turn and stretch, by repetition: the usual formula alone is off by up to 1 m."""
    x, y = east - 0.0065, north - 0.006
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    plain_radius, plain_angle = radius, angle
    for _ in range(_MOST_STEPS):
        north_now, east_now = plain_radius * np.sin(plain_angle), plain_radius * np.cos(plain_angle)
        plain_radius = radius - 0.00002 * np.sin(north_now * _BAIDU_ANGLE)
        plain_angle = angle - 0.000003 * np.cos(east_now * _BAIDU_ANGLE)
    return plain_radius * np.sin(plain_angle), plain_radius * np.cos(plain_angle)


def _is_in_shifted_area(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    area = SHIFTED_AREA
    return (north >= area["south"]) & (north <= area["north"]) & (east >= area["west"]) & (east <= area["east"])


def kilometres(latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray) -> np.ndarray:
    """Distances on the sphere, wrong by 0.56 % at most for the earth's flattening; not a number where a degree is missing."""
    degrees = (np.asarray(column, dtype=float) for column in (latitude, longitude, other_latitude, other_longitude))
    north, east, other_north, other_east = (np.radians(column) for column in degrees)
    with np.errstate(invalid="ignore"):  # an infinite degree is no point: not a number
        half_chord = np.sin((other_north - north) / 2) ** 2 + np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
        return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1)))


def check_points(points: pl.DataFrame) -> pl.DataFrame:
    """latitude, longitude (WGS-84, null where the given point cannot be used) and codes (POINT_CODES), one row for each row.

    Columns: latitude, longitude (as given); coordinate_system (one of SYSTEMS; null or missing: wgs84); country_code, place_latitude,
    place_longitude, place_precision: what the written place says, each nullable.
    A point that is far from its place keeps its degrees and gets a code: the caller decides. Latitude and longitude are exchanged where
    only the exchange fits the place (or, without one, the country; or, without that, the globe).
    """
    frame = points.with_columns(
        pl.col("latitude", "longitude").cast(pl.Float64).fill_nan(None),
        (pl.col("coordinate_system") if "coordinate_system" in points.columns else pl.lit(None, dtype=pl.String))
        .fill_null("wgs84")
        .alias("system"),
    )
    latitude, longitude = pl.col("latitude"), pl.col("longitude")
    both = latitude.is_not_null() & longitude.is_not_null()
    frame = frame.with_columns(
        is_incomplete=latitude.is_not_null() != longitude.is_not_null(),
        is_zero=(both & (latitude == 0) & (longitude == 0)).fill_null(False),
        is_in_range=(both & (latitude.abs() <= 90) & (longitude.abs() <= 180)).fill_null(False),
        is_in_range_swapped=(both & (longitude.abs() <= 90) & (latitude.abs() <= 180)).fill_null(False),
    )
    fits, fits_swapped = _fits(frame, swapped=False), _fits(frame, swapped=True)
    frame = frame.with_columns(fits=fits, fits_swapped=fits_swapped)
    is_swapped = ~pl.col("is_zero") & pl.col("is_in_range_swapped") & (
        (~pl.col("fits").fill_null(True) & pl.col("fits_swapped").fill_null(False))
        | (~pl.col("is_in_range") & pl.col("fits_swapped").fill_null(True))
    )  # fmt: skip
    frame = frame.with_columns(is_swapped=is_swapped)
    is_usable = (pl.col("is_in_range") | pl.col("is_swapped")) & ~pl.col("is_zero")
    frame = frame.with_columns(
        is_usable=is_usable,
        latitude=pl.when("is_swapped").then("longitude").otherwise("latitude"),
        longitude=pl.when("is_swapped").then("latitude").otherwise("longitude"),
    )
    frame = _in_wgs84(frame)
    is_far = pl.col("is_usable") & ~pl.col("is_swapped") & ~pl.col("fits").fill_null(True)
    return frame.select(
        pl.when("is_usable").then("latitude").alias("latitude"),
        pl.when("is_usable").then("longitude").alias("longitude"),
        listed(
            pl.when("is_incomplete").then(pl.lit("point:incomplete")),
            pl.when("is_zero").then(pl.lit("point:zero")),
            pl.when(both & ~pl.col("is_in_range") & ~pl.col("is_swapped")).then(pl.lit("point:out_of_range")),
            pl.when("is_swapped").then(pl.lit("point:swapped")),
            pl.when(is_far).then(pl.lit("point:far_from_place")),
        ).alias("codes"),
    )


def _fits(frame: pl.DataFrame, *, swapped: bool) -> pl.Series:
    """Whether the point (or the exchanged one) lies near its place, or, without one, in its country's box; null: unknown."""
    north, east = ("longitude", "latitude") if swapped else ("latitude", "longitude")
    distance = pl.Series("km", kilometres(*(frame[name].cast(pl.Float64) for name in (north, east, "place_latitude", "place_longitude"))))
    limit = frame["place_precision"].replace_strict(FAR_KM, default=None, return_dtype=pl.Float64)
    boxes = read_table("world_countries.csv").select("country_code", "south", "west", "north", "east")
    box = frame.select("country_code").join(boxes, on="country_code", how="left", maintain_order="left")
    in_box = frame[north].is_between(box["south"], box["north"]) & frame[east].is_between(box["west"], box["east"])
    decided = pl.DataFrame({"near": distance.fill_nan(None) <= limit, "in_box": in_box})
    return decided.select(pl.coalesce("near", "in_box")).to_series()


def _in_wgs84(frame: pl.DataFrame) -> pl.DataFrame:
    latitude, longitude = frame["latitude"].to_numpy().copy(), frame["longitude"].to_numpy().copy()
    systems = frame["system"]
    for system in sorted(set(systems.unique().to_list()) - {"wgs84"}):
        rows = (systems == system).to_numpy()
        latitude[rows], longitude[rows] = to_wgs84(latitude[rows], longitude[rows], system)
    return frame.with_columns(latitude=pl.Series(latitude).fill_nan(None), longitude=pl.Series(longitude).fill_nan(None))
