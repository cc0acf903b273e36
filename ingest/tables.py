"""The contract of every table that Python writes: key, grain, columns, types, one sentence each.

Here: declarations only. `warehouse.py` refuses a table that differs from its declaration, `dbt_project` declares the same
tables as sources, and a test holds the three together (tests/architecture/test_tables_agree.py).
Not here: tables made by dbt (their contract is the YAML beside each model).

Column order is the order in the warehouse. Every row of raw, clean, geo and resolved that stems from an export names its
evidence: `source`, `record_id`, `as_of_date` (the day the export describes), `file_sha256` and `row_number` (1 is the first
row below the header).
"""

from dataclasses import dataclass

import pyarrow as pa

from ingest.entities import ENTITIES, Entity

ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),  # money: exact, so that sums do not depend on the order of rows
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),  # always UTC
    "boolean": pa.bool_(),
}
DUCKDB_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, its type (a key of ARROW_TYPES) and the sentence that explains it."""

    name: str
    type: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its relation (`schema.name`), what one row is, its primary key and its columns."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def schema_name(self) -> str:
        return self.name.split(".")[0]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in self.columns])

    @property
    def column_names(self) -> list[str]:
        return [c.name for c in self.columns]


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=type_, sentence=sentence) for name, type_, sentence in rows)


_EVIDENCE = _columns(
    ("source", "text", "Name of the system: the file name of sources/<name>.yml."),
    ("record_id", "text", "Id of the record in that system, as text."),
    ("as_of_date", "date", "The day the export describes."),
    ("file_sha256", "text", "Content hash of the file the row stands in; the archive keeps it under this name."),
    ("row_number", "integer", "Row in that file; 1 is the first below the header."),
)


def _raw_table(entity: Entity) -> Table:
    return Table(
        name=f"raw.{entity.name}",
        grain="one row per source, record and export day, values as written",
        key=("source", "record_id", "as_of_date"),
        columns=_EVIDENCE + tuple(Column(name=n, type="text", sentence=s) for n, (_, s) in entity.fields.items()),
    )


# Fields that clean tables write in another shape than the export: foreign ids become the company's own.
_CLEAN_IDS = {
    "owner_user_id": ("owner_rep_id", "text", "rep_id of the owner (rules/reps.csv decides which user is which rep)."),
    "user_id": ("rep_id", "text", "rep_id of the person."),
    "manager_user_id": ("manager_rep_id", "text", "rep_id of the manager."),
    "from_user_id": ("from_rep_id", "text", "rep_id of the person before."),
    "to_user_id": ("to_rep_id", "text", "rep_id of the person from then on."),
    "changed_by_user_id": ("changed_by_rep_id", "text", "rep_id of the person who did it."),
    "actor_user_id": ("actor_rep_id", "text", "rep_id of the person who did it."),
}
_CLEAN_OWN_ID = {
    "reps": ("rep_id", "text", "The company's id of the person."),
    "territories": ("territory_id", "text", "The company's id of the territory."),
}


def _clean_table(entity: Entity) -> Table:
    columns: list[Column] = list(_EVIDENCE)
    columns += _columns(("is_in_latest_export", "boolean", "The record stands in the newest loaded export of its source and entity."))
    if entity.name in _CLEAN_OWN_ID:
        columns += _columns(_CLEAN_OWN_ID[entity.name])
    for name, (type_, sentence) in entity.fields.items():
        final_name, final_type, final_sentence = _CLEAN_IDS.get(name, (name, type_, sentence))
        columns += _columns((final_name, final_type, final_sentence), (f"{name}_raw", "text", f"{name} as written in the export."))
        if name == "name" and entity.name == "customers":
            columns += _columns(
                ("comparable_name", "text", "Name made comparable: folded width and case, legal form and punctuation removed."),
            )
    columns += _columns(("problems", "text", "Problem codes `field:code`, comma-separated, sorted; empty text when there are none."))
    return Table(
        name=f"clean.{entity.name}",
        grain="one row per source and record: its newest loaded version up to the as-of date",
        key=("source", "record_id"),
        columns=tuple(columns),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Rule sheets: what sales operations decides. The sheet's columns in the order of rules/<sheet>.csv.

_SHEET_EVIDENCE = _columns(
    ("sheet_sha256", "text", "Content hash of the version of the sheet; the archive keeps it under this name."),
    ("row_number", "integer", "Row in the sheet; 1 is the first below the header."),
)
_PERIOD = _columns(
    ("valid_from", "date", "First day the row is in force."),
    ("valid_to", "date", "First day it no longer is (exclusive); empty means until further notice."),
)


def _rules_table(name: str, grain: str, key: tuple[str, ...], *rows: tuple[str, str, str], period: bool = True) -> Table:
    return Table(name=f"rules.{name}", grain=grain, key=key, columns=_columns(*rows) + (_PERIOD if period else ()) + _SHEET_EVIDENCE)


# What money is multiplied by. 2026-11-22: four decimals are too few for a rate (1 VND is 0.00028 CNY; 0.0003 would be 7 % too much), and
# DuckDB multiplies two decimals of 18 digits within 18 digits, which overflows from 10^10 on; with 20 digits it takes 38.
ARROW_TYPES["factor"] = pa.decimal128(20, 10)
DUCKDB_TYPES["factor"] = "DECIMAL(20,10)"

RULE_TABLES = (
    _rules_table(
        "territories",
        "one row per territory and period",
        ("territory_id", "valid_from"),
        ("territory_id", "text", "Id of the territory."),
        ("territory_name", "text", "Name of the territory."),
        ("parent_territory_id", "text", "Id of the territory above; empty for the top."),
        ("manager_rep_id", "text", "rep_id of the person who leads it."),
    ),
    _rules_table(
        "territory_rules",
        "one row per rule and period",
        ("rule_id", "valid_from"),
        ("rule_id", "text", "Id of the rule."),
        ("territory_id", "text", "Territory that a matching customer goes to."),
        ("priority", "integer", "Lower wins between rules that are equally narrow; 100 where the sheet says nothing."),
        ("customer_names", "text", "Customers named one by one; alternatives separated by `|`."),
        ("country_codes", "text", "ISO 3166-1 alpha-2 codes, separated by `|`."),
        ("region_codes", "text", "ISO 3166-2 codes such as US-WA or CN-SH, separated by `|`."),
        ("city_names", "text", "City names, separated by `|`."),
        ("industries", "text", "Industries, separated by `|`."),
        ("size_bands", "text", "Size bands, separated by `|`."),
        ("reason", "text", "Why the rule exists, in one sentence for people."),
    ),
    _rules_table(
        "reps",
        "one row per person and period",
        ("rep_id", "valid_from"),
        ("rep_id", "text", "The company's id of the person."),
        ("rep_name", "text", "Name of the person."),
        ("user_name", "text", "Login name, used by row access; empty means rep_id."),
        ("manager_rep_id", "text", "rep_id of the manager."),
        ("access_scope", "text", "own, team or all: which customers the person may see; empty means own, or team for managers."),
        ("source_user_ids", "text", "The person's user ids in the CRMs: `source=id`, separated by `|`."),
    ),
    _rules_table(
        "rep_territories",
        "one row per person, territory, role and period",
        ("rep_id", "territory_id", "role", "valid_from"),
        ("rep_id", "text", "The person."),
        ("territory_id", "text", "The territory."),
        ("role", "text", "owner, manager, overlay or support."),
    ),
    _rules_table(
        "protection",
        "one row per protection rule and period",
        ("protection_id", "valid_from"),
        ("protection_id", "text", "Id of the protection rule."),
        ("kind", "text", "first_touch, filing, headquarters, key_account or branch: why a customer stays with whoever has it."),
        ("applies_to", "text", "customers, leads or opportunities."),
        (
            "territory_id",
            "text",
            "Only in this territory and below it; for key_account the territory whose team has them; empty: everywhere.",
        ),
        ("industries", "text", "Only these industries, separated by `|`."),
        ("size_bands", "text", "Only these size bands, separated by `|`."),
        ("priority", "integer", "Lower wins when two protections speak for different people; 100 where the sheet says nothing."),
        ("days", "integer", "Days it lasts; null for kinds that last as long as their fact."),
        ("extension_days", "integer", "Days of one extension; null where it cannot be extended."),
        ("extension_limit", "integer", "How many extensions there may be."),
        ("reason", "text", "Why the rule exists, in one sentence for people."),
    ),
    _rules_table(
        "pool",
        "one row per rule of a public pool and period",
        ("pool_rule_id", "valid_from"),
        ("pool_rule_id", "text", "Id of the rule."),
        ("pool_id", "text", "Id of the pool that the record drops into."),
        ("applies_to", "text", "customers or leads."),
        ("territory_id", "text", "Only in this territory and below it; empty: everywhere."),
        ("industries", "text", "Only these industries, separated by `|`."),
        ("size_bands", "text", "Only these size bands, separated by `|`."),
        ("trigger", "text", "no_activity, no_deal, protection_over, rep_inactive or returned: what makes the record drop."),
        ("days", "integer", "Days the trigger has to last; null or 0: at once."),
        ("warn_days", "integer", "Days before the drop on which the owner is warned; null: no warning."),
        ("relation", "text", "any or all: how many of the pool's rules that apply to the record have to hold."),
        ("priority", "integer", "Lower wins when rules of several pools hold; 100 where the sheet says nothing."),
        ("claim_method", "text", "assign, claim or apply: how a record gets out of the pool."),
        ("holding_limit", "integer", "Records one person may hold; null: no limit."),
        ("claim_limit", "integer", "Records one person may claim within claim_limit_days; null: no limit."),
        ("claim_limit_days", "integer", "Days that claim_limit counts over."),
        ("cool_down_days", "integer", "Days in which the last owner may not get the record back; null: none."),
        ("reason", "text", "Why the rule exists, in one sentence for people."),
    ),
    _rules_table(
        "quotas",
        "one row per person or territory and first day of the quota's period",
        ("rep_id", "territory_id", "quota_date"),
        ("rep_id", "text", "The person; empty text where the quota is the territory's own."),
        ("territory_id", "text", "The territory; empty text where the quota is a person's."),
        ("quota_date", "date", "First day of the period; the quota counts in that day's month."),
        ("amount", "decimal", "Amount in currency_code."),
        ("currency_code", "text", "ISO 4217 code."),
        period=False,
    ),
    _rules_table(
        "credit_splits",
        "one row per split, person, kind of credit and period",
        ("split_id", "rep_id", "credit", "valid_from"),
        ("split_id", "text", "Id of the agreement; its revenue shares sum to 1 on every day."),
        ("subject", "text", "customers or opportunities: what the credit is for."),
        ("source", "text", "System of the record."),
        ("record_id", "text", "The customer or deal in that system."),
        ("rep_id", "text", "Who gets the share."),
        ("credit", "text", "revenue (counts once in sums) or overlay (beside it, for those who helped)."),
        ("share_ratio", "factor", "Share of the amount, above 0 and up to 1."),
        ("reason", "text", "Why, in one sentence for people."),
    ),
    _rules_table(
        "fx_rates",
        "one row per currency and period",
        ("currency_code", "valid_from"),
        ("currency_code", "text", "ISO 4217 code."),
        ("rate", "factor", "Home currency for one unit; the company's own table, not the market's."),
    ),
    _rules_table(
        "holidays",
        "one row per calendar and day that is off, or worked instead",
        ("calendar", "holiday_date"),
        ("calendar", "text", "ISO 3166 country or region code."),
        ("holiday_date", "date", "The day."),
        ("holiday_name", "text", "What the day is called."),
        ("is_working_day", "boolean", "True for a day of the weekend that is worked instead of a day off."),
        period=False,
    ),
    _rules_table(
        "industries",
        "one row per industry as exports write it and period",
        ("industry", "valid_from"),
        ("industry", "text", "Industry as exports write it, after their value lists; compared without case."),
        ("industry_code", "text", "The company's code; several spellings may share one."),
        ("industry_name", "text", "The company's name for it."),
        ("parent_industry", "text", "`industry` of the row above in the tree; empty for the top."),
    ),
    _rules_table(
        "size_bands",
        "one row per size band and period",
        ("size_band", "valid_from"),
        ("size_band", "text", "Name of the band; compared without case."),
        ("from_employees", "integer", "Fewest employees; null for the lowest band."),
        ("to_employees", "integer", "First number of employees that is too large; null for the highest band."),
        ("from_revenue_amount", "decimal", "Least yearly revenue in currency_code; null for the lowest band."),
        ("to_revenue_amount", "decimal", "First yearly revenue that is too large; null for the highest band."),
        ("currency_code", "text", "ISO 4217 code of the revenue."),
    ),
)

# ---------------------------------------------------------------------------------------------------------------------
# Everything else Python writes.

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="raw.files",
            grain="one row per file and version of its content that was ever seen in landing/",
            key=("path", "file_sha256"),
            columns=_columns(
                ("path", "text", "Path below landing/, with forward slashes: source/day/name."),
                ("source", "text", "First folder of the path."),
                ("as_of_date", "date", "The day the export describes: the second folder of the path; null if it is no day."),
                ("file_sha256", "text", "Content hash; the archive keeps the file under this name."),
                ("size_bytes", "integer", "Size of the file."),
                ("modified_ns", "integer", "Modification time in ns when it was hashed: equal size and time, not hashed again."),
                ("encoding", "text", "Encoding it was read in; null if it was not read."),
                ("row_count", "integer", "Rows below the header; null if it was not read."),
                (
                    "container_sha256",
                    "text",
                    "Of a file inside a ZIP: the ZIP's content hash, under which the archive keeps both; null otherwise.",
                ),
                ("container_index", "integer", "Of a file inside a ZIP: its place in the ZIP's directory, 0 first; null otherwise."),
                (
                    "exported_at",
                    "timestamp",
                    "Export stamp: the time in the file's name, else the newest change among its rows; null if neither is there.",
                ),
                (
                    "state",
                    "text",
                    "landed (archived, no feed reads it), loaded, refused, held (a guard keeps it back) or superseded "
                    "(another export of the day counts, moved, taken away).",
                ),
                ("entities", "text", "Entities the file was read for, comma-separated, sorted."),
                (
                    "reason_code",
                    "text",
                    "Short reason where it is not loaded, or its newest reading was refused and an earlier one stands.",
                ),
                ("reason", "text", "The same as a sentence for people."),
                ("first_seen_at", "timestamp", "When a refresh first saw the file, UTC."),
            ),
        ),
        Table(
            name="raw.batches",
            grain="one row per source, entity and export day",
            key=("source", "entity", "as_of_date"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "The day the export describes."),
                ("state", "text", "loaded, refused, or held (a guard keeps it back, or an expected export is missing)."),
                ("reason_code", "text", "Short reason where the state is refused or held, or accepted where a person let it pass."),
                ("reason", "text", "The same as a sentence for people."),
                ("fingerprint", "text", "Hash over the files' content and the mapping: equal fingerprint, nothing to do."),
                ("content_sha256", "text", "Hash over the content of the files the rows come from."),
                ("held_content_sha256", "text", "The same of an export that a guard holds: what a person who lets it pass has seen."),
                ("mapping_sha256", "text", "Hash over the mapping the rows were read by."),
                ("compared_with", "text", "What the guards held the export against: hash over their limits and the last believed day."),
                ("file_count", "integer", "Files the batch was read from."),
                ("rows_read", "integer", "Rows in those files, refused rows of lookups included."),
                ("rows_loaded", "integer", "Rows in raw.<entity>."),
                ("rows_quarantined", "integer", "Rows in raw.quarantine; read = loaded + quarantined + left out."),
                ("rows_left_out", "integer", "Rows the mapping leaves out on purpose (`where`, `distinct`)."),
                ("unmapped_columns", "text", "Columns of the files that the mapping neither maps nor ignores, comma-separated."),
                ("profile", "text", "JSON: columns of the files, kinds of values, option values: what drift is told from."),
            ),
        ),
        Table(
            name="raw.drift",
            grain="one row per difference in form between an export and the one loaded before it",
            key=("source", "entity", "as_of_date", "kind", "name", "value"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "Day of the export that differs."),
                ("kind", "text", "new_column, vanished_column, new_value or type_change."),
                ("name", "text", "Column of the file, or canonical column for new_value and type_change."),
                ("value", "text", "The new value, or `before -> after`; empty text where the kind has none."),
                ("nearest", "text", "The nearest name or value known before; null if none is near."),
                ("detail", "text", "The same as a sentence for people, with the next step."),
            ),
        ),
        Table(
            name="raw.acceptances",
            grain="one row per held day that a person let pass: acceptances.csv of the home",
            key=("source", "entity", "as_of_date", "content_sha256"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "The day that was held."),
                ("content_sha256", "text", "What the person had before them: raw.batches.held_content_sha256; other content is held again."),
                ("accepted_by", "text", "Who let it pass."),
                ("reason", "text", "Why, in that person's words."),
                ("accepted_at", "timestamp", "When, UTC."),
            ),
        ),
        Table(
            name="raw.quarantine",
            grain="one row per refused row of an export",
            key=("source", "entity", "as_of_date", "file_sha256", "row_number", "reason_code"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "The day the export describes."),
                ("file_sha256", "text", "Content hash of the file."),
                ("path", "text", "Path below landing/."),
                ("row_number", "integer", "Row in the file; 1 is the first below the header."),
                ("reason_code", "text", "Short reason, e.g. no_key, duplicate_key, too_many_cells."),
                ("reason", "text", "The same as a sentence for people."),
                ("raw_values", "text", "The row as a JSON list of cells."),
                ("status", "text", "open, or replayed: the row loaded after its mapping was mended."),
            ),
        ),
        Table(
            name="raw.runs",
            grain="one row per refresh that reached its end",
            key=("run_id",),
            columns=_columns(
                ("run_id", "text", "Dagster's run id."),
                ("as_of_date", "date", "The day the run describes."),
                ("started_at", "timestamp", "UTC."),
                ("finished_at", "timestamp", "UTC."),
                ("outcome", "text", "published, or unchanged (the same tables as already published)."),
                ("input_fingerprint", "text", "Hash over files, rule sheets, mappings, settings and program."),
                ("rules_version", "text", "Hash over the rule sheets in force."),
                ("rows_loaded", "integer", "Rows in raw.* after the run."),
                ("rows_quarantined", "integer", "Rows in raw.quarantine after the run."),
                ("checks_passed", "integer", "Blocking checks that passed in this run."),
            ),
        ),
        Table(
            name="rules.company",
            grain="one row: the settings of company.toml that SQL reads",
            key=("company_name",),
            columns=_columns(
                ("company_name", "text", "Name of the company."),
                ("as_of_date", "date", "The day this warehouse describes; SQL never asks for today."),
                ("calendar_start_date", "date", "First day that figures and periods are made for."),
                ("currency_code", "text", "Home currency, ISO 4217."),
                ("opportunity_credit", "text", "customer_territory, rep_territory or own_field: whose territory a deal counts for."),
                ("rules_version", "text", "Hash over the rule sheets in force."),
            ),
        ),
        Table(
            name="rules.sheet_versions",
            grain="one row per version of a rule sheet that was ever in force",
            key=("sheet", "sheet_sha256", "first_as_of_date"),
            columns=_columns(
                ("sheet", "text", "Name of the sheet without .csv."),
                ("sheet_sha256", "text", "Content hash; the archive keeps the sheet under this name."),
                ("first_as_of_date", "date", "As-of date of the first refresh that used the version."),
                ("row_count", "integer", "Rows below the header."),
            ),
        ),
        *RULE_TABLES,
        *(_raw_table(entity) for entity in ENTITIES.values()),
        *(_clean_table(entity) for entity in ENTITIES.values()),
        Table(
            name="clean.owner_observations",
            grain="one row per source, customer record and change of owner, by the source's own history or by the difference of exports",
            key=("source", "record_id", "sequence"),
            columns=_EVIDENCE
            + _columns(
                ("sequence", "integer", "1 is the record's first owner; later changes in the order they happened."),
                ("observed_by", "text", "history: the source recorded the change; export: a day's export first showed it."),
                ("changed_on", "date", "Day of the change on the source's calendar; the export's day where no moment is known."),
                ("changed_at", "timestamp", "Moment of the change in UTC, where the source says it."),
                ("owner_rep_id", "text", "rep_id of the owner from then on; null when nobody owns the record."),
                ("owner_user_id_raw", "text", "Owner as written in the export."),
                ("actor_rep_id", "text", "rep_id of the person who made the change, where the source says it."),
                ("cause", "text", "What the source says happened: its action, deleted, merged or absent; null where it says nothing."),
            ),
        ),
        Table(
            name="geo.customer_places",
            grain="one row per source and customer record",
            key=("source", "record_id"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("record_id", "text", "Id of the record in that system."),
                ("country_code", "text", "ISO 3166-1 alpha-2."),
                ("region_code", "text", "ISO 3166-2, e.g. US-WA, CN-SH."),
                ("region_name", "text", "Name of the region."),
                ("city_name", "text", "Name of the city."),
                ("district_name", "text", "Name of the district or county."),
                ("division_code", "text", "GB/T 2260 code of the smallest known Chinese division."),
                ("latitude", "double", "Degrees, WGS-84."),
                ("longitude", "double", "Degrees, WGS-84."),
                ("place_precision", "text", "point, street, postal_code, district, city, region, country or none."),
                ("place_method", "text", "How the place was found, e.g. given_point, city_name, country_name."),
                ("problems", "text", "Problem codes `field:code`, comma-separated, sorted."),
            ),
        ),
        Table(
            name="resolved.customers",
            grain="one row per real-world customer",
            key=("customer_id",),
            columns=_columns(
                ("customer_id", "text", "Opaque id, minted once and never reused."),
                ("customer_name", "text", "Surviving name."),
                ("comparable_name", "text", "The name made comparable."),
                ("credit_code", "text", "统一社会信用代码."),
                ("registry_id", "text", "Any other company register number."),
                ("phone", "text", "Surviving telephone number."),
                ("email", "text", "Surviving e-mail address."),
                ("website", "text", "Surviving web site."),
                ("address", "text", "Surviving street address or free-text address."),
                ("postal_code", "text", "Postal code."),
                ("country_code", "text", "ISO 3166-1 alpha-2."),
                ("region_code", "text", "ISO 3166-2."),
                ("region_name", "text", "Name of the region."),
                ("city_name", "text", "Name of the city."),
                ("district_name", "text", "Name of the district or county."),
                ("division_code", "text", "GB/T 2260 code of the smallest known Chinese division."),
                ("latitude", "double", "Degrees, WGS-84."),
                ("longitude", "double", "Degrees, WGS-84."),
                ("place_precision", "text", "Precision of the place."),
                ("industry", "text", "Surviving industry."),
                ("size_band", "text", "Surviving size band."),
                ("employee_count", "integer", "Number of employees."),
                ("annual_revenue_amount", "decimal", "Yearly revenue."),
                ("currency_code", "text", "ISO 4217 code of the revenue."),
                ("parent_customer_id", "text", "The customer above, where a record names its parent."),
                ("record_count", "integer", "Source records behind the customer."),
                ("source_count", "integer", "Systems behind the customer."),
                ("is_active", "boolean", "At least one record stands in its source's newest export and is not deleted."),
                ("first_seen_date", "date", "First export day of any of its records."),
            ),
        ),
        Table(
            name="resolved.customer_records",
            grain="one row per source record and period",
            key=("source", "record_id", "valid_from"),
            columns=_columns(
                ("source", "text", "Name of the system."),
                ("record_id", "text", "Id of the record in that system."),
                ("customer_id", "text", "The customer it belongs to."),
                ("match_reason", "text", "Why, as a sentence for people."),
                ("valid_from", "date", "First day the record belonged to the customer."),
                ("valid_to", "date", "First day it no longer did; null while it does."),
            ),
        ),
        Table(
            name="resolved.match_pairs",
            grain="one row per pair of records that were compared and found to be the same customer or close to it",
            key=("left_source", "left_record_id", "right_source", "right_record_id"),
            columns=_columns(
                ("left_source", "text", "System of the first record; the pair's lower key."),
                ("left_record_id", "text", "The first record."),
                ("right_source", "text", "System of the second record."),
                ("right_record_id", "text", "The second record."),
                ("score", "double", "0 to 1."),
                ("verdict", "text", "same or possible."),
                ("evidence", "text", "What agreed and what did not, as a sentence for people."),
            ),
        ),
        Table(
            name="resolved.customer_id_redirects",
            grain="one row per retired customer id",
            key=("old_customer_id",),
            columns=_columns(
                ("old_customer_id", "text", "The retired id; never used again."),
                ("customer_id", "text", "Where it leads now."),
                ("cause", "text", "merged or split."),
                ("happened_on", "date", "As-of date of the run that retired it."),
            ),
        ),
    )
}
