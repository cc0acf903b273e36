"""geocoding/online/answers.py: one night of asking, against a server that answers as the providers do."""

import logging
import time
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import HomeInvalid
from ingest.geocoding.online.answers import (
    ANSWER_SCHEMA,
    FAILURES_IN_A_ROW,
    FINAL,
    STATUSES,
    ask,
    describe_answers,
    merge_answers,
)
from ingest.geocoding.online.question import QUESTION_SCHEMA
from ingest.geocoding.online.settings import OnlineSettings

ALL = ["nominatim", "photon", "amap", "baidu"]
QUOTA = {"amap": {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}, "baidu": {"status": 302, "message": "天配额超限"}}
REFUSED = {"amap": {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}, "baidu": {"status": 200, "message": "APP不存在"}}


@pytest.fixture
def one_night(online, questions, nothing_known, night):
    """Ask for these lines; the waits before retries are noted, not waited."""

    def asked(name, *lines, known=None, on=night, priorities=(), waits=None, **values):
        settings, geocoder = online(name, **values)
        known = nothing_known if known is None else known
        sleep = (waits if waits is not None else []).append
        return ask(questions(name, *lines, priorities=priorities), known, settings, as_of_date=on, geocoder=geocoder, sleep=sleep)

    return asked


@pytest.mark.parametrize("name", ALL)
def test_a_place_that_is_found_is_kept_with_its_evidence(provider, one_night, bodies, night, name) -> None:
    provider.says(bodies[name]["found"])
    rows = one_night(name, "first")
    assert dict(rows.schema) == ANSWER_SCHEMA
    row = rows.row(0, named=True)
    latitude, longitude = (48.1371, 11.5754) if name in ("nominatim", "photon") else (31.1774276, 121.5272106)
    assert (row["latitude"], row["longitude"]) == pytest.approx((latitude, longitude), abs=1e-4)
    assert {key: row[key] for key in ("provider", "status", "place_precision", "attempts", "calls_on_last_day")} == {
        "provider": name, "status": "found", "place_precision": "point", "attempts": 1, "calls_on_last_day": 1,
    }  # fmt: skip
    assert (row["first_asked_on"], row["last_asked_on"]) == (night, night)


@pytest.mark.parametrize("name", ALL)
def test_no_such_place_is_kept_too(provider, one_night, bodies, name) -> None:
    provider.says(bodies[name]["empty"])
    assert one_night(name, "first").select("status", "latitude", "place_precision", "attempts").rows() == [("not_found", None, None, 1)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [429, 402])
def test_too_many_requests_end_the_night_without_waiting(provider, one_night, name, status) -> None:
    provider.says({"error": "slow down"}, status=status, headers={"Retry-After": "3600"})
    waits: list[float] = []
    rows = one_night(name, "first", "second", waits=waits)
    assert rows.select("address_key", "status", "attempts").rows() == [(rows["address_key"][0], "quota", 0)]
    assert (len(provider.asked), waits) == (1, [])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_ends_the_night(provider, one_night, name, status) -> None:
    provider.says(b"Forbidden", status=status)
    assert one_night(name, "first", "second")["status"].to_list() == ["refused"]
    assert len(provider.asked) == 1


@pytest.mark.parametrize("name", ["amap", "baidu"])
def test_quota_and_key_may_also_be_said_inside_an_answer(provider, one_night, name) -> None:
    provider.says(QUOTA[name])
    assert one_night(name, "first", "second")["status"].to_list() == ["quota"]
    provider.says(REFUSED[name])
    assert one_night(name, "first", "second")["status"].to_list() == ["refused"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("status", "outcome"), [(500, "unavailable"), (502, "unavailable"), (302, "unavailable"), (503, "timeout")])
def test_a_server_in_trouble_is_asked_again_after_a_growing_wait(provider, one_night, name, status, outcome) -> None:
    provider.says(b"", status=status)
    waits: list[float] = []
    rows = one_night(name, "first", attempts=4, waits=waits)
    assert rows.select("status", "attempts", "calls_on_last_day").rows() == [(outcome, 4, 4)]
    assert waits == [2.0, 4.0, 8.0]


@pytest.mark.parametrize("name", ALL)
def test_a_silent_server_is_a_time_out(provider, one_night, name) -> None:
    provider.says([], delay=0.4)
    assert one_night(name, "first", timeout_seconds=0.05, attempts=1)["status"].to_list() == ["timeout"]


@pytest.mark.parametrize("name", ALL)
def test_a_retry_that_is_answered_counts_as_answered(provider, one_night, bodies, name) -> None:
    provider.says(b"", status=500, times=1)
    provider.says(bodies[name]["found"])
    assert one_night(name, "first").select("status", "attempts").rows() == [("found", 2)]


NO_KNOWN_FORM = [
    (name, body) for name in ALL for body in (b'[{"lat": "48.1', b"<html>Sign in to the network</html>", b"", b'"x"', b"7", b"[[]]")
] + [
    ("nominatim", b'[{"lat": 1}]'),
    ("nominatim", b'{"error": "Query is malformed"}'),
    ("nominatim", b'[{"lat": "121.5", "lon": "31.2", "display_name": "exchanged"}]'),
    ("nominatim", b'[{"lat": "48.1", "lon": "411.5", "display_name": "beyond the globe"}]'),
    ("photon", b"null"),
    ("photon", b'{"features": [{}]}'),
    ("photon", b'{"features": {"0": 1}}'),
    ("photon", b'{"features": [{"geometry": {"coordinates": [31.2, 121.5]}, "properties": {}}]}'),
    ("photon", b'{"features": [{"geometry": {"coordinates": "11.5, 48.1"}, "properties": {}}]}'),
    ("amap", b"null"),
    ("amap", b'{"status": "1"}'),
    ("amap", b'{"status": "1", "geocodes": [{"location": "121.5;31.2"}]}'),
    ("amap", b'{"status": "1", "geocodes": [{"location": "31.2,121.5"}]}'),
    ("amap", b'{"status": "0", "info": "ENGINE_RESPONSE_DATA_ERROR", "infocode": "30001"}'),
    ("baidu", b"null"),
    ("baidu", b'{"result": {"location": {"lat": 31.2, "lng": 121.5}}}'),
    ("baidu", b'{"status": 0, "result": {"location": {"lat": "x", "lng": 121.5}}}'),
    ("baidu", b'{"status": 0, "result": {"location": {"lat": 121.5, "lng": 31.2}, "level": ""}}'),
    ("baidu", b'{"status": 2, "message": "Parameter Invalid"}'),
]


@pytest.mark.parametrize(("name", "body"), NO_KNOWN_FORM)
def test_an_answer_in_no_known_form_is_malformed(provider, one_night, name, body) -> None:
    provider.says(body)
    rows = one_night(name, "first", "second")
    assert rows.select("status", "latitude", "place_precision").rows() == [("malformed", None, None)] * 2
    assert len(provider.asked) == 2  # the same body again would be no better


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("nominatim", [{"lat": "40.4", "lon": "-3.7", "display_name": "Madrid"}]),
        ("nominatim", [{"lat": "48.1", "lon": "11.5", "display_name": "x", "address": {"country_code": "at"}}]),
        ("photon", {"features": [{"geometry": {"coordinates": [-3.7, 40.4]}, "properties": {"countrycode": "ES"}}]}),
        ("amap", {"status": "1", "geocodes": [{"location": "-3.7,40.4", "formatted_address": "马德里"}]}),
        ("baidu", {"status": 0, "result": {"location": {"lng": 2.35, "lat": 48.85}, "level": "城市"}}),
    ],
)
def test_a_place_in_another_country_is_a_wrong_place(provider, one_night, name, body) -> None:
    provider.says(body)
    rows = one_night(name, "first")
    assert rows["status"].to_list() == ["wrong_place"]
    assert rows["latitude"][0] is not None


def test_hong_kong_may_be_called_china(provider, online, nothing_known, night) -> None:
    provider.says([{"lat": "22.28", "lon": "114.16", "display_name": "x", "place_rank": 30, "address": {"country_code": "cn"}}])
    settings, geocoder = online("nominatim")
    asked = pl.DataFrame([("HK x", "x", "HK", 1)], schema=QUESTION_SCHEMA, orient="row")
    assert ask(asked, nothing_known, settings, as_of_date=night, geocoder=geocoder)["status"].to_list() == ["found"]


def test_providers_of_one_country_are_not_asked_for_another(provider, online, nothing_known, night) -> None:
    settings, geocoder = online("amap")
    asked = pl.DataFrame([("DE x", "x", "DE", 9), ("TW x", "x", "TW", 8)], schema=QUESTION_SCHEMA, orient="row")
    assert ask(asked, nothing_known, settings, as_of_date=night, geocoder=geocoder).is_empty()
    assert provider.asked == []


def test_an_unchanged_night_makes_no_call(provider, one_night, bodies, night) -> None:
    provider.says(bodies["photon"]["found"], times=1)
    provider.says(bodies["photon"]["empty"])
    known = one_night("photon", "first", "second")
    provider.asked.clear()
    later = night + timedelta(days=30)
    assert one_night("photon", "first", "second", known=known, on=later).is_empty()
    assert provider.asked == []


def test_a_later_night_asks_again_what_failed_and_nothing_else(provider, one_night, bodies, night) -> None:
    provider.says(bodies["photon"]["found"], times=1)
    provider.says(b"half")
    known = one_night("photon", "first", "second")
    assert known["status"].to_list() == ["found", "malformed"]
    assert one_night("photon", "first", "second", known=known).is_empty()  # not in the same night
    provider.asked.clear()
    provider.says(bodies["photon"]["found"])
    rows = one_night("photon", "first", "second", known=known, on=night + timedelta(days=1))
    assert rows.select("address_key", "status", "attempts", "first_asked_on", "last_asked_on").rows() == [
        ("DE second", "found", 2, night, night + timedelta(days=1))
    ]
    assert [query["q"] for _, query in provider.asked] == [["second"]]
    assert merge_answers(known, rows)["status"].to_list() == ["found", "found"]


def test_an_address_that_keeps_failing_is_given_up(provider, one_night, nothing_known, night) -> None:
    provider.says(b"", status=500)
    known, calls = nothing_known, []
    for day in range(6):
        rows = one_night("photon", "first", known=known, on=night + timedelta(days=day), attempts_in_all=5)
        known = merge_answers(known, rows)
        calls.append(rows["calls_on_last_day"].sum())
    assert calls == [2, 2, 2, 0, 0, 0]
    assert known["attempts"].to_list() == [6]


def test_a_key_s_trouble_is_not_held_against_the_address(provider, one_night, nothing_known, night) -> None:
    provider.says(b"", status=403)
    known = nothing_known
    for day in range(20):
        known = merge_answers(known, one_night("photon", "first", known=known, on=night + timedelta(days=day), attempts_in_all=1))
    assert len(provider.asked) == 20
    assert known.select("status", "attempts", "calls_on_last_day").rows() == [("refused", 0, 1)]


def test_the_budget_counts_every_call_and_a_second_refresh_of_the_day_spends_what_is_left(provider, one_night, bodies) -> None:
    names = [f"road {number}" for number in range(9)]
    provider.says(b"", status=500, times=2)
    provider.says(bodies["photon"]["found"])
    known = one_night("photon", *names, budget=4)
    assert known["calls_on_last_day"].to_list() == [2, 1, 1]
    assert one_night("photon", *names, known=known, budget=4).is_empty()
    rows = one_night("photon", *names, known=known, budget=6)
    assert rows["calls_on_last_day"].to_list() == [1, 1]
    assert len(provider.asked) == 6


def test_a_budget_that_ends_between_two_tries_keeps_what_is_known(provider, one_night) -> None:
    provider.says(b"", status=500)
    assert one_night("photon", "first", attempts=5, budget=3).select("status", "attempts").rows() == [("unavailable", 3)]


def test_the_addresses_of_most_records_are_asked_first(provider, one_night, bodies) -> None:
    provider.says(bodies["photon"]["found"])
    one_night("photon", "c", "a", "b", "d", priorities=(1, 1, 7, 1), budget=3)
    assert [query["q"] for _, query in provider.asked] == [["b"], ["a"], ["c"]]


def test_a_server_that_is_down_is_left_alone_after_some_addresses(provider, one_night, bodies) -> None:
    provider.says(b"half", times=FAILURES_IN_A_ROW - 1)
    provider.says(bodies["photon"]["found"], times=1)
    provider.says(b"half")
    rows = one_night("photon", *(f"road {number:02}" for number in range(40)))
    assert rows.height == 2 * FAILURES_IN_A_ROW


def test_the_pace_is_kept(provider, one_night, bodies) -> None:
    provider.says(bodies["photon"]["found"])
    started = time.perf_counter()
    one_night("photon", *"abcd", requests_per_second=20)
    assert time.perf_counter() - started >= 3 / 20


def test_what_one_provider_answered_says_nothing_of_another(provider, one_night, bodies) -> None:
    provider.says(bodies["photon"]["found"])
    known = one_night("photon", "first", budget=1)
    provider.says(bodies["nominatim"]["found"])
    rows = one_night("nominatim", "first", known=known, budget=1)
    assert merge_answers(known, rows).select("provider", "status").rows() == [("nominatim", "found"), ("photon", "found")]


def test_a_line_is_cut_where_its_provider_takes_no_more(provider, one_night, bodies) -> None:
    provider.says(bodies["baidu"]["found"])
    one_night("baidu", "路" * 100)
    assert provider.asked[0][1]["address"] == ["路" * 28]


def test_off_is_off(provider, questions, nothing_known, night) -> None:
    assert ask(questions("photon", "first"), nothing_known, OnlineSettings(), as_of_date=night).is_empty()


def test_without_a_question_no_key_is_read(questions, nothing_known, night, monkeypatch) -> None:
    monkeypatch.delenv("BAILIWICK_AMAP_KEY", raising=False)
    settings = OnlineSettings(provider="amap")
    assert ask(questions("amap"), nothing_known, settings, as_of_date=night).is_empty()
    with pytest.raises(HomeInvalid, match="BAILIWICK_AMAP_KEY"):
        ask(questions("amap", "first"), nothing_known, settings, as_of_date=night)


@pytest.mark.parametrize("name", ["amap", "baidu"])
def test_the_key_is_in_no_row_no_sentence_and_no_log(provider, online, one_night, bodies, key, name, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        for body, status in ((bodies[name]["found"], 200), (REFUSED[name], 200), ({"error": key}, 403), (b"half", 200), (b"", 500)):
            provider.says(body, status=status)
            rows = one_night(name, "first")
            assert key not in str(rows.rows()) + describe_answers(rows, online(name)[0])
    assert key not in caplog.text
    assert all(key in str(query) for _, query in provider.asked)


def test_a_night_is_told_in_a_sentence(provider, online, one_night, bodies, nothing_known) -> None:
    provider.says(bodies["amap"]["found"], times=2)
    provider.says(REFUSED["amap"])
    settings = online("amap")[0]
    assert describe_answers(one_night("amap", "a", "b", "c"), settings) == (
        "amap: 3 calls, 2 found, 1 refused; it refuses us: check BAILIWICK_AMAP_KEY"
    )
    provider.says(b"", status=429)
    assert "the rest is asked on a later night" in describe_answers(one_night("amap", "a"), settings)
    provider.says(b"", status=403)
    assert "its terms of use" in describe_answers(one_night("photon", "a"), online("photon")[0])
    assert describe_answers(nothing_known, settings) == ""


class Replays:
    """A geocoder that raises or answers as it is told, one after the other."""

    def __init__(self, errors):
        self.errors, self.asked = list(errors), []

    def geocode(self, query, **options):
        self.asked.append(query)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error


KINDS = st.sampled_from([None, ValueError("bad"), KeyError("x"), TypeError(), RecursionError(), OverflowError(), UnicodeError()])
ASKED = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 3)), max_size=12)


@given(ASKED, st.lists(KINDS, max_size=12), st.integers(1, 8), st.randoms())
def test_the_order_of_questions_changes_nothing_and_the_budget_holds(asked, errors, budget, random) -> None:
    settings = OnlineSettings(provider="photon", requests_per_second=1000, budget=budget)
    rows = [(f"DE {name}", name, "DE", priority) for name, priority in asked]
    results = []
    for _ in range(2):
        geocoder = Replays(errors)
        found = ask(
            pl.DataFrame(rows, schema=QUESTION_SCHEMA, orient="row"), pl.DataFrame(schema=ANSWER_SCHEMA), settings,
            as_of_date=date(2026, 11, 20), geocoder=geocoder,
        )  # fmt: skip
        results.append((found.rows(), geocoder.asked))
        random.shuffle(rows)
    assert results[0] == results[1]
    answers, calls = results[0]
    assert len(calls) <= budget
    assert len(set(calls)) == len(answers) == len({row[0] for row in answers})
    assert all(row[2] in STATUSES for row in answers)
    assert all(first <= second for first, second in pairwise(row[0] for row in answers))


def test_final_statuses_are_statuses() -> None:
    assert set(FINAL) < set(STATUSES)
