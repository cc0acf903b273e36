"""Splink's m and match weights of counted patterns: the figures that ours are held against in the tests.

    python splink_patterns.py ROWS.parquet SETTINGS.json OUT.json

SETTINGS: block (a column; pairs are those that share it; it is compared in nothing), fields (column -> "exact" or the Jaro-Winkler
likenesses of the levels between the same and another), recall. Splink estimates u by random sampling, keeps it, and trains m by expectation
maximisation on the block, until no probability moves by more than CONVERGED. OUT holds numbers only: levels, u, m, the prior, and of
each pattern its levels (0 missing, 1 the closest), pairs and Splink's match weight. Runs in Splink's own environment (splink.txt).
Not here: which rows, where the file goes (../resolution_oracle.py), comparing (tests/ingest/resolution/test_estimation.py).
"""

import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SEED = 20261122
CONVERGED = 1e-6
PAIRS_FOR_U = 2e6


def main() -> None:
    """Read rows and settings, train, and write what Splink found."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    asked = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    database = duckdb.connect()
    database.register("rows", pq.read_table(sys.argv[1]))
    columns = ", ".join(f"nullif(trim(lower({name})), '') as {name}" for name in (*asked["fields"], asked["block"]))
    table = database.sql(f"select record_id, {columns} from rows").to_arrow_table()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ExactMatch(name) if likenesses == "exact" else cl.JaroWinklerAtThresholds(name, likenesses)
            for name, likenesses in asked["fields"].items()
        ],
        blocking_rules_to_generate_predictions=[block_on(asked["block"])],
        unique_id_column_name="record_id",
        retain_intermediate_calculation_columns=True,
        max_iterations=1000,
        em_convergence=CONVERGED,
    )
    api = DuckDBAPI(connection=database)
    linker = Linker(api.register(table), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on(*sure) for sure in asked["sure"]], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_FOR_U, seed=SEED)
    session = linker.training.estimate_parameters_using_expectation_maximisation(block_on(asked["block"]), fix_u_probabilities=True)
    told = linker.misc.save_model_to_json()
    database.register("predicted", linker.inference.predict().as_pyarrow_table())
    Path(sys.argv[3]).write_text(json.dumps(_figures(told, session, database, list(asked["fields"]))), encoding="utf-8")


def _figures(told: dict, session, database: duckdb.DuckDBPyConnection, fields: list[str]) -> dict:
    """Levels are numbered from the closest, 1, to `other`; Splink numbers them the other way round, with -1 for missing."""
    levels, sizes = {}, {}
    for field, comparison in zip(fields, told["comparisons"], strict=True):
        found = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        levels[field] = {"m": [level.get("m_probability") for level in found], "u": [level["u_probability"] for level in found]}
        sizes[field] = len(found)
    numbered = ", ".join(f"case when gamma_{field} < 0 then 0 else {sizes[field]} - gamma_{field} end as {field}" for field in fields)
    rows = database.sql(
        f"select {numbered}, count(*) as pairs, round(avg(match_weight), 6) as weight from predicted group by all order by all"
    ).fetchall()
    return {
        "splink": version("splink"),
        "fields": levels,
        "prior": session.core_model_settings.probability_two_random_records_match,
        "patterns": [list(row) for row in rows],
    }


if __name__ == "__main__":
    main()
