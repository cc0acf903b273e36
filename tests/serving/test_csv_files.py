"""CSV for spreadsheets and for CRMs: no formula, the mark where Excel needs it."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.csv_files import harmless, write_csv


def test_only_texts_are_kept_from_being_taken_for_formulas() -> None:
    assert [harmless(value) for value in ("=1+1", "@x", "\ta", "-", -5, "a=b", None)] == ["'=1+1", "'@x", "'\ta", "'-", -5, "a=b", None]


@pytest.mark.parametrize(("mark", "begins"), [(True, b"\xef\xbb\xbfname"), (False, b"name")])
def test_the_mark_is_written_only_where_it_is_wanted(tmp_path: Path, mark: bool, begins: bytes) -> None:
    write_csv(pl.DataFrame({"name": ["海尔", None], "n": [-1, 2]}), tmp_path / "a.csv", byte_order_mark=mark)
    text = (tmp_path / "a.csv").read_bytes()
    assert text.startswith(begins)
    assert text.endswith("海尔,-1\r\n,2\r\n".encode())


@given(texts=st.lists(st.text(alphabet="=+-@\t\rab海", max_size=4), min_size=1, max_size=20))
def test_a_table_is_shielded_as_single_texts_are(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "shielded.csv"
    write_csv(pl.DataFrame({"n": range(len(texts)), "text": texts}), path, byte_order_mark=False)
    with path.open(encoding="utf-8", newline="") as stream:
        written = [row["text"] for row in csv.DictReader(stream)]
    assert written == [harmless(text) for text in texts]
