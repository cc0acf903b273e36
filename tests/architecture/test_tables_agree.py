"""The tables of ingest/tables.py and the sources of dbt are one contract, written down twice.

The third copy, the real columns, is checked by ingest/warehouse.py whenever a table is written.
"""

import json
from pathlib import Path

import yaml

from ingest.table_types import DUCKDB_TYPES
from ingest.tables import TABLES

STAGING = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"


def _declared() -> dict[str, dict]:
    """Sources of dbt by relation name: what _sources.yml says of each table."""
    content = yaml.safe_load((STAGING / "_sources.yml").read_text(encoding="utf-8"))
    return {f"{source['schema']}.{table['name']}": table for source in content["sources"] for table in source["tables"]}


def _as_yaml(columns: list[tuple[str, str, str]]) -> str:
    """The lines that _sources.yml should hold, ready to be pasted."""
    return "\n".join(
        f'          - {{name: {name}, data_type: "{type_}", description: {json.dumps(sentence, ensure_ascii=False)}}}'
        for name, type_, sentence in columns
    )


def test_a_source_is_named_like_its_schema():
    content = yaml.safe_load((STAGING / "_sources.yml").read_text(encoding="utf-8"))
    assert all(source["name"] == source["schema"] for source in content["sources"])


def test_dbt_reads_only_tables_that_python_declares():
    assert set(_declared()) - set(TABLES) == set()


def test_columns_types_and_sentences_agree_in_both_directions():
    for name, source in _declared().items():
        wanted = [(column.name, DUCKDB_TYPES[column.type].lower(), column.sentence) for column in TABLES[name].columns]
        written = [(column["name"], column["data_type"], column["description"]) for column in source["columns"]]
        assert written == wanted, f"{name} in _sources.yml should read:\n{_as_yaml(wanted)}"


def test_a_source_is_described_by_the_grain_of_its_table():
    for name, source in _declared().items():
        assert source["description"].lower() == f"{TABLES[name].grain.lower()}.", name


def test_every_declared_source_is_read_by_exactly_one_staging_model():
    read = [path.read_text(encoding="utf-8") for path in STAGING.glob("stg_*.sql")]
    for name in _declared():
        schema, table = name.split(".")
        assert sum(f"source('{schema}', '{table}')" in text for text in read) == 1, name
