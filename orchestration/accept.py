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
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.lock import hold

_SETTLED = ("accepted", "missing_accepted")  # reason codes of days that somebody let pass
_SHOWN = 5


def accept_held_days(folder: Path, places: Iterable[str], *, by: str, why: str) -> None:
    """Write down that `by` lets the held days pass, each written source/entity/day. All of them, or none.

    A day that somebody let pass already is left as it is, so that a command may be given twice. Raises HomeInvalid where a day is not
    held, HomeLocked while a refresh runs.
    """
    home = open_home(folder)
    with hold(home):
        table = Warehouse(home.warehouse_path).read("raw.batches")
        if not set(TABLES["raw.batches"].column_names) <= set(table.column_names):
            raise HomeInvalid(
                f"HomeInvalid: an earlier version of the program wrote {home.warehouse_path.name}, so it does not say what is held.\n"
                "  Run `bailiwick refresh` without --accept first: it brings the file up to date and says what is held."
            )
        batches = {f"{row['source']}/{row['entity']}/{row['as_of_date']}": row for row in table.to_pylist()}
        held = {place: row for place, row in batches.items() if is_held(row)}
        wanted = list(dict.fromkeys(place.strip().strip("/") for place in places))
        settled = {place for place in wanted if place not in held and batches.get(place, {}).get("reason_code") in _SETTLED}
        for place in wanted:
            if place not in held and place not in settled:
                raise _not_held(place, list(held))
        moment = now()
        for place in (place for place in wanted if place not in settled):
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


def _not_held(place: str, held: list[str]) -> HomeInvalid:
    near = difflib.get_close_matches(place, held, n=1)
    some = ", ".join(sorted(held)[:_SHOWN]) + (f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else "")
    known = f"closest: {near[0]}" if near else f"held are: {some or 'none'}"
    return HomeInvalid(
        f"HomeInvalid: {place} is not held, so there is nothing to let pass ({known}).\n"
        "  Expected: SOURCE/ENTITY/DAY as the refresh prints it, e.g. salesforce/customers/2026-11-21. A day is held once a refresh has\n"
        "  read it; `bailiwick doctor` says which days are. Nothing was written down, and no refresh was started."
    )
