"""The tables of entity resolution: which pairs were compared, what was asked and decided, which ids were retired.

Here: their columns, types and sentences. Not here: the customers themselves and all other tables (tables.py); the state that an increment
works on (resolution/population.py), which nobody else reads.
"""

from ingest.table_types import Table, columns_of

_PAIR = ("left_source", "left_record_id", "right_source", "right_record_id")
_PAIR_COLUMNS = columns_of(
    ("left_source", "text", "System of the first record; the pair's lower key."),
    ("left_record_id", "text", "The first record."),
    ("right_source", "text", "System of the second record."),
    ("right_record_id", "text", "The second record."),
)
_CUSTOMERS = columns_of(
    ("left_customer_id", "text", "The customer of the first record."),
    ("right_customer_id", "text", "The customer of the second record."),
)
_SCORE = columns_of(
    ("score", "double", "Probability that both are one customer, 0 to 1."),
    ("weight", "double", "The same in bits: log2 of the odds."),
)

RESOLUTION_TABLES = (
    Table(
        name="resolved.customer_values",
        grain="one row per customer and field of which any of its records says something",
        key=("customer_id", "field"),
        columns=columns_of(
            ("customer_id", "text", "The customer."),
            (
                "field",
                "text",
                "What was chosen. With address come its place and postal code, with annual_revenue_amount its currency, with industry its "
                "codes, of the same record.",
            ),
            ("value", "text", "The value that stands, as text; of an address that is only a place, the place."),
            ("source", "text", "System of the record that says it."),
            ("record_id", "text", "The record."),
            ("rule", "text", "How records are preferred in this field: trust, newest, agreement or precision."),
            (
                "decided_by",
                "text",
                "What decided: only_value, same_everywhere, complete, live, trust, newest_change, newest_export, agreement, precision, "
                "street or first_id.",
            ),
            ("reason", "text", "The same as a sentence for people."),
            ("agreeing_count", "integer", "Records of the customer that say the same, the chosen one included."),
            ("differing_count", "integer", "Records of the customer that say something else; those that say nothing are in neither count."),
            ("other_values", "text", "What else is said, best first, each with the best record that says it; null where nothing is."),
        ),
    ),
    Table(
        name="resolved.match_pairs",
        grain="one row per pair of records that were compared and found to be the same customer or close to it",
        key=_PAIR,
        columns=_PAIR_COLUMNS
        + _CUSTOMERS
        + _SCORE
        + columns_of(
            ("ask_above", "double", "Bits from which a person is asked, in force that night."),
            ("same_above", "double", "Bits from which a pair is the same customer, in force that night."),
            ("verdict", "text", "same, or ask: a person should look."),
            ("evidence", "text", "What agreed and what did not, as a sentence for people."),
        ),
    ),
    Table(
        name="resolved.match_evidence",
        grain="one row per pair in resolved.match_pairs and field of evidence",
        key=(*_PAIR, "field"),
        columns=_PAIR_COLUMNS
        + columns_of(
            (
                "field",
                "text",
                "Kind of evidence of which both say something: name, phone, place ...; and prior and caps, which are the program's.",
            ),
            ("level", "text", "How far both agree in it: the names in ingest/resolution/levels.py."),
            ("weight", "double", "Bits for (above 0) or against their being one customer; the rows of a pair sum up to its weight."),
            ("sentence", "text", "The same for people."),
        ),
    ),
    Table(
        name="resolved.match_questions",
        grain="one row per two customers of which a person should say whether they are one",
        key=("question_rank",),
        columns=columns_of(("question_rank", "integer", "1 is the most valuable question."))
        + _PAIR_COLUMNS
        + _CUSTOMERS
        + _SCORE
        + columns_of(
            ("record_count", "integer", "Records of both customers: what an answer would move."),
            ("evidence", "text", "What agreed and what did not, as a sentence for people."),
        ),
    ),
    Table(
        name="resolved.refused_blocks",
        grain="one row per kind of blocking key that has blocks too large to be compared in pairs",
        key=("key_kind",),
        columns=columns_of(
            ("key_kind", "text", "Kind of key, as in ingest/resolution/blocking_keys.py."),
            ("most_records", "integer", "The largest block that is compared in pairs."),
            ("block_count", "integer", "Blocks beyond it."),
            ("record_count", "integer", "Records in them, counted once for each block."),
            ("largest_block", "integer", "Records of the largest."),
        ),
    ),
    Table(
        name="resolved.match_weights",
        grain="one row per field and level of agreement",
        key=("field", "level"),
        columns=columns_of(
            ("field", "text", "Kind of evidence: the names in ingest/resolution/levels.py."),
            ("level", "text", "How far two records agree in it."),
            (
                "weight_in_force",
                "double",
                "Bits as applied on average to pairs that are likely one customer, after commonness; of a rare value where there are none.",
            ),
            ("estimated_weight", "double", "Bits that today's records would give, estimated without labels; null where too few tell."),
            ("pair_count", "double", "Expected pairs of one customer at the level, among those the estimate rests on."),
            ("difference", "double", "The estimate less the weight in force, bits."),
            ("is_drifting", "boolean", "So far apart, on so many pairs, that the weight should be looked at."),
            ("detail", "text", "What the estimate rests on and what it means, as a sentence for people."),
        ),
    ),
    Table(
        name="resolved.judgements",
        grain="one row per judgement that was ever read",
        key=("judgement_id",),
        columns=columns_of(
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
            ("is_in_file", "boolean", "The file still holds the row; it counts in any case."),
        ),
    ),
    Table(
        name="resolved.judgement_issues",
        grain="one row per judgement and issue",
        key=("judgement_id", "issue"),
        columns=columns_of(
            ("judgement_id", "text", "The judgement; of a refused row the hash of its cells."),
            ("issue", "text", "waits, contradicted, vanished, pin_conflict, unknown_id or refused."),
            ("detail", "text", "What is wrong and what to do, as a sentence for people."),
        ),
    ),
    Table(
        name="resolved.customer_id_redirects",
        grain="one row per retired customer id",
        key=("old_customer_id",),
        columns=columns_of(
            ("old_customer_id", "text", "The retired id; it lives again only if a steward keeps it for the customer it leads to."),
            ("customer_id", "text", "Where it leads now."),
            ("cause", "text", "merged or split."),
            ("happened_on", "date", "As-of date of the run that retired it."),
            ("first_customer_id", "text", "Where it led on the day it was retired."),
            ("detail", "text", "What became of its records, as a sentence for people."),
        ),
    ),
)
