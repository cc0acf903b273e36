"""serving/waterfall.py: the picture of a pair ends where its weight is, and says why."""

import re
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import NotFound
from serving.explain import PairExplained, explain_pair
from serving.waterfall import bars, waterfall

COPY = (Path(__file__).parents[1] / "cases" / "explained_copy.sql").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def copy():
    with duckdb.connect() as connection:
        connection.execute(COPY)
        yield connection


@pytest.fixture(scope="module")
def pair(copy):
    return explain_pair(copy, "salesforce:001", "zoho:1001")


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_bars_begin_with_what_is_known_before_and_end_with_what_goes_together(pair):
    steps = bars(pair)
    assert [(bar.label, bar.weight) for bar in steps] == [
        ("prior", -13.0), ("name", 19.0), ("phone", 16.0), ("address", -6.0), ("place", 6.0), ("caps", -2.5),
    ]  # fmt: skip
    assert [bar.end for bar in steps] == [-13.0, 6.0, 22.0, 16.0, 22.0, 19.5]
    assert steps[-1].end == pair.pair["weight"]


def test_what_speaks_for_against_and_neither_has_three_colours(pair):
    colours = {bar.label: bar.colour for bar in bars(pair)}
    assert colours["name"] == colours["phone"] != colours["address"]
    assert colours["prior"] == colours["caps"] not in (colours["name"], colours["address"])


def test_the_picture_holds_every_sentence_every_number_the_bands_and_the_verdict(pair):
    said = texts(waterfall(pair))
    whole = " ".join(said)
    for sentence in (
        "name: Same name",
        "phone: Same telephone number",
        "address: Other street addresses",
        "Sum: the same customer, probability 1.0000",
    ):
        assert sentence in whole
    for number in ("-13.00", "+19.00", "+16.00", "-6.00", "+6.00", "-2.50", "+19.50"):
        assert number in said
    assert {"different", "ask", "same"} <= set(said)
    assert "salesforce 001, now 青禾机械有限公司 (CQINGHE)" in said


def test_each_bar_is_as_long_as_its_bits_and_begins_where_the_last_one_ends(pair):
    root = ElementTree.fromstring(waterfall(pair))
    drawn = [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    lengths = [float(rect.get("width")) for rect in drawn]
    weights = [13.0, 19.0, 16.0, 6.0, 6.0, 2.5, 19.5]
    unit = lengths[0] / weights[0]
    assert lengths == pytest.approx([weight * unit for weight in weights], abs=0.2)
    left = [float(rect.get("x")) for rect in drawn]
    assert left[1] == pytest.approx(left[0], abs=0.2)  # from -13 upwards
    assert left[2] == pytest.approx(left[1] + lengths[1], abs=0.2)


def test_texts_of_records_cannot_break_out_of_the_picture(pair):
    evil = '<script>alert("x")</script>&'
    changed = PairExplained(left=pair.left | {"customer_name": evil}, right=pair.right, pair=pair.pair, evidence=pair.evidence, chain=[])
    svg = waterfall(changed)
    assert "<script" not in svg
    assert any(evil in text for text in texts(svg))


def test_a_long_name_is_cut_and_a_long_sentence_goes_on_in_the_next_line(pair):
    changed = PairExplained(
        left=pair.left | {"customer_name": "青禾" * 100}, right=pair.right, pair=pair.pair, evidence=pair.evidence, chain=[]
    )
    said = texts(waterfall(changed))
    assert any(text.endswith("…") for text in said)
    sentence = next(row["sentence"] for row in pair.evidence if row["field"] == "caps")
    first = next(text for text in said if text.startswith("Telephone"))
    assert first != sentence
    assert sentence in " ".join(said)


def test_two_records_without_a_pair_have_no_picture(copy):
    with pytest.raises(NotFound, match="salesforce:001 and yonyou:K-7 are no published pair"):
        waterfall(explain_pair(copy, "salesforce:001", "yonyou:K-7"))


def test_the_same_pair_is_the_same_picture(pair):
    assert waterfall(pair) == waterfall(pair)


_BITS = st.integers(-6000, 6000).map(lambda cents: cents / 100)


@given(prior=_BITS, fields=st.lists(_BITS, max_size=8), ask=st.integers(-5, 3), wide=st.integers(0, 8))
@settings(deadline=None)
def test_whatever_the_evidence_the_picture_is_well_formed_and_stays_on_the_page(pair, prior, fields, ask, wide):
    evidence = [{"field": "prior", "level": "population", "weight": prior, "sentence": "Before"}]
    evidence += [{"field": f"field_{i}", "level": "same", "weight": bits, "sentence": f"Same {i}"} for i, bits in enumerate(fields)]
    total = round(sum(row["weight"] for row in evidence), 2)
    bands = {"ask_above": float(ask), "same_above": float(ask + wide)}
    drawn = PairExplained(left=pair.left, right=pair.right, pair=pair.pair | bands | {"weight": total}, evidence=evidence, chain=[])
    assert bars(drawn)[-1].end == pytest.approx(total, abs=0.001)
    svg = waterfall(drawn)
    places = [float(x) for x in re.findall(r' x="([-\d.]+)"', svg)]
    assert min(places) >= 0
    assert max(places) <= 1000
    assert f"{total:+.2f}" in texts(svg)
