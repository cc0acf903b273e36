"""What the tests of cleaning share: sources, identities and raw tables out of a few words."""

from datetime import date

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import settings

from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.sources.mapping import Source
from ingest.tables import TABLES

DAY = date(2026, 11, 20)

# Two cores are shared: no example has a deadline, and every run draws the same ones.
settings.register_profile("bailiwick", deadline=None, derandomize=True)
settings.load_profile("bailiwick")


def _source(name="crm", entity="customers", feed=None, **settings):
    """A source with one feed for one entity; `feed` lays over its keys."""
    first = next(iter(ENTITIES[entity].fields))
    base = {"file": "x.csv", "key": "id", "columns": {"col": first}}
    return Source.model_validate({"name": name, "crm": name, "entities": {entity: base | (feed or {})}} | settings)


def _raw(entity, rows):
    """raw.<entity> out of dictionaries; evidence that a row does not give is filled in."""
    evidence = {"source": "crm", "as_of_date": DAY, "file_sha256": "f" * 64}
    complete = [evidence | {"record_id": str(i), "row_number": i + 1} | row for i, row in enumerate(rows)]
    return pa.Table.from_pylist(complete, schema=TABLES[f"raw.{entity}"].arrow_schema)


def _clean(entity, rows, source=None, *, identities=None, latest_days=None):
    """clean.<entity> of the rows as a polars frame."""
    source = source or _source(entity=entity)
    identities = identities or RepIdentities({}, frozenset({source.name} if source.rep_ids == "company" else ()))
    table = clean_entity(
        entity,
        _raw(entity, rows),
        sources={source.name: source},
        identities=identities,
        latest_days=latest_days or {source.name: DAY},
        default_currency="EUR",
    )
    return pl.DataFrame(pl.from_arrow(table))


@pytest.fixture(scope="session")
def make_source():
    return _source


@pytest.fixture(scope="session")
def make_raw():
    return _raw


@pytest.fixture(scope="session")
def clean():
    return _clean
