"""Collaborators and shares (协作, 业绩分成) of the tiny company in conftest.py: the agreement S1 on C2, one member on C1."""


def test_the_owner_has_all_until_an_agreement_shares_it_and_again_after_it(rows):
    assert rows(
        "select customer_id, rep_id, role, decided_by, share_ratio, valid_from, valid_to from marts.bridge_customer_collaborators "
        "where customer_id = 'C2' order by role, valid_from, rep_id"
    ) == [
        ("C2", "mia", "overlay", "S1", "0.1000000000", "2026-03-20", None),
        ("C2", "ann", "owner", "ownership", None, "2026-01-05", "2026-03-15"),
        ("C2", "crm:u2", "owner", "ownership", None, "2026-03-15", None),
        ("C2", "ann", "revenue", "ownership", "1.0000000000", "2026-01-05", "2026-03-15"),
        ("C2", "crm:u2", "revenue", "ownership", "1.0000000000", "2026-03-15", "2026-03-20"),
        ("C2", "ann", "revenue", "S1", "0.4000000000", "2026-03-20", "2026-04-10"),
        ("C2", "crm:u2", "revenue", "S1", "0.6000000000", "2026-03-20", "2026-04-10"),
        ("C2", "crm:u2", "revenue", "ownership", "1.0000000000", "2026-04-10", None),
    ]


def test_a_member_counts_from_the_first_export_and_the_crms_owner_is_none(rows):
    assert rows(
        "select customer_id, rep_id, can_write, share_ratio, valid_from, valid_to from marts.bridge_customer_collaborators "
        "where role = 'collaborator'"
    ) == [("C1", "ann", True, None, "2026-03-05", None)]


def test_in_the_pool_nobody_has_a_share(rows):
    assert rows("select count(*) from marts.bridge_customer_collaborators where customer_id = 'C3'") == [(0,)]
