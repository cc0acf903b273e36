"""Whether a day's export may be believed: it is held against the last one that was.

Here: the comparison, and the sentence for the person who has to decide. Not here: the limits (sources/mapping.py, GuardLimits), what
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
