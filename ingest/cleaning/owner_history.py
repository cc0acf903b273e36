"""raw.owner_changes -> the changes of owner (归属变更) of customers that a source recorded itself, each once.

Here: reading the log, telling its repeats and its two shapes apart, and the order of what happened in one moment.
Not here: what exports show, and the history made of both (owner_observations.py); the log's rows as such (records.py).

A log is exported again every night, and some CRMs write each change twice, once with names and once with ids. One change is one
record, one moment and one new owner, whatever number of rows says so.
"""

from datetime import datetime

import polars as pl
import pyarrow as pa

from ingest.cleaning.records import INTO_POOL, read_field
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.values.dates import day_in_zone

_WRITTEN = ["subject", "subject_record_id", "changed_at", "from_user_id", "to_user_id", "changed_by_user_id", "action"]
_EVIDENCE = ["as_of_date", "file_sha256", "row_number"]
_MOMENT = ["record_id", "changed_at"]
COLUMNS = [
    "record_id", *_EVIDENCE, "changed_at", "changed_on", "from_rep_id", "from_raw", "to_rep_id", "to_raw", "actor_rep_id", "cause",
]  # fmt: skip


def recorded_changes(raw_owner_changes: pa.Table, *, source: Source, identities: RepIdentities, until: datetime) -> pl.DataFrame:
    """The changes of one source up to the moment `until` (UTC), in the order they happened; columns as COLUMNS.

    `to_rep_id` null: nobody owns the record from then on. Evidence is the earliest export that holds the row. Rows without a readable
    moment and rows that name no owner at either end are no changes; clean.owner_changes says so of each.
    """
    rows = pl.DataFrame(pl.from_arrow(raw_owner_changes.select(["source", "record_id", *_EVIDENCE, *_WRITTEN])))
    rows = _standing(rows.filter(pl.col("source") == source.name).drop("source"))
    read = {name: read_field("owner_changes", name, rows[name], source=source).values.alias(name) for name in _WRITTEN}
    changes = rows.select("record_id", *_EVIDENCE).rename({"record_id": "log_id"})
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
    )
    says_nobody = pl.col("cause").str.to_lowercase().is_in(list(INTO_POOL)).fill_null(False)
    names_owner = pl.col("to_rep_id").is_not_null() | pl.col("from_rep_id").is_not_null() | says_nobody
    is_change = (pl.col("subject") == "customers") & pl.col("record_id").is_not_null() & (pl.col("changed_at") <= until)
    return _in_order(_one_per_change(changes.filter(is_change & names_owner))).select(COLUMNS)


def _standing(rows: pl.DataFrame) -> pl.DataFrame:
    """Per row of the log what its newest export says, with the earliest export that says just that as evidence."""
    newest = rows.sort("record_id", "as_of_date").unique("record_id", keep="last", maintain_order=True).select("record_id", *_WRITTEN)
    same = rows.join(newest, on=["record_id", *_WRITTEN], how="semi", nulls_equal=True)
    return same.sort("record_id", "as_of_date").unique("record_id", keep="first", maintain_order=True)


def _one_per_change(changes: pl.DataFrame) -> pl.DataFrame:
    """Without the repeats of a change; of two shapes of it the one whose people are known better."""
    best = pl.col("to_certainty").max().over(_MOMENT)
    known = changes.filter(pl.col("to_rep_id").is_null() | (pl.col("to_certainty") == best))
    surest_first = known.sort(
        *_MOMENT, pl.col("to_certainty") + pl.col("from_certainty"), "log_id", "row_number", descending=[False, False, True, False, False]
    )
    return surest_first.unique([*_MOMENT, "to_rep_id"], keep="first", maintain_order=True)


def _in_order(changes: pl.DataFrame) -> pl.DataFrame:
    """By moment; in one moment a change that another one takes further comes before it."""
    several = changes.filter(pl.len().over(_MOMENT) > 1).select(*_MOMENT, "from_rep_id", "log_id")
    onward = several.rename({"from_rep_id": "to_rep_id", "log_id": "next_log_id"})
    taken_further = (
        changes.join(onward, on=[*_MOMENT, "to_rep_id"], nulls_equal=True)
        .filter(pl.col("log_id") != pl.col("next_log_id"))
        .select(*_MOMENT, "to_rep_id")
        .unique()
        .with_columns(is_last=pl.lit(False))
    )
    marked = changes.join(taken_further, on=[*_MOMENT, "to_rep_id"], how="left", nulls_equal=True)
    return marked.with_columns(pl.col("is_last").fill_null(True)).sort(*_MOMENT, "is_last", "log_id", "row_number")
