"""The command `bailiwick owner`: who owned a customer on a day, since when, by which event and rule, and which row of which file proves it.

Here: the layout of its lines. Not here: the answer (serving/ownership.py), its sentences (serving/sentences.py).
"""

from datetime import date
from pathlib import Path

from ingest.home import open_home
from serving.ownership import TABLES_OWNED, Owned, owned
from serving.questions import open_published
from serving.sentences import named, owner_held, remarks, retired, territory_held


def owner_of(home: Path, text: str, *, on: date | None, known_on: date | None, recorded_on: date | None) -> Owned:
    """The answer out of the home's published copy. Raises NotFound, HomeInvalid."""
    with open_published(open_home(home).published, tables=TABLES_OWNED) as connection:
        return owned(connection, text, on=on, known_on=known_on, recorded_on=recorded_on)


def told(found: Owned) -> list[str]:
    """The answer in lines for people."""
    lines = [f"{found.customer_id}  {found.customer_name or '(no longer a customer of its own)'}"]
    if found.redirected_from:
        lines.append(retired(found.redirected_from))
    asked = f"On {found.on}"
    if found.known_on != found.as_of_date:
        asked += f", by what exports up to {found.known_on} show"
    if found.recorded_on != found.as_of_date:
        asked += f", as the record stood on {found.recorded_on}"
    lines += ["", f"{asked}:", *(f"  {line}" for line in (*owner_held(found), *territory_held(found), *remarks(found)))]
    if len(found.owners) > 1:
        lines += ["", "Owners"]
        lines += [f"  {row['valid_from']} to {row['valid_to'] or 'now'}: {named(row)} ({row['cause']})" for row in found.owners]
    return lines
