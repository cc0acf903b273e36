"""resolution/judgements.py: the file, the ledger that forgets nothing, and what of it is in force."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import HomeInvalid
from ingest.resolution.judgements import ISSUES, LEDGER, JudgementsRead, empty_ledger, in_force, read_judgements, remember

HEADER = "left_source,left_record_id,right_source,right_record_id,verdict,judged_by,judged_on,reason"
WITH_ID = HEADER + ",customer_id"


@pytest.fixture
def read(tmp_path):
    def of(*lines, header=HEADER, encoding="utf-8"):
        path = tmp_path / "judgements.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        return read_judgements(path)

    return of


def there(*record_ids):
    return pl.DataFrame({"source": ["a"] * len(record_ids), "record_id": record_ids}, schema={"source": pl.String, "record_id": pl.String})


def said(left, right, verdict, on=1, by="Wang"):
    return f"a,{left},{'a' if right else ''},{right},{verdict},{by},2026-11-{on:02},because"


def ends(frame):
    return [(row["left_record_id"], row["right_record_id"]) for row in frame.to_dicts()]


def issues_of(found):
    return found.issues.select("issue", "detail").rows()


def counted(read_rows, *record_ids):
    return in_force(remember(empty_ledger(), read_rows), there(*record_ids))


def test_a_home_without_the_file_has_no_judgements(tmp_path):
    found = read_judgements(tmp_path / "judgements.csv")
    assert (found.rows.rows(), found.issues.rows()) == ([], [])
    assert counted(found).same.rows() == []


def test_rows_are_read_whatever_the_mark_at_the_beginning_the_language_and_the_side(read):
    plain = read(said("2", "1", "same"), said("3", "4", "different"))
    assert plain.rows.select("left_record_id", "right_record_id", "verdict").rows() == [("1", "2", "same"), ("3", "4", "different")]
    assert read(said("1", "2", "同一"), said("4", "3", "不同"), encoding="utf-8-sig").rows.equals(plain.rows)
    words = read(said("1", "2", "撤回"), said("3", "", "保留编号") + ",C1", header=WITH_ID).rows
    assert words.select("verdict", "customer_id").rows() == [("withdrawn", None), ("keep_id", "C1")]


def test_a_date_that_a_spreadsheet_wrote_back_is_the_same_row(read):
    assert read("a,1,a,2,same,Wang,2026/1/5,x").rows.equals(read("a,1,a,2,same,Wang,2026-01-05,x").rows)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a,1,a,2,maybe,Wang,2026-11-01,x,", "verdict `maybe`"),
        ("a,,a,2,same,Wang,2026-11-01,x,", "left_source or left_record_id"),
        ("a,1,a,,same,Wang,2026-11-01,x,", "right_source or right_record_id"),
        ("a,1,,,same,Wang,2026-11-01,x,", "needs a right record"),
        ("a,1,a,1,same,Wang,2026-11-01,x,", "the same record"),
        ("a,1,a,2,keep_id,Wang,2026-11-01,x,C1", "leave the right one empty"),
        ("a,1,,,keep_id,Wang,2026-11-01,x,", "needs the customer_id"),
        ("a,1,a,2,same,Wang,2026-11-01,x,C1", "customer_id belongs to `keep_id`"),
        ("a,1,a,2,same,,2026-11-01,x,", "judged_by is empty"),
        ("a,1,a,2,same,Wang,,x,", "judged_on ``"),
        ("a,1,a,2,same,Wang,11/01/2026,x,", "judged_on `11/01/2026`"),
        ("a,1,a,2,same,Wang,2026-11-31,x,", "judged_on `2026-11-31`"),
        ("a,1,a,2,same,Wang,2026-11-01,,", "reason is empty"),
        ("a,1,a,2,same,Wang,2026-11-01,x,,y", "the row has 10 cells"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_number_and_stops_no_other(read, row, why):
    found = read(said("8", "9", "same") + ",", "", row, header=WITH_ID)
    assert ends(found.rows) == [("8", "9")]
    ((_, issue, detail),) = found.issues.rows()
    assert issue == "refused"
    assert detail.startswith("Row 3 of judgements.csv is not read: ")
    assert why in detail


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"left_source,left_record_id\n", "lacks the column"),
        (b"", "lacks the column"),
        (HEADER.encode() + b",reason\n", "twice"),
        ("左".encode("gbk"), "not UTF-8"),
        (HEADER.encode() + b'\na,"1,a,2\n', "no CSV"),
    ],
)
def test_a_file_that_is_no_file_of_judgements_is_the_fault_of_the_home(tmp_path, content, why):
    path = tmp_path / "judgements.csv"
    path.write_bytes(content)
    with pytest.raises(HomeInvalid, match=why):
        read_judgements(path)


def test_a_row_that_lacks_the_last_cells_is_read_where_they_may_be_empty(read):
    assert ends(read(said("1", "2", "same"), header=WITH_ID).rows) == [("1", "2")]


def test_reading_again_adds_nothing_and_new_rows_come_last(read):
    ledger = remember(empty_ledger(), read(said("1", "2", "same"), said("3", "4", "same")))
    assert remember(ledger, read(said("1", "2", "same"), said("3", "4", "same"))).equals(ledger)
    more = remember(ledger, read(said("5", "6", "same"), said("1", "2", "same"), said("3", "4", "same")))
    assert more.select("sequence", "left_record_id").rows() == [(1, "1"), (2, "3"), (3, "5")]
    assert dict(more.schema) == LEDGER


def test_a_row_taken_out_of_the_file_stays_in_force_and_is_reported_until_it_comes_back(read):
    ledger = remember(empty_ledger(), read(said("1", "2", "same")))
    without = remember(ledger, read())
    found = in_force(without, there("1", "2"))
    assert ends(found.same) == [("1", "2")]
    assert issues_of(found) == [
        (
            "vanished",
            "`same` of a 1 and a 2 (Wang, 2026-11-01) was taken out of the file of judgements. "
            "It stays in force; to take it back, add a row with the verdict withdrawn.",
        )
    ]
    assert issues_of(in_force(remember(without, read(said("1", "2", "same"))), there("1", "2"))) == []


def test_a_row_that_another_replaced_may_be_taken_out_of_the_file(read):
    ledger = remember(empty_ledger(), read(said("1", "2", "same"), said("1", "2", "different", 2)))
    assert issues_of(in_force(remember(ledger, read(said("1", "2", "different", 2))), there("1", "2"))) == []


def test_the_newest_judgement_of_a_pair_counts_and_of_one_day_the_one_said_last(read):
    assert ends(counted(read(said("1", "2", "same", 2), said("1", "2", "different", 1)), "1", "2").same) == [("1", "2")]
    assert ends(counted(read(said("1", "2", "same"), said("2", "1", "different")), "1", "2").different) == [("1", "2")]


def test_what_is_withdrawn_counts_no_more_and_may_be_said_again_on_the_same_day(read):
    rows = [said("1", "2", "same"), said("1", "2", "withdrawn"), said("1", "2", "same")]
    assert ends(counted(read(*rows[:2]), "1", "2").same) == []
    assert ends(counted(read(*rows), "1", "2").same) == [("1", "2")]


def test_a_kept_id_is_withdrawn_without_a_right_record(read):
    keeps = said("1", "", "keep_id") + ",C1"
    assert counted(read(keeps, header=WITH_ID), "1").pins.select("record_id", "customer_id", "sequence").rows() == [("1", "C1", 1)]
    assert len(counted(read(keeps, said("1", "", "withdrawn", 2), header=WITH_ID), "1").pins) == 0


def test_of_two_ids_kept_for_one_record_the_newer_counts_and_pins_come_newest_first(read):
    rows = [said("1", "", "keep_id", 1) + ",C1", said("1", "", "keep_id", 3) + ",C2", said("2", "", "keep_id", 4) + ",C3"]
    assert counted(read(*rows, header=WITH_ID), "1", "2").pins["customer_id"].to_list() == ["C3", "C2"]


def test_a_judgement_about_a_record_that_is_not_there_waits(read):
    found = counted(read(said("1", "2", "same")), "1")
    assert ends(found.same) == []
    assert issues_of(found) == [
        ("waits", "`same` of a 1 and a 2 (Wang, 2026-11-01): record a 2 is not there, or no longer. The judgement waits for it.")
    ]
    assert issues_of(counted(read(said("1", "", "keep_id") + ",C1", header=WITH_ID)))[0][0] == "waits"


def test_a_judgement_that_newer_ones_exclude_together_is_set_aside_and_names_them(read):
    found = counted(read(said("1", "2", "same", 1), said("2", "3", "same", 3, "Li"), said("1", "3", "different", 2)), "1", "2", "3")
    assert (ends(found.same), ends(found.different)) == ([("2", "3")], [("1", "3")])
    assert issues_of(found) == [
        (
            "contradicted",
            "`same` of a 1 and a 2 (Wang, 2026-11-01) is set aside. Newer judgements together say otherwise: "
            "`different` of a 1 and a 3 (Wang, 2026-11-02); `same` of a 2 and a 3 (Li, 2026-11-03).",
        )
    ]
    found = counted(read(said("1", "2", "same", 2), said("2", "3", "same", 3), said("1", "3", "different", 1)), "1", "2", "3")
    assert (ends(found.same), ends(found.different)) == ([("1", "2"), ("2", "3")], [])
    assert issues_of(found)[0][1].endswith("`same` of a 1 and a 2 (Wang, 2026-11-02); `same` of a 2 and a 3 (Wang, 2026-11-03).")


def test_a_long_chain_is_told_shortly(read):
    numbers = range(10, 60)
    rows = [*(said(str(i), str(i + 1), "same", 2) for i in numbers), said("10", "60", "different", 1)]
    (only,) = issues_of(counted(read(*rows), *map(str, range(10, 61))))
    assert only[1].count("`same`") == 6
    assert only[1].endswith("; and 44 more.")


def test_a_waiting_judgement_contradicts_nobody(read):
    found = counted(read(said("1", "2", "same", 3), said("2", "3", "same", 2), said("1", "3", "different", 1)), "1", "3")
    assert ends(found.different) == [("1", "3")]
    assert {issue for issue, _ in issues_of(found)} == {"waits"}


RECORD = st.sampled_from("123456")
ROWS = st.lists(
    st.tuples(RECORD, RECORD, st.sampled_from(["same", "same", "different", "withdrawn"]), st.integers(1, 4)).filter(
        lambda r: r[0] != r[1]
    ),
    max_size=14,
)


def rows_read(rows):
    """What the reader gives for rows (left, right, verdict, day), each under an id of its own."""
    built = [
        {
            "judgement_id": f"j{number:02}",
            "left_source": "a",
            "left_record_id": min(pair),
            "right_source": "a",
            "right_record_id": max(pair),
        }
        | {"verdict": verdict, "customer_id": None, "judged_by": "Wang", "judged_on": date(2026, 11, 1) + timedelta(on), "reason": "x"}
        for number, (*pair, verdict, on) in enumerate(rows)
    ]
    schema = {name: type_ for name, type_ in LEDGER.items() if name not in ("sequence", "is_in_file")}
    return JudgementsRead(rows=pl.DataFrame(built, schema=schema), issues=pl.DataFrame(schema=ISSUES))


def ones(pairs, without=None):
    """Which records the pairs make one, by repeated joining: the slow and plain way."""
    group = {record: record for record in "123456"}
    for left, right in pairs:
        old, new = group[left], group[right]
        group = {record: new if g == old else g for record, g in group.items()}
    return group


@given(rows=ROWS)
def test_what_is_in_force_is_free_of_contradictions_and_no_more_is_set_aside_than_must_be(rows):
    found = in_force(remember(empty_ledger(), rows_read(rows)), there(*"123456"))
    group = ones(ends(found.same))
    assert all(group[left] != group[right] for left, right in ends(found.different))
    newest = {}
    for number, (left, right, verdict, on) in enumerate(rows):
        pair = (min(left, right), max(left, right))
        newest[pair] = max(newest.get(pair, (0, 0, "")), (on, number + 1, verdict))
    taken = {"same": [], "different": []}
    for (_, _, verdict), pair in sorted(((value, pair) for pair, value in newest.items()), reverse=True):
        if verdict == "withdrawn":
            continue
        tried = {name: pairs + [pair] * (name == verdict) for name, pairs in taken.items()}
        if all(ones(tried["same"])[left] != ones(tried["same"])[right] for left, right in tried["different"]):
            taken = tried
    assert (ends(found.same), ends(found.different)) == (sorted(taken["same"]), sorted(taken["different"]))
    aside = len([v for v in newest.values() if v[2] != "withdrawn"]) - len(found.same) - len(found.different)
    assert found.issues["issue"].to_list() == ["contradicted"] * aside


@given(rows=ROWS, cut=st.integers(0, 14))
def test_reading_a_growing_file_night_by_night_gives_the_same_as_reading_it_once(rows, cut):
    whole = rows_read(rows)
    part = JudgementsRead(rows=whole.rows[:cut], issues=whole.issues)
    assert remember(remember(empty_ledger(), part), whole).equals(remember(empty_ledger(), whole))


@given(rows=ROWS)
def test_the_order_of_the_ledgers_rows_and_of_the_records_decides_nothing(rows):
    ledger = remember(empty_ledger(), rows_read(rows))
    one, other = in_force(ledger, there(*"123456")), in_force(ledger.reverse(), there(*"654321"))
    for name in ("same", "different", "pins", "issues"):
        assert getattr(one, name).equals(getattr(other, name))
