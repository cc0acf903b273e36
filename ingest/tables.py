"""The contract of every table that Python writes: key, grain, columns, types, one sentence each.

Here: declarations only. `warehouse.py` refuses a table that differs from its declaration, `dbt_project` declares the same
tables as sources, and a test holds the three together (tests/architecture/test_tables_agree.py).
Not here: tables made by dbt (their contract is the YAML beside each model).

Column order is the order in the warehouse. Every row of raw, clean, geo and resolved that stems from an export names its
evidence: `source`, `record_id`, `as_of_date` (the day the export describes), `file_sha256` and `row_number` (1 is the first
row below the header).
"""

from ingest.entities import ENTITIES, Entity
from ingest.rule_tables import RULE_TABLES
from ingest.table_types import Column, Table, columns_of

_EVIDENCE = columns_of(
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


def _clean_table(entity: Entity) -> Table:
    columns: list[Column] = list(_EVIDENCE)
    columns += columns_of(("is_in_latest_export", "boolean", "The record stands in the newest loaded export of its source and entity."))
    if entity.name in _CLEAN_OWN_ID:
        columns += columns_of(_CLEAN_OWN_ID[entity.name])
    for name, (type_, sentence) in entity.fields.items():
        final_name, final_type, final_sentence = _CLEAN_IDS.get(name, (name, type_, sentence))
        columns += columns_of((final_name, final_type, final_sentence), (f"{name}_raw", "text", f"{name} as written in the export."))
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


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="raw.files",
            grain="one row per file and version of its content that was ever seen in landing/",
            key=("path", "file_sha256"),
            columns=columns_of(
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
            columns=columns_of(
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
                (
                    "compared_with",
                    "text",
                    "What the guards held the export against: hash of their limits, the last believed day and its content hash.",
                ),
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
            columns=columns_of(
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
            columns=columns_of(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "The day that was held."),
                (
                    "content_sha256",
                    "text",
                    "What the person had before them: raw.batches.held_content_sha256; other content is held again.",
                ),
                ("accepted_by", "text", "Who let it pass."),
                ("reason", "text", "Why, in that person's words."),
                ("accepted_at", "timestamp", "When, UTC."),
            ),
        ),
        Table(
            name="raw.quarantine",
            grain="one row per refused row of an export",
            key=("source", "entity", "as_of_date", "file_sha256", "row_number", "reason_code"),
            columns=columns_of(
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
            columns=columns_of(
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
            columns=columns_of(
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
            columns=columns_of(
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
            name="clean.field_health",
            grain="one row per source, entity, export day and field",
            key=("source", "entity", "as_of_date", "field"),
            columns=columns_of(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity."),
                ("as_of_date", "date", "The day the export describes."),
                ("field", "text", "Canonical field."),
                ("is_mapped", "boolean", "The source's mapping fills the field."),
                ("row_count", "integer", "Rows of the export."),
                ("filled_count", "integer", "Rows in which the field is not empty."),
                ("unreadable_count", "integer", "Filled rows whose text has a problem code: it gives no value, or a doubtful one."),
                ("distinct_count", "integer", "Different texts in the field."),
                ("content_sha256", "text", "Content of the export that was counted, as raw.batches has it."),
                ("read_by", "text", "Hash over the mapping and the way of reading it was counted by."),
            ),
        ),
        Table(
            name="clean.owner_observations",
            grain="one row per source, customer record and change of owner, by the source's own history or by the difference of exports",
            key=("source", "record_id", "sequence"),
            columns=_EVIDENCE
            + columns_of(
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
            columns=columns_of(
                ("source", "text", "Name of the system."),
                ("record_id", "text", "Id of the record in that system."),
                ("country_code", "text", "ISO 3166-1 alpha-2."),
                ("region_code", "text", "ISO 3166-2, e.g. US-WA, CN-SH."),
                ("region_name", "text", "Name of the region."),
                ("city_name", "text", "Name of the city."),
                ("district_name", "text", "Name of the district or county."),
                ("division_code", "text", "China: GB/T 2260 code of the smallest certain division. United States: the county's FIPS code."),
                ("latitude", "double", "Degrees, WGS-84: the given point, else the centre of the smallest certain place."),
                ("longitude", "double", "Degrees, WGS-84."),
                ("place_precision", "text", "point, street, postal_code, district, city, region, country or none."),
                ("place_method", "text", "What decided the place, e.g. given_point, city_name, address_text, credit_code."),
                ("h3_cell_5", "text", "H3 cell of resolution 5 (about 250 km²); null where no city is known."),
                ("h3_cell_7", "text", "H3 cell of resolution 7 (about 5 km²); null where no city is known."),
                ("problems", "text", "Problem codes `field:code`, comma-separated, sorted."),
                ("read_from", "text", "Hash over the texts and over what reads them: equal hash, nothing to place."),
            ),
        ),
        Table(
            name="geo.online_answers",
            grain="one row per address and online geocoder that was ever asked",
            key=("address_key", "provider"),
            columns=columns_of(
                ("address_key", "text", "Country and the address line, folded."),
                ("provider", "text", "nominatim, photon, baidu or amap."),
                ("status", "text", "found, not_found, wrong_place (final); timeout, unavailable, malformed, quota, refused (asked again)."),
                ("latitude", "double", "Degrees, WGS-84."),
                ("longitude", "double", "Degrees, WGS-84."),
                ("place_precision", "text", "point, street, postal_code, district, city, region or country."),
                ("label", "text", "The provider's own text of the place, shortened."),
                ("attempts", "integer", "Calls made for the address; those that ended in quota or refused are not counted."),
                ("first_asked_on", "date", "As-of date of the first call."),
                ("last_asked_on", "date", "As-of date of the last."),
                ("calls_on_last_day", "integer", "Calls on last_asked_on, all of them: what the day's budget is counted by."),
            ),
        ),
        Table(
            name="resolved.customers",
            grain="one row per real-world customer",
            key=("customer_id",),
            columns=columns_of(
                ("customer_id", "text", "Opaque id, minted once and never reused."),
                ("customer_name", "text", "Surviving name."),
                ("comparable_name", "text", "The name made comparable."),
                ("credit_code", "text", "统一社会信用代码."),
                ("registry_id", "text", "Any other company register number."),
                ("phone", "text", "Surviving telephone number: E.164 where one can be read, else as written."),
                ("email", "text", "Surviving e-mail address."),
                ("website", "text", "Surviving web site."),
                ("address", "text", "Surviving street address or free-text address."),
                ("postal_code", "text", "Postal code."),
                ("country_code", "text", "ISO 3166-1 alpha-2."),
                ("region_code", "text", "ISO 3166-2."),
                ("region_name", "text", "Name of the region."),
                ("city_name", "text", "Name of the city."),
                ("district_name", "text", "Name of the district or county."),
                ("division_code", "text", "China: GB/T 2260 code of the smallest certain division. United States: the county's FIPS code."),
                ("latitude", "double", "Degrees, WGS-84: the given point, else the centre of the smallest certain place."),
                ("longitude", "double", "Degrees, WGS-84."),
                ("place_precision", "text", "Precision of the place."),
                ("h3_cell_5", "text", "H3 cell of resolution 5 (about 250 km²); null where no city is known."),
                ("h3_cell_7", "text", "H3 cell of resolution 7 (about 5 km²); null where no city is known."),
                ("industry", "text", "Surviving industry."),
                ("gbt4754_code", "text", "GB/T 4754-2017 code that the surviving industry is read as; null where it is not recognised."),
                ("naics_code", "text", "NAICS 2017 code that the surviving industry is read as; null where it is not recognised."),
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
            columns=columns_of(
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
            columns=columns_of(
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
            name="resolved.field_agreement",
            grain="one row per source, entity, field and as-of date",
            key=("source", "entity", "field", "as_of_date"),
            columns=columns_of(
                ("source", "text", "Name of the system."),
                ("entity", "text", "Canonical entity: customers."),
                ("field", "text", "Canonical field."),
                ("as_of_date", "date", "The day the sources were compared for; what was found on earlier days stays."),
                ("compared_count", "integer", "Records of its newest export that have the field, as another source's of the customer has."),
                ("agreeing_count", "integer", "Of those, records whose value another source says too, compared as cleaned."),
            ),
        ),
        Table(
            name="resolved.customer_id_redirects",
            grain="one row per retired customer id",
            key=("old_customer_id",),
            columns=columns_of(
                ("old_customer_id", "text", "The retired id; never used again."),
                ("customer_id", "text", "Where it leads now."),
                ("cause", "text", "merged or split."),
                ("happened_on", "date", "As-of date of the run that retired it."),
            ),
        ),
    )
}
