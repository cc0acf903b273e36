"""The tables of every entity: raw.<entity> and clean.<entity>, out of the entity's fields.

Here: their columns, types and sentences. Not here: all other tables (tables.py, rule_tables.py), the fields themselves (entities.py).
"""

from ingest.entities import Entity
from ingest.table_types import Column, Table, columns_of

EVIDENCE = columns_of(
    ("source", "text", "Name of the system: the file name of sources/<name>.yml."),
    ("record_id", "text", "Id of the record in that system, as text."),
    ("as_of_date", "date", "The day the export describes."),
    ("file_sha256", "text", "Content hash of the file the row stands in; the archive keeps it under this name."),
    ("row_number", "integer", "Row in that file; 1 is the first below the header."),
)


def raw_table(entity: Entity) -> Table:
    """raw.<entity>: every field of the entity as text."""
    return Table(
        name=f"raw.{entity.name}",
        grain="one row per source, record and export day, values as written",
        key=("source", "record_id", "as_of_date"),
        columns=EVIDENCE + tuple(Column(name=n, type="text", sentence=s) for n, (_, s) in entity.fields.items()),
    )


# Fields that clean tables write in another shape than the export: foreign ids become the company's own.
_CLEAN_IDS = {
    "owner_user_id": ("owner_rep_id", "text", "rep_id of the owner (rules/reps.csv decides which user is which rep)."),
    "user_id": ("rep_id", "text", "rep_id of the person."),
    "manager_user_id": ("manager_rep_id", "text", "rep_id of the manager."),
    "from_user_id": ("from_rep_id", "text", "rep_id of the person before."),
    "to_user_id": ("to_rep_id", "text", "rep_id of the person from then on."),
    "changed_by_user_id": ("changed_by_rep_id", "text", "rep_id of the person who did it."),
    "assigned_by_user_id": ("assigned_by_rep_id", "text", "rep_id of the person who did it."),
    "actor_user_id": ("actor_rep_id", "text", "rep_id of the person who did it."),
}
_CLEAN_OWN_ID = {
    "reps": ("rep_id", "text", "The company's id of the person."),
    "territories": ("territory_id", "text", "The company's id of the territory."),
}


DERIVED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "name": (
        ("comparable_name", "text", "Name made comparable: folded width and case, legal form and punctuation removed."),
        ("core_name", "text", "What tells the name apart: simplified, folded, without division, legal form and branch."),
        ("name_prefix", "text", "Division in front of a Chinese name: 山东省青岛市."),
        ("legal_form", "text", "Legal form as it is usually written: 有限责任公司, GmbH."),
        ("branch", "text", "What names the branch: 上海分公司, store 12."),
        ("is_branch", "boolean", "The name is a branch's (分公司, 门店, Branch, #12)."),
        ("pinyin", "text", "The core's Chinese characters in pinyin, as evidence beside the characters."),
        ("pinyin_initials", "text", "First letters of the pinyin."),
    ),
    "registry_id": (
        ("registry_kind", "text", "cn_registration, cn_organisation, lei or credit_code where its check digits fit, else other."),
    ),
    "phone": (("phone_extension", "text", "Extension (分机) behind the number."),),
    "website": (
        ("domain", "text", "Registrable domain of the web site, else of the e-mail address; empty where many companies share it."),
    ),
    "industry": (
        ("gbt4754_code", "text", "Section or division of GB/T 4754-2017 that the industry means; empty where it is not known."),
        ("naics_code", "text", "NAICS 2017 code, two to six digits, that holds most of it."),
        ("industry_confidence", "double", "How sure the two codes are, 0 to 1: 1 where the export wrote a code."),
    ),
    "employee_count": (
        ("employee_count_from", "integer", "Least number of employees, of the count or else of the size band as written."),
        ("employee_count_to", "integer", "Greatest number of employees; empty where the band is open."),
    ),
    "annual_revenue_amount": (
        ("annual_revenue_from_amount", "decimal", "Least yearly revenue in currency_code, of the amount or the band as written."),
        ("annual_revenue_to_amount", "decimal", "Greatest yearly revenue; empty where the band is open."),
    ),
}
"""Field of customers -> columns that clean.customers has behind it, made by cleaning/derived.py."""


DAYS: dict[str, tuple[str, ...]] = {
    "customers": ("expires_at", "last_activity_at", "created_at"),
    "activities": ("activity_at",),
    "customer_territories": ("assigned_at",),
    "owner_changes": ("changed_at",),
    "pool_events": ("happened_at",),
}
"""Moments of which only the day counts later on: behind each, clean.<entity> has that day on the calendar of its source."""


def day_column(moment: str) -> str:
    """The column that holds the day of a moment: happened_on of happened_at."""
    return f"{moment.removesuffix('_at')}_on"


def clean_table(entity: Entity) -> Table:
    """clean.<entity>: each field typed and as written, and what is made of them."""
    columns: list[Column] = list(EVIDENCE)
    columns += columns_of(("is_in_latest_export", "boolean", "The record stands in the newest loaded export of its source and entity."))
    if entity.name in _CLEAN_OWN_ID:
        columns += columns_of(_CLEAN_OWN_ID[entity.name])
    for name, (type_, sentence) in entity.fields.items():
        final_name, final_type, final_sentence = _CLEAN_IDS.get(name, (name, type_, sentence))
        columns += columns_of((final_name, final_type, final_sentence), (f"{name}_raw", "text", f"{name} as written in the export."))
        if name in DAYS.get(entity.name, ()):
            columns += columns_of((day_column(name), "date", f"Day of {name} on the calendar of the source: that of its time_zone."))
        if entity.name == "customers":
            columns += columns_of(*DERIVED.get(name, ()))
    columns += columns_of(("problems", "text", "Problem codes `field:code`, comma-separated, sorted; empty text when there are none."))
    columns += columns_of(("read_from", "text", "Hash over the texts and over what reads them: equal hash, nothing to clean."))
    return Table(
        name=f"clean.{entity.name}",
        grain="one row per source and record: its newest loaded version up to the as-of date",
        key=("source", "record_id"),
        columns=tuple(columns),
    )
