"""One table of customers with the contract's columns -> its groups: cleaning, placing and resolving in one call.

Here: the way from written columns to evidence without a company home. Not here: reading the file (landing/single_files.py), writing the
result (orchestration/resolve.py), any step of resolving.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl

from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.geocoding.places import place_customers
from ingest.resolution.evidence import KEY, record_evidence
from ingest.resolution.groups import Decided, find_groups
from ingest.resolution.parameters import default_parameters
from ingest.resolution.population import Population
from ingest.resolution.scoring import probability, verdict
from ingest.sources.mapping import Source

_ANY_DAY = date(2000, 1, 1)  # the clean tables want a day; nothing that is read from a file of this kind depends on it
_NAMED_OTHERWISE = {"employees": "employee_count"}


@dataclass(frozen=True, kw_only=True)
class RowsResolved:
    """`groups`: source, record_id, customer. `pairs`: both keys, score, weight, verdict, one level a kind of evidence. `report`: numbers."""

    groups: pl.DataFrame
    pairs: pl.DataFrame
    report: dict[str, Any]


def clean_rows(rows: pl.DataFrame, *, default_country: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """clean.customers and geo.customer_places of rows with the contract's columns as text (any of them but record_id may be missing)."""
    fields = list(ENTITIES["customers"].fields)
    written = rows.rename({old: new for old, new in _NAMED_OTHERWISE.items() if old in rows.columns})
    source = pl.col("source").fill_null("") if "source" in rows.columns else pl.lit("")
    raw = written.select(
        source.cast(pl.String).alias("source"),
        pl.col("record_id").cast(pl.String),
        pl.lit(_ANY_DAY).alias("as_of_date"),
        pl.lit("").alias("file_sha256"),
        pl.int_range(1, pl.len() + 1).alias("row_number"),
        *(pl.col(field).cast(pl.String) if field in written.columns else pl.lit(None, pl.String).alias(field) for field in fields),
    )
    names = raw["source"].unique().sort().to_list()
    sources = {name: Source(name=name or "file", crm="file", entities={}, default_country=default_country) for name in names}
    clean = clean_entity(
        "customers",
        raw.to_arrow(),
        sources=sources,
        identities=RepIdentities(reps_by_user={}, company_wide=frozenset()),
        latest_days=dict.fromkeys(names, _ANY_DAY),
        default_currency="XXX",
    )
    return pl.DataFrame(pl.from_arrow(clean)), pl.DataFrame(pl.from_arrow(place_customers(clean, sources)))


def resolve_rows(rows: pl.DataFrame, *, default_country: str | None = None, down_to: float | None = None) -> RowsResolved:
    """The groups of rows with the contract's columns. `down_to`: bits from which pairs are named; by default those that are at least to be
    asked."""
    parameters = default_parameters()
    clean, places = clean_rows(rows, default_country=default_country)
    evidence = record_evidence(clean, places)
    with duckdb.connect() as connection:
        people = Population(connection, parameters, least=down_to)
        taken = people.take(evidence, evidence.head(0).select(*KEY))
        found = find_groups(people, Decided(), parameters)
        pairs = people.pairs() if down_to is not None else found.pairs
    pairs = pairs.with_columns(score=probability(pl.col("weight")), verdict=verdict(pl.col("weight"), parameters))
    for end in ("left", "right"):
        names = found.named.rename({"n": end, "source": f"{end}_source", "record_id": f"{end}_record_id"})
        pairs = pairs.join(names, on=end, how="left")
    return RowsResolved(
        groups=found.members.select(*KEY, customer=pl.col("group").cast(pl.String)),
        pairs=pairs,
        report={
            "records": len(evidence), "profiles": taken.profiles, "pairs": taken.compared, "limits": taken.limits,
            "refused": taken.refused.to_dicts(), "cuts": dict(found.cuts.group_by("cause").len().sort("cause").iter_rows()), "seconds": {},
        },
    )  # fmt: skip
