"""geocoding/cells.py: the cells of the map."""

import h3
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.cells import cells_of


def cells(*points):
    return cells_of(
        pl.Series([point[0] for point in points], dtype=pl.Float64), pl.Series([point[1] for point in points], dtype=pl.Float64)
    ).rows()


def test_a_point_lies_in_its_fine_cell_and_the_coarse_one_around_it():
    ((coarse, fine),) = cells((31.2304, 121.4737))
    assert fine == h3.latlng_to_cell(31.2304, 121.4737, 7)
    assert coarse == h3.cell_to_parent(fine, 5)


def test_neighbours_share_a_cell_and_others_do_not():
    near, same, far = cells((31.23040, 121.47370), (31.23041, 121.47371), (39.9, 116.4))
    assert near == same != far


def test_what_is_no_point_has_no_cell():
    assert cells((None, 121.0), (31.0, None), (91.0, 0.0), (0.0, 181.0), (float("nan"), 1.0)) == [(None, None)] * 5
    assert cells() == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=5))
def test_every_point_has_cells_in_its_own_row(points):
    for (north, east), (coarse, fine) in zip(points, cells(*points), strict=True):
        assert h3.get_resolution(fine) == 7
        assert h3.cell_to_parent(fine, 5) == coarse
        assert fine == h3.latlng_to_cell(pl.Series([north]).round(4)[0] + 0.0, pl.Series([east]).round(4)[0] + 0.0, 7)
