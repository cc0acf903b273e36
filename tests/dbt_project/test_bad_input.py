"""What exports and sheets should not hold, from the raw rows to the marts: two clocks, days that have not come, owners nobody knows.

Here: a company of two CRMs, one in Shanghai and one in New York, cleaned by the real code and built once by the real models. Not here:
single rules (unit tests in dbt_project, tests/ingest), sheets that are refused (tests/ingest/rules). Nobody and nothing in it is real.
"""

from datetime import date

import pyarrow as pa
import pytest

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES

TODAY = date(2026, 3, 10)
ZONES = {"sh": "Asia/Shanghai", "ny": "America/New_York"}
FEED = {"file": "x.csv", "key": "id"}
CUSTOMERS = FEED | {"columns": {"owner": "owner_user_id"}}
HISTORY = FEED | {"columns": {"to": "to_user_id"}, "constants": {"subject": "customers"}, "snapshot": "changes"}
SOURCES = {
    name: Source.model_validate(
        {"name": name, "crm": name, "time_zone": zone, "entities": {"customers": CUSTOMERS, "owner_changes": HISTORY}}
    )
    for name, zone in ZONES.items()
}
COUNTRIES = {"SH-FALLEN": "CN", "NY-FALLEN": "US", "BOTH": "US", "FUTURE": "US", "GHOST": "CN", "WORKED": "US", "IDLE": "US"}
RECORDS = {
    ("sh", "1"): "SH-FALLEN",
    ("ny", "1"): "NY-FALLEN",
    ("sh", "2"): "BOTH",
    ("ny", "2"): "BOTH",
    ("ny", "3"): "FUTURE",
    ("sh", "4"): "GHOST",
    ("ny", "5"): "WORKED",
    ("ny", "6"): "IDLE",
}
OWNERS_TODAY = {("ny", "3"): "a", ("sh", "4"): "ghost", ("sh", "2"): "a", ("ny", "2"): "a", ("ny", "5"): "a", ("ny", "6"): "a"}
CHANGES = [  # source, record, when by the source's own clock, from, to, action
    ("sh", "1", "2026-03-01 09:00", None, "a", "Allocate"),
    ("sh", "1", "2026-03-05 00:30", "a", None, "Return"),
    ("ny", "1", "2026-03-01 09:00", None, "a", "Allocate"),
    ("ny", "1", "2026-03-05 21:00", "a", None, "Return"),
    ("sh", "2", "2026-03-04 00:30", None, "a", "Allocate"),  # one moment: in New York it is still the 3rd
    ("ny", "2", "2026-03-03 11:30", None, "a", "Allocate"),
    ("ny", "3", "2026-03-01 09:00", None, "a", "Allocate"),
    ("ny", "3", "2062-03-01 09:00", "a", None, "Return"),
    ("sh", "4", "2026-03-02 09:00", None, "ghost", "Allocate"),
    ("ny", "5", "2026-03-01 09:00", None, "a", "Allocate"),
    ("ny", "6", "2026-03-01 09:00", None, "a", "Allocate"),
]
POOL_EVENTS = [
    ("sh", "1", "2026-03-05 00:30", "returned", "三方已成交"),
    ("ny", "1", "2026-03-05 21:00", "returned", "No budget this year"),
    ("ny", "3", "2062-03-01 09:00", "entered", "a mistyped year"),
]


def raw(entity: str, rows: list[dict]) -> pa.Table:
    evidence = {"as_of_date": TODAY, "file_sha256": "f" * 64}
    return pa.Table.from_pylist(
        [evidence | {"row_number": number} | row for number, row in enumerate(rows, 1)], schema=TABLES[f"raw.{entity}"].arrow_schema
    )


def cleaned(entity: str, rows: list[dict], identities: RepIdentities) -> list[dict]:
    latest = dict.fromkeys(ZONES, TODAY)
    settings = {"sources": SOURCES, "identities": identities, "latest_days": latest, "default_currency": "USD"}
    return clean_entity(entity, raw(entity, rows), **settings).to_pylist()


def exports() -> dict[str, list[dict]]:
    """What the two CRMs export, by raw table."""
    changes = [
        {"source": source, "record_id": f"h{n}", "subject": "customers", "subject_record_id": record, "changed_at": when}
        | {"from_user_id": before, "to_user_id": after, "action": action}
        for n, (source, record, when, before, after, action) in enumerate(CHANGES)
    ]
    events = [
        {"source": source, "record_id": f"p{n}", "subject": "customers", "subject_record_id": record, "happened_at": when}
        | {"event": event, "reason": reason, "pool_id": "sea"}
        for n, (source, record, when, event, reason) in enumerate(POOL_EVENTS)
    ]
    return {
        "reps": [{"source": source, "record_id": "a", "name": f"Ann of {source}"} for source in ZONES],
        "customers": [{"source": source, "record_id": n, "owner_user_id": OWNERS_TODAY.get((source, n))} for source, n in RECORDS],
        "owner_changes": changes,
        "pool_events": events,
        # The evening of the as-of date in New York is the next day in UTC; the morning after has not come.
        "activities": [
            {"source": "ny", "record_id": "t1", "customer_record_id": "5", "activity_at": "2026-03-10 21:00"},
            {"source": "ny", "record_id": "t2", "customer_record_id": "6", "activity_at": "2026-03-11 08:00"},
        ],
        "rep_territories": [
            {"source": "ny", "record_id": name, "user_id": "a", "territory_id": name, "valid_from": "2026-01-01"}
            for name in ("EAST", "WEST")
        ],
    }


@pytest.fixture(scope="module")
def company(other_company):
    """The company after one build with its data tests: the exports cleaned, the sheets as they stand; and a reader of it."""
    found = exports()
    identities = RepIdentities.from_rules(TABLES["rules.reps"].arrow_schema.empty_table(), SOURCES, raw("reps", found["reps"]))
    given = {f"clean.{entity}": cleaned(entity, rows, identities) for entity, rows in found.items()}
    for row in given["clean.rep_territories"]:
        row["territory_id"] = row["territory_id"].removeprefix("ny:")  # the company's own ids
    observed = observe_owners(
        raw("customers", found["customers"]),
        raw("owner_changes", found["owner_changes"]),
        {source: {TODAY} for source in ZONES},
        sources=SOURCES,
        identities=identities,
        as_of_date=TODAY,
    )
    since = date(2026, 1, 1)
    return other_company(
        given
        | {
            "clean.owner_observations": observed.to_pylist(),
            "rules.company": [
                {"company_name": "Bad", "as_of_date": TODAY, "calendar_start_date": since, "currency_code": "USD", "rules_version": "r1"}
                | {"opportunity_credit": "own_field"}
            ],
            "rules.territories": [
                {"territory_id": name, "territory_name": name, "is_exclusive": True, "valid_from": since} for name in ("EAST", "WEST")
            ],
            "rules.territory_rules": [
                {
                    "rule_id": "R1",
                    "territory_id": "WEST",
                    "effect": "assign",
                    "state": "active",
                    "country_codes": "US",
                    "valid_from": since,
                },
                {
                    "rule_id": "R2",
                    "territory_id": "EAST",
                    "effect": "assign",
                    "state": "active",
                    "customer_names": "OLD",
                    "valid_from": since,
                }
                | {"row_number": 4},
            ],
            "rules.pool": [
                {"pool_rule_id": "P1", "pool_id": "sea", "applies_to": "customers", "trigger": "no_activity", "days": 5, "relation": "any"}
                | {"priority": 100, "claim_method": "claim", "valid_from": since}
            ],
            "resolved.customers": [
                {"customer_id": customer, "customer_name": customer.title(), "country_code": country, "first_seen_date": TODAY}
                for customer, country in COUNTRIES.items()
            ],
            "resolved.customer_records": [
                {"source": source, "record_id": record, "customer_id": customer, "valid_from": since}
                for (source, record), customer in RECORDS.items()
            ],
            "resolved.customer_id_redirects": [
                {"old_customer_id": "OLD", "customer_id": "BOTH", "first_customer_id": "BOTH", "cause": "merged", "happened_on": TODAY}
            ],
        },
        "+fct_public_pool",
        "+fct_ownership_conflicts",
        "+fct_rep_issues",
        "+fct_territory_rule_issues",
    )


def test_a_crms_word_about_a_fall_into_the_pool_counts_on_the_day_of_its_own_calendar(company):
    assert company(
        "select customer_id, entered_on, trigger, said_by, reason from marts.fct_pool_stays where left_on is null order by customer_id"
    ) == [
        ("NY-FALLEN", "2026-03-05", "returned", "crm", "ny:a gave it back on 2026-03-05 (ny:1): No budget this year."),
        ("SH-FALLEN", "2026-03-05", "returned", "crm", "sh:a gave it back on 2026-03-05 (sh:1): 三方已成交."),
    ]


def test_two_claims_of_one_moment_begin_on_the_days_of_their_calendars(company):
    assert company("select owner_rep_id, valid_from, valid_to from marts.fct_ownership_periods where customer_id = 'BOTH'") == [
        ("ny:a", "2026-03-03", None)
    ]
    assert company("select claimant_rep_ids, min(valid_from) from marts.fct_ownership_conflicts where customer_id = 'BOTH' group by 1") == [
        ("ny:a|sh:a", "2026-03-04")
    ]


def test_what_is_dated_after_the_day_that_is_described_has_not_happened_and_is_named(company):
    assert company("select owner_rep_id, valid_from, valid_to from marts.fct_ownership_periods where customer_id = 'FUTURE'") == [
        ("ny:a", "2026-03-01", None)
    ]
    assert company("select count(*) from marts.fct_pool_stays where customer_id = 'FUTURE'") == [(0,)]
    named = "select record_id, problems from staging.{} where problems <> '' order by 1"
    assert company(named.format("stg_owner_changes")) == [("h7", "changed_at:after_export_day")]
    assert company(named.format("stg_pool_events")) == [("p2", "happened_at:after_export_day")]
    assert company(named.format("stg_activities")) == [("t2", "activity_at:after_export_day")]


def test_a_follow_up_on_the_evening_of_the_day_counts_and_one_of_the_morning_after_does_not(company):
    assert company("select customer_id, status from marts.fct_public_pool where customer_id in ('WORKED', 'IDLE')") == [("IDLE", "due")]


def test_an_owner_whom_nobody_knows_keeps_the_customer_and_is_told_with_count_and_place(company):
    assert company("select owner_rep_id, valid_from, is_in_pool from marts.fct_ownership_periods where customer_id = 'GHOST'") == [
        ("sh:ghost", "2026-03-02", False)
    ]
    assert company(
        "select rep_id, source, subject, record_count, example_record_id, example_row, detail from marts.fct_rep_issues "
        "where issue = 'unknown_person'"
    ) == [
        (
            "sh:ghost", "sh", "customers", 1, "4", 9,
            "sh names sh:ghost in 1 record of customers as the owner (one is 4), and neither the sheet reps nor any system's list of users "
            "knows sh:ghost. Export the users of sh, or write a row into reps.csv with source_user_ids sh=ghost. Until then it stays as it "
            "is, and nobody can say who that is.",
        )
    ]  # fmt: skip


def test_a_crm_that_puts_somebody_into_two_exclusive_territories_is_told_and_nothing_is_dropped(company):
    assert company(
        "select rep_id, source, territory_id, other_territory_id, valid_from, valid_to from marts.fct_rep_issues "
        "where issue = 'two_exclusive_territories'"
    ) == [("ny:a", "ny", "EAST", "WEST", "2026-01-01", None)]
    assert company("select count(*) from marts.bridge_rep_territories where rep_id = 'ny:a'") == [(2,)]


def test_a_rule_that_names_a_retired_id_follows_to_the_heir_and_says_so_with_the_line(company):
    assert company("select territory_id, rule_id from marts.fct_territory_assignments where customer_id = 'BOTH'") == [("EAST", "R2")]
    assert company("select issue, detail from marts.fct_territory_rule_issues where rule_id = 'R2' and issue <> 'points_to_nobody'") == [
        (
            "names_retired_customer",
            "Rule R2 names what is no longer a customer id, and follows to whom it leads: OLD (merged on 2026-03-10) is BOTH, Both. Write "
            "the id in use instead: territory_rules line 5, customer_names.",
        )
    ]
