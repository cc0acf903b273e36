"""raw.customers and raw.owner_changes over all days -> clean.owner_observations: who owned each record (归属), from when, and how we know.

Here: what every export shows, compared with the history that the source recorded itself, and one gapless sequence made of both.
Not here: reading the source's history (owner_history.py); since when something is known, and what was known before (owner_versions.py);
who the rep is (rep_ids.py); ownership across sources (marts/ownership).

The result is a function of the set of rows and loaded days: a day that comes late, or twice, or in another order gives the same table.
The history tells the moment of a change, the exports tell whether the history is whole:
  1. A change of the history is an observation. If the first names who owned the record before, that owner is one since the record was made.
  2. An export is explained when it shows the owner that history and the export before lead to. On a day with changes of its own it is
     explained also by an owner of earlier that day, for it may have been taken before them; then the next export has to show the last.
  3. What is not explained is an observation of its own, at the moment the record names for it, else at the end of the export's day.
  4. A record that is deleted or merged has no owner; nor has one that a whole export lacks, until it comes back. A day that was held,
     or a part of an export (`snapshot: changes`), says nothing by what it lacks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa

from ingest.cleaning.owner_history import changes_in_order, logged_changes
from ingest.cleaning.owner_versions import (
    days_of_a_log,
    first_days,
    joined,
    known_before,
    known_now,
    shown_until,
    stand_now,
    stood,
    versions_of,
)
from ingest.cleaning.records import read_field
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.values.dates import day_in_zone
from ingest.warehouse import conform

_EVIDENCE = ["as_of_date", "file_sha256", "row_number"]
_READ = ["owner_user_id", "owner_changed_at", "created_at", "is_deleted", "merged_into_record_id"]
SHOWN_COLUMNS = ("source", "record_id", *_EVIDENCE, *_READ)
"""What raw_customers has to hold at least."""
_OBSERVED = [
    "record_id", *_EVIDENCE, "observed_by", "changed_on", "changed_at", "owner_rep_id", "owner_user_id_raw", "actor_rep_id", "cause", "at",
    "rank",
]  # fmt: skip
_RANK = {"created": 0, "history": 1, "export": 2}  # of observations at one moment


def observe_owners(
    raw_customers: pa.Table,
    raw_owner_changes: pa.Table,
    loaded_days: Mapping[str, Collection[date]],
    *,
    sources: Mapping[str, Source],
    identities: RepIdentities,
    as_of_date: date,
    part_days: Mapping[str, Collection[date]] | None = None,
) -> pa.Table:
    """clean.owner_observations out of raw.customers and raw.owner_changes, all loaded days up to the as-of date.

    The rows that were known on a day (known_from <= day < known_to) are those that this gives with that day as the as-of date. Who is who
    and which days were loaded count as they are told now, on earlier days too.

    `loaded_days`: of each source the days whose customers were loaded. `part_days`: those of them on which a file could not be read:
    what they show counts, what they lack says nothing. Sources whose mapping fills neither owner_user_id nor a history give no rows:
    their silence is not an owner who left. The history of a record that no export ever held stays in clean.owner_changes alone.
    """
    table = TABLES["clean.owner_observations"]
    rows = pl.DataFrame(pl.from_arrow(raw_customers.select(SHOWN_COLUMNS)))
    observed = []
    for name in sorted(set(loaded_days) & set(sources)):
        source, days = sources[name], sorted(day for day in loaded_days[name] if day <= as_of_date)
        exported = rows.filter((pl.col("source") == name) & pl.col("as_of_date").is_in(days)).drop("source")
        logged = logged_changes(raw_owner_changes, source=source, identities=identities, until=as_of_date)
        reading = Reading(source=source, identities=identities, days=days, part=frozenset((part_days or {}).get(name, ())))
        observed.append(observations_of(exported, logged, days_of_a_log(logged), reading))
    if not observed:
        return conform(table, table.arrow_schema.empty_table())
    return conform(table, pl.concat(observed).to_arrow())


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one source is read. `days`: its loaded days, sorted; `part`: those of them that say nothing by what they lack."""

    source: Source
    identities: RepIdentities
    days: list[date]
    part: frozenset[date]


def observations_of(rows: pl.DataFrame, logged: pl.DataFrame, kept: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """clean.owner_observations of one source, or of some of its records: no record looks at another, but for `kept` (days_of_a_log).

    Every version of what the exports tell is worked out at once: an earlier one is a record with a number of its own.
    """
    rows = rows.sort("record_id", "as_of_date").with_columns(
        n=pl.col("record_id").rle_id().cast(pl.Int64), days_known=pl.lit(len(reading.days), pl.Int64)
    )
    firsts = first_days(rows)
    logged = logged.join(firsts.select("record_id", "n"), on="record_id")
    made = _made(rows if len(kept) else rows.clear(), reading.source)
    if not reading.source.entities.get("owner_changes"):
        kept = kept.clear()
    versions = versions_of(firsts, logged, made, kept)
    made_now, is_kept = stand_now(made), bool(kept["is_kept"].tail(1).any())
    observed = _of_records(rows, stand_now(logged), made_now, made_now if is_kept else made_now.clear(), reading)
    now = known_now(observed, firsts, versions)
    earlier = versions.drop_nulls("next_start").with_row_index("version").with_columns(pl.col("version").cast(pl.Int64))
    if earlier.is_empty():
        return _with_source(now, reading)
    made_then, made_alone = stood(made, earlier), stood(made, earlier.filter("is_kept"))
    observed = _of_records(shown_until(rows, earlier, reading.days), stood(logged, earlier), made_then, made_alone, reading)
    return _with_source(joined(now, known_before(observed, earlier)), reading)


def _with_source(observed: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return observed.with_columns(source=pl.lit(reading.source.name)).select(TABLES["clean.owner_observations"].column_names)


def _of_records(rows: pl.DataFrame, logged: pl.DataFrame, made: pl.DataFrame, made_alone: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """The observations of each n. `made_alone`: of records that, if they have no change, are known to have had one owner all along."""
    source = reading.source
    changes = changes_in_order(logged, record="n")
    found = [_of_history(changes), _of_first_owner(changes, made, source)]
    if any("owner_user_id" in feed.canonical_columns for feed in source.entities.get("customers", [])):
        shown = _shown(rows, source, reading.identities)
        if all(feed.snapshot == "full" for feed in source.entities["customers"]):
            shown = _with_absences(shown, changes, reading.days, reading.part)
        found.append(_of_exports(_unexplained(shown, changes), changes, made_alone, source))
    return _sequence(pl.concat([frame.select("n", *_OBSERVED) for frame in found]))


def _made(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """When each record was made, by its created_at: n, made_at, and the days known_from to known_to on which its newest export that says
    anything said so."""
    said = rows.filter(pl.col("created_at").str.strip_chars() != "").select("n", "as_of_date", "created_at")
    said = said.filter(_differs_from_row_before("created_at"))
    made_at = read_field("customers", "created_at", said["created_at"], source=source).values
    said = said.with_columns(made_at.alias("made_at")).filter(_differs_from_row_before("made_at"))
    ends = pl.when(pl.col("n") == pl.col("n").shift(-1)).then(pl.col("as_of_date").shift(-1))
    return said.select("n", "made_at", known_from="as_of_date", known_to=ends).drop_nulls("made_at")


def _of_history(changes: pl.DataFrame) -> pl.DataFrame:
    """Every recorded change."""
    return changes.with_columns(
        observed_by=pl.lit("history"),
        owner_rep_id="to_rep_id",
        owner_user_id_raw="to_raw",
        at="changed_at",
        rank=pl.lit(_RANK["history"]),
    )


def _of_first_owner(changes: pl.DataFrame, made: pl.DataFrame, source: Source) -> pl.DataFrame:
    """The owner before the first change, since the record was made, where both are known."""
    first = changes.unique("n", keep="first", maintain_order=True).filter(pl.col("from_rep_id").is_not_null())
    first = first.join(made, on="n", maintain_order="left").filter(pl.col("made_at") < pl.col("changed_at"))
    return first.with_columns(
        observed_by=pl.lit("history"),
        changed_at="made_at",
        changed_on=day_in_zone(first["made_at"], source.time_zone),
        owner_rep_id="from_rep_id",
        owner_user_id_raw="from_raw",
        actor_rep_id=pl.lit(None, pl.String),
        cause=pl.lit(None, pl.String),
        at="made_at",
        rank=pl.lit(_RANK["created"]),
    )


def _shown(rows: pl.DataFrame, source: Source, identities: RepIdentities) -> pl.DataFrame:
    """Per record and loaded day the owner its row shows: null and a cause where it is deleted or merged."""
    read = {
        name: read_field("customers", name, rows[name], source=source).values
        for name in ("owner_user_id", "is_deleted", "merged_into_record_id")
    }
    cause = pl.when(read["merged_into_record_id"].is_not_null()).then(pl.lit("merged"))
    cause = pl.select(cause.when(read["is_deleted"].fill_null(False)).then(pl.lit("deleted")).alias("cause")).to_series()
    wanted = ("n", "record_id", pl.col("as_of_date").alias("day"), *_EVIDENCE, "owner_user_id", "owner_changed_at", "days_known")
    return rows.select(wanted).with_columns(
        shown=identities.rep_id(source.name, read["owner_user_id"].set(cause.is_not_null(), None)),
        cause=cause,
    )


def _with_absences(shown: pl.DataFrame, changes: pl.DataFrame, days: list[date], part: frozenset[date]) -> pl.DataFrame:
    """`shown` with a row for days on which a record that was there is missing: the first and the last of each gap.

    Also the day of a change that the history tells of a missing record, and the day after: the export contradicts it. On the days of
    `part` nothing is missing: a file of theirs could not be read.
    """
    places = pl.DataFrame({"day": days, "place": range(len(days))}, schema={"day": pl.Date, "place": pl.Int64})
    whole = pl.when(~pl.col("day").is_in(sorted(part))).then("place")
    whole_at = places.select("place", next_whole=whole.backward_fill(), last_whole=whole.forward_fill())
    there = shown.select("n", "day", "days_known").with_row_index("row").join(places, on="day", maintain_order="left")
    after = pl.when(pl.col("n") == pl.col("n").shift(-1)).then(pl.col("place").shift(-1))
    gaps = there.with_columns(first=pl.col("place") + 1, last=after.fill_null(pl.col("days_known")) - 1, comes_back=after.is_not_null())
    gaps = gaps.filter(pl.col("first") <= pl.col("last"))
    gaps = gaps.join(whole_at.select(first="place", next_whole="next_whole"), on="first", maintain_order="left")
    gaps = gaps.join(whole_at.select(last="place", last_whole="last_whole"), on="last", maintain_order="left")
    gaps = gaps.with_columns(first="next_whole", last="last_whole").filter(pl.col("first") <= pl.col("last"))
    missing = [gaps.select("row", place="first"), gaps.filter("comes_back").select("row", place="last")]
    told = changes.select("n", "changed_on").unique().sort("changed_on")
    for strategy_day in (pl.col("changed_on"), pl.col("changed_on") + pl.duration(days=1)):
        at_change = told.with_columns(asked=strategy_day).sort("asked").join_asof(
            places.filter(~pl.col("day").is_in(sorted(part))).sort("day"), left_on="asked", right_on="day", strategy="forward"
        )  # fmt: skip
        missing.append(
            at_change.drop_nulls("place")
            .select("n", pl.col("place").alias("told"))
            .join(gaps.select("n", "row", "first", "last"), on="n")
            .filter(pl.col("told").is_between("first", "last"))
            .select("row", place="told")
        )
    wanted = pl.concat(missing).unique()
    absent = (
        wanted.join(shown.with_row_index("row"), on="row")
        .drop("day")
        .join(places, on="place")
        .with_columns(as_of_date="day", shown=pl.lit(None, pl.String), cause=pl.lit("absent"))
    )
    if absent.is_empty():
        return shown
    return pl.concat([shown, absent.select(shown.columns)]).sort("n", "day")


def _unexplained(shown: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """The rows whose owner neither the history nor the export before explains; `last_at`: the last change up to the day's end."""
    shown = shown.with_columns(before_day=_of_row_before("day"), before=_of_row_before("shown"))
    told = pl.col("n").is_in(changes["n"].unique().implode())
    is_new = pl.col("before_day").is_null() | pl.col("shown").ne_missing(pl.col("before"))
    plain = shown.filter(~told & is_new).with_columns(last_at=pl.lit(None, pl.Datetime("us")))
    rows = shown.filter(told)
    by_day = changes.group_by("n", "changed_on", maintain_order=True).agg(
        pl.col("to_rep_id").last().alias("last_to"),
        pl.col("changed_at").last().alias("last_at"),
        pl.col("from_rep_id").first().alias("first_from"),
        pl.col("to_rep_id").alias("all_to"),
    )
    rows = _joined_backward(rows.with_columns(until=pl.col("day")), by_day.rename({"changed_on": "last_on"}), "last_on")
    earlier = by_day.select("n", earlier_on="changed_on", earlier_to="last_to")
    rows = _joined_backward(rows.with_columns(until=pl.col("day") - pl.duration(days=1)), earlier, "earlier_on")
    is_first, owner = pl.col("before_day").is_null(), pl.col("shown")
    has_changes = (pl.col("last_on") == pl.col("day")).fill_null(False)
    in_between = (pl.col("earlier_on") >= pl.col("before_day")) | (is_first & pl.col("earlier_on").is_not_null())
    as_before = (
        pl.when(in_between.fill_null(False))
        .then(owner.eq_missing(pl.col("earlier_to")))
        .when(is_first)
        .then(pl.col("first_from").is_null() | (owner == pl.col("first_from")).fill_null(False))
        .otherwise(False)
    )
    as_before = as_before | (~is_first & owner.eq_missing(pl.col("before")))
    rows = rows.with_columns(
        lags=has_changes & owner.ne_missing(pl.col("last_to")) & (as_before | pl.col("all_to").list.contains(owner, nulls_equal=True)),
    )
    state = pl.when(_of_row_before("lags")).then(_of_row_before("last_to")).otherwise("before")
    has_news = pl.col("last_on").is_not_null() & (is_first | (pl.col("last_on") > pl.col("before_day")))
    expected = pl.when(has_news).then("last_to").otherwise(state)
    is_explained = pl.when(is_first & ~has_news).then(False).otherwise(owner.eq_missing(expected)) | pl.col("lags")
    return pl.concat([plain, rows.filter(~is_explained).select(plain.columns)]).sort("n", "day")


def _joined_backward(rows: pl.DataFrame, by_day: pl.DataFrame, on: str) -> pl.DataFrame:
    """Each row with the newest of its record's days up to `until`. Rows and days come sorted by record and day."""
    by_day = by_day.sort(on, "n")
    joined = rows.sort("until", "n").join_asof(by_day, left_on="until", right_on=on, by="n", strategy="backward", check_sortedness=False)
    return joined.sort("n", "day")


def _of_exports(rows: pl.DataFrame, changes: pl.DataFrame, made: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Unexplained rows as observations. `made`: empty unless a record without changes is known to have had one owner all along."""
    zone = ZoneInfo(source.time_zone)
    days = rows["day"].unique().sort()
    ends = pl.DataFrame({"day": days, "end": [_end_of(day, zone) for day in days]}, schema={"day": pl.Date, "end": pl.Datetime("us")})
    said = read_field("customers", "owner_changed_at", rows["owner_changed_at"], source=source).values
    rows = rows.join(ends, on="day", how="left", maintain_order="left").with_columns(said.alias("said_at"))
    rows = rows.with_columns(said_at=pl.when(pl.col("cause").is_null() & (pl.col("said_at") <= pl.col("end"))).then("said_at"))
    # The moment counts when it lies after the observation before: after its day, or after its own moment where that counted. So a row
    # keeps its moment while the moments rise, and loses it where they do not, until one lies after the whole day before.
    is_first = pl.col("n").ne_missing(pl.col("n").shift(1))
    is_after_change = (pl.col("said_at") > pl.col("last_at")).fill_null(pl.col("last_at").is_null() & pl.col("said_at").is_not_null())
    rises = is_after_change & (pl.col("said_at") > _of_row_before("said_at")).fill_null(False)
    surely = is_after_change & (is_first | (pl.col("said_at") > _of_row_before("end")))
    place = pl.int_range(pl.len())
    rows = rows.with_columns(
        gained=pl.when(surely).then(place).forward_fill(),
        lost=pl.when(~surely & ~rises).then(place).forward_fill(),
        start=pl.when(is_first).then(place).forward_fill(),
        is_first=is_first,
    )
    counts = (pl.col("gained") >= pl.col("start")) & (pl.col("lost").is_null() | (pl.col("gained") > pl.col("lost")))
    rows = rows.with_columns(changed_at=pl.when(counts).then("said_at"))
    alone = made.join(changes.select("n").unique(), on="n", how="anti")
    rows = rows.join(alone, on="n", how="left", maintain_order="left")
    since_made = pl.col("is_first") & pl.col("cause").is_null() & (pl.col("made_at") <= pl.col("end"))
    rows = rows.with_columns(changed_at=pl.coalesce("changed_at", pl.when(since_made).then("made_at")))
    return rows.with_columns(
        observed_by=pl.lit("export"),
        changed_on=pl.coalesce(day_in_zone(rows["changed_at"], source.time_zone), "day"),
        owner_rep_id="shown",
        owner_user_id_raw="owner_user_id",
        actor_rep_id=pl.lit(None, pl.String),
        at=pl.coalesce("changed_at", "end"),
        rank=pl.lit(_RANK["export"]),
    )


def _sequence(observed: pl.DataFrame) -> pl.DataFrame:
    """All observations of a source in the order of time, without those that change nothing, numbered from 1."""
    # A change keeps the place the history gave it among those of its moment: the sort is stable.
    ordered = observed.sort("n", "at", "rank", maintain_order=True)
    is_first = pl.col("n").ne_missing(pl.col("n").shift(1))
    changes = ordered.filter(is_first | pl.col("owner_rep_id").ne_missing(pl.col("owner_rep_id").shift(1)))
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    start = pl.when(pl.col("n").ne_missing(pl.col("n").shift(1))).then(place).forward_fill()
    return changes.with_columns(sequence=place - start + 1)


def _differs_from_row_before(column: str) -> pl.Expr:
    """Whether a row is its record's first or says otherwise than the row before, in a frame sorted by record."""
    return pl.col("n").ne_missing(pl.col("n").shift(1)) | pl.col(column).ne_missing(pl.col(column).shift(1))


def _of_row_before(column: str) -> pl.Expr:
    """The value of the record's row before, in a frame sorted by record. A window per record of a million takes minutes (2026-11-22)."""
    return pl.when(pl.col("n") == pl.col("n").shift(1)).then(pl.col(column).shift(1))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last microsecond of a day on the zone's calendar, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return (midnight.astimezone(UTC) - timedelta(microseconds=1)).replace(tzinfo=None)
