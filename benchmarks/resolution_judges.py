"""How answers are judged: pairwise figures, the best candidates, which pairs are wrong, and yardsticks that cost nothing.

Here: counting and comparing; the same for every contestant. Not here: the sets (resolution_sets.py), the table (resolution.py).
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process, utils

from benchmarks.disturbed_registry import is_branch_name
from benchmarks.resolution_sets import FULL, LEFT, RIGHT, SHORT, Answer, ResolutionSet

FORMS = re.compile(r"\b(?:the|inc|incorporated|corp|corporation|company|companies|co|plc|ltd|limited|lp|llc|nv|sa|ag|trust)\b")
MOST_PAIRS = 200_000  # that are written of one kind of error: a contestant that makes one heap of all rows makes millions
NO_PAIRS = pl.DataFrame(
    schema={"left_record_id": pl.String, "right_record_id": pl.String, "score": pl.Float64, "weight": pl.Float64, "verdict": pl.String}
)


def judge(asked: ResolutionSet, answer: Answer) -> dict[str, float]:
    """precision, recall, f1; of ranked sets precision, recall, top_1; and what else is counted, by name."""
    if asked.kind == "ranked":
        return _judge_ranked(asked, answer)
    rows = _rows(asked, answer)
    is_linking = asked.kind == "links"
    true, said, both = (_pair_count(rows, keys, is_linking) for keys in (["cluster"], ["customer"], ["cluster", "customer"]))
    precision, recall = both / said if said else 1.0, both / true if true else 1.0
    figures = {"precision": precision, "recall": recall, "f1": 2 * both / (said + true) if said + true else 1.0}
    if asked.name == "cn_registry":
        figures["branches_in_parents"] = branches_in_parents(rows)
    if is_linking:
        figures["f1_among_linked"] = _f1_among_linked(rows)
    return figures


def _f1_among_linked(rows: pl.DataFrame) -> float:
    """F1 where only rows count that have a partner on the other side: what one sees who leaves all others out."""
    linked = rows.filter(pl.col("is_right").any().over("cluster") & (~pl.col("is_right")).any().over("cluster"))
    true, said, both = (_pair_count(linked, keys, True) for keys in (["cluster"], ["customer"], ["cluster", "customer"]))
    return 2 * both / (said + true) if said + true else 1.0


def _rows(asked: ResolutionSet, answer: Answer) -> pl.DataFrame:
    """record_id, cluster, damage, customer, is_right, name of each row; a row that was not answered is a customer of its own."""
    known = [column for column in ("name", "source") if column in asked.records.columns]
    rows = asked.truth.join(asked.records.select("record_id", *known), on="record_id", how="left", maintain_order="left")
    rows = rows.join(
        answer.groups.unique("record_id", keep="first", maintain_order=True), on="record_id", how="left", maintain_order="left"
    )
    is_right = (pl.col("source") == RIGHT) if "source" in known else pl.lit(False)
    alone = pl.format("not answered {}", "record_id")
    return rows.with_columns(pl.col("customer").fill_null(alone), is_right=is_right.fill_null(False))


def _pair_count(rows: pl.DataFrame, keys: list[str], is_linking: bool) -> int:
    counts = rows.group_by(keys).agg(n=pl.len().cast(pl.Int64), right=pl.col("is_right").sum().cast(pl.Int64))
    pairs = (pl.col("n") - pl.col("right")) * pl.col("right") if is_linking else pl.col("n") * (pl.col("n") - 1) // 2
    return counts.select(pairs.sum()).item()


def branches_in_parents(rows: pl.DataFrame) -> int:
    """Pairs of a branch and what is none that are one customer and should not be. What a row is, its registered name says."""
    registered = rows.filter(pl.col("damage").is_null()).select(
        "cluster", is_branch=pl.col("name").map_elements(is_branch_name, return_dtype=pl.Boolean)
    )
    marked = rows.join(registered, on="cluster", how="left", maintain_order="left").with_columns(is_right=pl.col("is_branch"))
    return _pair_count(marked, ["customer"], True) - _pair_count(marked, ["customer", "cluster"], True)


def _candidates(asked: ResolutionSet, answer: Answer) -> pl.DataFrame:
    """query, candidate, score, weight, verdict, is_true of each pair of a short and a full name, the best of a query first."""
    sides = asked.records.select("record_id", "source")
    both = pl.concat(
        [
            answer.pairs.rename({"left_record_id": "query", "right_record_id": "candidate"}),
            answer.pairs.rename({"left_record_id": "candidate", "right_record_id": "query"}).select(
                "query", "candidate", "score", "weight", "verdict"
            ),
        ]
    )
    for column, side in (("query", SHORT), ("candidate", FULL)):
        both = both.join(sides.filter(pl.col("source") == side).select(pl.col("record_id").alias(column)), on=column, how="semi")
    for column in ("query", "candidate"):
        both = both.join(
            asked.truth.select(pl.col("record_id").alias(column), pl.col("cluster").alias(f"{column}_is")), on=column, how="left"
        )
    both = both.with_columns(is_true=pl.col("query_is") == pl.col("candidate_is")).drop("query_is", "candidate_is")
    return both.sort("query", "weight", "score", "candidate", descending=[False, True, True, False])


def _judge_ranked(asked: ResolutionSet, answer: Answer) -> dict[str, float]:
    candidates = _candidates(asked, answer)
    queries = asked.records.filter(pl.col("source") == SHORT).height
    same = candidates.filter(pl.col("verdict") == "same")
    best = candidates.unique("query", keep="first", maintain_order=True)
    precision = same["is_true"].mean() if len(same) else 1.0
    rightly = same.filter("is_true")["query"].n_unique()
    return {"precision": precision, "recall": rightly / queries, "top_1": best["is_true"].sum() / queries, "same": len(same)}


def recall_by_damage(asked: ResolutionSet, answer: Answer) -> str:
    """Of disturbed copies: the share that stands with its original, by what was done to it, worst first."""
    if asked.truth["damage"].null_count() == len(asked.truth):
        return ""
    rows = _rows(asked, answer)
    originals = rows.filter(pl.col("damage").is_null()).select("cluster", own=pl.col("customer"))
    copies = rows.filter(pl.col("damage").is_not_null()).join(originals, on="cluster", how="left")
    copies = copies.with_columns(pl.col("damage").str.split("|"), found=pl.col("customer") == pl.col("own")).explode("damage")
    kinds = copies.group_by("damage").agg(pl.col("found").mean(), n=pl.len()).sort("found", "damage")
    return ", ".join(f"{what} {share:.3f} of {n:,}" for what, share, n in kinds.iter_rows())


def write_errors(asked: ResolutionSet, answer: Answer, folder: Path, name: str) -> str:
    """<set>.<name>.false.csv and .missed.csv: wrong pairs with both rows' columns, score, weight and verdict where it was compared.

    Returns what was written, for people. Pairs are in a fixed order; of more than MOST_PAIRS the rest is left out, and said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for kind, pairs in _wrong_pairs(asked, answer).items():
        path = folder / f"{asked.name}.{name}.{kind}.csv"
        kept = pairs.head(MOST_PAIRS)
        _with_both_rows(asked, answer, kept).write_csv(path)
        left_out = f" (of {len(pairs):,})" if len(pairs) > len(kept) else ""
        told.append(f"{path.name}: {len(kept):,}{left_out}")
    return ", ".join(told)


def _wrong_pairs(asked: ResolutionSet, answer: Answer) -> dict[str, pl.DataFrame]:
    """left_record_id, right_record_id: pairs that are said and false, and pairs that are true and missed."""
    if asked.kind == "ranked":
        candidates = _candidates(asked, answer)
        named = pl.col("query").alias("left_record_id"), pl.col("candidate").alias("right_record_id")
        best = candidates.unique("query", keep="first", maintain_order=True)
        of_full = asked.truth.join(asked.records.filter(pl.col("source") == FULL).select("record_id"), on="record_id", how="semi")
        queries = asked.records.filter(pl.col("source") == SHORT).select("record_id").join(asked.truth, on="record_id")
        true = queries.join(of_full.select("cluster", right_record_id="record_id"), on="cluster").select(
            left_record_id="record_id", right_record_id="right_record_id"
        )
        hits = best.filter("is_true").select(left_record_id="query")
        return {
            "false": candidates.filter((pl.col("verdict") == "same") & ~pl.col("is_true")).select(named),
            "best_is_wrong": best.filter(~pl.col("is_true")).select(named),
            "missed": true.join(hits, on="left_record_id", how="anti").sort("left_record_id", "right_record_id"),
        }
    rows = _rows(asked, answer).select("record_id", "cluster", "customer", "is_right")
    return {
        "false": _pairs_within(rows, "customer", "cluster", asked.kind == "links"),
        "missed": _pairs_within(rows, "cluster", "customer", asked.kind == "links"),
    }


def _pairs_within(rows: pl.DataFrame, within: str, apart: str, is_linking: bool) -> pl.DataFrame:
    """Pairs of rows that share one label and not the other. Of heaps only as many rows are paired as give about MOST_PAIRS a heap."""
    many = rows.filter(pl.len().over(within) > 1).sort("record_id")
    many = many.filter(pl.int_range(pl.len()).over(within) < 2 * int(MOST_PAIRS**0.5))
    pairs = many.join(many, on=within, suffix="_other").filter(pl.col(apart) != pl.col(f"{apart}_other"))
    one_way = ~pl.col("is_right") & pl.col("is_right_other") if is_linking else pl.col("record_id") < pl.col("record_id_other")
    pairs = pairs.filter(one_way).select(left_record_id="record_id", right_record_id="record_id_other")
    return pairs.sort("left_record_id", "right_record_id")


def _with_both_rows(asked: ResolutionSet, answer: Answer, pairs: pl.DataFrame) -> pl.DataFrame:
    turned = answer.pairs.rename({"left_record_id": "right_record_id", "right_record_id": "left_record_id"}).select(answer.pairs.columns)
    keys = ["left_record_id", "right_record_id"]
    pairs = pairs.join(pl.concat([answer.pairs, turned]).unique(keys, keep="first"), on=keys, how="left", maintain_order="left")
    rows = asked.records.join(asked.truth, on="record_id").join(answer.groups, on="record_id", how="left")
    for side in ("left", "right"):
        renamed = rows.rename({column: f"{side}_{column}" for column in rows.columns})
        pairs = pairs.join(renamed, on=f"{side}_record_id", how="left", maintain_order="left")
    columns = [f"{side}_{column}" for column in rows.columns for side in ("left", "right")]
    return pairs.select("score", "weight", "verdict", *columns)


def equal_names(asked: ResolutionSet) -> Answer:
    """Who has the same name but for case and blanks is the same: what no program is needed for."""
    start = time.perf_counter()
    key = pl.col("name").str.to_lowercase().str.replace_all(r"\s", "")
    rows = asked.records.select("record_id", "source" if asked.kind == "ranked" else pl.lit(None).alias("source"), customer=key)
    pairs = NO_PAIRS
    if asked.kind == "ranked":
        sides = [rows.filter(pl.col("source") == side).select("customer", record_id="record_id") for side in (SHORT, FULL)]
        pairs = sides[0].join(sides[1], on="customer", suffix="_other").select(
            left_record_id="record_id", right_record_id="record_id_other", score=1.0, weight=1.0, verdict=pl.lit("same")
        )  # fmt: skip
    groups = rows.select("record_id", customer=pl.coalesce("customer", pl.format("alone {}", "record_id")))
    return Answer(groups=groups, pairs=pairs, seconds=time.perf_counter() - start)


def yardsticks(asked: ResolutionSet) -> Iterator[tuple[str, dict[str, float], float]]:
    """Name, figures and seconds of what rapidfuzz alone gets where names alone are given."""
    if asked.name == "lagou_2018":
        yield _best_partial_ratio(asked)
    elif asked.name == "sp500":
        yield _best_threshold(asked)


def _names(asked: ResolutionSet, side: str) -> tuple[list[str], np.ndarray]:
    rows = asked.records.filter(pl.col("source") == side).join(asked.truth, on="record_id", how="left", maintain_order="left")
    return rows["name"].to_list(), rows["cluster"].to_numpy()


def _best_partial_ratio(asked: ResolutionSet) -> tuple[str, dict[str, float], float]:
    """The full name with the highest partial_ratio; of equal ones the first."""
    start = time.perf_counter()
    (queries, wanted), (names, clusters) = _names(asked, SHORT), _names(asked, FULL)
    scores = process.cdist(queries, names, scorer=fuzz.partial_ratio, processor=utils.default_process, dtype=np.float32)
    return "partial_ratio", {"top_1": float((clusters[scores.argmax(axis=1)] == wanted).mean())}, time.perf_counter() - start


def _best_threshold(asked: ResolutionSet) -> tuple[str, dict[str, float], float]:
    """F1 of the one threshold on token_sort_ratio that does best, known only with the truth at hand.

    Names without legal forms; each is compared with its best partner alone, which does better than all pairs above the threshold.
    """
    start = time.perf_counter()
    (left, wanted), (right, clusters) = _names(asked, LEFT), _names(asked, RIGHT)
    texts = [[FORMS.sub(" ", utils.default_process(name)).strip() for name in names] for names in (left, right)]
    scores = process.cdist(*texts, scorer=fuzz.token_sort_ratio, dtype=np.float32)
    best_partner, best_score = scores.argmax(axis=1), scores.max(axis=1)
    is_true, links = wanted == clusters[best_partner], int((wanted[:, None] == clusters[None, :]).sum())
    found = {}
    for threshold in range(40, 101):
        both, said = int((is_true & (best_score >= threshold)).sum()), int((best_score >= threshold).sum())
        figures = {"precision": both / max(said, 1), "recall": both / links, "f1": 2 * both / (said + links), "threshold": threshold}
        found = max(found or figures, figures, key=lambda one: one["f1"])
    return "token_sort_ratio", found, time.perf_counter() - start
