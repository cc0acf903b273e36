"""Splink 5 on the same profiles and the same blocking keys as ours, at any size.

    python splink_scale.py PROFILES.parquet OUT

PROFILES: n, name, phone, email, domain, address, city, credit_code (cleaned, null where empty) and `keys`: the values of all blocking keys
that ours uses for the profile. Pairs come from one rule over the exploded keys, so both compare the same pairs. Settings are those that
Splink's documents advise for names and addresses; u from random pairs, m by expectation maximisation on domain and on name. Writes
told.json (seconds a step, pairs) and groups.parquet (n, customer) into OUT. Not here: judging.
"""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

PROBABILITY = 0.9
SEED = 20261122


def main() -> None:
    """Train, predict, cluster; each step timed."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows, out = pq.read_table(sys.argv[1]), Path(sys.argv[2])
    connection = duckdb.connect(str(out / "splink.duckdb"))
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
            *(cl.ExactMatch(name) for name in ("phone", "email", "domain", "city", "credit_code")),
        ],
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
        unique_id_column_name="n",
    )
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(rows, dataset_display_name="profiles"), settings, log_level=logging.ERROR)
    sure = [block_on("credit_code"), block_on("name", "phone"), block_on("name", "city")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in (block_on("domain"), block_on("name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    seconds["train"] = time.perf_counter() - start
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    seconds["predict"] = time.perf_counter() - start - sum(seconds.values())
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=PROBABILITY)
    seconds["cluster"] = time.perf_counter() - start - sum(seconds.values())
    connection.register("clustered", clusters.as_pyarrow_table())
    groups = connection.sql("select n, cluster_id::varchar as customer from clustered").to_arrow_table()
    pq.write_table(groups, out / "groups.parquet")
    told = {"seconds": {name: round(value, 2) for name, value in seconds.items()}, "total": round(sum(seconds.values()), 2)}
    (out / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
