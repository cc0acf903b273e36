"""One export file, whatever its format: its bytes become a header and rows of text.

Here: telling the format, the limits that hold for all of them. Not here: reading a format (csv_files.py, xlsx_files.py, json_files.py),
files inside a ZIP (zip_files.py), what columns mean (feeds.py).
"""

from ingest.errors import FileRefused
from ingest.landing.content import Content, Limits
from ingest.landing.csv_files import read_csv
from ingest.sources.mapping import Format


def read_content(data: bytes, name: str, format_: Format, limits: Limits, *, comment: str | None = None) -> Content:
    """The rows of one file; `name` is its path as messages call it. Raises FileRefused for what cannot be read.

    `comment`: lines of a CSV that start with it are no rows, but are counted in the row numbers.
    """
    if not data:
        raise FileRefused("empty_file", f"{name} is empty (0 bytes). Export it again; the last good export stays in place.")
    if len(data) > limits.max_bytes:
        raise FileRefused(
            "too_large",
            f"{name} has {len(data):,} bytes, more than company.toml allows (landing.max_file_mb = {limits.max_bytes >> 20}). "
            "Raise the limit if the export is meant to be that large.",
        )
    return read_csv(data, name, format_, limits, comment=comment)
