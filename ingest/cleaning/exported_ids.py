"""The ids that exports name by themselves, so that a rule sheet may refer to them.

Here: territories and people of raw.*, as the company's own ids; who of them has a territory.
Not here: whether a sheet's reference holds (rules/consistency.py).
"""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from ingest.cleaning.rep_ids import RepIdentities, territory_ids
from ingest.rules.consistency import KnownIds
from ingest.sources.mapping import Source
from ingest.values.reading import trimmed


def exported_ids(raw_territories: pa.Table, raw_reps: pa.Table, raw_rep_territories: pa.Table, sources: Mapping[str, Source]) -> KnownIds:
    """Every territory and person that any loaded export names, and who has a territory or people. Rule sheets are not asked: they are
    what is to be checked.
    """
    company_wide = frozenset(name for name, source in sources.items() if source.rep_ids == "company")
    identities = RepIdentities(reps_by_user={}, company_wide=company_wide)
    territories: set[str] = set()
    reps: set[str] = set()
    busy: set[str] = set()
    for name, source in sources.items():
        territories |= set(territory_ids(source, _ids(raw_territories, name, "record_id")).drop_nulls())
        reps |= set(identities.rep_id(name, _ids(raw_reps, name, "record_id")).drop_nulls())
        for raw, column in (
            (raw_rep_territories, "user_id"),
            (raw_territories, "manager_user_id"),
            (raw_reps, "manager_user_id"),
        ):
            users = trimmed(_ids(raw, name, column)).drop_nulls()
            busy |= {f"{name}:{user}" for user in users} | set(identities.rep_id(name, users))
    return KnownIds(territories=frozenset(territories), reps=frozenset(reps), reps_in_territories=frozenset(busy))


def _ids(raw: pa.Table, source: str, column: str) -> pl.Series:
    rows = pl.DataFrame(pl.from_arrow(raw.select(["source", column])))
    return rows.filter(pl.col("source") == source)[column].unique()
