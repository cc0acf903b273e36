"""cleaning/rep_ids.py: which user of which system is which rep."""

from datetime import date

import polars as pl
import pyarrow as pa

from ingest.cleaning.rep_ids import RepIdentities, territory_ids
from ingest.tables import TABLES


def reps(*rows):
    columns = ("rep_id", "valid_from", "source_user_ids")
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=TABLES["rules.reps"].arrow_schema)


def logins(*rows):
    columns = ("rep_id", "user_name")
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=TABLES["rules.reps"].arrow_schema)


def ids(*values):
    return pl.Series("user", values, dtype=pl.String)


def test_the_sheet_decides_first_then_the_mapping(make_source):
    sources = {"a": make_source("a"), "b": make_source("b", rep_ids="company")}
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=7 | b=8"), ("R2", date(2026, 1, 1), None)), sources)
    assert known.rep_id("a", ids("7", "9", None, " ")).to_list() == ["R1", "a:9", None, None]
    assert known.rep_id("b", ids("7", "8")).to_list() == ["7", "R1"]


def test_a_user_claimed_twice_is_the_newest_rows_and_then_the_lowest_reps(make_source):
    rows = [("R1", date(2025, 1, 1), "a=7"), ("R3", date(2026, 1, 1), "a=7"), ("R2", date(2026, 1, 1), "a=7")]
    for order in (rows, rows[::-1]):
        known = RepIdentities.from_rules(reps(*order), {"a": make_source("a")})
        assert known.rep_id("a", ids("7")).to_list() == ["R2"]


def test_an_id_may_itself_hold_an_equals_sign(make_source):
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=x=y")), {"a": make_source("a")})
    assert known.rep_id("a", ids("x=y")).to_list() == ["R1"]


def test_an_empty_sheet_leaves_every_user_with_the_sources_prefix(make_source):
    known = RepIdentities.from_rules(reps(), {"a": make_source("a")})
    assert known.rep_id("a", ids("7")).to_list() == ["a:7"]


def test_territories_are_bare_only_where_the_source_uses_the_companys_ids(make_source):
    assert territory_ids(make_source("a"), ids("T1", None)).to_list() == ["a:T1", None]
    assert territory_ids(make_source("a", territory_ids="company"), ids("T1")).to_list() == ["T1"]


def test_an_owner_given_by_name_is_the_only_user_who_bears_it(make_source, make_raw):
    users = make_raw("reps", [{"source": "a", "record_id": "7", "name": "Ann  Lee"}, {"source": "b", "record_id": "8", "name": "Bob"}])
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=7")), {"a": make_source("a"), "b": make_source("b")}, users)
    assert known.rep_id("a", ids("ann lee", " ＡＮＮ Lee", "7", "Bob", "Ann (7)", "Ann（99）")).to_list() == [
        "R1", "R1", "R1", "a:Bob", "R1", "a:Ann（99）",
    ]  # fmt: skip
    assert known.rep_id("b", ids("BOB")).to_list() == ["b:8"]


def test_a_name_that_two_users_bear_stays_a_name_and_is_told(make_source, make_raw):
    users = make_raw("reps", [{"record_id": "7", "name": "陈伟"}, {"record_id": "8", "name": "陈伟"}, {"record_id": "9", "name": "Ann"}])
    known = RepIdentities.from_rules(reps(), {"crm": make_source()}, users)
    assert known.rep_id("crm", ids("陈伟", "Ann")).to_list() == ["crm:陈伟", "crm:9"]
    assert known.ambiguous_names("crm", ids("陈伟", "Ann", "7", None, "Zoe")).to_list() == [True, False, False, False, False]


def test_an_id_wins_over_a_name(make_source, make_raw):
    users = make_raw("reps", [{"record_id": "Ann", "name": "Bob"}, {"record_id": "8", "name": "Ann"}, {"record_id": "9", "name": "Ann"}])
    known = RepIdentities.from_rules(reps(), {"crm": make_source()}, users)
    assert known.rep_id("crm", ids("Ann")).to_list() == ["crm:Ann"]
    assert known.ambiguous_names("crm", ids("Ann")).to_list() == [False]


def test_the_newest_name_of_a_user_counts(make_source, make_raw):
    old, new = date(2026, 11, 1), date(2026, 11, 2)
    rows = [{"record_id": "7", "name": "Ann Lee", "as_of_date": old}, {"record_id": "7", "name": "Ann Wu", "as_of_date": new}]
    for order in (rows, rows[::-1]):
        known = RepIdentities.from_rules(reps(), {"crm": make_source()}, make_raw("reps", order))
        assert known.rep_id("crm", ids("Ann Lee", "Ann Wu")).to_list() == ["crm:Ann Lee", "crm:7"]


def test_a_user_whom_no_row_claims_is_the_rep_whose_login_is_the_users_address(make_source, make_raw):
    users = [{"source": name, "record_id": "7", "email": " Ann@Firm.example ", "name": "Ann"} for name in ("a", "b")]
    sources = {"a": make_source("a"), "b": make_source("b", rep_ids="company")}
    known = RepIdentities.from_rules(logins(("R1", "ann@firm.example"), ("R2", "bob")), sources, make_raw("reps", users))
    assert known.rep_id("a", ids("7", "Ann")).to_list() == ["R1", "R1"]
    assert known.rep_id("b", ids("7")).to_list() == ["7"]
    doubled = RepIdentities.from_rules(logins(("R1", "ann@firm.example"), ("R2", "Ann@firm.example")), sources, make_raw("reps", users))
    assert doubled.rep_id("a", ids("7")).to_list() == ["a:7"]


def test_a_claim_of_the_sheet_wins_over_an_address(make_source, make_raw):
    users = make_raw("reps", [{"source": "a", "record_id": "7", "email": "ann@firm.example"}])
    sheet = pa.concat_tables([logins(("R1", "ann@firm.example")), reps(("R2", date(2026, 1, 1), "a=7"))])
    assert RepIdentities.from_rules(sheet, {"a": make_source("a")}, users).rep_id("a", ids("7")).to_list() == ["R2"]


def test_salesforce_ids_of_the_sheet_the_users_and_the_records_meet_in_eighteen_characters(make_source, make_raw):
    source = make_source("a", ids="salesforce", territory_ids="company")
    users = make_raw("reps", [{"source": "a", "record_id": "00500000000AbCdAAK", "name": "Ann"}])
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=00500000000AbCd")), {"a": source}, users)
    assert known.rep_id("a", ids("00500000000AbCd", "00500000000ABCDAAK", "Ann")).to_list() == ["R1"] * 3
    assert territory_ids(source, ids("0MI00000000AbCd")).to_list() == ["0MI00000000AbCdGAK"]


def test_it_is_said_how_sure_a_person_is_known(make_source, make_raw):
    users = make_raw("reps", [{"record_id": "7", "name": "Ann"}])
    known = RepIdentities.from_rules(reps(), {"crm": make_source()}, users)
    assert known.certainty("crm", ids("7", "ann", "u8", "Bob Lee", None)).to_list() == [2, 2, 1, 0, 0]
