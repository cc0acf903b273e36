"""The fictional company, whose truth is known: who is who, where, and who owned what on which night."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

pytestmark = pytest.mark.story

NIGHTS = (date(2026, 6, 28), date(2026, 6, 29), date(2026, 6, 30))


def truth(story, name: str) -> list[dict[str, str]]:
    with (story.home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def customer_of_record(story) -> dict[str, str]:
    return dict(story.rows("select record_id, customer_id from marts.bridge_customer_records where valid_to is null"))


def test_every_record_stands_for_a_customer(demo):
    assert customer_of_record(demo).keys() == {row["record_id"] for row in truth(demo, "customers")}


def test_no_two_companies_are_taken_for_one(demo):
    company_of = {row["record_id"]: row["customer_number"] for row in truth(demo, "customers")}
    companies: dict[str, set[str]] = {}
    for record, customer in customer_of_record(demo).items():
        companies.setdefault(customer, set()).add(company_of[record])
    assert [found for found in companies.values() if len(found) > 1] == []


def test_most_companies_that_were_recorded_twice_are_one_customer(demo):
    records: dict[str, list[str]] = {}
    for row in truth(demo, "customers"):
        records.setdefault(row["customer_number"], []).append(row["record_id"])
    customer_of = customer_of_record(demo)
    twice = [written for written in records.values() if len(written) == 2]
    found = sum(customer_of[first] == customer_of[second] for first, second in twice)
    assert len(twice) == 32
    assert found / len(twice) >= 0.75  # 2026-11-21: 25 of 32; the others are Chinese names beside their English form, and slips


def test_every_customer_is_in_the_territory_and_under_the_rule_that_the_truth_says(demo):
    expected = {row["record_id"]: (row["territory_id"], row["rule_id"]) for row in truth(demo, "territories")}
    found = demo.rows(
        """
        select records.record_id, assignments.territory_id, assignments.rule_id
        from marts.bridge_customer_records as records
        inner join marts.fct_territory_assignments as assignments using (customer_id)
        where records.valid_to is null and assignments.valid_to is null
        """
    )
    assert {record: (territory, rule) for record, territory, rule in found} == expected


def test_on_every_night_each_customer_was_owned_by_whom_the_truth_says(demo):
    records = Counter(row["customer_number"] for row in truth(demo, "customers"))
    once = {row["record_id"] for row in truth(demo, "customers") if records[row["customer_number"]] == 1}
    periods = [
        (row["record_id"], row["rep_id"], date.fromisoformat(row["valid_from"]), date.fromisoformat(row["valid_to"] or "9999-12-31"))
        for row in truth(demo, "owners")
        if row["record_id"] in once
    ]
    for night in NIGHTS:
        expected = {record: rep for record, rep, start, end in periods if start <= night < end}
        found = dict(
            demo.rows(
                f"""
                select records.record_id, periods.owner_rep_id
                from marts.bridge_customer_records as records
                inner join marts.fct_ownership_periods as periods using (customer_id)
                where records.valid_to is null
                    and periods.valid_from <= date '{night}' and coalesce(periods.valid_to, date '9999-12-31') > date '{night}'
                """
            )
        )
        assert {record: rep for record, rep in found.items() if record in once} == expected, night


def test_owners_changed_between_the_nights(demo):
    changed = [row for row in truth(demo, "owners") if row["valid_from"] in ("2026-06-29", "2026-06-30") and row["valid_to"]]
    handed_over = [row for row in truth(demo, "owners") if row["rep_id"] == "E1009" and row["valid_to"] == "2026-06-30"]
    assert changed or handed_over
    assert demo.one("select count(*) from marts.fct_ownership_periods where cause = 'owner_changed'") > 20


def test_who_left_is_known_to_have_left(demo):
    assert demo.rows("select is_active, valid_to from marts.dim_reps where rep_id = 'E1009'") == [(False, NIGHTS[-1])]
    assert demo.one("select count(*) from marts.bridge_rep_territories where rep_id = 'E1009' and valid_to is null") == 0


@pytest.mark.parametrize("basis", ["as_sold", "as_of_today"])
def test_the_territories_sold_what_the_last_export_says(demo, basis):
    won = [row for row in demo.export("Opportunity.csv") if row["IsWon"] == "true"]
    amount = sum(Decimal(row["Amount"]) for row in won if row["Amount"] != "12,5oo")
    found = demo.rows(f"select sum(won_count), sum(won_amount) from marts.kpi_territory_monthly where basis = '{basis}'")
    assert found == [(len(won), amount)]


def test_deals_without_a_known_account_are_kept_and_say_so(demo):
    accounts = {row["Id"] for row in demo.export("Account.csv")}
    deals = demo.export("Opportunity.csv")
    expected = {
        "no_customer": sum(not row["AccountId"] for row in deals),
        "unknown_customer": sum(bool(row["AccountId"]) and row["AccountId"] not in accounts for row in deals),
    }
    assert min(expected.values()) > 0
    found = demo.rows("select customer_issue, count(*) from marts.fct_opportunities where customer_issue is not null group by 1")
    assert dict(found) == expected


def test_figures_that_are_none_are_empty_named_and_kept_as_written(demo):
    (deal,) = demo.private("select amount, amount_raw, problems from clean.opportunities where amount_raw = '12,5oo'")
    assert deal[:2] == (None, "12,5oo")
    assert "amount:" in deal[2]
    (customer,) = demo.private(
        "select annual_revenue_amount, employee_count, problems from clean.customers where annual_revenue_amount_raw = 'about 2 million'"
    )
    assert customer[:2] == (None, None)
    assert "annual_revenue_amount:" in customer[2]
    assert "employee_count:" in customer[2]


def test_bad_rows_are_quarantined_with_their_reason_every_night(demo):
    found = demo.private("select as_of_date, reason_code, count(*) from raw.quarantine group by all")
    codes = ("no_key", "duplicate_key", "too_many_cells")
    assert set(found) == {(night, code, 1) for night in NIGHTS for code in codes}


def test_a_deleted_record_stays_but_is_no_longer_active(demo):
    deleted = [row["Id"] for row in demo.export("Account.csv") if row["IsDeleted"] == "true"]
    assert len(deleted) == 1
    assert demo.private(f"select is_deleted from clean.customers where record_id = '{deleted[0]}'") == [(True,)]


def test_quotas_of_the_sheet_count_for_people_and_territories_alike(demo):
    with (demo.home / "rules" / "quotas.csv").open(encoding="utf-8", newline="") as stream:
        total = sum(Decimal(row["amount"]) for row in csv.DictReader(stream))
    for table in ("kpi_rep_monthly", "kpi_territory_monthly"):
        assert demo.one(f"select sum(quota_amount) from marts.{table} where basis = 'as_sold'") == total


def test_a_second_refresh_has_nothing_to_do_and_touches_no_published_byte(demo):
    before = demo.published_hashes()
    assert "Nothing changed" in demo.refresh_again()
    assert demo.published_hashes() == before
