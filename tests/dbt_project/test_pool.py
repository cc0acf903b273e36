"""The public pool (公海) of the tiny company in conftest.py: pool rules W1 and W2 in WEST, E1 in EAST for everything below Commerce."""


def test_the_pool_today_what_is_due_and_what_is_warned_of(rows):
    assert rows(
        "select customer_id, status, territory_id, pool_id, pool_rule_id, owner_rep_id, trigger, days, since_date, due_date, claim_method, "
        "may_take_rep_ids, may_take_count, reason from marts.fct_public_pool order by customer_id"
    ) == [
        (
            "C1", "due", "WEST", "WEST-POOL", "W1", "crm:u2", "no_activity", 36, None, "2026-04-09", "claim", None, 0,
            "Nobody followed it up for 36 days, the last time on 2026-03-10; rule W1 allows 30. It should have dropped on 2026-04-09.",
        ),
        (
            "C2", "warned", "EAST", "EAST-POOL", "E1", "crm:u2", "no_activity", 26, None, "2026-05-04", "assign", "ann", 1,
            "Nobody followed it up for 26 days, the last time on 2026-03-20; rule E1 allows 45. It drops on 2026-05-04.",
        ),
        (
            "C3", "in_pool", "UNASSIGNED", None, None, None, "never_owned", 100, "2026-01-05", None, None, None, 0,
            "No export ever showed an owner.",
        ),
    ]  # fmt: skip


def test_each_stay_says_why_it_began_and_who_took_the_customer(rows):
    assert rows(
        "select customer_id, entered_on, left_on, last_owner_rep_id, taken_by_rep_id, pool_id, pool_rule_id, trigger, said_by, days, "
        "is_ping_pong, broke_cool_down, broke_holding_limit, reason from marts.fct_pool_stays order by customer_id, entered_on"
    ) == [
        (
            "C1", "2026-02-10", "2026-03-01", "ann", "crm:u2", "WEST-POOL", "W2", "returned", "crm", 19, False, False, False,
            "ann gave it back on 2026-02-10 (crm:1): 客户暂无需求.",
        ),
        (
            "C3", "2026-01-05", None, None, None, None, None, "never_owned", "nobody", 100, False, False, False,
            "No export ever showed an owner.",
        ),
    ]  # fmt: skip


def test_who_has_claimed_too_often_may_not_take(rows):
    # bob took C1 out of WEST-POOL 45 days ago, and one claim within 60 days is allowed; he alone works WEST.
    assert rows("select rep_id from intermediate.int_ownership__territory_workers where territory_id = 'WEST'") == [("crm:u2",)]
    assert rows("select count(*) from intermediate.int_ownership__pool_takers where territory_id = 'WEST' and pool_id = 'WEST-POOL'") == [
        (0,)
    ]
