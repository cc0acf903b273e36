"""What the formats share: files in pieces, choices by number, times."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest

from ingest.demo.formats.writing import CsvSpool, Spools, beijing_text, day_ms, earlier_phone, epoch_ms, hex_id, spread, utc_text, zip_of


def content_of(spool) -> bytes:
    stream = io.BytesIO()
    spool.copy_to(stream)
    return stream.getvalue()


def test_a_row_with_a_column_the_file_does_not_have_is_refused():
    with Spools() as spools:
        file = spools.csv(("a", "b"))
        with pytest.raises(KeyError, match="c"):
            file.row({"a": 1, "c": 2})


def test_columns_stand_in_the_order_of_the_header_and_absent_ones_are_empty():
    with Spools() as spools:
        file = spools.csv(("a", "b", "c"))
        file.row({"c": 'x "y"\nz', "a": 1})
        assert content_of(file) == b'"a","b","c"\n"1","","x ""y""\nz"\n'


def test_after_a_copy_a_file_can_be_filled_further():
    with Spools() as spools:
        file = spools.csv(("a",))
        file.row({"a": "1"})
        content_of(file)
        file.row({"a": "2"})
        assert content_of(file) == b'"a"\n"1"\n"2"\n'


def test_temporary_files_are_gone_when_the_night_is_done():
    with Spools() as spools:
        file = spools.csv(("a",))
    assert isinstance(file, CsvSpool)
    with pytest.raises(ValueError, match="closed"):
        file.copy_to(io.BytesIO())


@pytest.mark.parametrize("records", [0, 1, 2, 3, 4, 5])
def test_pages_hold_every_record_once(records):
    with Spools() as spools:
        file = spools.json(lambda total, number: (f"{number}/{total}:", "."), page_size=2)
        for number in range(records):
            file.record({"n": f"{number}\n"})
        lines = content_of(file).decode().splitlines()
    assert len(lines) == (records + 1) // 2
    assert "".join(lines).count('"n"') == records
    assert all(line.startswith(f"{number}/{records}:[") for number, line in enumerate(lines, start=1))


def test_a_zip_has_the_same_date_whenever_it_is_written():
    with Spools() as spools:
        file = spools.csv(("a",))
        stream = io.BytesIO()
        zip_of([("x/a.csv", file), ("b.txt", b"text")])(stream)
    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        assert [(info.filename, info.date_time) for info in archive.infolist()] == [
            ("x/a.csv", (1980, 1, 1, 0, 0, 0)),
            ("b.txt", (1980, 1, 1, 0, 0, 0)),
        ]


@pytest.mark.parametrize("step", [1, 2, 3, 4, 8, 256])
@pytest.mark.parametrize("parts", [2, 3, 7, 10])
def test_choices_by_number_are_even_whatever_the_step_is(step, parts):
    counts = [0] * parts
    for place in range(3_000):
        counts[spread(place * step + 1, parts)] += 1
    assert min(counts) > 3_000 / parts * 0.8
    assert max(counts) < 3_000 / parts * 1.2


def test_times_are_written_in_utc_in_beijing_and_in_milliseconds():
    moment = datetime(2026, 6, 30, 18, 5, 9, tzinfo=UTC)
    assert (utc_text(moment), beijing_text(moment)) == ("2026-06-30 18:05:09", "2026-07-01 02:05:09")
    assert epoch_ms(moment) == 1_782_842_709_000
    assert day_ms(date(2026, 7, 1)) == epoch_ms(datetime(2026, 6, 30, 16, tzinfo=UTC))


def test_hexadecimal_ids_have_24_digits_and_do_not_repeat():
    ids = {hex_id(kind, number) for kind in (1, 2, 255) for number in range(5_000)}
    assert len(ids) == 15_000
    assert {len(id_) for id_ in ids} == {24}


def test_an_earlier_number_is_another_one():
    assert [earlier_phone(phone) for phone in ("+1 303 5550123", "+1 303 5550100", "")] == ["+1 303 5550100", "+1 303 5550199", ""]
