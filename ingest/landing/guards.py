"""Whether a day's export may be believed: by what can be read of it, and held against the last one that was.

Here: both judgements, and the sentence for the person who has to decide. Not here: the limits (sources/mapping.py, GuardLimits), what
becomes of a held day (land.py), who let it pass (acceptances.py).

Half an export looks like a thousand deleted customers, and a filter set wrongly in an export like a thousand owners who left. So an
export that lost too many rows, whose ids are mostly others, or in which too many customers changed hands, is held: nothing is inferred
from it until a person has looked.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.errors import FileRefused
from ingest.landing.batches import Batch, FeedFiles
from ingest.sources.mapping import Feed, GuardLimits


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the guards compare of one export: its day, content hash, and per record the owner as written (null where it has none)."""

    day: date
    content_sha256: str
    owners: pl.DataFrame

    @property
    def rows(self) -> int:
        return self.owners.height


def shown(day: date, content_sha256: str, rows: pa.Table) -> Shown:
    """Out of rows of raw.<entity> of one day."""
    compared = [name for name in ("record_id", "owner_user_id") if name in rows.column_names]
    frame = pl.DataFrame(pl.from_arrow(rows.select(compared)))
    owner = pl.col("owner_user_id").str.strip_chars() if "owner_user_id" in compared else pl.lit(None, dtype=pl.String)
    return Shown(day=day, content_sha256=content_sha256, owners=frame.select("record_id", owner.alias("owner")))


def check_rows(key: tuple[str, date, str], feeds: list[FeedFiles], batch: Batch, limits: GuardLimits) -> None:
    """Raises FileRefused for an export without rows, or one of which too much cannot be read."""
    names = ", ".join(file.path for feed in feeds for file in feed.files)
    if batch.rows_read == 0 and not any(feed.feed.expect.rows.min == 0 or feed.feed.snapshot == "changes" for feed in feeds):
        # A header without rows is what a failed export looks like; a source that means it says expect: {rows: {min: 0}}.
        raise FileRefused(
            "no_rows",
            f"{names} has a header and no rows. Export it again; if an empty export is right, "
            f"write `expect: {{rows: {{min: 0}}}}` for {key[2]} into sources/{key[0]}.yml.",
        )
    bad = batch.quarantine.num_rows
    if batch.rows_read >= limits.min_rows and bad > limits.rejected_ratio * batch.rows_read:
        codes = ", ".join(sorted(set(batch.quarantine.column("reason_code").to_pylist())))
        raise FileRefused(
            "too_many_bad_rows",
            f"{bad:,} of {batch.rows_read:,} rows of {names} cannot be read ({codes}), more than guards.rejected_ratio "
            f"({limits.rejected_ratio:.0%}) allows. The first: row {batch.quarantine.column('row_number')[0]}. Export it again.",
        )


def judge(place: str, feeds: list[Feed], limits: GuardLimits, before: Shown | None, now: Shown) -> FileRefused | None:
    """Why the export of a day is held, or None. `place` is source/entity/day as the person types it after --accept.

    The first export ever is believed, and so is one that only adds to what was exported before (`snapshot: changes`).
    """
    if before is None or before.rows < limits.min_rows or any(feed.snapshot == "changes" for feed in feeds):
        return None
    if now.rows < (1 - limits.rows_shrink_ratio) * before.rows:
        lost = 1 - now.rows / before.rows
        text = f"it has {now.rows:,} rows, {lost:.0%} fewer than the {before.rows:,} of {before.day} (limit {limits.rows_shrink_ratio:.0%})"
        return _held("shrunk", place, text)
    both = before.owners.join(now.owners, on="record_id", suffix="_now")
    overlap = both.height / before.rows
    if overlap < limits.id_overlap_ratio:
        limit = f"limit {limits.id_overlap_ratio:.0%}"
        text = f"only {overlap:.0%} of the ids of {before.day} are in it ({limit}): perhaps another system's export"
        return _held("other_ids", place, text)
    owned = both.filter(pl.col("owner").is_not_null())
    changed = owned.filter(pl.col("owner").ne_missing(pl.col("owner_now"))).height
    if owned.height >= limits.min_rows and place.split("/")[1] == "customers" and changed > limits.owner_change_ratio * owned.height:
        text = (
            f"{changed:,} of {owned.height:,} customers ({changed / owned.height:.0%}) have another owner than on {before.day} "
            f"(limit {limits.owner_change_ratio:.0%})"
        )
        return _held("owners_changed", place, text)
    return None


def missing(place: str, entity: str, before: date) -> FileRefused:
    """Why the day of an entity that did not come is held."""
    text = f"there is no export of {entity} on this day, though there was one on {before}"
    return _held("missing", place, text)


def _held(code: str, place: str, why: str) -> FileRefused:
    return FileRefused(
        code,
        f"{place} is held: {why}. Nothing is inferred from it; everything else goes on.\n"
        "  If the export is wrong or late, put the right one into the day's folder. If it is right, let it pass: "
        f'bailiwick refresh --accept {place} --by NAME --why "TEXT"',
    )
