"""Columns of clean.customers that are made out of its cleaned fields: parts of names, domain, industry codes, bounds of sizes.

Here: which derived column comes from which fields. Not here: how each is read (one module per kind of field), their types and sentences
(ingest/entity_tables.py, DERIVED).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from ingest.cleaning.bands import read_bands
from ingest.cleaning.domains import own_domains
from ingest.cleaning.industries import Industry, read_industries
from ingest.cleaning.name_parts import read_name_parts
from ingest.cleaning.names import comparable_names
from ingest.cleaning.registry_ids import registry_kinds
from ingest.values.numbers import DecimalMark, scaled
from ingest.values.reading import Reading, no_problems

_WORKERS = 2
NAME_COLUMNS = ("core_name", "name_prefix", "legal_form", "branch", "is_branch", "pinyin", "pinyin_initials")


def derived_columns(
    values: Mapping[str, pl.Series],
    written: Mapping[str, pl.Series],
    *,
    decimal_mark: DecimalMark,
    own_industries: Mapping[str, Industry] | None = None,
    scales: Mapping[str, int] | None = None,
) -> tuple[list[pl.Series], dict[str, pl.Series]]:
    """The derived columns of customers, and per field the problems found on the way. `written`: the fields as exported.

    `own_industries`: what the company's own list says of its words. `scales`: what a field's numbers are to be multiplied by.
    """
    with ThreadPoolExecutor(_WORKERS) as pool:  # one after another they leave a core idle for half of their time
        parts = pool.submit(read_name_parts, values["name"])
        comparable = pool.submit(comparable_names, values["name"])
        own = pool.submit(own_domains, values["website"], values["email"])
        industries = read_industries(values["industry"], own_industries)
    columns = [
        comparable.result().alias("comparable_name"),
        *parts.result().select(NAME_COLUMNS).get_columns(),
        registry_kinds(values["registry_id"]),
        values["phone_extension"].alias("phone_extension"),
        own.result(),
        industries["gbt4754_code"],
        industries["naics_code"],
        industries["confidence"].alias("industry_confidence"),
    ]
    scales = scales or {}
    count = _scaled_bands(written["employee_count"], decimal_mark, scales.get("employee_count", 1))
    employees = _first_band(count, read_bands(values["size_band"], decimal_mark=decimal_mark))
    revenue = _scaled_bands(written["annual_revenue_amount"], decimal_mark, scales.get("annual_revenue_amount", 1))
    columns += [employees[name].cast(pl.Int64).alias(f"employee_count_{end}") for name, end in (("lower", "from"), ("upper", "to"))]
    columns += [revenue[name].alias(f"annual_revenue_{end}_amount") for name, end in (("lower", "from"), ("upper", "to"))]
    return columns, {"industry": industries["problem"].alias("problem")}


def _scaled_bands(texts: pl.Series, decimal_mark: DecimalMark, factor: int) -> pl.DataFrame:
    """Bounds where an export counts in thousands or millions."""
    bands = read_bands(texts, decimal_mark=decimal_mark)
    if factor == 1:
        return bands
    nothing = no_problems(len(texts))
    return bands.with_columns(
        scaled(Reading(values=bands[name], problems=nothing), factor).values.alias(name) for name in ("lower", "upper")
    )


def _first_band(of_count: pl.DataFrame, of_band: pl.DataFrame) -> pl.DataFrame:
    """Bounds out of the count, else out of the band; a word such as 中型 has none."""
    is_known = of_count["lower"].is_not_null() | of_count["upper"].is_not_null()
    return pl.select(**{name: pl.when(is_known).then(of_count[name]).otherwise(of_band[name]) for name in ("lower", "upper")})
