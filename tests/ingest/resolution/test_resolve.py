"""resolution/resolve.py: all steps together, over several nights."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution import resolve as resolve_module
from ingest.tables import TABLES
from ingest.warehouse import conform

TABLE_NAMES = tuple(name.split(".")[1] for name in resolve_module.TABLE_NAMES)
JUDGEMENTS = "left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason"
SEATTLE = {"country_code": "US", "region_code": "US-WA", "city_name": "Seattle"}
BOSTON = {"country_code": "US", "region_code": "US-MA", "city_name": "Boston"}
NAME = {"name": "Harbour Lane Instruments"}
A, B, C = ({"source": source, "record_id": "1"} for source in "abc")
DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)
CODES = ("91350100M000100Y43", "91110000000000002Q")


def equal(left, right):
    return all(getattr(left, name).equals(getattr(right, name)) for name in TABLE_NAMES)


def redirects(resolution):
    rows = resolution.customer_id_redirects.to_pylist()
    return [(row["old_customer_id"], row["customer_id"], row["cause"], row["happened_on"]) for row in rows]


def test_no_customers_give_tables_that_fit_the_contract(resolve):
    resolution = resolve([])
    for name in TABLE_NAMES:  # weights are in force whether or not there is anything to weigh
        rows = conform(TABLES[f"resolved.{name}"], getattr(resolution, name)).num_rows
        assert (rows > 0) == (name == "match_weights"), name
    assert resolution.counts()["records"] == 0


def test_every_record_belongs_to_one_customer_and_knows_why(resolve, ids):
    resolution = resolve([A | NAME | SEATTLE, B | NAME | SEATTLE, C | {"name": "Zephyr"}])
    found = ids(resolution)
    assert found["a", "1"] == found["b", "1"] != found["c", "1"]
    reasons = [row["match_reason"] for row in resolution.customer_records.to_pylist()]
    assert reasons == [
        "With b 1: Same name, Same city.",
        "With a 1: Same name, Same city.",
        "No other record was found to be the same customer.",
    ]
    assert resolution.counts()["pairs_same"] == 1
    assert resolution.counts()["ids_minted"] == 2


def test_a_second_run_on_its_own_result_changes_nothing(resolve):
    rows = [A | NAME | SEATTLE, B | NAME | SEATTLE, C | {"name": "Zephyr"}]
    first = resolve(rows)
    assert equal(first, resolve(rows, before=first))


def test_ids_persist_when_values_change_and_records_are_added(resolve, ids):
    first = resolve([A | NAME | SEATTLE])
    second = resolve([A | {"name": "Renamed"} | BOSTON, B | {"name": "Renamed"} | BOSTON], before=first, day=NEXT)
    assert ids(second)["a", "1"] == ids(second)["b", "1"] == ids(first)["a", "1"]


def test_a_merge_redirects_and_a_later_split_mints_anew(resolve, ids):
    first = resolve([A | NAME | SEATTLE, B | NAME | BOSTON])
    one, two = ids(first)["a", "1"], ids(first)["b", "1"]
    assert one != two
    merged = resolve([A | NAME | SEATTLE, B | NAME | SEATTLE], before=first, day=NEXT)
    kept = ids(merged)["a", "1"]
    retired = ({one, two} - {kept}).pop()
    assert set(ids(merged).values()) == {kept}
    assert redirects(merged) == [(retired, kept, "merged", NEXT)]
    again = resolve([A | NAME | SEATTLE, B | NAME | BOSTON], before=merged, day=date(2026, 11, 22))
    assert kept in ids(again).values()
    assert len(set(ids(again).values()) - {one, two}) == 1
    assert redirects(again) == redirects(merged)


def test_the_periods_show_every_move_without_gap_or_overlap(resolve):
    first = resolve([A | NAME | SEATTLE, B | NAME | BOSTON], first_seen={("a", "1"): date(2026, 3, 1), ("b", "1"): date(2026, 4, 1)})
    merged = resolve([A | NAME | SEATTLE, B | NAME | SEATTLE], before=first, day=NEXT)
    rows = [(row["source"], row["valid_from"], row["valid_to"]) for row in merged.customer_records.to_pylist()]
    started = {"a": date(2026, 3, 1), "b": date(2026, 4, 1)}
    stayed = rows[0][0] if rows[0][2] is None else rows[-1][0]
    moved = ({"a", "b"} - {stayed}).pop()
    assert [row for row in rows if row[0] == stayed] == [(stayed, started[stayed], None)]
    assert [row for row in rows if row[0] == moved] == [(moved, started[moved], NEXT), (moved, NEXT, None)]


def test_a_record_without_a_first_day_was_there_since_the_calendar_starts(resolve):
    assert resolve([A | NAME]).customer_records.to_pylist()[0]["valid_from"] == date(2026, 1, 1)


def test_a_bridge_between_two_credit_codes_is_kept_apart_and_said_so(resolve, ids):
    phone = {"phone": "206 555 0100"}
    rows = [A | NAME | phone | {"credit_code": CODES[0]}, B | NAME | phone, C | NAME | phone | {"credit_code": CODES[1]}]
    resolution = resolve(rows)
    found = ids(resolution)
    assert found["a", "1"] == found["b", "1"] != found["c", "1"]
    verdicts = {(p["left_source"], p["right_source"]): (p["verdict"], p["evidence"]) for p in resolution.match_pairs.to_pylist()}
    assert verdicts["b", "c"][0] == "ask"
    assert "Kept apart: the groups have different credit codes" in verdicts["b", "c"][1]


def test_a_record_that_vanished_leaves_its_period_open(resolve, ids):
    first = resolve([A | NAME | SEATTLE, B | NAME | SEATTLE])
    assert ids(resolve([A | NAME | SEATTLE], before=first, day=NEXT)) == ids(first)


def test_five_thousand_equal_rows_are_one_customer_without_a_pair(resolve):
    rows = [NAME | SEATTLE | {"record_id": f"{i:05}", "street": "1 Main St", "phone": "206 555 0100"} for i in range(5000)]
    resolution = resolve(rows)
    assert (resolution.customers.num_rows, resolution.match_pairs.num_rows) == (1, 0)
    reasons = set(resolution.customer_records.column("match_reason").to_pylist())
    assert reasons == {"No other record was found to be the same customer.", "With a 00000: Says exactly the same."}


def test_twenty_thousand_records_without_names_are_not_compared_with_each_other(resolve):
    rows = [
        SEATTLE | {"record_id": f"{i:05}", "postal_code": "98011", "phone": "206 555 0100", "street": f"{i} Main St"} for i in range(20_000)
    ]
    resolution = resolve(rows)
    assert resolution.customers.num_rows == 20_000
    assert resolution.counts()["pairs_compared"] == 0
    assert [(row["key_kind"], row["largest_block"]) for row in resolution.refused_blocks.to_pylist()] == [("phone", 20_000)]


def test_an_unchanged_night_works_on_no_record(resolve):
    rows = [A | NAME | SEATTLE, B | NAME | SEATTLE, C | {"name": "Zephyr"}]
    again = resolve(rows, before=resolve(rows), day=NEXT)
    assert (again.counts()["profiles_touched"], again.counts()["pairs_compared"]) == (0, 0)


def test_stewards_are_obeyed_and_a_judgement_that_arrives_later_too(resolve, ids):
    rows = [A | NAME | SEATTLE, B | NAME | SEATTLE, C | {"name": "Zephyr"}]
    first = resolve(rows)
    apart = [JUDGEMENTS, "a,1,b,1,different,,kim,2026-11-20,two shops", "a,1,c,1,same,,kim,2026-11-20,renamed"]
    second = resolve(rows, before=first, day=NEXT, judgements=apart)
    found = ids(second)
    assert found["a", "1"] == found["c", "1"] != found["b", "1"]
    reasons = {row["source"]: row["match_reason"] for row in second.customer_records.to_pylist() if row["valid_to"] is None}
    assert reasons["a"] == "With c 1: Judged the same by kim on 2026-11-20: renamed"
    assert reasons["c"] == "With a 1: Judged the same by kim on 2026-11-20: renamed"
    assert second.match_questions.num_rows == 0
    third = resolve(rows, before=second, day=date(2026, 11, 22))  # somebody deleted the rows of the file
    assert ids(third) == found
    assert {row["issue"] for row in third.judgement_issues.to_pylist()} == {"vanished"}


def test_a_doubtful_pair_is_asked_once_with_what_agrees_and_what_does_not(resolve):
    rows = [A | {"name": "Marigold Pharmaceuticals", "phone": "206 555 0100"}, B | {"name": "Marigold Freight", "phone": "206 555 0100"}]
    asked = resolve([*rows, B | {"record_id": "2"} | rows[1] | {"record_id": "2"}])
    questions = asked.match_questions.to_pylist()
    assert [row["question_rank"] for row in questions] == list(range(1, len(questions) + 1))
    assert all(row["left_customer_id"] != row["right_customer_id"] for row in questions)
    assert questions[0]["evidence"] == "Same brand, other words beside it, Same telephone number."
    fields = {(row["field"], row["level"]) for row in asked.match_evidence.to_pylist()}
    assert {("phone", "same"), ("name", "other_trade")} <= fields


ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from("abc"),
        "record_id": st.sampled_from("1234"),
        "name": st.sampled_from([None, "Harbour Lane", "Harbour Lane Ltd", "Harbor Lane", "Zephyr", "青禾有限公司"]),
        "phone": st.sampled_from([None, None, "206 555 0100", "206 555 0101"]),
        "credit_code": st.sampled_from([None, None, *CODES]),
        "city_name": st.sampled_from([None, "Seattle", "Boston"]),
    }
)
NIGHT = st.lists(ROW, max_size=8, unique_by=lambda row: (row["source"], row["record_id"]))


@settings(max_examples=4)
@given(nights=st.lists(NIGHT, min_size=1, max_size=3), data=st.data())
def test_any_three_nights_keep_the_promises_of_identity(nights, data, resolve, ids):
    before, ever = None, set()
    for number, rows in enumerate(nights):
        day = date(2026, 11, 20 + number)
        result = resolve(rows, before=before, day=day)
        assert equal(result, resolve(data.draw(st.permutations(rows)), before=before, day=day))
        assert equal(result, resolve(rows, before=result, day=day))
        open_ids = ids(result)
        codes = {}
        for row in rows:
            codes.setdefault(open_ids[row["source"], row["record_id"]], set()).update({row["credit_code"]} - {None})
        assert all(len(found) <= 1 for found in codes.values())
        retired = {old: new for old, new, _, _ in redirects(result)}
        assert not set(retired) & set(open_ids.values())
        assert not set(retired) & set(retired.values())
        assert ever <= set(open_ids.values()) | set(retired)
        assert {(row["source"], row["record_id"]) for row in rows} <= set(open_ids)
        ever |= set(open_ids.values())
        before = result


@pytest.mark.parametrize("text", ["\u200b", "'; drop table", "分公司", "\U0001f3ea", "a" * 500])
def test_odd_text_in_every_field_is_resolved(text, resolve):
    fields = ("name", "phone", "email", "website", "street", "postal_code", "registry_id", "parent_name", "city_name")
    assert resolve([A | dict.fromkeys(fields, text), B | dict.fromkeys(fields, text)]).customer_records.num_rows == 2
