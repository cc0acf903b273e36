"""Splink 5 on the rows of a set, as in the first hour with its tutorial: DuckDB, ready-made comparisons, its own training.

    python splink_peer.py ROWS.parquet clusters|links|ranked OUT

Cleaning as the tutorial asks for it: lower case without punctuation in names and addresses, digits of telephone numbers, hosts of web
sites. Comparisons of the columns that are filled in at least one row of fifty: Jaro-Winkler at 0.9 and 0.7 of name, address and city as
in its first example (NameComparison and frequencies of terms did no better, 2026-11-22), EmailComparison, exact on the others; no
coordinates and no country, and no region where there is a city, since the tutorial warns of columns that follow from one another.
Blocking: the rules of RULES whose columns are there and which give no
more than MOST_PAIRS pairs. Training: the share of matches by sure rules at a recall of 0.7, u by random sampling, m by expectation
maximisation on each of TRAINED that gives pairs. Clusters at a probability of 0.9; two sides are linked with `link_only`.
Splink says of itself that it is not made for a name alone; such sets are trained on the name's first letters, kept as a column of their
own, since a training rule takes its column out of the model.
Seconds are from the cleaned table to the clusters. Not here: judging.
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
FILLED = 0.02
MOST_PAIRS = 5_000_000
SEED = 20261122
CLEANED = {
    "name": r"trim(regexp_replace(lower(name), '[\s\p{P}]+', ' ', 'g'))",
    "street": r"trim(regexp_replace(lower({street}), '[\s\p{{P}}]+', ' ', 'g'))",
    "phone": r"right(regexp_replace(phone, '\D', '', 'g'), 10)",
    "email": "lower(email)",
    "website": r"regexp_replace(regexp_replace(lower(website), '^(https?://)?(www\.)?', ''), '[/?#].*$', '')",
}
EXACT = ("credit_code", "registry_id", "phone", "website", "postal_code", "city", "region", "birth_date")
RULES = (
    ("credit_code",), ("registry_id",), ("phone",), ("email",), ("website",), ("name",), ("name_start",),
    ("birth_date",), ("name_start", "city"), ("name_start", "postal_code"), ("city", "substr(name, 1, 2)"), ("substr(street, 1, 8)",),
    ("postal_code", "substr(street, 1, 4)"),
)  # fmt: skip
SURE = (("credit_code",), ("registry_id",), ("email",), ("name", "phone"), ("name", "street"), ("name", "city"), ("name", "birth_date"))
TRAINED = (("name",), ("street",), ("phone",), ("email",), ("website",), ("birth_date",))
NAME_ALONE = (("name_start",),)
SIDES = {"links": ("left", "right"), "ranked": ("full", "short")}


def main() -> None:
    """Read the rows, clean, train, predict, and write groups.parquet, pairs.parquet and told.json."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows, kind, out = pq.read_table(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    database = duckdb.connect()
    database.register("rows", rows)
    columns = _clean(database, rows.column_names)
    start = time.perf_counter()
    api = DuckDBAPI(connection=database)
    sides = SIDES.get(kind)
    if sides:
        tables = [database.sql(f"select * from cleaned where source = '{side}'").to_arrow_table() for side in sides]
        inputs = [api.register(table, dataset_display_name=f"{side}_side") for table, side in zip(tables, sides, strict=True)]
    else:
        inputs = [api.register(database.sql("select * from cleaned").to_arrow_table(), dataset_display_name="rows_cleaned")]
    rules = [rule for rule in RULES if _is_possible(rule, columns) and 0 < _pairs(database, rule) <= MOST_PAIRS] or [
        ("substr(name, 1, 2)",)
    ]
    settings = SettingsCreator(
        link_type="link_only" if sides else "dedupe_only",
        comparisons=_comparisons(columns),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        unique_id_column_name="record_id",
    )
    linker = Linker(inputs if sides else inputs[0], settings, log_level=logging.ERROR)
    trained = _train(linker, database, columns)
    predicted = linker.inference.predict(threshold_match_probability=None if kind == "ranked" else 0.01)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=PROBABILITY)
    seconds = time.perf_counter() - start
    database.register("predicted", predicted.as_pyarrow_table())
    database.register("clustered", clusters.as_pyarrow_table())
    pairs = f"""
        select record_id_l as left_record_id, record_id_r as right_record_id, match_probability as score, match_weight as weight,
            case when match_probability >= {PROBABILITY} then 'same' else 'different' end as verdict
        from predicted
    """
    pq.write_table(database.sql(pairs).to_arrow_table(), out / "pairs.parquet")
    pq.write_table(
        database.sql("select record_id, cluster_id::varchar as customer from clustered").to_arrow_table(), out / "groups.parquet"
    )
    note = f"{len(rules)} blocking rules, trained on {trained or 'nothing'}"
    (out / "told.json").write_text(json.dumps({"seconds": seconds, "note": note}), encoding="utf-8")


def _clean(database: duckdb.DuckDBPyConnection, written: list[str]) -> list[str]:
    """Makes the table `cleaned`; returns its columns that are filled often enough to compare."""
    street = [name for name in ("street", "address") if name in written]
    made = {name: CLEANED.get(name, f"lower({name})") for name in ("name", *EXACT, "email") if name in written}
    if street:
        made["street"] = CLEANED["street"].format(street=f"coalesce({', '.join(street)})")
    made["name_start"] = f"substr({made['name']}, 1, 4)"
    texts = ", ".join(f"nullif({sql}, '') as {name}" for name, sql in made.items())
    source = ", source" if "source" in written else ""
    database.execute(f"create table cleaned as select record_id{source}, {texts} from rows").fetchall()
    shares = database.execute(f"select {', '.join(f'count({name}) / count(*)' for name in made)} from cleaned").fetchall()[0]
    filled = [name for name, share in zip(made, shares, strict=True) if share >= FILLED]
    return [name for name in filled if name != "region" or "city" not in filled]


def _comparisons(columns: list[str]) -> list:
    made = []
    for name in columns:
        if name == "name_start":
            continue
        if name in ("name", "street", "city"):
            made.append(cl.JaroWinklerAtThresholds(name, [0.9, 0.7]))
        elif name == "email":
            made.append(cl.EmailComparison("email"))
        else:
            made.append(cl.ExactMatch(name))
    return made


def _is_possible(rule: tuple[str, ...], columns: list[str]) -> bool:
    return all(part.removeprefix("substr(").partition(",")[0] in columns for part in rule)


def _pairs(database: duckdb.DuckDBPyConnection, rule: tuple[str, ...]) -> int:
    keys = ", ".join(rule)
    filled = " and ".join(f"{part} is not null" for part in rule)
    count = database.execute(
        f"select coalesce(sum(n * (n - 1) / 2), 0) from (select count(*) as n from cleaned where {filled} group by {keys})"
    )
    return int(count.fetchall()[0][0])


def _train(linker: Linker, database: duckdb.DuckDBPyConnection, columns: list[str]) -> str:
    """Estimates what can be; returns the rules that trained."""
    sure = [rule for rule in SURE if _is_possible(rule, columns) and 0 < _pairs(database, rule) <= MOST_PAIRS]
    alone = columns == ["name", "name_start"]
    if sure or alone:
        linker.training.estimate_probability_two_random_records_match([block_on(*rule) for rule in sure or [("name",)]], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    trained = []
    for rule in NAME_ALONE if alone else TRAINED:
        if not _is_possible(rule, columns) or not 20 <= _pairs(database, rule) <= MOST_PAIRS:
            continue
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
        except Exception as error:  # a rule without enough pairs: the others may do
            sys.stderr.write(f"{rule}: {type(error).__name__}: {error}\n")
            continue
        trained.append("+".join(rule))
    return ", ".join(trained)


if __name__ == "__main__":
    main()
