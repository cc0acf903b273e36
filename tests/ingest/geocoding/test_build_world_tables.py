"""geocoding/build_world_tables.py: how tables are written, without the packages."""

import polars as pl

from ingest.geocoding import build_world_tables as script
from ingest.geocoding import reference_tables
from ingest.values import folding


def test_a_table_is_read_back_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(reference_tables, "TABLES", tmp_path)
    table = pl.DataFrame(
        {
            "key": ["東京", "paris", None],
            "town": [2, 0, 1],
            "latitude": [-90.0, 48.8534, None],
            "people": [37_000_000, -1, 0],
            "is": [True, False, None],
        },
        schema_overrides={"town": pl.UInt32},
    )
    script.write_table(tmp_path / "written.parquet", table)
    assert reference_tables.read_table("written.parquet").cast({"people": pl.Int64}).equals(table)
    script.write_table(tmp_path / "again.parquet", table)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "written.parquet").read_bytes()


def test_a_table_of_text_has_lines_that_end_the_same_everywhere(tmp_path):
    script.write_table(tmp_path / "written.csv", pl.DataFrame({"code": ["01", None], "name": ["a,b", "c"]}))
    assert (tmp_path / "written.csv").read_bytes() == b'code,name\n01,"a,b"\n,c\n'
    assert folding.read_table(tmp_path / "written.csv").rows() == [("01", "a,b"), (None, "c")]


def test_every_table_of_the_script_has_a_package_and_lies_where_it_is_read():
    assert all(script.path_of(table).exists() for table, _, _ in script.origins())
    assert {table for table, _, _ in script.origins()} == {*script.ORIGINS, *script.KEPT_BY_HAND}
    assert script.path_of(script.COUNTRY_TABLE) == script.COUNTRY_NAMES
