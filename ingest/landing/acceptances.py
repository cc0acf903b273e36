"""acceptances.csv: which held days a person let pass, who, when and why. Rows are only ever added.

Here: reading the file, adding a row. Not here: what is held (guards.py), asking the person (orchestration/cli.py).

The file belongs to the home, like the rule sheets: what people decide is an input and survives the loss of the warehouse. A row counts
for the content that the person saw; other content of the same day is held again.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa

from ingest.errors import HomeInvalid
from ingest.home import CompanyHome
from ingest.tables import TABLES

_COLUMNS = ("source", "entity", "as_of_date", "content_sha256", "accepted_by", "reason", "accepted_at")


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """One decision: this content of this source, entity and day may be loaded although a guard held it."""

    source: str
    entity: str
    as_of_date: date
    content_sha256: str
    accepted_by: str
    reason: str
    accepted_at: datetime

    @property
    def key(self) -> tuple[str, str, date, str]:
        return self.source, self.entity, self.as_of_date, self.content_sha256


Acceptances = Mapping[tuple[str, str, date, str], Acceptance]


def read_acceptances(home: CompanyHome) -> Acceptances:
    """Every decision of the home; of several about one content the first. Raises HomeInvalid for a row that cannot be read."""
    found: dict[tuple[str, str, date, str], Acceptance] = {}
    if not home.acceptances_path.is_file():
        return found
    try:
        text = home.acceptances_path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:  # what Excel saves as plain CSV
        what = f"is not UTF-8 ({error.reason} at byte {error.start})"
        raise HomeInvalid(f"HomeInvalid: acceptances.csv {what}.\n  Save it as CSV UTF-8; rows are only added to it.") from None
    except csv.Error as error:
        raise HomeInvalid(
            f"HomeInvalid: acceptances.csv is no CSV ({error}).\n  Put it back from a backup; rows are only added to it."
        ) from None
    header, *lines = rows or [[]]
    if lacking := [name for name in _COLUMNS if name not in header]:
        raise HomeInvalid(
            f"HomeInvalid: acceptances.csv lacks the column(s) {', '.join(lacking)}.\n"
            f"  Expected: {', '.join(_COLUMNS)}, as `bailiwick refresh --accept` writes them."
        )
    for line, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(header, cells, strict=False))
        try:
            acceptance = Acceptance(
                **{name: row[name].strip() for name in _COLUMNS if name not in ("as_of_date", "accepted_at")},
                as_of_date=date.fromisoformat(row["as_of_date"].strip()),
                accepted_at=datetime.fromisoformat(row["accepted_at"].strip()).astimezone(UTC),
            )
        except (KeyError, ValueError) as error:
            raise HomeInvalid(
                f"HomeInvalid: acceptances.csv line {line} cannot be read: {error}.\n"
                f"  Expected: the columns {', '.join(_COLUMNS)}.\n"
                "  `bailiwick refresh --accept` writes the rows; they are added, never edited."
            ) from None
        found.setdefault(acceptance.key, acceptance)
    return found


def add_acceptance(home: CompanyHome, acceptance: Acceptance) -> None:
    """Add a decision at the end of the file; the same decision twice is one."""
    if acceptance.key in read_acceptances(home):
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if not home.acceptances_path.exists():
        writer.writerow(_COLUMNS)
    elif not home.acceptances_path.read_bytes().endswith(b"\n"):  # saved by an editor that leaves the last line open
        text.write("\n")
    cells = (*acceptance.key, acceptance.accepted_by, acceptance.reason, acceptance.accepted_at.isoformat())
    writer.writerow(cells)
    with home.acceptances_path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(text.getvalue())


def acceptances_table(acceptances: Acceptances) -> pa.Table:
    """The decisions as raw.acceptances."""
    rows = [vars(each) | {"accepted_at": each.accepted_at.replace(tzinfo=None)} for _, each in sorted(acceptances.items())]
    return pa.Table.from_pylist(rows, schema=TABLES["raw.acceptances"].arrow_schema)
