from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.rows import END, Cell, by_key, common, joined, left_over, said, spans

DAY = date(2026, 1, 1)
HORIZON = [DAY + timedelta(days=n) for n in range(16)]


def test_a_place_in_a_sheet_is_said_as_a_spreadsheet_counts():
    assert Cell(sheet="reps", line=3).problem("rep_id", "is odd") == "reps.csv line 3, column rep_id: is odd"


def test_a_place_in_a_workbook_with_its_own_headers_is_said_in_its_words():
    cell = Cell(sheet="reps", line=3, file_type="xlsx", written={"rep_id": "工号"})
    assert cell.problem("rep_id", "rep_id is odd, rep_ids are not") == "reps.xlsx line 3, column 工号: 工号 is odd, rep_ids are not"
    assert cell.problem("rep_name", "is odd") == "reps.xlsx line 3, column rep_name: is odd"


def test_a_period_is_said_with_its_first_day_no_longer():
    assert said((DAY, END)) == "from 2026-01-01"
    assert said((DAY, date(2026, 2, 1))) == "from 2026-01-01 until 2026-02-01"


def test_groups_come_in_the_order_of_their_values_and_nothing_before_something():
    rows = [
        (Cell(sheet="pool", line=line), {"a": a, "b": b}) for line, (a, b) in enumerate([("x", None), ("x", "y"), ("x", None), ("a", "z")])
    ]
    assert [(key, [cell.line for cell, _ in same]) for key, same in by_key(rows, "a", "b").items()] == [
        (("a", "z"), [3]),
        (("x", None), [0, 2]),
        (("x", "y"), [1]),
    ]


def starting(start, length):
    valid_from = DAY + timedelta(days=start)
    return valid_from, END if length is None else valid_from + timedelta(days=length)


a_period = st.builds(starting, st.integers(0, 9), st.one_of(st.none(), st.integers(1, 5)))


def has_day(period, day):
    return period[0] <= day < period[1]


@given(period=a_period, covering=st.lists(a_period, max_size=5))
@settings(max_examples=200)
def test_what_is_left_over_is_exactly_the_days_that_nothing_covers(period, covering):
    parts = left_over(period, covering)
    for day in HORIZON:
        assert any(has_day(part, day) for part in parts) == (has_day(period, day) and not any(has_day(other, day) for other in covering))
    assert parts == joined(parts)


@given(left=a_period, right=a_period)
def test_periods_have_a_day_in_common_as_their_days_say(left, right):
    assert common(left, right) == any(has_day(left, day) and has_day(right, day) for day in HORIZON)


@given(periods=st.lists(a_period, max_size=5))
@settings(max_examples=200)
def test_spans_show_for_each_day_the_rows_in_force(periods):
    rows = [
        (Cell(sheet="pool", line=n), {"valid_from": start, "valid_to": None if end == END else end})
        for n, (start, end) in enumerate(periods)
    ]
    found = list(spans(rows))
    for day in HORIZON:
        in_force = [cell.line for days, same in found if has_day(days, day) for cell, _ in same]
        assert in_force == [n for n, period in enumerate(periods) if has_day(period, day)]
