"""What leavers (离职) left: a company of its own, in which a CRM alone says that somebody is gone."""

from datetime import date, datetime

import pytest


@pytest.fixture(scope="module")
def left_behind(other_company):
    def day(text: str) -> date:
        return date.fromisoformat(text)

    def owner(record_id: str, sequence: int, since: str, rep_id: str | None) -> dict:
        return {
            "source": "crm",
            "record_id": record_id,
            "sequence": sequence,
            "first_sequence": sequence,
            "known_from": day(since),
            "changed_on": day(since),
            "owner_rep_id": rep_id,
            "row_number": sequence,
        }

    def deal(record_id: str, rep_id: str, customer: str, currency: str | None) -> dict:
        return {
            "source": "crm",
            "record_id": record_id,
            "customer_record_id": customer,
            "owner_rep_id": rep_id,
            "outcome": "open",
            "amount": "10",
            "currency_code": currency,
        }

    return other_company(
        {
            "rules.company": [
                {
                    "company_name": "Handed",
                    "as_of_date": day("2026-04-15"),
                    "calendar_start_date": day("2026-01-01"),
                    "currency_code": "USD",
                    "opportunity_credit": "customer_territory",
                    "rules_version": "r1",
                }
            ],
            "rules.territories": [
                {"territory_id": "EAST", "territory_name": "East", "manager_rep_id": "mia", "valid_from": day("2025-01-01")}
            ],
            "rules.territory_rules": [
                {"rule_id": "R1", "territory_id": "EAST", "priority": 100, "country_codes": "CN", "valid_from": day("2025-01-01")}
            ],
            "rules.reps": [{"rep_id": rep, "rep_name": rep, "valid_from": day("2025-01-01")} for rep in ("ann", "mia")],
            "rules.rep_territories": [{"rep_id": "ann", "territory_id": "EAST", "role": "owner", "valid_from": day("2025-01-01")}],
            "rules.fx_rates": [{"currency_code": "CNY", "rate": "0.14", "valid_from": day("2025-01-01")}],
            "clean.reps": [
                {"source": "crm", "record_id": "u1", "rep_id": "crm:u1", "name": "Bob", "manager_rep_id": "mia", "is_active": False}
            ],
            "raw.reps": [
                {"source": "crm", "record_id": "u1", "as_of_date": day(night), "is_active": active}
                for night, active in (("2026-03-30", "1"), ("2026-04-01", "0"), ("2026-04-15", "0"))
            ],
            "resolved.customers": [
                {"customer_id": customer, "customer_name": customer, "country_code": country}
                for customer, country in (("C1", "CN"), ("C2", "CN"), ("C3", "FR"), ("C4", "CN"))
            ],
            "resolved.customer_records": [
                {"source": "crm", "record_id": f"{number}", "customer_id": f"C{number}", "valid_from": day("2026-01-01")}
                for number in (1, 2, 3, 4)
            ],
            "clean.owner_observations": [
                owner("1", 1, "2026-01-05", "crm:u1"),
                owner("2", 1, "2026-01-05", "crm:u1"),
                owner("2", 2, "2026-04-04", "ann"),
                owner("3", 1, "2026-01-05", "crm:u1"),
                owner("4", 1, "2026-01-05", "crm:u1"),
                owner("4", 2, "2026-03-31", "ann"),
            ],
            "clean.opportunities": [
                deal("d1", "crm:u1", "2", "CNY"),
                deal("d2", "crm:u1", "unheard-of", None),
                deal("d3", "ann", "1", None),
            ],
            "clean.owner_changes": [
                {
                    "source": "crm",
                    "record_id": "h1",
                    "subject": "opportunities",
                    "subject_record_id": "d3",
                    "changed_at": datetime.fromisoformat("2026-04-02 10:00"),
                    "from_rep_id": "crm:u1",
                    "to_rep_id": "ann",
                }
            ],
            "clean.orders": [
                {
                    "source": "crm",
                    "record_id": "o1",
                    "customer_record_id": "1",
                    "owner_rep_id": "crm:u1",
                    "ordered_date": day("2026-03-01"),
                    "amount": "100",
                    "currency_code": "CNY",
                }
            ],
            "clean.payments": [
                {
                    "source": "crm",
                    "record_id": "p1",
                    "order_record_id": "o1",
                    "amount": "40",
                    "currency_code": "CNY",
                    "paid_date": day("2026-03-20"),
                }
            ],
        },
        "+fct_handovers",
    )


def test_what_a_leaver_left_says_who_should_have_it_or_who_has_it(left_behind):
    assert left_behind(
        "select subject, subject_id, proposed_rep_id, handed_over_to_rep_id, handed_over_on, days_taken, is_open, amount, currency_code, "
        "proposal_reason from marts.fct_handovers order by subject, subject_id"
    ) == [
        ("customers", "C1", "ann", None, None, None, True, None, None, "ann alone works EAST."),
        ("customers", "C2", None, "ann", "2026-04-04", 3, False, None, None, "ann has it since 2026-04-04."),
        ("customers", "C3", "mia", None, None, None, True, None, None, "mia is the manager of crm:u1; nobody works UNASSIGNED as owner."),
        ("opportunities", "crm:d1", "ann", None, None, None, True, "1.4000", "USD", "ann has the customer."),
        (
            "opportunities", "crm:d2", "mia", None, None, None, True, "10.0000", "USD",
            "mia is the manager of crm:u1; it belongs to no known customer.",
        ),
        ("opportunities", "crm:d3", None, "ann", "2026-04-02", 1, False, "10.0000", "USD", "ann has it since 2026-04-02."),
        ("orders", "crm:o1", "ann", None, None, None, True, "8.4000", "USD", "ann alone works EAST."),
    ]  # fmt: skip


def test_the_day_of_leaving_is_the_first_export_that_shows_it(left_behind):
    assert left_behind("select distinct rep_id, left_on, leaving_reason from marts.fct_handovers") == [
        ("crm:u1", "2026-04-01", "crm shows the user as inactive since the export of 2026-04-01")
    ]
