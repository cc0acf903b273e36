"""geocoding/coordinates.py: systems of coordinates and points that cannot be right."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.coordinates import POINT_CODES, check_points, kilometres, to_bd09, to_gcj02, to_wgs84

# Pairs of WGS-84 and GCJ-02 that the public descriptions of the transform give as its test.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
SHANGHAI = {"country_code": "CN", "place_latitude": 31.23, "place_longitude": 121.47, "place_precision": "city"}
SEATTLE = {"country_code": "US", "place_latitude": 47.606, "place_longitude": -122.332, "place_precision": "city"}
SCHEMA = {
    "latitude": pl.Float64, "longitude": pl.Float64, "coordinate_system": pl.String, "country_code": pl.String,
    "place_latitude": pl.Float64, "place_longitude": pl.Float64, "place_precision": pl.String,
}  # fmt: skip


def checked(latitude, longitude, system=None, **place):
    row = {"latitude": latitude, "longitude": longitude, "coordinate_system": system} | place
    found = check_points(pl.DataFrame([{name: row.get(name) for name in SCHEMA}], schema=SCHEMA)).row(0)
    return found[:2], found[2]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_the_published_pairs_are_met(wgs84, gcj02):
    assert np.allclose(to_gcj02(*map(np.array, wgs84)), gcj02, atol=1e-9)
    assert kilometres(*wgs84, *to_wgs84(*map(np.array, gcj02), "gcj02")) < 0.0005


def test_the_published_pair_of_baidu_is_met():
    wgs84, bd09 = (39.915, 116.404), (39.922699552216216, 116.41662724378733)
    assert np.allclose(to_bd09(*map(np.array, wgs84)), bd09, atol=1e-9)
    assert kilometres(*wgs84, *to_wgs84(*map(np.array, bd09), "bd09")) < 0.0005


@pytest.mark.parametrize(("system", "shift"), [("gcj02", to_gcj02), ("bd09", to_bd09)])
def test_the_shift_is_taken_back_to_less_than_half_a_metre_all_over_china(system, shift):
    north, east = (grid.ravel() for grid in np.meshgrid(np.arange(18.0, 54.0, 0.37), np.arange(73.5, 135.0, 0.41)))
    shifted = shift(north, east)
    assert kilometres(north, east, *shifted).max() > 0.5  # it was a shift
    assert kilometres(north, east, *to_wgs84(*shifted, system)).max() < 0.0005


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_there_is_no_shift_outside_china(system):
    north, east = to_wgs84(np.array([47.6, -33.9, np.nan]), np.array([-122.3, 151.2, np.nan]), system)
    assert north[:2].tolist() == [47.6, -33.9]
    assert np.isnan(north[2])
    assert np.isnan(east[2])


def test_another_system_is_refused_with_its_name():
    with pytest.raises(ValueError, match=r"'utm' is not known; one of wgs84, gcj02, bd09"):
        to_wgs84(np.array([1.0]), np.array([1.0]), "utm")


def test_a_point_is_read_in_its_declared_system():
    (point, codes), (same, none) = checked(*PUBLISHED[0][1], "gcj02", **SHANGHAI), checked(*PUBLISHED[0][0], "wgs84", **SHANGHAI)
    assert point == pytest.approx(PUBLISHED[0][0], abs=1e-6)
    assert same == PUBLISHED[0][0]
    assert codes == none == []


@pytest.mark.parametrize(
    ("latitude", "longitude", "place", "codes"),
    [
        (47.5, None, SEATTLE, ["point:incomplete"]),
        (None, -122.3, SEATTLE, ["point:incomplete"]),
        (None, None, SEATTLE, []),
        (0.0, 0.0, SEATTLE, ["point:zero"]),
        (95.0, 200.0, SEATTLE, ["point:out_of_range"]),
        (float("nan"), float("nan"), SEATTLE, []),
        (float("inf"), 1.0, SEATTLE, ["point:out_of_range"]),
        (200.0, 95.0, {}, ["point:out_of_range"]),
    ],
)
def test_a_point_that_says_nothing_is_not_used(latitude, longitude, place, codes):
    assert checked(latitude, longitude, **place) == ((None, None), codes)


@pytest.mark.parametrize(
    ("point", "place"),
    [
        ((-122.3, 47.6), SEATTLE),
        ((121.47, 31.23), SHANGHAI),
        ((121.47, 31.23), {"country_code": "CN"}),
        ((121.47, 31.23), {}),
        ((13.4, 52.5), {"country_code": "DE"}),
    ],
)
def test_exchanged_degrees_are_put_right_and_said(point, place):
    assert checked(*point, **place) == ((point[1], point[0]), ["point:swapped"])


def test_exchanged_degrees_of_a_shifted_system_are_exchanged_first():
    (north, east), codes = checked(*reversed(PUBLISHED[0][1]), "gcj02", **SHANGHAI)
    assert (north, east) == pytest.approx(PUBLISHED[0][0], abs=1e-6)
    assert codes == ["point:swapped"]


@pytest.mark.parametrize(
    ("point", "place", "codes"),
    [
        ((48.4, -122.3), SEATTLE, []),
        ((48.6, -122.3), SEATTLE, ["point:far_from_place"]),
        ((34.0, -118.2), SEATTLE, ["point:far_from_place"]),
        ((34.0, -118.2), {"country_code": "US"}, []),
        ((52.5, 13.4), {"country_code": "US"}, ["point:far_from_place"]),
        ((52.5, 13.4), {}, []),
        ((48.6, -122.3), SEATTLE | {"place_precision": "region"}, []),
    ],
)
def test_a_point_far_from_its_place_is_named_and_kept(point, place, codes):
    assert checked(*point, **place) == (point, codes)


def test_no_points_are_allowed():
    assert check_points(pl.DataFrame(schema=SCHEMA)).height == 0


DEGREES = st.none() | st.floats() | st.floats(-180, 180)


@settings(max_examples=80)
@given(
    latitude=DEGREES,
    longitude=DEGREES,
    system=st.sampled_from([None, "wgs84", "gcj02", "bd09"]),
    place=st.sampled_from([{}, SEATTLE, SHANGHAI]),
)
def test_any_point_is_used_within_the_globe_or_not_at_all(latitude, longitude, system, place):
    (north, east), codes = checked(latitude, longitude, system, **place)
    assert set(codes) <= set(POINT_CODES)
    assert (north is None) == (east is None)
    assert north is None or (abs(north) <= 90.1 and abs(east) <= 180)
