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
from ingest.tables import TABLES
from ingest.values.ids import read_ids
from ingest.values.reading import trimmed

_SHORT_SALESFORCE_ID = 15  # people write either form into a sheet; 18 characters begin with the 15


def exported_ids(raw_territories: pa.Table, raw_reps: pa.Table, raw_rep_territories: pa.Table, sources: Mapping[str, Source]) -> KnownIds:
    """Every territory and person that any loaded export names, and who of them works or leads something.

    Rule sheets are not asked: they are what is to be checked.
    """
    identities = RepIdentities.from_rules(TABLES["rules.reps"].arrow_schema.empty_table(), sources, raw_reps)
    leading = ((raw_rep_territories, "user_id"), (raw_territories, "manager_user_id"), (raw_reps, "manager_user_id"))
    territories: set[str] = set()
    reps: set[str] = set()
    busy: set[str] = set()
    for name, source in sources.items():
        territories |= set(territory_ids(source, _column(raw_territories, name, "record_id").unique()).drop_nulls())
        reps |= set(identities.rep_id(name, _column(raw_reps, name, "record_id").unique()).drop_nulls())
        here: set[str] = set()
        for raw, column in leading:
            here |= set(identities.rep_id(name, _column(raw, name, column).unique()).drop_nulls())
        busy |= here | _other_names(source, raw_reps, here)
    return KnownIds(territories=frozenset(territories), reps=frozenset(reps), reps_in_territories=frozenset(busy))


def _other_names(source: Source, raw_reps: pa.Table, people: set[str]) -> set[str]:
    """What else a sheet may call these people of one source: `source:user id`, also of 15 characters, and the e-mail address.

    The address counts as in rep_ids.py: it may be a rep's login name where the source's ids are its own. It is in lower case.
    """
    prefix = f"{source.name}:"
    users = {person.removeprefix("" if source.rep_ids == "company" else prefix) for person in people}
    found = {f"{prefix}{user}" for user in users}
    if source.ids == "salesforce":
        found |= {f"{prefix}{user[:_SHORT_SALESFORCE_ID]}" for user in users}
    if source.rep_ids != "company":
        emails = pl.DataFrame(
            {
                "user": read_ids(_column(raw_reps, source.name, "record_id"), source.ids),
                "email": trimmed(_column(raw_reps, source.name, "email")).str.to_lowercase(),
            }
        )
        found |= set(emails.filter(pl.col("user").is_in(sorted(users)))["email"].drop_nulls())
    return found


def _column(raw: pa.Table, source: str, column: str) -> pl.Series:
    rows = pl.DataFrame(pl.from_arrow(raw.select(["source", column])))
    return rows.filter(pl.col("source") == source)[column]
