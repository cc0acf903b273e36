"""Cells of the map: the H3 hexagon that a point lies in, for heat maps (热力图).

Here: the cell of each point at the two resolutions that maps use. Not here: where the point is, drawing.

A cell of resolution 5 is about 250 km², one of resolution 7 about 5 km². Points are rounded to 0.0001 degree (11 m) first, and each
distinct one is looked up once. The coarse cell is the fine one's parent, so that sums over coarse cells are sums of fine ones: at its edge
a point may lie in the neighbouring hexagon.
"""

import h3
import polars as pl

COARSE, FINE = 5, 7
CELL_SCHEMA = {f"h3_cell_{COARSE}": pl.String, f"h3_cell_{FINE}": pl.String}


def cells_of(latitude: pl.Series, longitude: pl.Series) -> pl.DataFrame:
    """h3_cell_5 and h3_cell_7 as text, one row for each point (degrees, WGS-84); null where a degree is missing or out of range."""
    points = pl.DataFrame({"latitude": latitude.cast(pl.Float64), "longitude": longitude.cast(pl.Float64)})
    is_point = pl.col("latitude").is_between(-90, 90) & pl.col("longitude").is_between(-180, 180)
    rounded = points.with_columns(pl.when(is_point).then(pl.col(name).round(4) + 0.0).alias(name) for name in ("latitude", "longitude"))
    distinct = rounded.drop_nulls().unique().sort("latitude", "longitude")
    fine = pl.Series("fine", [h3.latlng_to_cell(north, east, FINE) for north, east in distinct.iter_rows()], dtype=pl.String)
    cells = fine.unique().sort()
    parents = pl.Series("coarse", [h3.cell_to_parent(cell, COARSE) for cell in cells.to_list()], dtype=pl.String)
    coarse = fine.replace_strict(cells, parents, return_dtype=pl.String) if len(cells) else parents
    known = distinct.with_columns(coarse.alias(f"h3_cell_{COARSE}"), fine.alias(f"h3_cell_{FINE}"))
    return rounded.join(known, on=["latitude", "longitude"], how="left", maintain_order="left").select(list(CELL_SCHEMA))
