"""Columns of clean.customers that are made out of its cleaned fields: parts of names, domain, industry codes, bounds of sizes.

Here: which derived column comes from which fields. Not here: how each is read (one module per kind of field), their types and sentences
(ingest/tables.py, DERIVED).
"""

from collections.abc import Mapping

import polars as pl

from ingest.cleaning.bands import read_bands
from ingest.cleaning.domains import own_domains
from ingest.cleaning.industries import Industry, read_industries
from ingest.cleaning.name_parts import read_name_parts
from ingest.cleaning.names import comparable_names
from ingest.cleaning.registry_ids import registry_kinds
from ingest.values.numbers import DecimalMark

NAME_COLUMNS = ("core_name", "name_prefix", "legal_form", "branch", "is_branch", "pinyin", "pinyin_initials")


def derived_columns(
    values: Mapping[str, pl.Series],
    written: Mapping[str, pl.Series],
    *,
    decimal_mark: DecimalMark,
    own_industries: Mapping[str, Industry] | None = None,
) -> tuple[list[pl.Series], dict[str, pl.Series]]:
    """The derived columns of customers, and per field the problems found on the way. `written`: the fields as exported.

    `own_industries`: what the company's own list says of its words.
    """
    industries = read_industries(values["industry"], own_industries)
    columns = [
        comparable_names(values["name"]).alias("comparable_name"),
        *read_name_parts(values["name"]).select(NAME_COLUMNS).get_columns(),
        registry_kinds(values["registry_id"]),
        values["phone_extension"].alias("phone_extension"),
        own_domains(values["website"], values["email"]),
        industries["gbt4754_code"],
        industries["naics_code"],
        industries["confidence"].alias("industry_confidence"),
    ]
    employees = _first_band(written["employee_count"], values["size_band"], decimal_mark)
    revenue = read_bands(written["annual_revenue_amount"], decimal_mark=decimal_mark)
    columns += [employees[name].cast(pl.Int64).alias(f"employee_count_{end}") for name, end in (("lower", "from"), ("upper", "to"))]
    columns += [revenue[name].alias(f"annual_revenue_{end}_amount") for name, end in (("lower", "from"), ("upper", "to"))]
    return columns, {"industry": industries["problem"].alias("problem")}


def _first_band(counts: pl.Series, bands: pl.Series, decimal_mark: DecimalMark) -> pl.DataFrame:
    """Bounds out of the count, else out of the band; a word such as 中型 has none."""
    of_count, of_band = read_bands(counts, decimal_mark=decimal_mark), read_bands(bands, decimal_mark=decimal_mark)
    is_known = of_count["lower"].is_not_null() | of_count["upper"].is_not_null()
    return pl.select(**{name: pl.when(is_known).then(of_count[name]).otherwise(of_band[name]) for name in ("lower", "upper")})
