"""Letting a held day pass: the one decision a refresh can be given on the command line.

Here: finding what the person means among the held days, and writing the decision down. Not here: holding (ingest/landing/guards.py),
the file (ingest/landing/acceptances.py).
"""

import difflib
from collections.abc import Iterable
from pathlib import Path

from ingest.clock import now
from ingest.errors import HomeInvalid
from ingest.home import open_home
from ingest.landing.acceptances import Acceptance, add_acceptance
from ingest.landing.load import is_held
from ingest.warehouse import Warehouse
from orchestration.lock import hold


def accept_held_days(folder: Path, places: Iterable[str], *, by: str, why: str) -> None:
    """Write down that `by` lets the held days pass, each written source/entity/day. All of them, or none.

    Raises HomeInvalid where a day is not held, HomeLocked while a refresh runs.
    """
    home = open_home(folder)
    with hold(home):
        held = {
            f"{row['source']}/{row['entity']}/{row['as_of_date']}": row
            for row in Warehouse(home.warehouse_path).read("raw.batches").to_pylist()
            if is_held(row)
        }
        wanted = list(dict.fromkeys(place.strip().strip("/") for place in places))
        for place in wanted:
            if place not in held:
                near = difflib.get_close_matches(place, held, n=1)
                known = f"closest: {near[0]}" if near else f"held are: {', '.join(sorted(held)) or 'none'}"
                raise HomeInvalid(
                    f"HomeInvalid: {place} is not held, so there is nothing to let pass ({known}).\n"
                    "  Expected: SOURCE/ENTITY/DAY as the refresh prints it, e.g. salesforce/customers/2026-11-21. "
                    "Run `bailiwick doctor` to see what is held."
                )
        moment = now()
        for place in wanted:
            row = held[place]
            add_acceptance(
                home,
                Acceptance(
                    source=row["source"],
                    entity=row["entity"],
                    as_of_date=row["as_of_date"],
                    content_sha256=row["held_content_sha256"] or "",
                    accepted_by=by,
                    reason=why,
                    accepted_at=moment,
                ),
            )
