"""raw.customers over all days -> clean.owner_observations: when an export first showed another owner (归属) than before.

Here: reading the owner of every record on every day and keeping the days that show a change, with the row that proves it.
Not here: since when and why the owner changed (marts/ownership); who the rep is (rep_ids.py).

The result is a function of the set of rows: a day that is loaded late, or twice, or in another order, gives the same history.
A day without the record says nothing. A record marked as deleted has no owner.
"""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from ingest.cleaning.records import read_field
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import conform

_KEY = ["source", "record_id"]


def observe_owners(raw_customers: pa.Table, *, sources: Mapping[str, Source], identities: RepIdentities) -> pa.Table:
    """clean.owner_observations out of raw.customers, all loaded days.

    One row per record for the first day, and for each later day whose owner differs from the day observed before. Sources
    whose mapping does not fill owner_user_id give no rows: their silence is not an owner who left.
    """
    table = TABLES["clean.owner_observations"]
    rows = pl.DataFrame(pl.from_arrow(raw_customers))
    observed = [
        _owners(rows.filter(pl.col("source") == name), sources[name], identities)
        for name in rows["source"].unique().sort()
        if name in sources and _says_owners(sources[name])
    ]
    if not observed:
        return conform(table, table.arrow_schema.empty_table())
    days = pl.concat(observed).sort(*_KEY, "as_of_date")
    owner = pl.col("owner_rep_id")
    is_first = pl.int_range(pl.len()).over(_KEY) == 0
    has_changed = owner.ne_missing(owner.shift(1).over(_KEY))
    return conform(table, days.filter(is_first | has_changed).to_arrow())


def _says_owners(source: Source) -> bool:
    return any("owner_user_id" in feed.canonical_columns for feed in source.entities.get("customers", []))


def _owners(rows: pl.DataFrame, source: Source, identities: RepIdentities) -> pl.DataFrame:
    users = read_field("customers", "owner_user_id", rows["owner_user_id"], source=source).values
    is_deleted = read_field("customers", "is_deleted", rows["is_deleted"], source=source).values.fill_null(False)
    return rows.select("source", "record_id", "as_of_date", "file_sha256", "row_number").with_columns(
        owner_rep_id=identities.rep_id(source.name, users.set(is_deleted, None)),
        owner_user_id_raw=rows["owner_user_id"],
    )
