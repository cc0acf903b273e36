"""Row access of the tiny company in conftest.py."""


def test_people_see_their_own_managers_the_teams_and_who_may_see_all_everything(rows):
    assert rows(
        "select user_name, scope, territory_id, valid_from, valid_to from marts.dim_row_access "
        "where scope <> 'all' order by 1, 2, 3"
    ) == [
        ("ann", "own", "EAST", "2026-03-01", None),
        ("ann", "own", "SH", "2026-01-01", "2026-03-01"),
        ("bob", "own", "WEST", "2026-01-01", None),
        ("joe", "team", "EAST", "2025-01-01", "2026-04-01"),
        ("joe", "team", "SH", "2025-01-01", "2026-04-01"),
        ("joe", "team", "WEST", "2026-01-01", "2026-04-01"),
        ("mia.m", "team", "EAST", "2025-01-01", None),
        ("mia.m", "team", "SH", "2025-01-01", None),
        ("mia.m", "team", "WEST", "2026-01-01", None),
    ]
    assert rows(
        "select user_name, valid_from, valid_to, count(*) from marts.dim_row_access where scope = 'all' group by 1, 2, 3"
    ) == [
        ("joe", "2025-01-01", "2026-04-01", 7)
    ]


def test_who_has_left_and_who_is_only_referred_to_sees_nothing(rows):
    assert rows("select count(*) from marts.dim_row_access where rep_id in ('crm:u3', 'dan')") == [(0,)]
