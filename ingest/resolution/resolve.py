"""clean.customers + geo.customer_places -> resolved.*: which records are one customer, under which id, with which values.

Here: the order of the steps of a night, what changed since the last one, and the tables they give. Not here: the steps (one module each
beside this one).

Only records that are new, changed or gone are compared again (population.py); what comes out is what comparing all of them would
give. The result depends on the set of rows, the judgements and the days only: the same rows in any order give the same bytes, and a second
run on its own result changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb
import polars as pl
import pyarrow as pa

from ingest.program import program_sha256
from ingest.resolution.completeness import Completeness
from ingest.resolution.drift import drift_notes, match_weights
from ingest.resolution.evidence import KEY, READ_COLUMNS, READ_PLACES, evidence_of
from ingest.resolution.explaining import evidence_table, questions, sentences
from ingest.resolution.field_values import rules_in_force
from ingest.resolution.groups import PAIR_KEY, Decided, Groups, find_groups
from ingest.resolution.identity import Identity, identify, record_periods
from ingest.resolution.judgements import InForce, JudgementsRead, in_force, remember
from ingest.resolution.merges import SENTENCE, merged_pairs
from ingest.resolution.parameters import Parameters, default_parameters
from ingest.resolution.population import SCHEMA, Population, Taken
from ingest.resolution.recorded import identity_before, judged_before
from ingest.resolution.scoring import ASK, population, probability, verdict
from ingest.resolution.survivorship import surviving_customers
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse, conform

_ALONE = "No other record was found to be the same customer."
_TWIN = "Says exactly the same."
_DECIDED = 1000.0  # bits above any score
_PROGRAM = ("ingest/resolution", "ingest/cleaning/generic_words.csv", "ingest/cleaning/name_words.py")
_PACKAGES = ("polars", "rapidfuzz", "duckdb", "scipy")
TABLE_NAMES = (
    "resolved.customers", "resolved.customer_values", "resolved.customer_records", "resolved.match_pairs", "resolved.match_evidence",
    "resolved.match_questions", "resolved.customer_id_redirects", "resolved.judgements", "resolved.judgement_issues",
    "resolved.refused_blocks", "resolved.match_weights",
)  # fmt: skip
"""What a run writes."""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The tables of TABLE_NAMES, each as its contract says, and what the run did: numbers and sentences for people who watch it."""

    tables: Mapping[str, pa.Table]
    details: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Rows of each table, and the details."""
        return {name.split(".")[1]: table.num_rows for name, table in self.tables.items()} | dict(self.details)


def refresh_resolution(
    warehouse: Warehouse,
    *,
    sources: Mapping[str, Source],
    judgements: JudgementsRead,
    first_seen: pa.Table,
    as_of_date: date,
    calendar_start: date,
    parameters: Parameters | None = None,
) -> Resolution:
    """Bring resolved.* up to clean.customers and geo.customer_places, in one transaction.

    `first_seen`: source, record_id, first_as_of_date; a record it does not name is taken to be there since `calendar_start`.
    """
    parameters = parameters or default_parameters()
    with warehouse.transaction() as connection:
        people = _population(connection, parameters)
        clean, places, preferred = (
            pl.DataFrame(pl.from_arrow(warehouse.read(name))) for name in ("clean.customers", "geo.customer_places", "rules.survivorship")
        )
        was, led = identity_before(warehouse, as_of_date)
        ledger = remember(judged_before(warehouse), judgements)
        known_by_then = ledger.filter(pl.col("judged_on") <= as_of_date)
        judged = in_force(known_by_then, clean.select(*KEY))
        completeness: list[Completeness] = []
        taken = _take_changes(connection, warehouse, people, judged, completeness.append)
        merged = merged_pairs(clean)
        found = find_groups(people, Decided(same=judged.same, different=judged.different, merged=merged), parameters)
        members = found.members.select(*KEY, "n", "group")
        identity = identify(members.select(*KEY, "group"), was, led, as_of_date=as_of_date, pins=judged.pins)
        members = members.join(identity.customer_ids, on="group", how="left")
        pairs = _named_pairs(found, members, size=population(taken.profiles, parameters), parameters=parameters)
        reasons = _reasons(pairs, merged, judged, members)
        members = members.join(reasons, on=KEY, how="left").with_columns(pl.col("match_reason").fill_null(_ALONE))
        seen = pl.DataFrame(pl.from_arrow(first_seen)).select(*KEY, first_day="first_as_of_date")
        current = members.join(seen, on=KEY, how="left").select(*KEY, "customer_id", "match_reason", "first_day")
        periods = record_periods(current, was, identity.redirects, as_of_date=as_of_date, calendar_start=calendar_start)
        first_days = periods.group_by(KEY).agg(pl.col("valid_from").min().alias("first_day"))
        decided = rules_in_force(preferred, as_of_date)
        survivors = surviving_customers(clean, places, members.select(*KEY, "customer_id"), first_days, sources=sources, decided=decided)
        asked = pairs.filter((pl.col("verdict") == ASK) & (pl.col("left_customer_id") != pl.col("right_customer_id")))
        waiting = asked.join(_both_ways(judged.different), on=PAIR_KEY, how="anti")
        frames = {
            "resolved.customers": survivors.customers,
            "resolved.customer_values": survivors.values,
            "resolved.customer_records": periods,
            "resolved.match_pairs": pairs.with_columns(
                ask_above=pl.lit(parameters.ask_above, pl.Float64), same_above=pl.lit(parameters.same_above, pl.Float64)
            ),
            "resolved.match_evidence": evidence_table(pairs, size=population(taken.profiles, parameters), parameters=parameters),
            "resolved.match_questions": questions(waiting, survivors.customers),
            "resolved.customer_id_redirects": identity.redirects,
            "resolved.judgements": ledger,
            "resolved.judgement_issues": pl.concat([judgements.issues, judged.issues, identity.issues]).unique(
                ["judgement_id", "issue"], keep="first", maintain_order=True
            ),
            "resolved.refused_blocks": _refused(taken),
            "resolved.match_weights": match_weights(connection, parameters),
        }
        result = Resolution(
            tables={name: _conformed(name, frame) for name, frame in frames.items()},
            details=_details(taken, found, identity, len(led), pairs),
            notes=(*(found.detail for found in completeness), *drift_notes(frames["resolved.match_weights"])),
        )
        warehouse.replace_all(dict(result.tables))
    return result


def _details(taken: Taken, found: Groups, identity: Identity, redirects_before: int, pairs: pl.DataFrame) -> dict[str, int]:
    verdicts = dict(pairs.group_by("verdict").len().iter_rows())
    return {
        "records": len(found.members),
        "profiles": taken.profiles,
        "profiles_touched": len(taken.touched),
        "pairs_compared": taken.compared,
        "pairs_same": verdicts.get("same", 0),
        "pairs_to_ask": verdicts.get("ask", 0),
        "pairs_kept_apart": len(found.cuts),
        "ids_minted": identity.minted_count,
        "ids_retired": len(identity.redirects) - redirects_before,
        "blocks_refused": int(taken.refused["blocks"].sum()),
    }


def _conformed(name: str, frame: pl.DataFrame) -> pa.Table:
    return conform(TABLES[name], frame.select(TABLES[name].column_names).to_arrow())


def _population(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> Population:
    """The state, empty where another program or other parameters made it: it is built from the clean tables again, ids stay."""
    made_by = hashlib.sha256(f"{program_sha256(*_PROGRAM, packages=_PACKAGES)} {parameters.model_dump_json()}".encode()).hexdigest()
    people = Population(connection, parameters)
    connection.execute(f"create table if not exists {SCHEMA}.records_read (source varchar, record_id varchar, read_from varchar)")
    known = connection.execute(f"select value from {SCHEMA}.settings where name = 'made_by'").fetchall()
    if known != [(made_by,)]:
        connection.execute(f"drop schema {SCHEMA} cascade")
        people = Population(connection, parameters)
        connection.execute(f"create table {SCHEMA}.records_read (source varchar, record_id varchar, read_from varchar)")
        connection.execute(f"insert into {SCHEMA}.settings values ('made_by', ?)", [made_by])
    return people


def _take_changes(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    people: Population,
    judged: InForce,
    on_blocks: Callable[[Completeness], None],
) -> Taken:
    """Hand the population the records that differ from what it was told last, and those that are gone."""
    apart = judged.apart
    marked = apart.with_columns(apart=pl.lit("apart")).to_arrow()  # noqa: F841 - found by its name
    connection.execute(
        """
        create or replace temp table records_now as
        select c.source, c.record_id, concat(c.read_from, ' ', p.read_from, ' ', a.apart) as read_from
        from clean.customers as c
        left join geo.customer_places as p on c.source = p.source and c.record_id = p.record_id
        left join marked as a on c.source = a.source and c.record_id = a.record_id
        """
    )
    connection.execute(
        f"""
        create or replace temp table records_changed as
        select n.* from records_now as n
        left join {SCHEMA}.records_read as r on n.source = r.source and n.record_id = r.record_id
        where r.read_from is distinct from n.read_from
        """
    )
    gone = connection.sql(
        f"""
        select r.source, r.record_id
        from {SCHEMA}.records_read as r
        anti join records_now as n on r.source = n.source and r.record_id = n.record_id
        """
    ).pl()
    evidence = list(_evidence(connection))
    empty = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))
    changed = pl.concat(evidence) if evidence else _no_evidence()
    taken = people.take(changed, gone if len(gone) else empty, apart=apart, on_blocks=on_blocks)
    connection.execute(f"create or replace table {SCHEMA}.records_read as select * from records_now")
    connection.execute("drop table records_now; drop table records_changed")
    return taken


def _evidence(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Evidence of the changed records, in slices."""
    columns = ", ".join(f'c."{name}"' for name in (*KEY, *READ_COLUMNS))
    placed = ", ".join(f'p."{name}"' for name in READ_PLACES)
    query = f"""
        select {columns}, {placed}
        from clean.customers as c
        semi join records_changed as r on c.source = r.source and c.record_id = r.record_id
        left join geo.customer_places as p on c.source = p.source and c.record_id = p.record_id
        order by c.source, c.record_id
    """
    for batch in connection.sql(query).to_arrow_reader(200_000):
        yield evidence_of(pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))))


def _no_evidence() -> pl.DataFrame:
    columns = dict.fromkeys((*KEY, *READ_COLUMNS, *READ_PLACES), pl.String)
    columns |= {"is_branch": pl.Boolean, "latitude": pl.Float64, "longitude": pl.Float64}
    return evidence_of(pl.DataFrame(schema=columns))


def _named_pairs(found: Groups, members: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.DataFrame:
    """The pairs by the keys of their records, with the customers they belong to, score, verdict and evidence. What looks the same and was
    cut waits for a person."""
    evidence = sentences(found.pairs, size=size, parameters=parameters)
    pairs = found.pairs.with_columns(evidence=evidence, score=probability(pl.col("weight")), verdict=verdict(pl.col("weight"), parameters))
    cuts = found.cuts.select(
        pl.min_horizontal("left", "right").alias("left"), pl.max_horizontal("left", "right").alias("right"), "detail"
    ).unique(["left", "right"])
    pairs = pairs.join(cuts, on=["left", "right"], how="left")
    is_cut = pl.col("detail").is_not_null()
    pairs = pairs.with_columns(
        verdict=pl.when(is_cut).then(pl.lit(ASK)).otherwise("verdict"),
        evidence=pl.when(is_cut).then(pl.concat_str("evidence", pl.lit(" "), "detail")).otherwise("evidence"),
    )
    ids = found.named.join(members.select(*KEY, "customer_id"), on=KEY, how="left")
    sides = []
    for end in ("left", "right"):
        side = pairs.select(pl.col(end).alias("n")).join(ids, on="n", how="left", maintain_order="left")
        sides.append(side.select(*KEY, "customer_id"))
    left, right = sides
    swapped = pl.select(
        (left["source"] > right["source"]) | ((left["source"] == right["source"]) & (left["record_id"] > right["record_id"]))
    ).to_series()
    named = {}
    for name in (*KEY, "customer_id"):
        named[f"left_{name}"] = pl.select(pl.when(swapped).then(right[name]).otherwise(left[name])).to_series()
        named[f"right_{name}"] = pl.select(pl.when(swapped).then(left[name]).otherwise(right[name])).to_series()
    return pairs.with_columns(**named).sort(PAIR_KEY)


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    other = pairs.select(
        left_source="right_source", left_record_id="right_record_id", right_source="left_source", right_record_id="left_record_id"
    )
    return pl.concat([pairs.select(PAIR_KEY), other.select(PAIR_KEY)]).unique()


def _reasons(pairs: pl.DataFrame, merged: pl.DataFrame, judged: InForce, members: pl.DataFrame) -> pl.DataFrame:
    """Per record that is not alone: the strongest pair that ties it to its customer, as a sentence; a judgement is stronger than any."""
    same = pairs.filter(pl.col("verdict") == "same").select(*PAIR_KEY, "weight", "evidence")
    certain = merged.with_columns(weight=pl.lit(_DECIDED), evidence=pl.lit(SENTENCE))
    why = pl.when(pl.col("reason").fill_null("") != "").then(pl.format(": {}", "reason")).otherwise(pl.lit("."))
    said = judged.same.with_columns(
        weight=pl.lit(2 * _DECIDED), evidence=pl.concat_str(pl.format("Judged the same by {} on {}", "judged_by", "judged_on"), why)
    )
    known = pl.concat([same, certain.select(same.columns), said.select(same.columns)])
    other = known.select(
        left_source="right_source", left_record_id="right_record_id", right_source="left_source", right_record_id="left_record_id",
        weight="weight", evidence="evidence",
    )  # fmt: skip
    both = pl.concat([known, other.select(known.columns)])
    best = both.sort(*PAIR_KEY[:2], "weight", *PAIR_KEY[2:], descending=[False, False, True, False, False])
    best = best.unique(PAIR_KEY[:2], keep="first", maintain_order=True)
    sentence = pl.format("With {} {}: {}", "right_source", "right_record_id", "evidence")
    reasons = best.select(source="left_source", record_id="left_record_id", match_reason=sentence)
    first = (
        members.sort(KEY)
        .group_by("n", maintain_order=True)
        .agg(leader=pl.col("record_id").first(), leads=pl.len())
        .filter(pl.col("leads") > 1)
    )
    twins = members.join(first, on="n").filter(pl.col("record_id") != pl.col("leader"))
    twins = twins.join(both.filter(pl.col("weight") >= _DECIDED), left_on=KEY, right_on=PAIR_KEY[:2], how="anti")
    twins = twins.select(*KEY, match_reason=pl.format("With {} {}: {}", "source", "leader", pl.lit(_TWIN)))
    return pl.concat([reasons.join(twins, on=KEY, how="anti"), twins])


def _refused(taken: Taken) -> pl.DataFrame:
    return taken.refused.select(
        key_kind="kind",
        most_records=pl.col("kind").replace_strict(taken.limits, return_dtype=pl.Int64),
        block_count=pl.col("blocks").cast(pl.Int64),
        record_count=pl.col("records").cast(pl.Int64),
        largest_block=pl.col("largest").cast(pl.Int64),
    )
