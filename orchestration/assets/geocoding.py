"""Geocoding as assets: clean.customers -> geo.customer_places, and the cache of online answers. The work is in ingest/geocoding."""

from collections.abc import Iterator

import dagster as dg

from ingest.geocoding.refresh import count_places, refresh_places
from ingest.tables import TABLES
from orchestration.assets.metadata import table_metadata
from orchestration.resources import Session

GEO_TABLES = ["geo.customer_places", "geo.online_answers"]


def _ask(session: Session) -> str:
    """A past day that is made again says what was known then, and asks nobody."""
    from ingest.geocoding.online.refresh import refresh_online  # noqa: PLC0415 - geopy is loaded only where it is wanted

    if session.is_past_day():
        return ""
    return refresh_online(session.warehouse, session.settings.geocoder, as_of_date=session.as_of_date())


@dg.multi_asset(
    name="places",
    specs=[
        dg.AssetSpec(name.split("."), deps=[["clean", "customers"], ["rules", "company"]], group_name="geo", description=TABLES[name].grain)
        for name in GEO_TABLES
    ],
)
def places(session: dg.ResourceParam[Session]) -> Iterator[dg.MaterializeResult]:
    """Where each customer record is: found offline, then by an online geocoder if the company names one."""
    with session.step("places") as step:
        settings = session.settings.geocoder
        changed = refresh_places(session.warehouse, session.sources, provider=settings.provider)
        asked = "" if settings.provider is None else _ask(session)
        counts = count_places(session.warehouse)
        step.rows_in, step.rows_out = counts.customers, counts.places
        notes = [", ".join(f"{country} {rows:,}" for country, rows in counts.countries)] if counts.countries else []
        notes += [f"without a place: {counts.unplaced}"] if counts.unplaced else []
        notes += [f"new or changed: {changed.worked_on}"] if changed.worked_on < counts.places else []
        step.note = "; ".join([", ".join(notes), *([asked] if asked else [])])
    found = table_metadata(session.warehouse, "geo.customer_places", step) | {"without_place": counts.unplaced}
    yield dg.MaterializeResult(asset_key=["geo", "customer_places"], metadata=found)
    # No preview of these rows: their key is an address.
    yield dg.MaterializeResult(asset_key=["geo", "online_answers"], metadata={"dagster/row_count": counts.answers})
