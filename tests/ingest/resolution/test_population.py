"""resolution/population.py: after any history of loads the state, the groups and the ids are those of an engine that begins anew."""

import os
import random
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.resolution.evidence import KEY, NUMBERS, TEXTS
from ingest.resolution.groups import Decided, find_groups, no_pairs
from ingest.resolution.identity import identify, no_pins, record_periods, touched
from ingest.resolution.population import Population
from ingest.resolution.stored_blocks import SCHEMA

NAMES = (
    "Quillfeather Press Ltd", "Quilfeather Press", "Quillfeather Printing", "Quill Feather Press", "QPL", "Quillfeather Press Leeds",
    "Northfold Press", "Northfold Traders 12", "Northfold Traders 21", "Northfold Group", "Press", "青禾云科技有限公司", "青禾云杉柏科技",
    "青禾云电子", "青禾云北京分公司", "青禾云信息科技有限公司", "云杉青禾云贸易", "荻沨电子有限公司", "Difeng Electronics", "青木电子",
    None,
)  # fmt: skip
SAYINGS = (
    {}, {"phone": "206 555 0100"}, {"phone": "+1 206 555 0100", "city": "Seattle", "region": "WA", "country": "US"},
    {"street": "1 Main St", "city": "Seattle", "region": "WA", "country": "US", "postal_code": "98101"},
    {"street": "1 Main Street", "city": "Bellevue", "region": "WA", "country": "US"}, {"email": "ask@quillfeather.example"},
    {"email": "aks@quillfeather.example", "website": "quillfeather.example"}, {"credit_code": "91350100M000100Y43"},
    {"credit_code": "91110000600037341L", "phone": "206 555 0100"}, {"registry_id": "HRB 12345", "country": "DE"},
)  # fmt: skip
SOURCES = ("a", "b", "")
RECORDS = tuple((source, str(number)) for source in SOURCES for number in range(16))
FIRST_DAY = date(2026, 11, 1)
LOADS = int(os.environ.get("BAILIWICK_LOADS", "20"))
PERIODS = dict.fromkeys((*KEY, "customer_id", "match_reason"), pl.String) | dict.fromkeys(("valid_from", "valid_to"), pl.Date)
REDIRECTS = dict.fromkeys(("old_customer_id", "customer_id", "cause"), pl.String) | {"happened_on": pl.Date}
REDIRECTS |= dict.fromkeys(("first_customer_id", "detail"), pl.String)
NOBODY = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))


@pytest.fixture(scope="module")
def vocabulary(evidence):
    """Evidence of every name with every saying; what is drawn is its rows."""
    return evidence([{"name": name} | saying for name in NAMES for saying in SAYINGS])


@pytest.fixture(scope="module")
def databases():
    """Two connections for one thread each; a population begins by dropping what the last one left."""
    pair = duckdb.connect(config={"threads": 1}), duckdb.connect(config={"threads": 1})
    yield pair
    for connection in pair:
        connection.close()


def emptied(connection, parameters):
    connection.execute(f"drop schema if exists {SCHEMA} cascade")
    return Population(connection, parameters)


def rows_of(vocabulary, records):
    """Evidence of records: (source, record_id) -> row of the vocabulary."""
    keys = pl.DataFrame(list(records), schema=dict.fromkeys(KEY, pl.String), orient="row")
    return (
        pl.concat([keys, vocabulary[list(records.values())].select(*TEXTS, *NUMBERS)], how="horizontal") if records else vocabulary.head(0)
    )


def keys_of(records):
    return pl.DataFrame(sorted(records), schema=dict.fromkeys(KEY, pl.String), orient="row")


def state(connection, people):
    """All that a population knows, in terms of marks and not of numbers."""
    profiles = connection.sql(f"select n, mark, other_mark, records from {SCHEMA}.profiles").pl()
    marks = dict(profiles.select("n", "mark").iter_rows())
    pairs = {tuple(sorted((marks[left], marks[right]))): rest for left, right, *rest in people.pairs().iter_rows()}
    members = {(source, record): marks[n] for source, record, n in people.members().iter_rows()}
    histogram = connection.sql(f"select kind, size, blocks from {SCHEMA}.block_histogram order by all").fetchall()
    keys = {(kind, value, marks[n]) for kind, value, n in connection.sql(f"select * from {SCHEMA}.block_keys").fetchall()}
    return {
        "profiles": sorted(profiles.drop("n").rows()), "members": members, "histogram": histogram, "keys": keys, "pairs": pairs,
    }  # fmt: skip


def by_records(found):
    """The groups as sets of records, and the cuts by the records at their ends."""
    groups = found.members.group_by("group").agg(record=pl.struct(*KEY))["record"].to_list()
    names = {n: (source, record) for n, source, record in found.named.select("n", *KEY).iter_rows()}
    cuts = [(sorted((names[left], names[right])), *rest) for left, right, *rest in found.cuts.iter_rows()]
    return sorted(sorted(tuple(record.values()) for record in group) for group in groups), sorted(cuts)


def assert_equal(found, wanted):
    """Said by parts and a few of what differs, for a whole state fills screens."""
    for part in ("profiles", "members", "histogram", "keys"):
        assert found[part] == wanted[part], part
    pairs, others = found["pairs"], wanted["pairs"]
    differing = [(pairs.get(pair), others.get(pair)) for pair in pairs | others if pairs.get(pair) != others.get(pair)]
    assert not differing, f"{len(differing)} pairs, such as {differing[:3]}"


LOADS = 4
"""Of one history; after each but the first the engine is held against one that begins anew, so three histories are tried in one."""


def drawn(chance):
    """Loads of a history, parameters under which limits move and the population quadruples, and decided pairs.

    A load is what it changes and what it takes away; rows come from a few of the vocabulary, so that records coincide.
    """
    few = [chance.randrange(len(NAMES) * len(SAYINGS)) for _ in range(chance.randint(4, 24))]
    history = [
        (
            {record: chance.choice(few) for record in chance.sample(RECORDS, chance.choice([1, 5, 20, 40]))},
            set(chance.sample(RECORDS, chance.choice([0, 2, 10]))),
        )
        for _ in range(LOADS)
    ]
    sections = {
        "blocking": {
            "pairs_per_record": chance.choice([0.1, 3.0]),
            "fewest_pairs": chance.choice([1, 10, 30, 300]),
            "largest_block": chance.choice([8, 16]),
            "smallest_limit": 2,
        },
        "prior": {"fewest_records": chance.choice([2, 500])},
        "commonness": {"rare_up_to": chance.choice([0.0, 1.0])},
    }
    apart, same = ([(*chance.choice(RECORDS[:24]), *chance.choice(RECORDS[24:])) for _ in range(chance.choice([0, 0, 2]))] for _ in "ab")
    # What was judged the same comes and goes; what was judged different stays, for its records are profiles of their own.
    judged = [chance.sample(same, chance.randint(0, len(same))) for _ in range(LOADS)]
    return history, sections, apart, judged


class Publisher:
    """The ids that an engine gives, night by night, on what it published before."""

    def __init__(self):
        self.periods, self.redirects = pl.DataFrame(schema=PERIODS), pl.DataFrame(schema=REDIRECTS)

    def night(self, members, day):
        """The id of every record; what is published changes accordingly."""
        identity = self._identified(members, self.periods, self.redirects, day)
        self._check_touched(members, identity, day)
        current = members.join(identity.customer_ids, on="group").with_columns(match_reason=pl.lit(""), first_day=pl.lit(day))
        self.periods = record_periods(current, self.periods, identity.redirects, as_of_date=day, calendar_start=FIRST_DAY)
        self.redirects = identity.redirects
        return dict(current.select(pl.concat_str(KEY, separator=" "), "customer_id").iter_rows())

    @staticmethod
    def _identified(members, periods, redirects, day, **options):
        return identify(members, periods, redirects, as_of_date=day, pins=no_pins(), **options)

    def _check_touched(self, members, identity, day):
        """The groups that changed alone get what they get among all."""
        open_rows = self.periods.filter(pl.col("valid_to").is_null()).select(*KEY, "customer_id")
        was = open_rows.join(members, on=KEY, how="semi").group_by("customer_id").agg(was=pl.struct(KEY).sort())
        now = members.group_by("group").agg(was=pl.struct(KEY).sort())
        few = touched(members, self.periods, self.redirects, no_pins(), changed=now.join(was, on="was", how="anti")["group"])
        ever = pl.concat([self.periods["customer_id"], self.redirects["old_customer_id"]])
        past = few.previous_records, few.previous_redirects
        part = self._identified(few.members, *past, day, was_borne=lambda asked: asked.filter(asked.is_in(ever.implode())))
        assert part.customer_ids.equals(identity.customer_ids.join(few.members, on="group", how="semi"))
        kept = self.redirects.join(few.previous_redirects, on="old_customer_id", how="anti")
        assert pl.concat([kept, part.redirects]).sort("old_customer_id").equals(identity.redirects)


# A whole history is one number, for a list of lists would be drawn short and nearly empty. 20 times three are 60 histories in CI, a minute
# of two cores; BAILIWICK_LOADS=68 tries 204.
@settings(max_examples=LOADS, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_after_each_load_state_groups_and_ids_are_those_of_an_engine_that_begins_anew(vocabulary, databases, parameters, seed):
    history, sections, apart, judged = drawn(random.Random(seed))
    settled = parameters(**sections)
    people, present = emptied(databases[0], settled), {}
    named = keys_of({end for pair in apart for end in (pair[:2], pair[2:])})
    # Of equal groups the same ids come, whatever the state: ids of a third of the histories are enough.
    gives_ids = seed % 3 == 0
    publishers = Publisher(), Publisher()
    for place, (changed, gone) in enumerate(history):
        leaving = {record for record in gone if record in present and record not in changed}
        people.take(rows_of(vocabulary, changed), keys_of(leaving), apart=named)
        present = {record: row for record, row in (present | changed).items() if record not in leaving}
        anew = people
        if place:
            anew = emptied(databases[1], settled)
            anew.take(rows_of(vocabulary, present), NOBODY, apart=named)
            assert_equal(state(databases[0], people), state(databases[1], anew))
        decided = Decided(different=decided_pairs(apart), same=decided_pairs(judged[place]))
        found = find_groups(people, decided, settled)
        wanted = found if anew is people else find_groups(anew, decided, settled)
        assert by_records(found) == by_records(wanted)
        if gives_ids:
            day = FIRST_DAY + timedelta(days=place)
            ids = publishers[0].night(found.members.select(*KEY, "group"), day)
            assert ids == publishers[1].night(wanted.members.select(*KEY, "group").reverse(), day)  # nor does the order of rows decide
    assert publishers[0].redirects.equals(publishers[1].redirects)
    assert publishers[0].periods.equals(publishers[1].periods)


def decided_pairs(pairs):
    return pl.DataFrame(pairs, schema=no_pairs().schema, orient="row")


def assert_like_one_load(evidence, databases, settled, *loads):
    """After the loads (lists of rows) one after the other the state is that of all at once."""
    people, anew = (emptied(connection, settled) for connection in databases)
    whole = evidence([row for load in loads for row in load])
    start = 0
    for load in loads:
        people.take(whole[start : start + len(load)], NOBODY)
        start += len(load)
    anew.take(whole, NOBODY)
    assert_equal(state(databases[0], people), state(databases[1], anew))


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (["Quillfeather Press Leeds", "QPL"], "QPL Paper"),
        (["荻沨电子有限公司", "Difeng Electronics"], "Difeng Paper"),
        (["青禾枫有限公司", "青禾枫杉柏有限公司", "青禾枫楠", "青禾枫槐"], "青禾枫电子有限公司"),
        (["青禾枫杉木", "青禾枫柏", "青禾枫楠", "青禾枫槐"], "青禾枫"),
    ],
)
def test_a_shared_word_that_not_both_have_as_a_key_may_become_common(first, later, evidence, databases, parameters):
    """Initials, a brand spelt in letters, a part of a brand, a common beginning."""
    more = [{"name": later, "phone": f"206 555 01{number:02}"} for number in range(3)]
    assert_like_one_load(evidence, databases, parameters(commonness={"rare_up_to": 0.0}), [{"name": name} for name in first], more)


@pytest.mark.parametrize("more", range(1, 6))
def test_two_shared_words_may_become_common_together(more, evidence, databases, parameters):
    def named(word, numbers):
        return [{"name": f"{word} Paper {chr(97 + number) * 5}", "phone": f"206 555 01{number:02}"} for number in numbers]

    first = [{"name": "Quill Feather Ink"}, {"name": "Quill Feather Paper"}, *named("Quill", range(5)), *named("Feather", range(5, 8))]
    assert_like_one_load(
        evidence,
        databases,
        parameters(prior={"fewest_records": 2}, blocking={"fewest_pairs": 300}),
        first,
        named("Feather", range(8, 8 + more)),
    )


def test_the_order_of_rows_in_a_load_does_not_matter(vocabulary, databases, parameters):
    loads = (
        {record: place * 7 % 60 for place, record in enumerate(RECORDS)},
        {record: place % 9 for place, record in enumerate(RECORDS[::3])},
    )
    states = []
    for turned in (False, True):
        people = emptied(databases[0], parameters())
        for load in loads:
            rows = rows_of(vocabulary, load)
            people.take(rows.reverse() if turned else rows, NOBODY)
        states.append(state(databases[0], people))
    assert_equal(*states)
    assert len(states[0]["pairs"]) > len(RECORDS)


def test_the_same_load_twice_changes_nothing(vocabulary, databases, parameters):
    people = emptied(databases[0], parameters())
    load = rows_of(vocabulary, {record: place * 7 % 60 for place, record in enumerate(RECORDS)})
    first = people.take(load, NOBODY)
    before = state(databases[0], people)
    second = people.take(load, NOBODY)
    assert (first.born > 0, second.born, second.dead, second.compared, len(second.touched)) == (True, 0, 0, 0, 0)
    assert_equal(state(databases[0], people), before)


def test_a_record_that_leaves_and_comes_back_leaves_no_trace(vocabulary, databases, parameters):
    people = emptied(databases[0], parameters(prior={"fewest_records": 2}))
    records = {record: place * 7 % 60 for place, record in enumerate(RECORDS)}
    people.take(rows_of(vocabulary, records), NOBODY)
    before = state(databases[0], people)
    for leaving in (RECORDS[:1], RECORDS[:40], RECORDS):
        people.take(vocabulary.head(0), keys_of(leaving))
        assert len(people.members()) == len(RECORDS) - len(leaving)
        people.take(rows_of(vocabulary, {record: records[record] for record in leaving}), NOBODY)
        assert_equal(state(databases[0], people), before)


def test_all_records_gone_leave_nothing(vocabulary, databases, parameters):
    people = emptied(databases[0], parameters())
    people.take(rows_of(vocabulary, dict.fromkeys(RECORDS, 1)), NOBODY)
    people.take(vocabulary.head(0), keys_of(RECORDS))
    assert state(databases[0], people) == {"profiles": [], "members": {}, "histogram": [], "keys": set(), "pairs": {}}


def test_a_record_nobody_knew_may_be_gone(vocabulary, databases, parameters):
    people = emptied(databases[0], parameters())
    taken = people.take(vocabulary.head(0), keys_of(RECORDS[:2]))
    assert (taken.born, taken.dead, taken.profiles) == (0, 0, 0)


def test_records_of_one_source_that_say_the_same_are_one_profile_unless_they_say_too_little(evidence, databases, parameters):
    rows = [{"name": "Quillfeather", "phone": "206 555 0100"}] * 3 + [{"name": "Quillfeather"}] * 2
    people = emptied(databases[0], parameters())
    people.take(evidence(rows), NOBODY)
    numbers = dict(people.members().select("record_id", "n").iter_rows())
    assert len({numbers[f"{place:05}"] for place in range(3)}) == 1
    assert len(set(numbers.values())) == 3


def test_records_judged_apart_are_never_one_profile(evidence, databases, parameters):
    load = evidence([{"name": "Quillfeather", "phone": "206 555 0100"}] * 3)
    people = emptied(databases[0], parameters())
    people.take(load, NOBODY)
    assert people.members()["n"].n_unique() == 1
    people.take(load[:1], NOBODY, apart=load.select(*KEY)[:1])
    assert people.members()["n"].n_unique() == 2


def test_more_bits_kept_are_the_same_pairs_and_more(vocabulary, databases, parameters):
    load = rows_of(vocabulary, {record: place * 7 % 60 for place, record in enumerate(RECORDS)})
    found = []
    for least in (None, -60.0):
        databases[0].execute(f"drop schema if exists {SCHEMA} cascade")
        people = Population(databases[0], parameters(), least=least)
        people.take(load, NOBODY)
        found.append(state(databases[0], people)["pairs"])
    assert len(found[0]) < len(found[1])
    assert all(found[1][pair] == rest for pair, rest in found[0].items())
