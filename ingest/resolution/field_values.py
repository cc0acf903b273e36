"""Which record's value of one field stands, and why.

Here: the fields of a customer that are chosen one by one, the rules by which a record's value is preferred, the choice, and its reason as
a sentence. Not here: the records' order of trust and the customer as a whole (survivorship.py), what a company decides otherwise
(rules/survivorship.csv; its cells in rules/sheets.py).

A rule is a list of criteria; the first in which two records differ decides, and the last is the record's id. What is empty takes no part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

TRUST, NEWEST, AGREEMENT, PRECISION = "trust", "newest", "agreement", "precision"
PRECISIONS = ("point", "street", "postal_code", "district", "city", "region", "country", "none")
_OTHERS_SAID = 5  # 2026-11-22: a customer of 300 records has up to 300 spellings; the rest is counted

# A number that only lacks its country or area code stands as it is written where there is no better one.
_LOCAL_NUMBER = pl.when(pl.col("problems").str.contains(r"(?:^|,)phone:no_")).then(pl.col("phone_raw").str.strip_chars())
_ADDRESS = pl.coalesce("street", "address")
_PLACE_COLUMNS = (
    "country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude",
    "place_precision", "h3_cell_5", "h3_cell_7",
)  # fmt: skip
_PLACE = pl.concat_str(
    pl.coalesce("postal_code", pl.lit("")), "district_name", "city_name", "region_name", "country_code", separator=", ", ignore_nulls=True
).str.strip_chars(", ")
_POINT = pl.format("{}, {}", pl.col("latitude").round(5), pl.col("longitude").round(5))


def _folded(value: pl.Expr) -> pl.Expr:
    """Text of which spelling, width, blanks and punctuation do not count."""
    return value.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s\p{P}]+", "")


def _place_said() -> pl.Expr:
    """A written address without the names of its place that stand in front of it (江苏省南京市鼓楼区), and its town."""
    address = _folded(_ADDRESS)
    for name in ("region_name", "city_name", "district_name"):
        address = address.str.strip_prefix(_folded(pl.col(name).fill_null("")))
    town = pl.coalesce("city_name", "region_name", "country_code", pl.lit(""))
    return pl.coalesce(pl.concat_str(address, town), pl.concat_str("postal_code", town))


def _plain(amount: pl.Expr) -> pl.Expr:
    """A decimal as text without the zeros at its end."""
    return amount.cast(pl.String).str.replace(r"\.?0+$", "")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One choice. `value`: text of a record's value, for people; null: the record says nothing. `said`: equal where two records say the
    same; by default the value. `columns`: column of resolved.customers -> column of the record that comes along. `second_best`: true for
    values that stand only where there is no other."""

    value: pl.Expr
    columns: Mapping[str, str | pl.Expr]
    said: pl.Expr | None = None
    second_best: pl.Expr | None = None
    rule: str = TRUST


def _plain_field(name: str) -> Field:
    return Field(value=pl.col(name).cast(pl.String), columns={name: name})


FIELDS: dict[str, Field] = {
    "customer_name": Field(
        value=pl.col("name"),
        said=pl.coalesce("comparable_name", "name"),
        columns={"customer_name": "name", "comparable_name": "comparable_name"},
    ),
    "credit_code": _plain_field("credit_code"),
    "registry_id": _plain_field("registry_id"),
    "phone": Field(
        value=pl.coalesce("phone", _LOCAL_NUMBER),
        columns={"phone": pl.coalesce("phone", _LOCAL_NUMBER)},
        second_best=pl.col("phone").is_null(),
    ),
    "email": _plain_field("email"),
    "website": _plain_field("website"),
    "address": Field(
        value=pl.coalesce(_ADDRESS, pl.when(_PLACE != "").then(_PLACE), pl.when(pl.col("place_precision") != "none").then(_POINT)),
        said=_place_said(),
        columns={"address": _ADDRESS, "postal_code": "postal_code"} | {name: name for name in _PLACE_COLUMNS},
        # Of the demo's 1,830 customers of several records 1,723 get the right city so, 1,652 by agreement, 1,645 by trust (2026-11-22).
        rule=PRECISION,
    ),
    "industry": Field(
        value=pl.col("industry"),
        said=_folded(pl.col("industry")),
        columns={"industry": "industry", "gbt4754_code": "gbt4754_code", "naics_code": "naics_code"},
    ),
    "size_band": Field(value=pl.col("size_band"), said=_folded(pl.col("size_band")), columns={"size_band": "size_band"}),
    "employee_count": _plain_field("employee_count"),
    "annual_revenue_amount": Field(
        value=pl.concat_str(_plain(pl.col("annual_revenue_amount")), pl.coalesce("currency_code", pl.lit("")), separator=" ")
        .str.strip_chars_end(),
        columns={"annual_revenue_amount": "annual_revenue_amount", "currency_code": "currency_code"},
    ),
    "parent_customer_id": _plain_field("parent_customer_id"),
}  # fmt: skip
"""Field of resolved.customer_values -> how it is chosen. What stands in `columns` of one field comes from one record."""


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """What a company decided about one field: a rule, and systems to trust before all others, in this order."""

    rule: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Criterion:
    """A column that orders records, and the word for where it decided."""

    column: str
    code: str
    descending: bool = False


_SECOND_BEST = _Criterion("is_second_best", "complete")
_LIVE = _Criterion("is_live", "live", descending=True)
_TRUST = _Criterion("trust", "trust")
_CHANGED = _Criterion("modified_at", "newest_change", descending=True)
_EXPORTED = _Criterion("as_of_date", "newest_export", descending=True)
_AGREED = _Criterion("saying", "agreement", descending=True)
_PRECISE = _Criterion("precision", "precision")
_STREET = _Criterion("lacks_street", "street")
_FIRST = _Criterion("id_order", "first_id")
_CRITERIA: dict[str, tuple[_Criterion, ...]] = {
    TRUST: (_SECOND_BEST, _LIVE, _TRUST, _CHANGED, _EXPORTED, _FIRST),
    NEWEST: (_SECOND_BEST, _LIVE, _CHANGED, _EXPORTED, _TRUST, _FIRST),
    AGREEMENT: (_SECOND_BEST, _LIVE, _AGREED, _TRUST, _CHANGED, _EXPORTED, _FIRST),
    PRECISION: (_PRECISE, _STREET, _LIVE, _TRUST, _CHANGED, _EXPORTED, _FIRST),
}
RULES = tuple(_CRITERIA)
"""trust: the most trusted system, then the newest change. newest: the newest change. agreement: what most systems say, each counted once.
Before each of these a record that lives (in its source's newest export, not deleted). precision: the smallest known place, then a street,
then as trust."""
DECIDED_BY = ("only_value", "same_everywhere", *dict.fromkeys(c.code for criteria in _CRITERIA.values() for c in criteria))
"""Values of `decided_by`."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`rows`: per customer (0 ... n-1) the row of its best record in the given frame, null where none says anything. `values`: one row per
    customer with a value, as resolved.customer_values but with `customer` in place of the id and without field."""

    rows: pl.Series
    values: pl.DataFrame


_BEGINS = pl.col("customer").ne_missing(pl.col("customer").shift())
"""The first row of each customer, of rows sorted by customer."""


def columns_read() -> set[str]:
    """The columns that the fields are made of."""
    given = (
        expression
        for wanted in FIELDS.values()
        for expression in (wanted.value, wanted.said, wanted.second_best, *wanted.columns.values())
        if expression is not None
    )
    return {name for expression in given for name in ([expression] if isinstance(expression, str) else expression.meta.root_names())}


def choose(name: str, records: pl.DataFrame, customers: int, decided: FieldRule | None = None) -> Choice:
    """The value of field `name` for each of `customers` numbered from 0.

    `records`: customer, id_order (number in the order of source and record id), source, record_id, is_live, priority, modified_at,
    as_of_date and the columns that the field is made of; sorted by customer.
    """
    wanted = FIELDS[name]
    rule = decided.rule if decided else wanted.rule
    value = wanted.value
    said = (
        records.lazy()
        .with_row_index("row")
        .select(
            "customer", "row", "id_order", "source", "record_id", "is_live", "modified_at", "as_of_date",
            trust=_trust(records, decided.sources if decided else ()),
            value=pl.when(value.str.strip_chars() != "").then(value),
            said=value if wanted.said is None else wanted.said,
            is_second_best=pl.lit(False) if wanted.second_best is None else wanted.second_best,
            **_precision() if rule == PRECISION else {},
        )
        .drop_nulls("value")
        .with_columns(pl.coalesce("said", "value"))
        .collect()
    )  # fmt: skip
    criteria = _CRITERIA[rule]
    is_alone = _BEGINS & pl.col("customer").ne_missing(pl.col("customer").shift(-1))  # so are 70 % of the demo's values (2026-11-22)
    alone, several = said.filter(is_alone), said.filter(~is_alone)
    if rule == AGREEMENT:
        alike = ["customer", "is_second_best", "is_live", "said"]
        several = several.join(several.group_by(alike).agg(saying=pl.col("source").n_unique()), on=alike, how="left", maintain_order="left")
    ordered = several.sort(
        "customer", *(criterion.column for criterion in criteria), descending=[False, *(c.descending for c in criteria)], nulls_last=True
    )
    best = ordered.filter(_BEGINS)
    rows = pl.repeat(None, customers, dtype=pl.UInt32, eager=True)
    for part in (alone, best):
        rows = rows.scatter(part["customer"], part["row"]) if len(part) else rows
    told = pl.concat([_alone(alone), _explained(best, ordered, criteria)]).with_columns(rule=pl.lit(rule))
    return Choice(rows=rows, values=told)


def _trust(records: pl.DataFrame, first: Iterable[str]) -> pl.Expr:
    """Rank of a record's source: those a company put first, then by priority; equal priorities are equal."""
    places = {source: place for place, source in enumerate(first)}
    pairs = records.select("source", "priority").unique().sort("source").iter_rows()
    keys = {source: (0, places[source]) if source in places else (1, priority) for source, priority in pairs}
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values())))}
    return pl.col("source").replace_strict(list(keys), [ranks[key] for key in keys.values()], return_dtype=pl.UInt32)


def _precision() -> dict[str, pl.Expr]:
    rank = pl.col("place_precision").replace_strict(
        list(PRECISIONS), range(len(PRECISIONS)), default=len(PRECISIONS), return_dtype=pl.UInt8
    )
    return {"precision": rank, "lacks_street": _ADDRESS.is_null()}


def _alone(said: pl.DataFrame) -> pl.DataFrame:
    """Values that no other record of the customer has anything beside."""
    return said.select(
        "customer", "value", "source", "record_id",
        decided_by=pl.lit("only_value"),
        reason=pl.lit("No other record has one."),
        agreeing_count=pl.lit(1, pl.Int64),
        differing_count=pl.lit(0, pl.Int64),
        other_values=pl.lit(None, pl.String),
    )  # fmt: skip


def _explained(best: pl.DataFrame, ordered: pl.DataFrame, criteria: tuple[_Criterion, ...]) -> pl.DataFrame:
    """The values of customers of which several records say something, with reason and counts. What decided is the first criterion in which
    the best record differs from the best that says something else: all that say something else come after that one."""
    said = ordered.join(best.select("customer", best_said="said"), on="customer", how="left", maintain_order="left")
    counts = said.group_by("customer").agg(
        filled=pl.len().cast(pl.Int64), agreeing_count=(pl.col("said") == pl.col("best_said")).sum().cast(pl.Int64)
    )
    others = said.filter(pl.col("said") != pl.col("best_said"))
    rival = others.filter(_BEGINS)
    columns = [criterion.column for criterion in criteria]
    told = (
        best.join(counts, on="customer", how="left", maintain_order="left")
        .join(rival.select("customer", "source", "record_id", *columns), on="customer", how="left", suffix="_other", maintain_order="left")
        .join(_other_values(others), on="customer", how="left", maintain_order="left")
        .with_columns(differing_count=pl.col("filled") - pl.col("agreeing_count"))
    )
    by = pl.when(pl.col("differing_count") == 0).then(pl.lit("same_everywhere"))
    for criterion in criteria[:-1]:
        by = by.when(pl.col(criterion.column).ne_missing(pl.col(f"{criterion.column}_other"))).then(pl.lit(criterion.code))
    told = told.with_columns(decided_by=by.otherwise(pl.lit(criteria[-1].code)))
    reason = pl.when(pl.lit(False)).then(pl.lit(""))
    for code, sentence in _sentences(set(columns)).items():
        reason = reason.when(pl.col("decided_by") == code).then(sentence)
    return told.select(
        "customer",
        "value",
        "source",
        "record_id",
        "decided_by",
        reason.alias("reason"),
        "agreeing_count",
        "differing_count",
        "other_values",
    )


def _sentences(columns: set[str]) -> dict[str, pl.Expr]:
    """Sentence by `decided_by`, of a frame with these columns."""
    counted = pl.format("{} of {} records that have one say so.", "agreeing_count", "filled")
    days = [pl.coalesce(pl.col(name).dt.to_string("%Y-%m-%d"), pl.lit("an unknown day")) for name in ("modified_at", "modified_at_other")]
    found = {
        "same_everywhere": pl.when(pl.col("filled") == 2)
        .then(pl.lit("Both records that have one say the same."))
        .otherwise(pl.format("All {} records that have one say the same.", "filled")),
        "complete": pl.format("Complete, where any other lacks its country or area code; {}", counted),
        "live": pl.format("Its record lives, where {} {} is deleted or no longer exported; {}", "source_other", "record_id_other", counted),
        "trust": pl.format("{} comes before {} in trust; {}", "source", "source_other", counted),
        "newest_change": pl.format("Changed on {}, {} {} on {}; {}", days[0], "source_other", "record_id_other", days[1], counted),
        "newest_export": pl.format(
            "In the export of {}, {} {} in that of {}; {}", "as_of_date", "source_other", "record_id_other", "as_of_date_other", counted
        ),
        "first_id": pl.format("As good as {} {}, and first by source and record id; {}", "source_other", "record_id_other", counted),
    }
    if "saying" in columns:
        found["agreement"] = pl.format("Said by {} systems, the next value by {}; {}", "saying", "saying_other", counted)
    if "precision" in columns:
        names = dict(enumerate((*PRECISIONS, "none")))
        here, there = (pl.col(column).replace_strict(names, return_dtype=pl.String) for column in ("precision", "precision_other"))
        found["precision"] = pl.format(
            "Its place is known to the {}, that of {} {} to the {}; {}", here, "source_other", "record_id_other", there, counted
        )
        found["street"] = pl.format("It names a street, {} {} does not; {}", "source_other", "record_id_other", counted)
    return found


def _other_values(others: pl.DataFrame) -> pl.DataFrame:
    """customer, other_values: what else is said, best first, each once with the best record that says it."""
    distinct = others.unique(["customer", "said"], keep="first", maintain_order=True)
    numbered = distinct.with_columns(number=pl.int_range(pl.len(), dtype=pl.UInt32).over("customer"), values=pl.len().over("customer"))
    shown = numbered.filter(pl.col("number") < _OTHERS_SAID)
    told = shown.group_by("customer", maintain_order=True).agg(
        listed=pl.format("{} ({} {})", "value", "source", "record_id").str.join("; "), values=pl.col("values").first()
    )
    more = pl.format("{}; and {} more", "listed", pl.col("values") - _OTHERS_SAID)
    return told.select("customer", other_values=pl.when(pl.col("values") > _OTHERS_SAID).then(more).otherwise("listed"))


def rules_in_force(rows: pl.DataFrame, as_of_date: date) -> dict[str, FieldRule]:
    """What rules.survivorship says of the day, by field."""
    holds = (pl.col("valid_from") <= as_of_date) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of_date))
    in_force = rows.filter(holds).select("field", "rule", "sources").iter_rows()
    return {name: FieldRule(rule=rule, sources=tuple((sources or "").split("|")) if sources else ()) for name, rule, sources in in_force}
