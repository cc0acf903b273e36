"""Which id a group of records bears, and what becomes of ids when groups change.

Here: minting, inheriting, keeping (保留编号) and retiring customer ids, and the periods in which each record belonged to each customer.
Not here: which records form a group (clustering.py), what stewards decided (judgements.py).

An id is opaque, minted once and never given to another customer. A group bears the id a steward pinned to one of its records; else the
id of the customer most of its records belonged to; of equals the oldest, then the lowest. When a customer splits, the larger part keeps
the id. An id that loses all its records is retired and redirected to the customer that got most of them; redirects lead to a living id in
one step.

A pin counts where no other customer is meant by the id: a record of the group bears it or bore it once; or it is retired and leads to an
id that a record of the group bears; or no record that still exists bears it (a CRM was replaced, and its records came back under new
keys). So a steward can choose the other id after a merger and the other part after a split, and no pin gives one customer's id to
another: that would change what the past says. A retired id that is pinned lives again: its redirect is withdrawn, and the id borne
meanwhile is retired and leads to it, so whoever followed the redirect in between met the same customer. Every other pin is an issue
and changes nothing. 2026-11-22
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa

_KEY = ["source", "record_id"]
_ID_CHARACTERS = 12  # 60 bits: among a million customers a clash has a chance of 1 in two million, and then the counter decides
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)
_PERIOD_COLUMNS = ["source", "record_id", "customer_id", "match_reason", "valid_from", "valid_to"]
_REDIRECT = {
    "old_customer_id": pl.String,
    "customer_id": pl.String,
    "cause": pl.String,
    "happened_on": pl.Date,
    "first_customer_id": pl.String,
    "detail": pl.String,
}
_PIN = {
    "source": pl.String,
    "record_id": pl.String,
    "customer_id": pl.String,
    "judgement_id": pl.String,
    "judged_on": pl.Date,
    "sequence": pl.Int64,
}
_ISSUE = {"judgement_id": pl.String, "issue": pl.String, "detail": pl.String}

WasBorne = Callable[[pl.Series], pl.Series]
"""Of the ids asked for, those that any customer ever bore."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`customer_ids`: group, customer_id. `redirects`: those handed in, as they are now, and the new ones.

    `issues`: judgement_id, issue (pin_conflict, unknown_id), detail: pins that do not count. `minted_count`: ids made in this run.
    """

    customer_ids: pl.DataFrame
    redirects: pl.DataFrame
    issues: pl.DataFrame
    minted_count: int


@dataclass(frozen=True, kw_only=True)
class Touched:
    """The rows that decide about some of the groups: what `identify` takes, cut down without a loss."""

    members: pl.DataFrame
    previous_records: pl.DataFrame
    previous_redirects: pl.DataFrame
    pins: pl.DataFrame


def no_pins() -> pl.DataFrame:
    """Pins where no steward keeps an id."""
    return pl.DataFrame(schema=_PIN)


def mint(founders: pl.DataFrame, was_borne: WasBorne) -> pl.Series:
    """The ids of customers founded by these records (source, record_id), each `C` and 12 characters.

    The first of a record's line that nobody ever bore; of two records with the same id the one with the lower key has it.
    """
    waiting = founders.select(_KEY).with_row_index("place")
    ids, counter = pl.DataFrame(schema={"place": pl.UInt32, "customer_id": pl.String}), 0
    while len(waiting):
        tried = waiting.with_columns(_line(waiting, counter))
        if tried["customer_id"].n_unique() < len(tried):  # of a million perhaps never: the order of rows must not decide then
            tried = tried.sort(_KEY)
        taken = pl.concat([was_borne(tried["customer_id"]).cast(pl.String).alias("customer_id"), ids["customer_id"]])
        is_free = pl.col("customer_id").is_first_distinct() & ~pl.col("customer_id").is_in(taken.implode())
        ids = pl.concat([ids, tried.filter(is_free).select(ids.columns)])
        waiting, counter = waiting.join(ids, on="place", how="anti", maintain_order="left"), counter + 1
    return ids.sort("place")["customer_id"]


def _line(founders: pl.DataFrame, counter: int) -> pl.Series:
    """The ids with this number in the lines of the records: 60 bits of a hash in base 32."""
    texts = founders.select(pl.concat_str(*_KEY, pl.lit(str(counter)), separator="\x1f").alias("text"))["text"].to_list()
    digests = b"".join([hashlib.sha256(text.encode()).digest()[:8] for text in texts])
    numbers = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
    length = 1 + _ID_CHARACTERS
    letters = np.full((len(texts), length), ord("C"), dtype=np.uint8)
    for place in range(_ID_CHARACTERS):
        letters[:, 1 + place] = _ALPHABET[(numbers >> np.uint64(59 - 5 * place)) & np.uint64(31)]
    ends = np.arange(len(texts) + 1, dtype=np.int64) * length
    made = pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(letters.tobytes()))
    return pl.Series("customer_id", made, dtype=pl.String)


def touched(
    members: pl.DataFrame, previous_records: pl.DataFrame, previous_redirects: pl.DataFrame, pins: pl.DataFrame, *, changed: pl.Series
) -> Touched:
    """What `identify` and `record_periods` must see so that the groups it is about get what they would get from the whole.

    `changed`: at least the groups that are not just the records one living id had (those of components that were clustered anew).
    Beside them count the groups with pins, and every group with a record whose id a record of these bears, or a pin names or leads to.
    Of the past: all rows of their records and of every record that bears or ever bore one of these ids (also vanished ones), and the
    redirects that lead to these ids or that a pin names. Every other group keeps its id, its redirects and its periods.
    """
    was = previous_records.filter(pl.col("valid_to").is_null()).select(*_KEY, "customer_id")
    named = previous_redirects.join(pins.select(old_customer_id="customer_id"), on="old_customer_id", how="semi")
    ids = pl.concat([pins["customer_id"], named["customer_id"]]).unique()
    groups = pl.concat([changed.cast(pl.Int64), members.join(pins, on=_KEY, how="semi")["group"].cast(pl.Int64)]).unique()
    while True:
        inside = members.filter(pl.col("group").is_in(groups.implode()))
        ids = pl.concat([ids, was.join(inside, on=_KEY, how="semi")["customer_id"]]).unique()
        bearers = was.filter(pl.col("customer_id").is_in(ids.implode()))
        grown = pl.concat([groups, members.join(bearers, on=_KEY, how="semi")["group"].cast(pl.Int64)]).unique()
        if len(grown) == len(groups):
            break
        groups = grown
    bore = previous_records.filter(pl.col("customer_id").is_in(ids.implode()))
    keys = pl.concat([inside.select(_KEY), bore.select(_KEY)]).unique()
    led = pl.col("customer_id").is_in(ids.implode()) | pl.col("old_customer_id").is_in(ids.implode())
    return Touched(
        members=inside,
        previous_records=previous_records.join(keys, on=_KEY, how="semi"),
        previous_redirects=previous_redirects.filter(led),
        pins=pins,
    )


def identify(
    members: pl.DataFrame,
    previous_records: pl.DataFrame,
    previous_redirects: pl.DataFrame,
    *,
    as_of_date: date,
    pins: pl.DataFrame | None = None,
    was_borne: WasBorne | None = None,
) -> Identity:
    """Ids for the groups of `members` (source, record_id, group: any whole number that names the group; it decides nothing).

    `previous_records`, `previous_redirects`: of the last run. `pins`: as judgements.in_force gives them. With the rows of `touched` only,
    the ids are those of a run over the whole, and the redirects take the place of those handed in; `was_borne` must then know of every
    id in the two whole tables. Without it, the ids in the two tables handed in are taken to be all there ever were.
    """
    pins = no_pins() if pins is None else pins
    was = previous_records.filter(pl.col("valid_to").is_null()).select(*_KEY, "customer_id")
    shared = members.join(was, on=_KEY).group_by("group", "customer_id").agg(pl.len().cast(pl.Int64).alias("records"))
    claims, issues = _claims(members, previous_records, previous_redirects, shared, was, pins)
    is_plain = (pl.len().over("group") == 1) & (pl.len().over("customer_id") == 1)
    is_claimed = pl.col("group").is_in(claims["group"].implode()) | pl.col("customer_id").is_in(claims["target"].implode())
    shared = shared.with_columns(is_plain=is_plain & ~is_claimed)
    plain, contested = shared.filter("is_plain"), shared.filter(~pl.col("is_plain"))
    inherited = _inherited(contested, claims, previous_records, members)
    ids = pl.concat([plain.select("group", "customer_id"), inherited, claims.select("group", "customer_id")])
    founders = _founders(members.join(ids, on="group", how="anti"))
    minted = mint(founders, was_borne or _borne_in(previous_records, previous_redirects))
    customer_ids = pl.concat([ids, founders.select("group", minted.alias("customer_id"))])
    lost = contested.join(inherited, on="customer_id", how="anti").join(claims, left_on="customer_id", right_on="target", how="anti")
    retired = pl.concat([_retired(lost, customer_ids), _given_up(claims)]).with_columns(happened_on=pl.lit(as_of_date))
    return Identity(
        customer_ids=customer_ids.sort("group"),
        redirects=_redirected(previous_redirects, retired.select(_REDIRECT.keys()), claims),
        issues=issues,
        minted_count=len(founders),
    )


def _borne_in(previous_records: pl.DataFrame, previous_redirects: pl.DataFrame) -> WasBorne:
    def was_borne(asked: pl.Series) -> pl.Series:
        columns = (previous_records["customer_id"], previous_redirects["old_customer_id"], previous_redirects["customer_id"])
        return pl.concat([column.filter(column.is_in(asked.implode())) for column in columns])

    return was_borne


def _founders(members: pl.DataFrame) -> pl.DataFrame:
    """Per group its record with the lowest key: source, record_id, group."""
    first_source = members.filter(pl.col("source") == pl.col("source").min().over("group"))
    return first_source.group_by("group").agg(pl.col("source").first(), pl.col("record_id").min()).select(*_KEY, "group")


def _claims(
    members: pl.DataFrame,
    previous_records: pl.DataFrame,
    previous_redirects: pl.DataFrame,
    shared: pl.DataFrame,
    was: pl.DataFrame,
    pins: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pins that count, one per group: group, target (the living id claimed), customer_id (the id to bear), judgement_id; the issues."""
    heirs = dict(
        previous_redirects.join(pins, left_on="old_customer_id", right_on="customer_id", how="semi")
        .select("old_customer_id", "customer_id")
        .iter_rows()
    )
    targets = pl.Series([heirs.get(pinned, pinned) for pinned in pins["customer_id"]], dtype=pl.String)
    is_meant = pl.col("customer_id").is_in(targets.unique().implode())
    living = set(was.filter(is_meant)["customer_id"])
    now = set(shared.filter(is_meant).select("group", "customer_id").iter_rows())
    present = {customer_id for _, customer_id in now}
    ever = set(members.join(previous_records.filter(is_meant), on=_KEY).select("group", "customer_id").iter_rows())
    group_of, claimed_by = {}, {}
    claims, issues = [], []
    pinned = pins.with_columns(target=targets).join(members.select(*_KEY, "group"), on=_KEY)
    newest_first = pinned.sort("judged_on", "sequence", descending=True).select("group", "target", "customer_id", "judgement_id", *_KEY)
    for group, target, name, judgement_id, source, record_id in newest_first.iter_rows():
        what = f"The id {name} cannot be kept for the customer of {source} {record_id}"
        if target not in living:
            issues.append((judgement_id, "unknown_id", f"{what}: no customer ever bore it. Correct the id in a new row."))
        elif target in present and (group, target) not in (
            ever if name == target else now
        ):  # `ever` would let a part that left T take T's name R
            led = f"it was retired and leads to {target}, which" if name != target else "it"
            issues.append(
                (judgement_id, "unknown_id", f"{what}: {led} is the id of another customer. Judge records of the two `same` first.")
            )
        elif group in group_of and group_of[group] != name:
            issues.append(
                (judgement_id, "pin_conflict", f"{what}: a newer judgement keeps {group_of[group]} for it. Withdraw one of the two.")
            )
        elif claimed_by.setdefault(target, group) != group:
            issues.append(
                (judgement_id, "pin_conflict", f"{what}: a newer judgement keeps it for another customer. Withdraw one of the two.")
            )
        elif group not in group_of:
            group_of[group] = name
            claims.append((group, target, name, judgement_id))
    schema = {"group": members.schema["group"], "target": pl.String, "customer_id": pl.String, "judgement_id": pl.String}
    return pl.DataFrame(claims, schema=schema, orient="row"), pl.DataFrame(issues, schema=_ISSUE, orient="row").sort("judgement_id")


def _inherited(contested: pl.DataFrame, claims: pl.DataFrame, previous_records: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Of the groups and ids that are not plain, who inherits what: group, customer_id. Claims come before."""
    oldest = previous_records.join(contested, on="customer_id", how="semi").group_by("customer_id").agg(oldest=pl.col("valid_from").min())
    founders = _founders(members.join(contested, on="group", how="semi"))
    ranked = contested.join(oldest, on="customer_id").join(founders, on="group")
    ranked = ranked.sort("records", "oldest", "customer_id", *_KEY, descending=[True, False, False, False, False])
    groups, ids = set(claims["group"]), set(claims["target"])
    rows = []
    for group, customer_id in ranked.select("group", "customer_id").iter_rows():
        if group not in groups and customer_id not in ids:
            rows.append((group, customer_id))
            groups.add(group)
            ids.add(customer_id)
    return pl.DataFrame(rows, schema={"group": members.schema["group"], "customer_id": pl.String}, orient="row")


def _retired(lost: pl.DataFrame, customer_ids: pl.DataFrame) -> pl.DataFrame:
    """One row per id that no group inherited, leading to the customer with most of its records."""
    heirs = lost.select("group", "records", old_customer_id="customer_id").join(customer_ids, on="group")
    most = (
        heirs.sort("old_customer_id", "records", "customer_id", descending=[False, True, False])
        .group_by("old_customer_id", maintain_order=True)
        .agg(pl.col("customer_id").first(), pl.col("records").first(), pl.col("records").sum().alias("all"), pl.len().alias("heirs"))
    )
    is_split = pl.col("heirs") > 1
    others = pl.format(
        "{} of its {} records went to {}, the others to {} other customer(s).", "records", "all", "customer_id", pl.col("heirs") - 1
    )
    return most.select(
        "old_customer_id",
        "customer_id",
        pl.when(is_split).then(pl.lit("split")).otherwise(pl.lit("merged")).alias("cause"),
        pl.col("customer_id").alias("first_customer_id"),
        pl.when(is_split).then(others).otherwise(pl.format("All of its {} record(s) went to {}.", "all", "customer_id")).alias("detail"),
    )


def _given_up(claims: pl.DataFrame) -> pl.DataFrame:
    """One row per id that its customer no longer bears because a steward kept an older one."""
    return claims.filter(pl.col("target") != pl.col("customer_id")).select(
        pl.col("target").alias("old_customer_id"),
        "customer_id",
        pl.lit("merged").alias("cause"),
        pl.col("customer_id").alias("first_customer_id"),
        pl.format("The customer bears {} again, as judgement {} says.", "customer_id", "judgement_id").alias("detail"),
    )


def _redirected(previous: pl.DataFrame, retired: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """All redirects, each leading to a living id: one that led to an id retired today follows it, and an id that lives again has none."""
    still = previous.join(claims, left_on="old_customer_id", right_on="customer_id", how="anti")
    followed = still.with_columns(pl.col("customer_id").replace(retired["old_customer_id"], retired["customer_id"]))
    every = pl.concat([pl.DataFrame(schema=_REDIRECT), followed, retired], how="diagonal")
    return every.select(_REDIRECT.keys()).sort("old_customer_id")


def record_periods(
    current: pl.DataFrame, previous_records: pl.DataFrame, redirects: pl.DataFrame, *, as_of_date: date, calendar_start: date
) -> pl.DataFrame:
    """resolved.customer_records: when each record belonged to which customer; periods half open, without overlap.

    `current`: source, record_id, customer_id, match_reason, first_day (first seen in an export; null means `calendar_start`).
    A record that is not in `current` keeps its open period, or follows its customer's redirect. Seen from an earlier day than
    the newest known (a past run repeated), what began later is left out.

    Each record's periods depend on its own rows only, and on the redirect of its customer: with the records of `touched`, or any others
    with all their previous rows, the result takes the place of those records' rows.
    """
    known = previous_records.filter(pl.col("valid_from") <= as_of_date).with_columns(
        valid_to=pl.when(pl.col("valid_to") <= as_of_date).then("valid_to")
    )
    current = current.select(*_KEY, "customer_id", "match_reason", "first_day")
    first = pl.min_horizontal(pl.col("first_day").fill_null(calendar_start), pl.lit(as_of_date))
    fresh = current.join(known, on=_KEY, how="anti") if len(known) else current
    fresh = fresh.with_columns(valid_from=first, valid_to=pl.lit(None, dtype=pl.Date)).select(_PERIOD_COLUMNS)
    heirs = redirects.select(pl.col("old_customer_id").alias("customer_id"), pl.col("customer_id").alias("heir"))
    now = current.select(*_KEY, pl.col("customer_id").alias("now_id"), pl.col("match_reason").alias("now_reason"), "first_day")
    opened = known.filter(pl.col("valid_to").is_null()).join(now, on=_KEY, how="left").join(heirs, on="customer_id", how="left")
    opened = opened.with_columns(
        pl.coalesce("now_id", "heir", "customer_id").alias("now_id"), pl.coalesce("now_reason", "match_reason").alias("now_reason")
    )
    has_past = known.filter(pl.col("valid_to").is_not_null()).select(_KEY).unique()
    stays = pl.col("customer_id") == pl.col("now_id")
    settled = opened.filter(stays).join(has_past, on=_KEY, how="anti")  # nearly all records: one period before, the same one now
    settled = settled.with_columns(match_reason="now_reason", valid_from=pl.min_horizontal("valid_from", "first_day")).select(
        _PERIOD_COLUMNS
    )
    moved = pl.concat([opened.filter(~stays).select(_KEY), has_past]).unique()
    parts = (fresh, settled, _moved(known.join(moved, on=_KEY, how="semi"), opened.join(moved, on=_KEY, how="semi"), as_of_date))
    return pl.concat(parts).sort(*_KEY, "valid_from")


def _moved(known: pl.DataFrame, opened: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    """The periods of records with more than one: `opened` holds their open rows with now_id, now_reason and first_day."""
    stays = pl.col("customer_id") == pl.col("now_id")
    continued = opened.filter(stays).with_columns(match_reason="now_reason")
    closed = opened.filter(~stays & (pl.col("valid_from") < as_of_date)).with_columns(valid_to=pl.lit(as_of_date))
    began = opened.filter(~stays).with_columns(customer_id="now_id", match_reason="now_reason", valid_from=pl.lit(as_of_date))
    parts = (known.filter(pl.col("valid_to").is_not_null()), continued, closed, began)
    periods = pl.concat([part.select(_PERIOD_COLUMNS) for part in parts])
    return _joined(_begun_in_time(periods, opened))


def _begun_in_time(periods: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """The first period of a record begins when the record was first seen, also when an older export arrived late."""
    periods = periods.sort(*_KEY, "valid_from").join(current.select(*_KEY, "first_day"), on=_KEY, how="left", maintain_order="left")
    is_first = pl.int_range(pl.len()).over(_KEY) == 0
    start = pl.when(is_first).then(pl.min_horizontal("valid_from", "first_day")).otherwise("valid_from")
    return periods.with_columns(valid_from=start).select(_PERIOD_COLUMNS)


def _joined(periods: pl.DataFrame) -> pl.DataFrame:
    """Adjoining periods of one record with one customer are one: a change and its correction on the same day leave no seam."""
    same_customer = pl.col("customer_id") == pl.col("customer_id").shift(1).over(_KEY)
    adjoins = pl.col("valid_from") == pl.col("valid_to").shift(1).over(_KEY)
    periods = periods.sort(*_KEY, "valid_from").with_columns(begins=~(same_customer & adjoins).fill_null(False))
    return (
        periods.with_columns(run=pl.col("begins").cum_sum().over(_KEY))
        .group_by(*_KEY, "run", maintain_order=True)
        .agg(pl.col("customer_id").first(), pl.col("match_reason").last(), pl.col("valid_from").first(), pl.col("valid_to").last())
        .select(_PERIOD_COLUMNS)
    )
