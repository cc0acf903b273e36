"""resolution/address_evidence.py: an address in one spelling, its road and its house number."""

import polars as pl
import pytest

from ingest.resolution.address_evidence import address_columns

CASES = [
    ("1 Main St.", "1 main st", "main st", "1"),
    ("1 Main Street, Suite 400", "1 main st", "main st", "1"),
    ("1 N. Main Street #12", "1 n main st", "n main st", "1"),
    ("12 3rd Ave", "12 3rd ave", "3rd ave", "12"),
    ("12 Third Avenue", "12 3rd ave", "3rd ave", "12"),
    ("12-14 Oak Rd", "12 14 oak rd", "oak rd", "12"),
    ("Unit 5, 12 Oak Road", "12 oak rd", "oak rd", "12"),
    ("O'Mallorie St 5", "omallorie st 5", "omallorie st", "5"),
    ("Lindenstr. 5a", "lindenstr 5a", "lindenstr", "5"),
    ("１２　Oak Road", "12 oak rd", "oak rd", "12"),
    ("上海市浦东新区青禾路88号3楼301室", "青禾路88号", "青禾路", "88"),
    ("浦东新区榮達路88號", "荣达路88号", "荣达路", "88"),
    ("浙江省杭州市西湖区青禾路 9 号", "青禾路9号", "青禾路", "9"),
    ("北京路15弄2号楼", "北京路15弄2号楼", "北京路", "15"),
    ("301室", "301室", None, "301"),
    ("Suite 400", "suite 400", "suite", "400"),
    ("...", None, None, None),
    (" ", None, None, None),
    (None, None, None, None),
]


def taken_apart(streets, addresses=None):
    texts = {"street": streets, "address": addresses or [None] * len(streets)}
    return address_columns(pl.DataFrame(texts, schema={"street": pl.String, "address": pl.String}))


def test_an_address_is_taken_apart():
    found = taken_apart([written for written, *_ in CASES]).rows()
    assert dict(zip([case[0] for case in CASES], found, strict=True)) == {written: tuple(rest) for written, *rest in CASES}


def test_the_street_goes_before_the_address_unless_it_is_blank():
    found = taken_apart(["1 Oak Rd", "", "  ", None], ["2 Elm Rd", "2 Elm Rd", "2 Elm Rd", None])
    assert found["address"].to_list() == ["1 oak rd", "2 elm rd", "2 elm rd", None]


@pytest.mark.parametrize("text", ["青禾路" * 200, "1 " * 500, "#" * 300, "号室楼" * 90])
def test_a_text_in_the_place_of_an_address_stays_short(text):
    assert len(taken_apart([text])["address"][0] or "") <= 400
