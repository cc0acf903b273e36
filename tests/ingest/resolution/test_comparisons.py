"""resolution/comparisons.py: how far two records agree in each kind of evidence."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.comparisons import compare_all_but_names, compare_names_of, on_distinct
from ingest.resolution.evidence import NUMBERS, TEXTS
from ingest.resolution.levels import FIELDS

US = {"country": "US"}
SEATTLE, BELLEVUE = US | {"city": "Seattle", "region": "WA"}, US | {"city": "Bellevue", "region": "WA"}
SPOKANE, BOSTON = US | {"city": "Spokane", "region": "WA"}, US | {"city": "Boston", "region": "MA"}
HANGZHOU = {"district": "西湖区", "country": "CN"}
CODE, OTHER_CODE = "91350100M000100Y43", "91110000600037341L"
QUILL, SHOP = {"name": "Quill Press Ltd"}, {"name": "Quill Shop 12"}
CASES = {
    "credit_code": [
        ({"credit_code": CODE}, {"credit_code": CODE}, "same"),
        ({"credit_code": CODE}, {"credit_code": OTHER_CODE}, "other"),
        ({"credit_code": CODE}, QUILL, "missing"),
    ],
    "registry_id": [
        ({"registry_id": "HRB 12345"}, {"registry_id": "HRB12345"}, "same"),
        ({"registry_id": "HRB 12345"}, {"registry_id": "HRB 12346"}, "other"),
        ({"registry_id": "12345", "country": "DE"}, {"registry_id": "12345", "country": "AT"}, "missing"),
    ],
    "name": [
        (QUILL, {"name": "QUILL PRESS, Limited"}, "same"),
        ({"name": "北京青禾科技有限公司"}, {"name": "青禾科技"}, "same_core"),
        (QUILL, {"name": "Northfold"}, "unlike"),
        (QUILL, SEATTLE, "missing"),
        (SEATTLE, BELLEVUE, "missing"),
    ],
    "branch": [
        ({"name": "青禾有限公司上海分公司"}, {"name": "青禾有限公司上海分公司"}, "same"),
        ({"name": "青禾有限公司上海分公司"}, {"name": "青禾有限公司北京分公司"}, "other"),
        ({"name": "青禾有限公司上海分公司"}, {"name": "青禾有限公司"}, "branch_and_company"),
        ({"name": "青禾有限公司上海分公司"}, {"name": "青禾"}, "branch_and_name"),
        ({"name": "青禾有限公司上海分公司"}, SEATTLE, "missing"),
        ({"name": "青禾有限公司第2分公司"}, {"name": "青禾有限公司第3分公司"}, "other"),
        ({"name": "青禾有限公司第2分公司"}, {"name": "青禾有限公司上海分公司"}, "number_and_name"),
        ({"name": "青禾有限公司分公司"}, {"name": "青禾有限公司上海分公司"}, "number_and_name"),
        ({"name": "青禾有限公司深圳分公司"}, {"name": "Qinghe Ltd., Shenzhen Branch 1"}, "same"),
        ({"name": "Quill GmbH, Niederlassung Berlin 1"}, {"name": "Quill GmbH, Niederlassung Köln 1"}, "other"),
        ({"name": "Quill GmbH, Niederlassung Berlin 1"}, {"name": "Quill GmbH, Niederlassung Berlin 2"}, "other"),
    ],
    "birth_date": [
        ({"birth_date": "1978-12-11"}, {"birth_date": "12/11/1978"}, "same"),
        ({"birth_date": "1978-12-11"}, {"birth_date": "11/12/1978"}, "nearly_same"),
        ({"birth_date": "1978-12-11"}, {"birth_date": "1979-12-11"}, "nearly_same"),
        ({"birth_date": "1978-12-11"}, {"birth_date": "1979-12-10"}, "other"),
        ({"birth_date": "1978-12-11"}, {"birth_date": "some day"}, "missing"),
    ],
    "numbers": [
        (SHOP, {"name": "Quill Store 12"}, "same"),
        (SHOP, {"name": "Quill Shop 21"}, "other"),
        (SHOP, {"name": "Quill Shop"}, "one_side"),
        ({"name": "第一青禾幼儿园"}, {"name": "第二青禾幼儿园"}, "other"),
        (SHOP, SEATTLE, "missing"),
    ],
    "phone": [
        ({"phone": "+1 206 555 0100"}, {"phone": "206 555 0100"} | US, "same"),
        ({"phone": "206 555 0100"}, {"phone": "5550100"}, "same"),
        ({"phone": "+86 21 5555 0100"}, {"phone": "021-55550100"}, "same"),
        ({"phone": "206 555 0100"}, {"phone": "206 555 0101"}, "other"),
        ({"phone": "400-555-0100"}, {"phone": "400-555-0100"}, "missing"),
    ],
    "email": [
        ({"email": "ask@quillfeather.example"}, {"email": "ASK@Quillfeather.example"}, "same"),
        ({"email": "ask@quillfeather.example"}, {"email": "aks@quilfeather.example"}, "alike"),
        ({"email": "ask@quillfeather.example"}, {"email": "harlow@oakes.example"}, "other"),
        ({"email": "ask@quillfeather.example"}, QUILL, "missing"),
    ],
    "domain": [
        ({"website": "https://www.quill.example/about"}, {"email": "ask@quill.example"}, "same"),
        ({"website": "quill.example"}, {"website": "oakes.example"}, "other"),
        ({"email": "a@gmail.com"}, {"email": "b@gmail.com"}, "missing"),
    ],
    "address": [
        ({"street": "1 Main St."}, {"street": "1 Main Street, Suite 400"}, "same"),
        ({"street": "12 3rd Ave"}, {"street": "12 Third Avenue"}, "same"),
        ({"street": "上海市浦东新区青禾路88号301室"}, {"street": "青禾路88號"}, "same"),
        ({"street": "12 Oak Hill Rd"}, {"street": "12 Oak Hil Rd NE"}, "same_house"),
        ({"street": "Quillfeather Business Park"}, {"street": "Quilfeather Business Park"}, "alike"),
        ({"street": "12 Oak Rd"}, {"street": "14 Oak Rd"}, "same_road"),
        ({"street": "12 Oak Rd"}, {"street": "7 Elm St"}, "other"),
        ({"street": "12 Oak Rd"}, SEATTLE, "missing"),
    ],
    "place": [
        (SEATTLE | {"postal_code": "98101"}, BELLEVUE | {"postal_code": "98101"}, "same_postal_code"),
        (HANGZHOU | {"city": "杭州"}, HANGZHOU | {"city": "杭州市"}, "same_district"),
        (US | {"city": "New York", "region": "NY"}, US | {"city": "New York City", "region": "NY"}, "same_city"),
        (SEATTLE, US | {"region": "WA"}, "same_region"),
        (SEATTLE, US, "same_country"),
        (SEATTLE, BELLEVUE, "near_city"),
        (US | {"city": "Portland", "region": "OR"}, US | {"city": "Vancouver", "region": "WA"}, "near_city"),
        (SEATTLE, SPOKANE, "other_city"),
        (SEATTLE, BOSTON, "other_region"),
        (SEATTLE, {"country": "DE"}, "other_country"),
        (SEATTLE, QUILL, "missing"),
    ],
    "source": [
        (QUILL | {"source": "a"}, QUILL | {"source": "a"}, "same"),
        (QUILL | {"source": "a"}, QUILL | {"source": "b"}, "other"),
        (QUILL | {"source": ""}, QUILL | {"source": ""}, "missing"),
        (QUILL | {"source": ""}, QUILL | {"source": "b"}, "missing"),
    ],
}  # fmt: skip
FLAT = [(field, *case) for field, cases in CASES.items() for case in cases]


@pytest.fixture(scope="module")
def compared(evidence):
    """Levels of all cases, and of the same with their sides swapped."""
    rows = [side for _, left, right, _ in FLAT for side in (left, right)]
    profiles = evidence(rows).with_columns(n=pl.int_range(pl.len(), dtype=pl.Int64))
    ends = range(0, len(rows), 2), range(1, len(rows), 2)
    return [all_levels(profiles, pl.DataFrame({"left": left, "right": right})) for left, right in (ends, ends[::-1])]


def all_levels(profiles, pairs):
    found = pl.concat([compare_all_but_names(profiles, pairs), compare_names_of(profiles, pairs)], how="horizontal")
    return found.select(*FIELDS, "shared_name")


@pytest.mark.parametrize("place", range(len(FLAT)), ids=lambda place: f"{FLAT[place][0]}-{FLAT[place][3]}-{place}")
def test_a_pair_has_its_level(place, compared):
    field, _, _, level = FLAT[place]
    assert FIELDS[field][compared[0][field][place]].name == level


def test_swapped_sides_have_the_same_levels(compared):
    assert compared[0].equals(compared[1])


def test_every_level_has_a_case_but_those_of_unlike_names():
    """Names have a table of their own: tests/cases/name_pairs.csv."""
    wanted = {(field, level.name) for field, levels in FIELDS.items() if field != "name" for level in levels}
    assert wanted - {(field, level) for field, _, _, level in FLAT} == set()


@pytest.fixture(scope="module")
def mixture(evidence):
    """Evidence of every case's records: what it takes to draw pairs of."""
    return evidence([side for _, left, right, _ in FLAT for side in (left, right)]).drop("source", "record_id")


@settings(max_examples=40)
@given(data=st.data())
def test_levels_are_the_same_whichever_record_comes_first_and_whatever_else_there_is(data, mixture):
    """Records whose every column comes from another record of the cases."""
    places = st.integers(0, len(mixture) - 1)
    count = data.draw(st.integers(2, 8))
    drawn = {name: [data.draw(places) for _ in range(count)] for name in ("name", "phone", "address", "place", "contact")}
    groups = dict.fromkeys(("postal_code", "country", "region", "city", "district", "cell", *NUMBERS), "place")
    groups |= {"phone": "phone", "address": "address", "road": "address", "house": "address", "email": "contact", "domain": "contact"}
    columns = [mixture[column][drawn[groups.get(column, "name")]] for column in (*TEXTS, *NUMBERS)]
    sources = pl.Series("source", [data.draw(st.sampled_from(["a", "b", ""])) for _ in range(count)])
    profiles = pl.DataFrame([pl.Series("n", range(0, 7 * count, 7), dtype=pl.Int64), sources, *columns])
    every = [(left, right) for left in range(count) for right in range(count) if left != right]
    pairs = pl.DataFrame([(7 * left, 7 * right) for left, right in every], schema=["left", "right"], orient="row")
    swapped = pairs.select(left="right", right="left")
    whole = all_levels(profiles, pairs)
    assert whole.equals(all_levels(profiles, swapped))
    one = data.draw(st.integers(0, len(pairs) - 1))
    alone = profiles.filter(pl.col("n").is_in(pairs.row(one)))
    assert all_levels(alone, pairs[one : one + 1]).equals(whole[one : one + 1])


def test_no_pairs_have_no_levels(mixture):
    profiles = mixture.with_columns(n=pl.int_range(pl.len(), dtype=pl.Int64), source=pl.lit("a"))
    assert all_levels(profiles, pl.DataFrame(schema={"left": pl.Int64, "right": pl.Int64})).shape == (0, len(FIELDS) + 1)


def test_likenesses_are_worked_out_once_for_each_distinct_pair():
    asked = []

    def lengths(left, right):
        asked.extend(zip(left, right, strict=True))
        return [float(len(one) + len(two)) for one, two in zip(left, right, strict=True)]

    left, right = pl.Series(["a", "bb", "a", None, "c"]), pl.Series(["bb", "a", "a", "x", "dd"])
    assert on_distinct(left, right, lengths).to_list() == [3.0, 3.0, None, None, 3.0]
    assert sorted(asked) == [("a", "bb"), ("c", "dd")]
