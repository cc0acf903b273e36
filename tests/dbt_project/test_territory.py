"""The territory marts of the tiny company in conftest.py."""


def test_the_sheet_describes_a_territory_that_a_crm_exports_too(rows):
    assert rows("select territory_name, decided_by from marts.dim_territories where territory_id = 'EAST'") == [("East", "rule sheet")]


def test_a_path_leads_from_the_top_down_and_ends_where_a_cycle_closes(rows):
    assert rows("select territory_id, path, level, decided_by from marts.dim_territories order by 1") == [
        ("EAST", "ROOT/EAST", 2, "rule sheet"),
        ("LOOP", "WEST/LOOP", 2, "crm"),
        ("NORTH", "NORTH", 1, "referenced only"),
        ("ROOT", "ROOT", 1, "rule sheet"),
        ("SH", "ROOT/EAST/SH", 3, "rule sheet"),
        ("UNASSIGNED", "UNASSIGNED", 1, "always there"),
        ("WEST", "LOOP/WEST", 2, "crm"),
    ]


def test_people_come_from_the_sheet_then_from_a_crm_then_from_whoever_names_them(rows):
    assert rows("select rep_id, rep_name, user_name, access_scope, is_active, decided_by from marts.dim_reps order by 1") == [
        ("ann", "Ann", "ann", "own", True, "rule sheet"),
        ("crm:u2", "Bob", "bob", "own", True, "crm"),
        ("crm:u3", "Left", "crm:u3", "own", False, "crm"),
        ("dan", "dan", None, "own", None, "referenced only"),
        ("joe", "Joe", "joe", "all", False, "rule sheet"),
        ("mia", "Mia", "mia.m", "team", True, "rule sheet"),
    ]


def test_a_row_of_sheet_and_crm_stands_once_and_a_row_of_no_day_does_not(rows):
    assert rows("select rep_id, territory_id, role, decided_by, valid_from, valid_to from marts.bridge_rep_territories order by 1, 5") == [
        ("ann", "SH", "owner", "rule sheet", "2026-01-01", "2026-03-01"),
        ("ann", "EAST", "owner", "rule sheet", "2026-03-01", None),
        ("crm:u2", "WEST", "owner", "crm", "2025-06-01", None),
        ("crm:u3", "NORTH", "support", "crm", "2026-01-01", None),
    ]


def test_the_assignment_follows_the_rules_in_force_and_says_why(rows):
    assert rows(
        "select customer_id, territory_id, rule_id, candidate_count, valid_from, valid_to "
        "from marts.fct_territory_assignments order by 1, 5"
    ) == [
        ("C1", "WEST", "R-03", 2, "2026-01-01", None),
        ("C2", "EAST", "R-01", 1, "2026-01-01", "2026-02-01"),
        ("C2", "SH", "R-02", 2, "2026-02-01", "2026-04-01"),
        ("C2", "EAST", "R-01", 1, "2026-04-01", None),
        ("C3", "UNASSIGNED", None, 0, "2026-01-01", None),
    ]
    assert rows("select assignment_reason from marts.fct_territory_assignments where territory_id = 'SH'") == [
        ("Rule R-02 (2 dimensions: region CN-SH, industry Retail; priority 100) beat 1 other: R-01 is broader (country CN).",)
    ]


def test_losers_are_kept_with_the_reason_why_they_lost(rows):
    assert rows(
        "select customer_id, rule_id, candidate_rank, candidate_reason from marts.fct_territory_candidates where not is_winner order by 1"
    ) == [
        ("C1", "R-04", 2, "Lost to R-03: R-04 does not name the customer (country US, region US-WA)."),
        ("C2", "R-01", 2, "Lost to R-02: R-01 is broader (country CN)."),
    ]


def test_a_customer_that_lacks_one_field_of_a_rule_is_named_with_the_field(rows):
    assert rows(
        "select customer_id, field, rule_count, example_rule_id, territory_id, is_unassigned "
        "from marts.fct_territory_blockers order by 1, 2"
    ) == [
        ("C2", "size", 1, "R-07", "EAST", False),
        ("C3", "city", 1, "R-05", "UNASSIGNED", True),
        ("C3", "region", 1, "R-06", "UNASSIGNED", True),
    ]
    assert rows(
        "select rule_id, field, territory_id, customer_count, unassigned_count from marts.fct_territory_blocked_rules order by 1"
    ) == [("R-05", "city", "WEST", 1, 1), ("R-06", "region", "WEST", 1, 1), ("R-07", "size", "EAST", 1, 0)]


def test_what_is_wrong_with_the_rules_is_said_with_the_next_step(rows):
    assert rows("select issue_id, territory_id, customer_count from marts.fct_territory_rule_issues order by 1") == [
        ("gap:DE:", "UNASSIGNED", 1),
        ("names_retired_customer:R-07", "EAST", 1),
        ("never_matches:R-05", "WEST", 0),
        ("never_matches:R-06", "WEST", 0),
        ("never_matches:R-07", "EAST", 0),
        ("points_to_nobody:R-04", "ROOT", 0),
        ("shadowed:R-04:R-03", "ROOT", 1),
    ]
    assert rows("select detail from marts.fct_territory_rule_issues where rule_id = 'R-05'") == [
        (
            "Rule R-05 matches no customer: nobody meets its city Bonn|Ulm, whatever else it asks. "
            "Correct the spelling, wait for such customers, or end the rule.",
        )
    ]


def test_a_customer_in_the_area_of_one_and_owned_by_another_drifts(rows):
    assert rows("select drift, customer_id, owner_rep_id, area_rep_ids, days from marts.fct_assignment_drift") == [
        ("owner", "C2", "crm:u2", "ann", 14)
    ]
