"""resolution/evidence.py: what of a record speaks for who it is."""

import polars as pl
import pytest

from ingest.resolution.evidence import KEY, NUMBERS, TEXTS, record_evidence
from ingest.resolution.rows import clean_rows

SEATTLE = {"city": "Seattle", "region": "WA", "country": "US"}
PHONES = {
    "+86 (21) 5555-0100": "862155550100",
    "+1 206 555 0100 ext. 7": "12065550100",
    "+86 21 5555 0100转8001": "862155550100",
    "555-0100": "5550100",
    "555-010": None,
    "00000000": None,
    "400-555-0100": None,
    "1-800-555-0100": None,
    "none": None,
    "": None,
}


def test_a_telephone_number_is_its_digits_unless_it_says_nothing(evidence):
    assert dict(zip(PHONES, evidence([{"phone": written} for written in PHONES])["phone"], strict=True)) == PHONES


def test_an_e_mail_address_and_a_domain_are_folded_and_a_providers_domain_is_none(evidence):
    rows = [{"email": "ASK@Quill.example "}, {"website": "https://www.quill.example/x"}, {"email": "quill@gmail.com"}, {"email": "none"}]
    assert evidence(rows).select("email", "domain").rows() == [
        ("ask@quill.example", "quill.example"), (None, "quill.example"), ("quill@gmail.com", None), (None, None),
    ]  # fmt: skip


def test_a_place_is_what_is_written_and_not_what_a_number_tells(evidence):
    rows = [{"phone": "+86 21 5555 0100"}, {"credit_code": "91350100M000100Y43"}, SEATTLE, {"region": "WA", "country": "US"}]
    told = evidence(rows).select("country", "region", "city").rows()
    assert told == [(None, None, None), (None, None, None), ("US", "US-WA", "seattle"), ("US", "US-WA", None)]


def test_a_place_has_degrees_where_it_is_on_the_map(evidence):
    found = evidence([SEATTLE, {"country": "US"}])
    assert found["latitude"].is_not_null().to_list() == [True, False]
    assert 47 < found["latitude"][0] < 48


@pytest.mark.parametrize("city", ["上海", "上海市"])
def test_a_city_loses_its_last_character_where_that_only_says_city(city, evidence):
    assert evidence([{"city": city, "country": "CN"}])["city"].to_list() == ["上海"]


def test_a_postal_code_is_folded(evidence):
    rows = [{"postal_code": code} for code in ("ec1a 1bb", "EC1A1BB", "98101-1234", "９８１０１", "-", " ")]
    assert evidence(rows)["postal_code"].to_list() == ["EC1A1BB", "EC1A1BB", "981011234", "98101", None, None]


def test_an_empty_record_says_nothing(evidence):
    (row,) = evidence([{"name": " "}]).select(*TEXTS, *NUMBERS).rows()
    assert set(row) == {None}


def test_evidence_is_sorted_by_key_and_each_row_stands_alone():
    rows = [{"source": s, "record_id": r, "name": f"Quill {r}", "city": "Seattle"} for s, r in (("b", "1"), ("a", "2"), ("a", "1"))]
    together = record_evidence(*clean_rows(pl.DataFrame(rows)))
    assert together.select(KEY).rows() == [("a", "1"), ("a", "2"), ("b", "1")]
    for row in rows:
        alone = record_evidence(*clean_rows(pl.DataFrame([row])))
        assert alone.equals(together.filter(pl.struct(KEY) == pl.lit({"source": row["source"], "record_id": row["record_id"]})))


def test_no_records_have_no_evidence():
    rows = pl.DataFrame(schema={"record_id": pl.String, "name": pl.String})
    assert record_evidence(*clean_rows(rows)).shape == (0, len(KEY) + len(TEXTS) + len(NUMBERS))
