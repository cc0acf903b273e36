"""The audit tables of the published copy: which runs, files and days of exports, which refused rows, which decisions.

Here: how they are made of raw.*, under the names the contract promises.
Not here: writing them anywhere (publish.py).

The refused rows are published as they were written: whoever mends an export has to see what was wrong with it.
"""

from dataclasses import dataclass

from ingest.table_types import DUCKDB_TYPES
from ingest.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class AuditTable:
    """One audit table: the table it is made of, its columns as (published name, name in the source) and its order."""

    source: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    has_this_run: bool = False

    @property
    def column_comments(self) -> dict[str, str]:
        """The sentences of ingest/tables.py, by published name."""
        sentences = {column.name: column.sentence for column in TABLES[self.source].columns}
        return {published: sentences[name] for published, name in self.columns}

    def query(self, *, exists: bool) -> str:
        """The query that yields the table. A source table that nobody wrote yet has no rows (`exists` is false).

        The run log ends with `this_run`, a relation of the caller; a row of the same run_id that is already in the log
        gives way to it.
        """
        select = ", ".join(f'"{name}" as "{published}"' for published, name in self.columns)
        stored = f"select {select} from {self.source if exists else self._empty()}"
        if not self.has_this_run:
            return stored
        return f"{stored} where run_id not in (select run_id from this_run) union all select {select} from this_run"

    def _empty(self) -> str:
        types = {column.name: DUCKDB_TYPES[column.type] for column in TABLES[self.source].columns}
        nulls = ", ".join(f'cast(null as {types[name]}) as "{name}"' for _, name in self.columns)
        return f"(select {nulls} limit 0) as empty"


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


AUDIT_TABLES: dict[str, AuditTable] = {
    "audit_runs": AuditTable(
        source="raw.runs",
        comment="Every refresh that reached its end, the one that made this copy last. Grain: one row per run.",
        columns=_same(*TABLES["raw.runs"].column_names),
        key=("as_of_date", "run_id"),
        has_this_run=True,
    ),
    "audit_files": AuditTable(
        source="raw.files",
        comment="Every export file that was ever seen, with what became of it. Grain: one row per file and version of its content.",
        columns=(
            ("file", "path"),
            ("sha256", "file_sha256"),
            ("source", "source"),
            ("as_of_date", "as_of_date"),
            ("entity", "entities"),
            ("rows", "row_count"),
            ("status", "state"),
            ("reason_code", "reason_code"),
            ("reason", "reason"),
            ("size_bytes", "size_bytes"),
            ("encoding", "encoding"),
            ("exported_at", "exported_at"),
            ("container_sha256", "container_sha256"),
            ("first_seen_at", "first_seen_at"),
        ),
        key=("file", "sha256"),
    ),
    "audit_exports": AuditTable(
        source="raw.batches",
        comment="What became of every day's export of every entity: loaded, refused or held, with counts. Grain: one row per source, "
        "entity and day.",
        columns=_same(
            "source",
            "entity",
            "as_of_date",
            "state",
            "reason_code",
            "reason",
            "content_sha256",
            "held_content_sha256",
            "file_count",
            "rows_read",
            "rows_loaded",
            "rows_quarantined",
            "rows_left_out",
            "unmapped_columns",
        ),
        key=("source", "entity", "as_of_date"),
    ),
    "audit_acceptances": AuditTable(
        source="raw.acceptances",
        comment="Held days that a person let pass: who, when and why. Grain: one row per held day and content.",
        columns=_same(*TABLES["raw.acceptances"].column_names),
        key=("source", "entity", "as_of_date", "content_sha256"),
    ),
    "audit_drift": AuditTable(
        source="raw.drift",
        comment="How exports changed in form: columns that came or went, new option values, columns of another kind. "
        "Grain: one row per difference.",
        columns=_same(*TABLES["raw.drift"].column_names),
        key=("source", "entity", "as_of_date", "kind", "name", "value"),
    ),
    "audit_field_health": AuditTable(
        source="clean.field_health",
        comment="Data health (数据体检): how much of each field is filled and readable. Grain: one row per source, entity, day and field.",
        columns=_same(
            "source", "entity", "as_of_date", "field", "is_mapped", "row_count", "filled_count", "unreadable_count", "distinct_count"
        ),
        key=("source", "entity", "as_of_date", "field"),
    ),
    "audit_field_agreement": AuditTable(
        source="resolved.field_agreement",
        comment="Data health (数据体检): how often sources that know one customer say the same of it. "
        "Grain: one row per source, entity, field and as-of date.",
        columns=_same(*TABLES["resolved.field_agreement"].column_names),
        key=("source", "entity", "field", "as_of_date"),
    ),
    "audit_match_weights": AuditTable(
        source="resolved.match_weights",
        comment="What agreement and disagreement weigh (查重) beside what today's records would say of it; is_drifting says when to "
        "estimate anew. Grain: one row per field and level of agreement.",
        columns=_same(*TABLES["resolved.match_weights"].column_names),
        key=("field", "level"),
    ),
    "audit_quarantine": AuditTable(
        source="raw.quarantine",
        comment="Every refused row of an export with its reason, as it was written. Grain: one row per refused row.",
        columns=(
            ("source", "source"),
            ("entity", "entity"),
            ("as_of_date", "as_of_date"),
            ("file", "path"),
            ("sha256", "file_sha256"),
            ("row", "row_number"),
            ("reason_code", "reason_code"),
            ("reason", "reason"),
            ("raw_values", "raw_values"),
            ("status", "status"),
        ),
        key=("source", "entity", "as_of_date", "file", "row", "reason_code"),
    ),
}
