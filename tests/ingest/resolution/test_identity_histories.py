"""resolution/identity.py over histories of nights: what must hold whatever becomes of the groups."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.resolution.identity import identify, no_pins, record_periods, touched

FIRST_DAY = date(2026, 11, 1)
REDIRECTS = dict.fromkeys(("old_customer_id", "customer_id", "cause"), pl.String) | {"happened_on": pl.Date}
REDIRECTS |= {"first_customer_id": pl.String, "detail": pl.String}
PERIODS = dict.fromkeys(("source", "record_id", "customer_id", "match_reason"), pl.String) | {
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}

# Histories: nights on which some of six records stand in an export, grouped anyhow, with pins of ids that were given before.
NIGHT = st.tuples(
    st.integers(0, 2),  # days since the night before; 0 is a second run on one day
    st.lists(st.integers(0, 4), min_size=6, max_size=6),  # group of each record; 0 means it is not in the export
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=2),  # pins: which record, and which of the ids known by then
)


def night_members(groups):
    rows = [("ab"[number % 2], str(number), group) for number, group in enumerate(groups) if group]
    return pl.DataFrame(rows, schema={"source": pl.String, "record_id": pl.String, "group": pl.Int64}, orient="row")


def night_pins(wanted, known, on):
    rows = [
        ("ab"[record % 2], str(record), known[which % len(known)], f"{on}-{number}", on, number)
        for number, (record, which) in enumerate(wanted)
        if known
    ]
    return pl.DataFrame(rows, schema=no_pins().schema, orient="row").unique(["source", "record_id"], keep="last", maintain_order=True)


def tabled(members, customer_ids, first_day):
    sentence = pl.format("in {}", "group")
    return members.join(customer_ids, on="group").with_columns(match_reason=sentence, first_day=pl.lit(first_day))


def changed_groups(members, before):
    """Groups that are not just the records that stand in an export and bear one living id: the plain way."""
    bearers, groups = {}, {}
    present = {row[:2]: row[2] for row in members.iter_rows()}
    for source, record_id, customer_id in (
        before.filter(pl.col("valid_to").is_null()).select("source", "record_id", "customer_id").iter_rows()
    ):
        if (source, record_id) in present:
            bearers.setdefault(customer_id, set()).add((source, record_id))
    for key, group in present.items():
        groups.setdefault(group, set()).add(key)
    return pl.Series([group for group, keys in groups.items() if keys not in bearers.values()], dtype=pl.Int64)


def nights(history):
    """Each night of a history: day, members, pins, tables before it, its identity and its periods."""
    periods, redirects = pl.DataFrame(schema=PERIODS), pl.DataFrame(schema=REDIRECTS)
    today, known = FIRST_DAY, []
    for later, groups, wanted in history:
        today += timedelta(later)
        members, pins = night_members(groups), night_pins(wanted, known, today)
        identity = identify(members, periods, redirects, as_of_date=today, pins=pins)
        after = record_periods(
            tabled(members, identity.customer_ids, today), periods, identity.redirects, as_of_date=today, calendar_start=FIRST_DAY
        )
        yield today, members, pins, (periods, redirects), identity, after
        periods, redirects = after, identity.redirects
        known = sorted({*known, *after["customer_id"], *redirects["old_customer_id"]})


HISTORY = st.lists(NIGHT, min_size=1, max_size=6)


def living_of(periods):
    return set(periods.filter(pl.col("valid_to").is_null())["customer_id"])


@settings(max_examples=25)
@given(history=HISTORY)
def test_ids_are_never_borne_by_two_customers_nor_used_again_and_every_one_leads_to_a_living_one(history):
    ever = set()
    for _, members, pins, (before, redirects_before), identity, after in nights(history):
        ids = dict(identity.customer_ids.iter_rows())
        assert len(set(ids.values())) == len(ids) == members["group"].n_unique()
        living, heirs = living_of(after), dict(identity.redirects.select("old_customer_id", "customer_id").iter_rows())
        assert set(heirs.values()) <= living
        assert living.isdisjoint(heirs)
        ever |= set(ids.values())
        assert ever == living | set(heirs)
        led_before = dict(redirects_before.select("old_customer_id", "customer_id").iter_rows())
        kept = set(pins["customer_id"])
        for group, customer_id in ids.items():
            keys = members.filter(pl.col("group") == group)
            past = set(before.join(keys, on=["source", "record_id"], how="semi")["customer_id"])
            if customer_id in led_before:
                assert customer_id in kept
                assert led_before[customer_id] in past | (
                    living_of(before) - set(before.join(members, on=["source", "record_id"])["customer_id"])
                )
            elif customer_id in set(before["customer_id"]):
                assert customer_id in past or customer_id in kept


@settings(max_examples=25)
@given(history=HISTORY)
def test_every_record_is_with_one_customer_at_a_time_without_a_gap(history):
    key = ["source", "record_id"]
    for _, members, _, (before, _), identity, after in nights(history):
        still = after.filter(pl.col("valid_to").is_null()).select(*key, "customer_id")
        assert not still.select(key).is_duplicated().any()
        for _, rows in after.group_by(key):
            ordered = rows.sort("valid_from")
            assert ordered["valid_to"][-1] is None
            assert ordered["valid_from"].to_list()[1:] == ordered["valid_to"].to_list()[:-1]
            assert (ordered["valid_from"] < ordered["valid_to"]).drop_nulls().all()
            assert (ordered["customer_id"] != ordered["customer_id"].shift(1)).drop_nulls().all()
        wanted = members.join(identity.customer_ids, on="group").select(*key, "customer_id")
        assert len(wanted.join(still, on=[*key, "customer_id"], how="anti")) == 0
        assert len(before.join(still, on=key, how="anti")) == 0


@settings(max_examples=25)
@given(history=HISTORY)
def test_the_same_night_again_changes_nothing(history):
    for today, members, pins, _, identity, after in nights(history):
        again = identify(members, after, identity.redirects, as_of_date=today, pins=pins)
        assert again.customer_ids.equals(identity.customer_ids)
        assert again.redirects.equals(identity.redirects)
        assert again.minted_count == 0
        table = tabled(members, again.customer_ids, today)
        assert record_periods(table, after, again.redirects, as_of_date=today, calendar_start=FIRST_DAY).equals(after)


@settings(max_examples=25)
@given(history=HISTORY, seed=st.integers(0, 99))
def test_neither_the_order_of_rows_nor_the_names_of_groups_decide(history, seed):
    for today, members, pins, (before, redirects), identity, after in nights(history):
        mixed = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (members, before, redirects, pins)]
        renamed = mixed[0].with_columns(group=100 - pl.col("group"))
        other = identify(renamed, *mixed[1:3], as_of_date=today, pins=mixed[3])
        assert other.customer_ids.with_columns(group=100 - pl.col("group")).sort("group").equals(identity.customer_ids)
        assert other.redirects.equals(identity.redirects)
        assert other.issues.equals(identity.issues)
        table = tabled(mixed[0], identity.customer_ids, today)
        assert record_periods(table, mixed[1], other.redirects, as_of_date=today, calendar_start=FIRST_DAY).equals(after)


@settings(max_examples=25)
@given(history=HISTORY)
def test_the_touched_groups_alone_get_what_they_get_among_all(history):
    for today, members, pins, (before, redirects), identity, after in nights(history):
        few = touched(members, before, redirects, pins, changed=changed_groups(members, before))
        ever = pl.concat([before["customer_id"], redirects["old_customer_id"]])
        part = identify(
            few.members,
            few.previous_records,
            few.previous_redirects,
            as_of_date=today,
            pins=few.pins,
            was_borne=lambda asked, ever=ever: asked.filter(asked.is_in(ever.implode())),
        )
        assert part.customer_ids.equals(identity.customer_ids.join(few.members, on="group", how="semi"))
        assert part.issues.equals(identity.issues)
        assert part.minted_count == identity.minted_count
        kept = redirects.join(few.previous_redirects, on="old_customer_id", how="anti")
        assert pl.concat([kept, part.redirects]).sort("old_customer_id").equals(identity.redirects)
        # Sentences of the other groups' records stay: only those that are handed in are written anew.
        table = tabled(few.members, part.customer_ids, today)
        periods_of_few = record_periods(table, few.previous_records, part.redirects, as_of_date=today, calendar_start=FIRST_DAY)
        rest = before.join(few.previous_records, on=["source", "record_id"], how="anti")
        together = pl.concat([rest, periods_of_few]).sort("source", "record_id", "valid_from")
        assert together.drop("match_reason").equals(after.drop("match_reason"))
