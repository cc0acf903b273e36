"""Which id a group of records bears, and what becomes of ids when groups change.

Here: minting, inheriting and retiring customer ids, and the periods in which each record belonged to each customer.
Not here: which records form a group (clustering.py).

An id is opaque, minted once and never used again. A group inherits the id of the customer most of its records belonged to; of
equals the oldest, then the lowest. When a customer splits, the larger part keeps the id. An id that loses all its records is
retired and redirected to the customer that got most of them; redirects always lead to a living id.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

_KEY = ["source", "record_id"]
_ID_CHARACTERS = 12  # 60 bits: among a million customers a clash has a chance of 1 in two million, and then the counter decides
_PERIOD_COLUMNS = ["source", "record_id", "customer_id", "match_reason", "valid_from", "valid_to"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`customer_ids`: group -> id. `redirects`: as resolved.customer_id_redirects. `minted_count`: ids made in this run."""

    customer_ids: Mapping[int, str]
    redirects: pl.DataFrame
    minted_count: int


def mint(source: str, record_id: str, taken: set[str]) -> str:
    """The id of a customer founded by this record: `C` and 12 characters; the first of its line that nobody ever bore."""
    counter = 0
    while True:
        digest = hashlib.sha256("\x1f".join((source, record_id, str(counter))).encode()).digest()
        customer_id = "C" + base64.b32encode(digest).decode()[:_ID_CHARACTERS]
        if customer_id not in taken:
            return customer_id
        counter += 1


def identify(members: pl.DataFrame, previous_records: pl.DataFrame, previous_redirects: pl.DataFrame, *, as_of_date: date) -> Identity:
    """Ids for the groups of `members` (source, record_id, group; the group's number is that of its lowest record)."""
    was = previous_records.filter(pl.col("valid_to").is_null()).select(*_KEY, "customer_id")
    oldest = previous_records.group_by("customer_id").agg(pl.col("valid_from").min().alias("oldest"))
    shared = members.join(was, on=_KEY).group_by("group", "customer_id").agg(pl.len().alias("records"))
    shared = shared.join(oldest, on="customer_id").sort("records", "oldest", "customer_id", "group", descending=[True, False, False, False])
    customer_ids: dict[int, str] = {}
    kept: set[str] = set()
    for group, customer_id in shared.select("group", "customer_id").iter_rows():
        if group not in customer_ids and customer_id not in kept:
            customer_ids[group] = customer_id
            kept.add(customer_id)
    taken = set(previous_records["customer_id"]) | set(previous_redirects["old_customer_id"]) | set(previous_redirects["customer_id"])
    founders = members.sort(*_KEY).unique("group", keep="first", maintain_order=True)
    minted_count = 0
    for source, record_id, group in founders.select(*_KEY, "group").iter_rows():
        if group not in customer_ids:
            customer_ids[group] = mint(source, record_id, taken)
            taken.add(customer_ids[group])
            minted_count += 1
    retired = _retired(shared, customer_ids, kept, as_of_date)
    return Identity(customer_ids=customer_ids, redirects=_redirected(previous_redirects, retired), minted_count=minted_count)


def _retired(shared: pl.DataFrame, customer_ids: Mapping[int, str], kept: set[str], as_of_date: date) -> pl.DataFrame:
    """One row per id that no group inherited, leading to the customer with most of its records."""
    lost = shared.filter(~pl.col("customer_id").is_in(list(kept)))
    heirs = pl.Series("heir", [customer_ids[group] for group in lost["group"]], dtype=pl.String)
    return (
        lost.with_columns(heirs)
        .sort("customer_id", "records", "heir", descending=[False, True, False])
        .group_by("customer_id", maintain_order=True)
        .agg(pl.col("heir").first(), pl.col("heir").n_unique().alias("heirs"))
        .select(
            pl.col("customer_id").alias("old_customer_id"),
            pl.col("heir").alias("customer_id"),
            pl.when(pl.col("heirs") > 1).then(pl.lit("split")).otherwise(pl.lit("merged")).alias("cause"),
            pl.lit(as_of_date).alias("happened_on"),
        )
    )


def _redirected(previous: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    """All redirects, each leading to a living id: one that led to an id retired today follows it."""
    heir = dict(retired.select("old_customer_id", "customer_id").iter_rows())
    followed = previous.with_columns(pl.col("customer_id").replace(list(heir), list(heir.values())))
    return pl.concat([followed.select(retired.columns), retired]).sort("old_customer_id")


def record_periods(
    current: pl.DataFrame, previous_records: pl.DataFrame, redirects: pl.DataFrame, *, as_of_date: date, calendar_start: date
) -> pl.DataFrame:
    """resolved.customer_records: when each record belonged to which customer; periods half open, without overlap.

    `current`: source, record_id, customer_id, match_reason, first_day (first seen in an export; null means `calendar_start`).
    A record that is not in `current` keeps its open period, or follows its customer's redirect. Seen from an earlier day than
    the newest known (a past run repeated), what began later is left out.
    """
    known = previous_records.filter(pl.col("valid_from") <= as_of_date).with_columns(
        valid_to=pl.when(pl.col("valid_to") <= as_of_date).then("valid_to")
    )
    is_open = pl.col("valid_to").is_null()
    heirs = redirects.select(pl.col("old_customer_id").alias("customer_id"), pl.col("customer_id").alias("heir"))
    vanished = known.filter(is_open).join(current, on=_KEY, how="anti").join(heirs, on="customer_id", how="left")
    wanted = pl.concat(
        [
            current.select(*_KEY, "customer_id", "match_reason"),
            vanished.select(*_KEY, pl.coalesce("heir", "customer_id").alias("customer_id"), "match_reason"),
        ]
    ).rename({"customer_id": "now_id", "match_reason": "now_reason"})
    opened = known.filter(is_open).join(wanted, on=_KEY)
    stays = pl.col("customer_id") == pl.col("now_id")
    continued = opened.filter(stays).with_columns(match_reason="now_reason")
    closed = opened.filter(~stays & (pl.col("valid_from") < as_of_date)).with_columns(valid_to=pl.lit(as_of_date))
    began = wanted.join(continued, on=_KEY, how="anti")
    began = began.join(known.select(*_KEY, pl.lit(True).alias("was_here")).unique(), on=_KEY, how="left")
    first = pl.min_horizontal(pl.col("first_day").fill_null(calendar_start), pl.lit(as_of_date))
    since = pl.when("was_here").then(pl.lit(as_of_date)).otherwise(first)
    began = began.join(current.select(*_KEY, "first_day"), on=_KEY, how="left").select(
        *_KEY,
        pl.col("now_id").alias("customer_id"),
        pl.col("now_reason").alias("match_reason"),
        since.alias("valid_from"),
        pl.lit(None, dtype=pl.Date).alias("valid_to"),
    )
    parts = (known.filter(~is_open), continued, closed, began)
    periods = pl.concat([part.select(_PERIOD_COLUMNS) for part in parts])
    return _joined(_begun_in_time(periods, current))


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
