"""The ownership marts of the tiny company in conftest.py."""


def test_owners_follow_the_first_claim_and_the_pool_is_a_period_like_any_other(rows):
    assert rows(
        "select customer_id, owner_rep_id, is_in_pool, cause, source, record_id, evidence_row, valid_from, valid_to "
        "from marts.fct_ownership_periods order by customer_id, valid_from"
    ) == [
        ("C1", "ann", False, "first_observed", "crm", "1", 11, "2026-01-05", "2026-02-10"),
        ("C1", None, True, "released_to_pool", "crm", "1", 12, "2026-02-10", "2026-03-01"),
        ("C1", "crm:u2", False, "owner_changed", "crm", "1", 13, "2026-03-01", None),
        ("C2", "ann", False, "first_observed", "crm", "2", 21, "2026-01-05", "2026-03-15"),
        ("C2", "crm:u2", False, "next_claim", "erp", "9", 91, "2026-03-15", None),
        ("C3", None, True, "never_owned", None, None, None, "2026-01-05", None),
    ]


def test_a_dispute_names_everybody_and_why_one_was_accountable(rows):
    assert rows(
        "select customer_id, owner_rep_id, claimant_rep_ids, valid_from, valid_to, decision_reason from marts.fct_ownership_conflicts"
    ) == [
        (
            "C2",
            "ann",
            "ann|crm:u2",
            "2026-01-10",
            "2026-03-15",
            "ann claimed first, on 2026-01-05 through crm:2; the next claim began on 2026-01-10.",
        )
    ]
