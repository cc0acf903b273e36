"""Metadata that people read on an asset's page: rows, quarantined, seconds, and the first rows as a small table.

Here: metadata only. Not here: anything that changes data.
"""

import dagster as dg

from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.steps import Step

_PREVIEW_COLUMNS = 6
_PREVIEW_ROWS = 5
# Names, phones and addresses stay in the warehouse; Dagster's page shows ids, counts, codes and days.
_SHOWN_TYPES = ("date", "integer", "boolean", "decimal", "double")


def table_metadata(warehouse: Warehouse, name: str, step: Step) -> dict[str, dg.MetadataValue]:
    """Row count, the step's figures, and a preview of key, dates and numbers (no text of customers)."""
    table = TABLES[name]
    columns = [column.name for column in table.columns if column.name in table.key or column.type in _SHOWN_TYPES][:_PREVIEW_COLUMNS]
    quoted = ", ".join(f'"{column}"' for column in columns)
    order = ", ".join(f'"{column}"' for column in table.key)
    with warehouse.opened():
        rows = warehouse.query(f"select count(*) as n from {name}").column("n")[0].as_py()
        preview = warehouse.query(f"select {quoted} from {name} order by {order} limit {_PREVIEW_ROWS}")
    metadata = {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "step_seconds": dg.MetadataValue.float(round(step.seconds, 2)),
        "first_rows": dg.MetadataValue.md(_markdown(columns, preview.to_pylist())),
    }
    if step.quarantined is not None:
        metadata["quarantined_in_step"] = dg.MetadataValue.int(step.quarantined)
    return metadata


def _markdown(columns: list[str], rows: list[dict]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(row[column]).replace("|", "\\|")[:40] for column in columns) + " |" for row in rows]
    return "\n".join(lines)
