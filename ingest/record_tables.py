"""The tables of the ownership record: what was recorded, on which nights, and what it was made from.

Here: their columns, types and sentences. Not here: the files they are read from (record/store.py), what is recorded (dbt_project,
marts/ownership).
"""

from ingest.table_types import Table, columns_of

EVENT_COLUMNS = columns_of(
    ("sequence", "integer", "Place in the record, from 1 and without gaps."),
    ("night", "integer", "Number of the night that wrote it, from 1."),
    ("event_id", "text", "Id of the event; never used again."),
    ("kind", "text", "change: something came to be so. withdrawal: what an earlier event says is taken back."),
    ("withdrawn_event_id", "text", "The event that a withdrawal takes back; null for a change."),
    ("customer_id", "text", "The customer, under the id it had that night."),
    ("role", "text", "What changed: owner, territory, appointment (our own, of a customer that nobody has), pool or collaborator."),
    ("from_id", "text", "Person, pool or territory before; null where there was none."),
    ("to_id", "text", "Person, pool or territory from then on; null where there is none (owner: it lies in the public pool)."),
    ("happened_on", "date", "Day from which it counts, on the calendar of the source."),
    ("happened_at", "timestamp", "Moment from which it counts in UTC; midnight of happened_on where only the day is known."),
    ("known_on", "date", "Day of the export that first shows it: from then on it could be known."),
    ("known_at", "timestamp", "End of known_on."),
    ("recorded_on", "date", "As-of date of the refresh that wrote it; later than known_on for what a late file says."),
    ("cause", "text", "Why it came to be so, or why it was taken back."),
    ("source_cause", "text", "What the CRM calls it: assigned, claimed, returned ...; null where it says nothing."),
    ("rule_id", "text", "The rule that decided, of the sheet protection or territory_rules; null where none was needed."),
    ("rules_version", "text", "Hash over the rule sheets in force that night; the archive keeps them."),
    ("actor", "text", "rep_id of who did it, where the source says it."),
    ("source", "text", "System of the record that proves it."),
    ("record_id", "text", "The record that proves it."),
    ("evidence_file_sha256", "text", "Content hash of the export that proves it; the archive keeps it under this name."),
    ("evidence_row", "integer", "Row in that file; 1 is the first below the header."),
)
"""What an event says: what its hash is made of, in this order."""

HASH_COLUMNS = columns_of(
    ("previous_hash", "text", "row_hash of the event before; of the first one 64 zeros."),
    ("row_hash", "text", "SHA-256 of previous_hash and everything else the row says."),
)

RECORD_TABLES = (
    Table(
        name="record.ownership_events",
        grain="one row per event that was ever recorded",
        key=("sequence",),
        columns=EVENT_COLUMNS + HASH_COLUMNS,
    ),
    Table(
        name="record.nights",
        grain="one row per night that was recorded, whether anything had changed or not",
        key=("night",),
        columns=columns_of(
            ("night", "integer", "Number of the night, from 1."),
            ("recorded_on", "date", "As-of date of the refresh."),
            ("rules_version", "text", "Hash over the rule sheets in force."),
            ("first_sequence", "integer", "Place of the night's first event, or of the one that comes next."),
            ("row_count", "integer", "Events of the night."),
            ("last_hash", "text", "row_hash of the last event so far; 64 zeros while there is none."),
            ("file_name", "text", "The night's file below record/ownership/; null where nothing had changed."),
            ("file_sha256", "text", "Content hash of that file."),
            (
                "journals",
                "text",
                "Name, rows and content hash of each file that the night wrote below record/<name>/, separated by blanks; null where none.",
            ),
            ("seal", "text", "SHA-256 of the seal before and of everything else the row says."),
        ),
    ),
    Table(
        name="record.customer_memberships",
        grain="one row per source record, period and night that found the period new or changed",
        key=("night", "source", "record_id", "valid_from"),
        columns=columns_of(
            ("night", "integer", "Number of the night that wrote it; of several rows of a period the newest counts."),
            ("source", "text", "Name of the system."),
            ("record_id", "text", "Id of the record in that system."),
            ("valid_from", "date", "First day the record belonged to the customer."),
            ("customer_id", "text", "The customer it belongs to; null where there is no such period any more."),
            ("valid_to", "date", "First day it no longer did; null while it does."),
            ("match_reason", "text", "Why, as it was said that night; a reason that alone changes makes no row."),
        ),
    ),
    Table(
        name="record.customer_redirects",
        grain="one row per retired customer id and night that found its redirect new or changed",
        key=("night", "old_customer_id"),
        columns=columns_of(
            ("night", "integer", "Number of the night that wrote it; of several rows of an id the newest counts."),
            ("old_customer_id", "text", "The retired id."),
            ("customer_id", "text", "Where it leads; null where the id lives again."),
            ("cause", "text", "merged or split."),
            ("happened_on", "date", "As-of date of the run that retired it."),
            ("first_customer_id", "text", "Where it led on the day it was retired."),
            ("detail", "text", "What became of its records, as a sentence for people."),
        ),
    ),
    Table(
        name="record.judgements",
        grain="one row per judgement that was ever read",
        key=("judgement_id",),
        columns=columns_of(
            ("night", "integer", "Number of the night that wrote it."),
            ("judgement_id", "text", "Hash of the row's content."),
            ("sequence", "integer", "Order in which rows were first seen, from 1."),
            ("left_source", "text", "System of the first record; the pair's lower key."),
            ("left_record_id", "text", "The first record."),
            ("right_source", "text", "System of the second record; null where the judgement is about one record."),
            ("right_record_id", "text", "The second record."),
            ("verdict", "text", "same, different, withdrawn or keep_id."),
            ("customer_id", "text", "The id to keep, for keep_id."),
            ("judged_by", "text", "Who answers for it."),
            ("judged_on", "date", "Day of the judgement."),
            ("reason", "text", "Why, in the steward's words."),
        ),
    ),
    Table(
        name="record.customer_values",
        grain="one row per customer and night that found in it other values than were recorded before",
        key=("night", "customer_id"),
        columns=columns_of(
            ("night", "integer", "Number of the night that wrote it."),
            ("customer_id", "text", "The customer, under the id it had that night."),
            ("place", "integer", "Which row of this customer it is, from 1."),
            ("valid_from", "date", "From when on it counts; 0001-01-01 of what was seen first, which reaches back as far as anybody asks."),
            ("customer_name", "text", "Its name."),
            ("country_code", "text", "Its country."),
            ("region_code", "text", "Its region."),
            ("division_code", "text", "Its division."),
            ("city_name", "text", "Its city."),
            ("postal_code", "text", "Its postal code."),
            ("latitude", "double", "Degrees north, five decimals."),
            ("longitude", "double", "Degrees east, five decimals."),
            ("place_precision", "text", "How exactly the two say where it is."),
            ("industry_code", "text", "Its industry, in the company's own words."),
            ("size_band", "text", "Its size."),
            ("potential_band", "text", "Its band of potential, by the sheet of that night."),
            ("products", "text", "The products that it has deals of, in the order of the alphabet, separated by |."),
        ),
    ),
    Table(
        name="record.ownership_basis",
        grain="one row per customer of whom any record was ever observed",
        key=("customer_id",),
        columns=columns_of(
            ("customer_id", "text", "The customer."),
            ("basis", "integer", "Hash over all observations of its records, as of the night last recorded."),
            ("recorded_on", "date", "As-of date of that night."),
        ),
    ),
)
