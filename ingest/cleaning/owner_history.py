"""raw.owner_changes -> the changes of owner (归属变更) of customers that a source recorded itself, each once.

Here: reading the log, when it said what, telling its repeats and its two shapes apart, and the order of what happened in one moment.
Not here: what exports show, and the history made of both (owner_observations.py); the log's rows as such (records.py).

A log is exported again every night, and some CRMs write each change twice, once with names and once with ids. One change is one
record, one moment and one new owner, whatever number of rows says so.
"""

from datetime import date

import polars as pl
import pyarrow as pa

from ingest.cleaning.records import INTO_POOL, read_field
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.values.dates import day_in_zone

_WRITTEN = ["subject", "subject_record_id", "changed_at", "from_user_id", "to_user_id", "changed_by_user_id", "action"]
_EVIDENCE = ["as_of_date", "file_sha256", "row_number"]
COLUMNS = [
    "record_id", *_EVIDENCE, "changed_at", "changed_on", "from_rep_id", "from_raw", "to_rep_id", "to_raw", "actor_rep_id", "cause",
]  # fmt: skip


def logged_changes(raw_owner_changes: pa.Table, *, source: Source, identities: RepIdentities, until: date) -> pl.DataFrame:
    """What the exports of one source up to the day `until` say of changes: each row of the log in each wording that it had.

    Columns: COLUMNS, log_id, from_certainty, to_certainty and the days `known_from` to `known_to` (half open, null: still so) on whose
    evening it stood so. A wording stands from its export on until another one says otherwise, and not before the day of the change.
    Evidence is the earliest export with that wording. `to_rep_id` null: nobody owns the record from then on. Rows without a readable
    moment and rows that name no owner at either end are no changes; clean.owner_changes says so of each.
    """
    rows = pl.DataFrame(pl.from_arrow(raw_owner_changes.select(["source", "record_id", *_EVIDENCE, *_WRITTEN])))
    rows = _wordings(rows.filter((pl.col("source") == source.name) & (pl.col("as_of_date") <= until)).drop("source"))
    read = {name: read_field("owner_changes", name, rows[name], source=source).values.alias(name) for name in _WRITTEN}
    changes = rows.select("record_id", *_EVIDENCE, "known_from", "known_to").rename({"record_id": "log_id"})
    changes = changes.with_columns(
        read["subject"],
        read["subject_record_id"].alias("record_id"),
        read["changed_at"],
        read["action"].alias("cause"),
        changed_on=day_in_zone(read["changed_at"], source.time_zone),
        from_rep_id=identities.rep_id(source.name, read["from_user_id"]),
        from_raw=rows["from_user_id"],
        from_certainty=identities.certainty(source.name, read["from_user_id"]),
        to_rep_id=identities.rep_id(source.name, read["to_user_id"]),
        to_raw=rows["to_user_id"],
        to_certainty=identities.certainty(source.name, read["to_user_id"]),
        actor_rep_id=identities.rep_id(source.name, read["changed_by_user_id"]),
    ).with_columns(known_from=pl.max_horizontal("known_from", "changed_on"))
    says_nobody = pl.col("cause").str.to_lowercase().is_in(list(INTO_POOL)).fill_null(False)
    names_owner = pl.col("to_rep_id").is_not_null() | pl.col("from_rep_id").is_not_null() | says_nobody
    is_change = (pl.col("subject") == "customers") & pl.col("record_id").is_not_null() & pl.col("changed_at").is_not_null()
    is_known = (pl.col("known_from") <= until) & (pl.col("known_to").is_null() | (pl.col("known_from") < pl.col("known_to")))
    certainties = ("log_id", "from_certainty", "to_certainty", "known_from", "known_to")
    return changes.filter(is_change & is_known & names_owner).select(*COLUMNS, *certainties)


def changes_in_order(logged: pl.DataFrame, *, record: str) -> pl.DataFrame:
    """Of rows that stood together each change once, in the order it happened; `record`: the column that tells records apart."""
    return _in_order(_one_per_change(logged, [record, "changed_at"]), [record, "changed_at"])


def _wordings(rows: pl.DataFrame) -> pl.DataFrame:
    """Each wording of each row of the log: the days on which its newest export said so, and the earliest export that says just that."""
    rows = rows.sort("record_id", "as_of_date")
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in ("record_id", *_WRITTEN))
    rows = rows.filter(is_new | (pl.int_range(pl.len()) == 0)).with_columns(
        known_from="as_of_date",
        known_to=pl.when(pl.col("record_id") == pl.col("record_id").shift(-1)).then(pl.col("as_of_date").shift(-1)),
    )
    first = rows.unique(["record_id", *_WRITTEN], keep="first", maintain_order=True)
    if len(first) == len(rows):  # no row has gone back to what it said before
        return rows
    return rows.drop(_EVIDENCE).join(
        first.select("record_id", *_WRITTEN, *_EVIDENCE), on=["record_id", *_WRITTEN], nulls_equal=True, maintain_order="left"
    )


def _one_per_change(changes: pl.DataFrame, moment: list[str]) -> pl.DataFrame:
    """Without the repeats of a change; of two shapes of it the one whose people are known better."""
    best = pl.col("to_certainty").max().over(moment)
    known = changes.filter(pl.col("to_rep_id").is_null() | (pl.col("to_certainty") == best))
    surest_first = known.sort(
        *moment, pl.col("to_certainty") + pl.col("from_certainty"), "log_id", "row_number", descending=[False, False, True, False, False]
    )
    return surest_first.unique([*moment, "to_rep_id"], keep="first", maintain_order=True)


def _in_order(changes: pl.DataFrame, moment: list[str]) -> pl.DataFrame:
    """By moment; in one moment a change that another one takes further comes before it."""
    several = changes.filter(pl.len().over(moment) > 1).select(*moment, "from_rep_id", "log_id")
    onward = several.rename({"from_rep_id": "to_rep_id", "log_id": "next_log_id"})
    taken_further = (
        changes.join(onward, on=[*moment, "to_rep_id"], nulls_equal=True)
        .filter(pl.col("log_id") != pl.col("next_log_id"))
        .select(*moment, "to_rep_id")
        .unique()
        .with_columns(is_last=pl.lit(False))
    )
    marked = changes.join(taken_further, on=[*moment, "to_rep_id"], how="left", nulls_equal=True)
    return marked.with_columns(pl.col("is_last").fill_null(True)).sort(*moment, "is_last", "log_id", "row_number")
