"""The ids that exports name by themselves, so that a rule sheet may refer to them.

Here: territories and people of raw.*, as the company's own ids. Not here: whether a sheet's reference holds (rules/consistency.py).
"""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from ingest.cleaning.rep_ids import RepIdentities, territory_ids
from ingest.rules.consistency import KnownIds
from ingest.sources.mapping import Source


def exported_ids(raw_territories: pa.Table, raw_reps: pa.Table, sources: Mapping[str, Source]) -> KnownIds:
    """Every territory and person that any loaded export names. Rule sheets are not asked: they are what is to be checked."""
    identities = RepIdentities(reps_by_user={}, company_wide=frozenset(n for n, s in sources.items() if s.rep_ids == "company"))
    territories: set[str] = set()
    reps: set[str] = set()
    for name, source in sources.items():
        territories |= set(territory_ids(source, _record_ids(raw_territories, name)).drop_nulls())
        reps |= set(identities.rep_id(name, _record_ids(raw_reps, name)).drop_nulls())
    return KnownIds(territories=frozenset(territories), reps=frozenset(reps))


def _record_ids(raw: pa.Table, source: str) -> pl.Series:
    rows = pl.DataFrame(pl.from_arrow(raw.select(["source", "record_id"])))
    return rows.filter(pl.col("source") == source)["record_id"].unique()
