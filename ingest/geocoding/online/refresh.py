"""One night of asking in the warehouse: geo.customer_places and geo.online_answers after the offline places were found.

Here: which rows are read for it and which are written. Not here: what is asked and what is believed (places.py).

geo.online_answers is the cache, and outlives a change of tables, rules and program: an address that has an answer is never asked again.
"""

from collections.abc import Callable
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.geocoding.online.answers import describe_answers, merge_answers
from ingest.geocoding.online.places import WRONG_PLACE, place_online
from ingest.geocoding.online.providers import Geocodes
from ingest.geocoding.online.settings import OnlineSettings
from ingest.geocoding.place_table import PARTS
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

PLACES, ANSWERS = "geo.customer_places", "geo.online_answers"
_CHANGED = ("latitude", "longitude", "place_precision", "place_method", "h3_cell_5", "h3_cell_7", "problems")
_COARSE = "('city', 'region', 'country')"  # the others are fine enough, and where no country is known nothing could check an answer


def refresh_online(
    warehouse: Warehouse,
    settings: OnlineSettings,
    *,
    as_of_date: date,
    geocoder: Geocodes | None = None,
    sleep: Callable[[float], None] | None = None,
) -> str:
    """Ask the provider about places that are known no better than to the city, within the night's budget, and write what it knows.

    Returns a sentence for the run log, empty where no provider is set or nothing was asked. `geocoder`, `sleep`: for tests, as in `ask`.
    Raises HomeInvalid where the provider's key is missing.
    """
    if settings.provider is None:
        return ""
    with warehouse.opened():
        parts = ", ".join(f"c.{name}" for name in PARTS)
        rows = warehouse.query(
            f"select p.*, {parts} from {PLACES} as p join clean.customers as c on p.source = c.source and p.record_id = c.record_id "
            f"where p.place_precision in {_COARSE} order by p.source, p.record_id"
        )
        frame = pl.DataFrame(pl.from_arrow(rows))
        before = frame.select(TABLES[PLACES].column_names)
        known = pl.DataFrame(pl.from_arrow(warehouse.read(ANSWERS)))
        # An answer that was not believed last night is judged again, by tonight's places.
        fresh = before.with_columns(
            problems=pl.col("problems").str.split(",").list.set_difference([WRONG_PLACE]).list.sort().list.join(",")
        )
        patience = {"sleep": sleep} if sleep else {}
        after, asked = place_online(frame.select(PARTS), fresh, known, settings, as_of_date=as_of_date, geocoder=geocoder, **patience)
        differs = pl.any_horizontal(pl.col(name).ne_missing(before[name]) for name in _CHANGED)
        _write(warehouse, after.filter(differs).select("source", "record_id", *_CHANGED).to_arrow(), merge_answers(known, asked).to_arrow())
    return describe_answers(asked, settings)


def _write(warehouse: Warehouse, places: pa.Table, answers: pa.Table) -> None:
    warehouse.replace(ANSWERS, answers)  # first: what was asked is known even if the rest of the night fails
    warehouse.update(PLACES, places)
