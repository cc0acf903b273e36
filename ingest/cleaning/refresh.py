"""raw.<entity> -> clean.<entity> in the warehouse: only records that are new or read differently are cleaned.

Here: which records those are, and the evidence of the others, which a newer export repeats. Not here: cleaning (records.py), finding
changed rows in general (ingest/changes.py).
"""

import hashlib
from collections.abc import Mapping
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.changes import Changed, bring_up_to_date, newest_records
from ingest.cleaning.industries import Industry
from ingest.cleaning.records import clean_entity, is_in_latest
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.program import program_sha256
from ingest.sources.mapping import Source
from ingest.warehouse import Warehouse

_READERS = ("ingest/cleaning", "ingest/values", "ingest/entities.py", "ingest/entity_tables.py")
_PACKAGES = ("phonenumbers", "tldextract", "opencc", "cleanco", "pypinyin")
_EVIDENCE = ("as_of_date", "file_sha256", "row_number")


def refresh_entity(
    warehouse: Warehouse,
    entity: str,
    *,
    sources: Mapping[str, Source],
    identities: RepIdentities,
    latest_days: Mapping[str, date],
    default_currency: str,
    until: date,
    own_industries: Mapping[str, Industry] | None = None,
) -> Changed:
    """Bring clean.<entity> up to the newest versions in raw.<entity> until a day. The parameters are those of `clean_entity`.

    A record whose text, mapping, people and program are as they were keeps its values; its evidence becomes that of its newest version.
    """
    name, newest = f"clean.{entity}", newest_records(f"raw.{entity}", until)

    def clean(rows: pa.Table) -> pa.Table:
        return clean_entity(
            entity,
            rows,
            sources=sources,
            identities=identities,
            latest_days=latest_days,
            default_currency=default_currency,
            own_industries=own_industries,
        )

    with warehouse.opened():
        known = warehouse.query(f"select distinct source from raw.{entity}").column("source").to_pylist()
        changed = bring_up_to_date(
            warehouse,
            name,
            newest,
            clean,
            columns=list(ENTITIES[entity].fields),
            read_by=_read_by(known, sources, f"{identities.digest()} {default_currency} {sorted((own_industries or {}).items())}"),
            # What lies after the export's day (`after_export_day`) is judged by the day: anew where it may no longer, or now, be so.
            again="old.as_of_date > new.as_of_date or (old.problems like '%:after_export_day%' and old.as_of_date < new.as_of_date)",
        )
        _renew_evidence(warehouse, name, newest)
        _renew_presence(warehouse, entity, sources, latest_days)
    return changed


def _read_by(names: list[str], sources: Mapping[str, Source], company: str) -> dict[str, str]:
    program = program_sha256(*_READERS, packages=_PACKAGES)
    read_by = {}
    for name in names:
        mapping = sources[name].model_dump_json() if name in sources else ""
        read_by[name] = hashlib.sha256(f"{program} {company} {mapping}".encode()).hexdigest()
    return read_by


def _renew_evidence(warehouse: Warehouse, name: str, newest: str) -> None:
    """The day, file and row of records that a newer export repeats word for word."""
    differs = " or ".join(f"new.{column} is distinct from old.{column}" for column in _EVIDENCE)
    columns = ", ".join(f"new.{column}" for column in ("source", "record_id", *_EVIDENCE))
    same_key = "new.source = old.source and new.record_id = old.record_id"
    warehouse.update(name, warehouse.query(f"select {columns} from ({newest}) as new join {name} as old on {same_key} where {differs}"))


def _renew_presence(warehouse: Warehouse, entity: str, sources: Mapping[str, Source], latest_days: Mapping[str, date]) -> None:
    """is_in_latest_export of records that an export no longer has, or has again."""
    deleted = ["is_deleted"] if "is_deleted" in ENTITIES[entity].fields else []
    columns = ["source", "record_id", "as_of_date", "is_in_latest_export", *deleted]
    rows = pl.DataFrame(pl.from_arrow(warehouse.read_part(f"clean.{entity}", {}, columns)))
    parts = [
        part.with_columns(is_in_latest(part, entity, sources.get(source), latest_days.get(source)).alias("now"))
        for (source,), part in rows.group_by("source", maintain_order=True)
    ]
    if parts:
        changed = pl.concat(parts).filter(pl.col("now").ne_missing(pl.col("is_in_latest_export")))
        warehouse.update(f"clean.{entity}", changed.select("source", "record_id", is_in_latest_export="now").to_arrow())
