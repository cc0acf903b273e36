"""Exports that look real, and the ways in which files go wrong: what test_bad_input.py feeds to a landing.

Every case is a pure function of its number, so that a failing one can be run again by itself.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import xlsxwriter

COLUMNS = ["Id", "客户名称（必填）", "Owner ID", "City", "Amount", "Last Modified Date", "Notes"]
_NAMES = ("岚岳医疗器械有限公司", "Kelvaron Medical Supply, Inc.", "Brunwerk Medizintechnik GmbH", "Größe & Söhne", "霁楷生物科技")
_CITIES = ("上海", "Seattle", "München", "", "São Paulo")


@dataclass(frozen=True)
class Case:
    """One file to land: its name below the day's folder, its bytes, and what was done to it."""

    name: str
    data: bytes
    history: tuple[str, ...]


def rows_of(random: Random, count: int) -> list[list[str]]:
    """Rows of a plausible export, the header first."""
    rows = [list(COLUMNS)]
    for number in range(count):
        note = random.choice(["", "call back", 'said "maybe"', "line one\nline two", "a,b;c\td"])
        day = f"2026-06-{random.randrange(1, 29):02d} 0{random.randrange(10)}:15:00"
        amount = random.choice(["1200.50", "¥3.5万", "", "-7"])
        rows.append([f"00{number:03d}x", random.choice(_NAMES), f"u{number % 3}", random.choice(_CITIES), amount, day, note])
    return rows


def as_csv(rows: list[list[str]], encoding: str = "utf-8", **options: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, **({"lineterminator": "\r\n"} | options)).writerows(rows)
    return out.getvalue().encode(encoding, "replace")


def as_xlsx(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("客户数据")
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell[:32000])
    return out.getvalue()


def as_json(rows: list[list[str]]) -> bytes:
    header, *rest = rows
    return json.dumps({"data": {"dataList": [dict(zip(header, row, strict=False)) for row in rest]}}, ensure_ascii=False).encode()


def as_ndjson(rows: list[list[str]]) -> bytes:
    header, *rest = rows
    return "".join(json.dumps(dict(zip(header, row, strict=False)), ensure_ascii=False) + "\n" for row in rest).encode()


def as_zip(members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compress_type=compression)
    return out.getvalue()


# What goes wrong with rows, before they are written down.


def _shuffle_columns(random: Random, rows: list[list[str]]) -> None:
    order = list(range(len(rows[0])))
    random.shuffle(order)
    rows[:] = [[row[place] for place in order if place < len(row)] for row in rows]


def _double_column(random: Random, rows: list[list[str]]) -> None:
    place = random.randrange(len(rows[0]))
    for row in rows:
        row.append(row[place] if place < len(row) else "")


def _rename_column(random: Random, rows: list[list[str]]) -> None:
    place = random.randrange(len(rows[0]))
    rows[0][place] = random.choice(
        ["", " ", rows[0][place][::-1], "=1+1", "'); drop table raw.customers; --", "__key", "own.Id", "a" * 5000, "\x00x", "🙂"]
    )


def _drop_column(random: Random, rows: list[list[str]]) -> None:
    place = random.randrange(len(rows[0]))
    for row in rows:
        del row[place : place + 1]


def _damage_ids(random: Random, rows: list[list[str]]) -> None:
    for number, row in enumerate(filter(None, rows[1:])):
        row[0] = random.choice([f"1.{number:05d}E+17", f"{123456789012345 + number}000", f"{10**18 + number}"])


def _hostile_cells(random: Random, rows: list[list[str]]) -> None:
    cells = [
        "=cmd|'/c calc'!A1",
        "@SUM(1)",
        "'; drop table raw.files; --",
        "../../etc/passwd",
        "\x00",
        "\ud7ff",
        "\u202e",
        "NaN",
        "null",
        "{}",
        "[[[[",
        "9" * 400,
        "x" * 70_000,
    ]
    for row in filter(None, rows[1:]):
        row[random.randrange(len(row))] = random.choice(cells)


def _absurd_dates(random: Random, rows: list[list[str]]) -> None:
    dates = [
        "0000-00-00",
        "9999-12-31 23:59:59",
        "2026-02-30",
        "1899-12-30",
        "31/31/2026",
        "99999999999999999999",
        "1e400",
        "-1",
        "12026-01-01",
        "24:61",
    ]
    for row in filter(None, rows[1:]):
        row[5 % len(row)] = random.choice(dates)


def _ragged(random: Random, rows: list[list[str]]) -> None:
    for row in rows[1:]:
        if row and random.random() < 0.3:
            del row[random.randrange(len(row)) :]
        elif random.random() < 0.3:
            row.extend(["surplus"] * random.randrange(1, 4))


def _no_ids(random: Random, rows: list[list[str]]) -> None:
    for row in rows[1:]:
        if row and random.random() < 0.5:
            row[0] = random.choice(["", " ", "\u3000"])


def _repeat_rows(random: Random, rows: list[list[str]]) -> None:
    rows += [list(random.choice(rows[1:])) for _ in range(random.randrange(1, 8))] if len(rows) > 1 else []


def _only_header(random: Random, rows: list[list[str]]) -> None:
    del rows[random.choice([1, 1, 2]) :]


def _nothing(random: Random, rows: list[list[str]]) -> None:
    rows[:] = random.choice([[[""]], [["", "", ""]], [[" "], [" "]]])


ROW_FAULTS: tuple[Callable[[Random, list[list[str]]], None], ...] = (
    _shuffle_columns, _double_column, _rename_column, _drop_column, _damage_ids, _hostile_cells, _absurd_dates, _ragged, _no_ids,
    _repeat_rows, _only_header, _nothing,
)  # fmt: skip


# What goes wrong with the bytes.


def _truncate(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _flip_bytes(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randrange(1, 12)):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _splice(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    junk = random.choice(
        [b'"', b'"""', b"\r", b"\n\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"]]>", b"\xed\xa0\x80", b"," * 300]
    )
    return data[:place] + junk + data[place:]


def _twice(_random: Random, data: bytes) -> bytes:
    return data + data


def _backwards(_random: Random, data: bytes) -> bytes:
    return data[::-1]


def _lone_returns(_random: Random, data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


BYTE_FAULTS: tuple[Callable[[Random, bytes], bytes], ...] = (_truncate, _truncate, _flip_bytes, _splice, _twice, _backwards, _lone_returns)

_BOMB = b"0" * 3_000_000
_MEMBER_NAMES = (
    "customers.csv", "../customers.csv", "../../../../tmp/customers.csv", "/etc/customers.csv", "C:\\customers.csv",
    "a/../../customers.csv",
    "客户/customers.csv", "customers.csv\x00.txt", "__MACOSX/._customers.csv", "customers.csv/", "con/customers.csv", "=customers.csv",
)  # fmt: skip


@cache  # 2026-11-22: packed anew for each case, they took a tenth of the time of all cases
def _bombs() -> tuple[bytes, bytes]:
    """One file that unpacks to far more than it weighs, and far too many files."""
    return as_zip({"customers.csv": _BOMB}), as_zip({f"customers{number}.csv": b"" for number in range(1100)})


def _zipped(random: Random, data: bytes) -> bytes:
    kind = random.randrange(6)
    if kind == 0:
        return _bombs()[0]
    if kind == 1:
        return as_zip({"customers.csv": as_zip({"customers.csv": data})})
    if kind == 2:
        return _bombs()[1]
    if kind == 3:
        name = random.choice(_MEMBER_NAMES)
        return as_zip({name: data, f"x{random.choice(_MEMBER_NAMES)}": data})
    if kind == 4:
        return _flip_bytes(random, as_zip({"customers.csv": data}))
    return as_zip(
        {random.choice(_MEMBER_NAMES): data}, compression=random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    )


_ENCODINGS = ("gb18030", "utf-8-sig", "utf-16", "utf-16-le", "mac_roman", "cp1252", "shift_jis", "big5")
_WRITERS: tuple[tuple[str, Callable[[Random, list[list[str]]], bytes]], ...] = (
    ("csv", lambda _, rows: as_csv(rows)),
    ("csv", lambda random, rows: as_csv(rows, random.choice(_ENCODINGS))),
    ("csv", lambda random, rows: as_csv(rows, delimiter=random.choice(";\t|"), lineterminator=random.choice(["\n", "\r", "\r\n"]))),
    ("tsv", lambda _, rows: as_csv(rows, delimiter="\t")),
    ("xlsx", lambda _, rows: as_xlsx(rows)),
    ("json", lambda _, rows: as_json(rows)),
    ("ndjson", lambda _, rows: as_ndjson(rows)),
)  # fmt: skip
_ENDINGS = (".csv", ".CSV", ".xlsx", ".xls", ".json", ".txt", ".zip", "", ".csv.csv")
_LABELS = ("", " (1)", " - 副本", "_20260630_2215", "=cmd()", "'; --", "é", "客户", " " * 20, "#", "%2e%2e")


def make_case(number: int) -> Case:
    """The case of that number."""
    random = Random(number)
    rows = rows_of(random, random.choice([0, 1, 25, 30, 30, 30, 30, 60]))
    history = []
    for fault in random.sample(ROW_FAULTS, random.choice([0, 0, 0, 1, 1, 1, 2])):
        if len(rows[0]) > 0:
            fault(random, rows)
            history.append(fault.__name__)
            if not rows or not rows[0]:
                rows[:] = [[""]]
    suffix, write = random.choice(_WRITERS)
    data = write(random, rows)
    history.append(f"as {suffix}")
    for fault in random.sample(BYTE_FAULTS, random.choice([0, 0, 0, 0, 1, 1, 2])):
        data = fault(random, data)
        history.append(fault.__name__)
    if random.random() < 0.15:
        data, suffix = _zipped(random, data), "zip"
        history.append("zipped")
    ending = random.choice(_ENDINGS) if random.random() < 0.15 else f".{suffix}"
    return Case(name=f"customers{random.choice(_LABELS)}{ending}", data=data, history=tuple(history))
