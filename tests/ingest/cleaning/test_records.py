"""cleaning/records.py: raw.<entity> -> clean.<entity>."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.rep_ids import RepIdentities
from ingest.entities import ENTITIES
from ingest.entity_tables import DAYS, day_column
from ingest.tables import TABLES
from ingest.warehouse import conform

EARLIER, DAY = date(2026, 11, 19), date(2026, 11, 20)


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_table_without_rows_fits_the_contract(entity, clean):
    assert conform(TABLES[f"clean.{entity}"], clean(entity, []).to_arrow()).num_rows == 0


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_row_of_empty_cells_has_no_problems_but_what_an_event_or_a_period_needs(entity, clean):
    needed = {
        "rep_territories": "valid_from:missing_start",
        "owner_changes": "changed_at:missing_moment,to_user_id:no_owner_named",
        "pool_events": "happened_at:missing_moment",
    }
    assert clean(entity, [{}])["problems"].to_list() == [needed.get(entity, "")]


def test_a_record_that_the_latest_export_lacks_stays(clean):
    rows = [{"record_id": "1", "as_of_date": DAY, "name": "new"}, {"record_id": "2", "as_of_date": EARLIER, "name": "gone"}]
    found = clean("customers", rows).select("record_id", "name", "as_of_date", "is_in_latest_export").rows()
    assert found == [("1", "new", DAY, True), ("2", "gone", EARLIER, False)]


def test_a_source_whose_newest_day_is_not_known_has_no_latest_export(clean):
    assert clean("customers", [{}], latest_days={"other": DAY})["is_in_latest_export"].to_list() == [False]


def test_every_value_keeps_its_text_beside_it(clean, make_source):
    row = clean(
        "customers",
        [{"name": " Acme（中国） Inc. ", "annual_revenue_amount": "1.2万", "modified_at": "3/4/2026 6:55", "employee_count": "50-99"}],
        make_source(date_order="mdy", time_zone="Asia/Shanghai"),
    ).row(0, named=True)
    assert (row["name"], row["name_raw"], row["comparable_name"]) == ("Acme(中国) Inc.", " Acme（中国） Inc. ", "acme 中国")
    assert (row["annual_revenue_amount"], row["annual_revenue_amount_raw"]) == (Decimal("12000.0000"), "1.2万")
    assert row["modified_at"] == datetime.fromisoformat("2026-03-03 22:55")
    assert (row["employee_count"], row["employee_count_raw"], row["problems"]) == (None, "50-99", "")
    assert (row["employee_count_from"], row["employee_count_to"]) == (50, 99)
    assert (row["annual_revenue_from_amount"], row["annual_revenue_to_amount"]) == (Decimal(12000), Decimal(12000))


def test_an_industry_has_codes_beside_it_and_an_unknown_one_says_so(clean):
    found = clean("customers", [{"industry": "医疗器械"}, {"industry": "Moonshine"}, {"industry": None}])
    columns = ("industry", "gbt4754_code", "naics_code", "industry_confidence", "problems")
    assert found.select(columns).rows() == [
        ("医疗器械", "C35", "3391", 0.9, ""),
        ("Moonshine", None, None, None, "industry:unknown_industry"),
        (None, None, None, None, ""),
    ]


def test_the_bounds_of_a_size_come_from_the_count_else_from_the_band(clean):
    rows = [
        {"employee_count": "120", "size_band": "500+"},
        {"size_band": "500-999人"},
        {"size_band": "中型"},
        {"employee_count": "many"},
    ]
    found = clean("customers", rows).select("employee_count", "employee_count_from", "employee_count_to", "problems").rows()
    assert found == [(120, 120, 120, ""), (None, 500, 999, ""), (None, None, None, ""), (None, None, None, "employee_count:not_a_number")]


def test_web_site_and_mail_are_read_and_their_domain_stands_beside_them(clean):
    row = clean("customers", [{"website": "https://Shop.Acme.example/cn", "email": "Sales <INFO@acme.example>"}]).row(0, named=True)
    assert (row["website"], row["email"], row["domain"], row["problems"]) == ("shop.acme.example", "info@acme.example", "acme.example", "")
    assert (row["website_raw"], row["email_raw"]) == ("https://Shop.Acme.example/cn", "Sales <INFO@acme.example>")
    assert clean("contacts", [{"email": "none"}])["problems"].to_list() == ["email:not_an_email"]


def test_problems_are_sorted_and_several(clean):
    rows = [{"latitude": "99", "credit_code": "x", "currency_code": "QQQ", "is_deleted": "perhaps"}]
    assert clean("customers", rows)["problems"].to_list() == [
        "credit_code:not_a_credit_code,currency_code:unknown_currency,is_deleted:not_a_boolean,latitude:out_of_range"
    ]


def test_a_value_list_comes_before_the_type(clean, make_source):
    source = make_source(feed={"values": {"is_deleted": {"已删除": "true", "正常": "false"}, "size_band": {"重点": "key"}}})
    rows = [{"is_deleted": "已删除", "size_band": "重点"}, {"is_deleted": "true", "size_band": "普通"}]
    found = clean("customers", rows, source)
    assert found["is_deleted"].to_list() == [True, None]
    assert found["size_band"].to_list() == ["key", None]
    assert found["problems"].to_list() == ["", "is_deleted:unlisted_value,size_band:unlisted_value"]


def test_an_empty_currency_is_the_sources_then_the_companys(clean, make_source):
    assert clean("orders", [{"currency_code": "usd"}, {}])["currency_code"].to_list() == ["USD", "EUR"]
    source = make_source(entity="orders", default_currency="CNY")
    assert clean("orders", [{}], source)["currency_code"].to_list() == ["CNY"]


def test_users_and_territories_become_the_companys_own(clean, make_source):
    source = make_source(entity="opportunities", territory_ids="company")
    identities = RepIdentities({("crm", "7"): "R7"}, frozenset())
    found = clean("opportunities", [{"owner_user_id": "7", "territory_id": "T1"}, {"owner_user_id": "8"}], source, identities=identities)
    assert found["owner_rep_id"].to_list() == ["R7", "crm:8"]
    assert found["owner_user_id_raw"].to_list() == ["7", "8"]
    assert found["territory_id"].to_list() == ["T1", None]


def test_reps_and_territories_bear_their_own_id(clean, make_source):
    reps = clean("reps", [{"record_id": "7", "manager_user_id": "8"}], make_source(entity="reps", rep_ids="company"))
    assert reps.select("rep_id", "manager_rep_id").rows() == [("7", "8")]
    territories = clean("territories", [{"record_id": "T2", "parent_territory_id": "T1"}])
    assert territories.select("territory_id", "parent_territory_id").rows() == [("crm:T2", "crm:T1")]


def test_a_rep_is_active_unless_the_export_says_otherwise(clean):
    found = clean("reps", [{}, {"is_active": "0"}, {"is_active": "perhaps"}])
    assert found["is_active"].to_list() == [True, False, None]
    assert found["problems"].to_list() == ["", "", "is_active:not_a_boolean"]


def test_a_role_is_owner_unless_it_says_another_known_one(clean):
    rows = [{"valid_from": "2026-01-01", "role": role} for role in (None, "Manager", "friend")]
    found = clean("rep_territories", rows)
    assert found["role"].to_list() == ["owner", "manager", None]
    assert found["problems"].to_list() == ["", "", "role:unlisted_value"]


def test_an_inclusive_end_becomes_the_first_day_no_longer(clean, make_source):
    source = make_source(entity="rep_territories", feed={"inclusive_ends": ["valid_to"]})
    found = clean("rep_territories", [{"valid_from": "2026-01-01", "valid_to": "2026-01-31"}], source)
    assert found.select("valid_from", "valid_to", "valid_to_raw").rows() == [(date(2026, 1, 1), date(2026, 2, 1), "2026-01-31")]


def test_what_happened_after_the_export_is_kept_and_named(clean):
    future = "2026-11-21"
    rows = [
        {"opened_date": future, "closed_date": future, "outcome": "won"},
        {"opened_date": "2026-11-20", "closed_date": future, "outcome": "open"},
        {"outcome": "paused"},
    ]
    found = clean("opportunities", rows)
    assert found["closed_date"].to_list() == [date(2026, 11, 21), date(2026, 11, 21), None]
    assert found["outcome"].to_list() == ["won", "open", None]
    assert found["problems"].to_list() == [
        "closed_date:after_export_day,opened_date:after_export_day",
        "",
        "outcome:unlisted_value",
    ]
    assert clean("orders", [{"ordered_date": future}])["problems"].to_list() == ["ordered_date:after_export_day"]


def test_a_source_without_a_mapping_is_still_read(clean, make_source):
    found = clean("customers", [{"source": "retired", "name": "Acme"}], make_source("crm"))
    assert found.select("source", "name").rows() == [("retired", "Acme")]


def test_every_reference_is_read_as_the_source_writes_ids(clean, make_source):
    source = make_source(entity="activities", ids="salesforce")
    row = {"customer_record_id": "001000000000001", "lead_record_id": "Some lead", "owner_user_id": "005000000000001"}
    found = clean("activities", [row], source, identities=RepIdentities({}, frozenset(), id_kinds={"crm": "salesforce"}))
    assert found.select("customer_record_id", "lead_record_id", "owner_rep_id", "customer_record_id_raw").rows() == [
        ("001000000000001AAA", "Some lead", "crm:005000000000001AAA", "001000000000001")
    ]
    zoho = clean("customers", [{"parent_record_id": "zcrm_12", "pool_id": "zcrm_3"}], make_source(ids="zoho"))
    assert zoho.select("parent_record_id", "pool_id").rows() == [("12", "3")]


def test_words_that_the_program_acts_on_are_closed_lists(clean):
    assert clean("customer_members", [{"permission": "Write"}, {"permission": "2"}])["problems"].to_list() == [
        "",
        "permission:unlisted_value",
    ]
    assert clean("customer_territories", [{"cause": "rule"}, {"cause": "x"}])["problems"].to_list() == ["", "cause:unlisted_value"]
    event = {"happened_at": "2026-11-01", "subject": "opportunities", "event": "taken"}
    assert clean("pool_events", [event])["problems"].to_list() == ["event:unlisted_value,subject:unlisted_value"]
    change = {"changed_at": "2026-11-01", "to_user_id": "7", "subject": "orders"}
    assert clean("owner_changes", [change])["problems"].to_list() == ["subject:unlisted_value"]


@pytest.mark.parametrize("entity", [name for name, entity in ENTITIES.items() if "is_deleted" in entity.fields])
def test_a_record_is_not_deleted_unless_the_export_says_so(entity, clean):
    assert clean(entity, [{}, {"is_deleted": "1"}])["is_deleted"].to_list() == [False, True]


def test_a_feed_of_changes_keeps_every_record_that_is_not_deleted_in_the_latest_export(clean, make_source):
    rows = [{"record_id": "1", "as_of_date": EARLIER}, {"record_id": "2", "as_of_date": EARLIER, "is_deleted": "true"}, {"record_id": "3"}]
    changes = make_source(feed={"snapshot": "changes"})
    assert clean("customers", rows, changes)["is_in_latest_export"].to_list() == [True, False, True]
    assert clean("customers", rows)["is_in_latest_export"].to_list() == [False, False, True]
    log = make_source(entity="owner_changes", feed={"snapshot": "changes"})
    assert clean("owner_changes", [{"as_of_date": EARLIER}], log)["is_in_latest_export"].to_list() == [True]


def test_a_moment_after_the_day_of_the_export_is_told_on_the_sources_calendar(clean, make_source):
    source = make_source(entity="activities", time_zone="Asia/Shanghai")
    rows = [{"activity_at": "2026-11-20 23:59"}, {"activity_at": "2026-11-21 00:00"}, {"activity_at": "2026-11-20T16:00:00Z"}]
    late = "activity_at:after_export_day"
    assert clean("activities", rows, source)["problems"].to_list() == ["", late, late]
    assert clean("payments", [{"paid_date": "2026-11-21"}])["problems"].to_list() == ["paid_date:after_export_day"]


@pytest.mark.parametrize(
    ("time_zone", "written", "day"),
    [
        ("Asia/Shanghai", "2026-11-20 00:30", date(2026, 11, 20)),  # in UTC still the 19th
        ("Asia/Shanghai", "2026-11-20", date(2026, 11, 20)),  # a day without a time is that day
        ("America/New_York", "2026-11-20 21:00", date(2026, 11, 20)),  # in UTC the 21st already
        ("America/New_York", "2026-11-20T02:00:00Z", date(2026, 11, 19)),  # what names its zone is told on the source's calendar too
        ("UTC", "no day", None),
    ],
)
@pytest.mark.parametrize(("entity", "moment"), [(entity, moment) for entity, moments in DAYS.items() for moment in moments])
def test_the_day_of_a_moment_is_that_of_the_sources_calendar(clean, make_source, entity, moment, time_zone, written, day):
    found = clean(entity, [{moment: written}], make_source(entity=entity, time_zone=time_zone))
    assert found[day_column(moment)].to_list() == [day]


def test_a_share_is_a_ratio_or_a_percentage(clean):
    found = clean("customer_members", [{"share_ratio": text} for text in ("0.4", "40%", "40", "x")])
    assert found["share_ratio"].to_list() == [0.4, 0.4, None, None]
    assert found["problems"].to_list() == ["", "", "share_ratio:out_of_range", "share_ratio:not_a_number"]


def test_an_amount_that_names_another_currency_than_its_row_is_told(clean):
    rows = [{"amount": "US$1,200", "currency_code": code} for code in ("USD", "CNY")] + [{"amount": "$5"}, {"amount": "5万元"}]
    found = clean("payments", rows)
    assert found["problems"].to_list() == ["", "amount:other_currency", "", ""]
    assert found["amount"].to_list() == [1200, 1200, 5, 50000]


def test_a_converted_lead_without_a_moment_is_told(clean):
    rows = [{"converted_customer_record_id": "1"}, {"converted_at": "2026-11-01", "converted_opportunity_record_id": "1"}]
    assert clean("leads", rows)["problems"].to_list() == ["converted_at:missing_moment", ""]


def test_a_change_into_the_pool_names_no_owner_and_one_that_names_nobody_is_told(clean):
    moment = {"changed_at": "2026-11-01"}
    rows = [moment | {"action": "Returned"}, moment | {"from_user_id": "7"}, moment | {"to_user_id": "7"}, moment | {"action": "assigned"}]
    assert clean("owner_changes", rows)["problems"].to_list() == ["", "", "", "to_user_id:no_owner_named"]


def test_a_name_that_two_users_bear_is_told_beside_the_field(clean):
    identities = RepIdentities({}, frozenset(), users_by_name={("crm", "ann"): frozenset({"7", "8"})}, users={"crm": frozenset({"7", "8"})})
    found = clean("opportunities", [{"owner_user_id": "Ann"}, {"owner_user_id": "7"}], identities=identities)
    assert found["owner_rep_id"].to_list() == ["crm:Ann", "crm:7"]
    assert found["problems"].to_list() == ["owner_user_id:ambiguous_user_name", ""]


ANY_ROW = st.fixed_dictionaries({}, optional={name: st.text(max_size=12) for name in ENTITIES["customers"].fields})


@settings(max_examples=15)
@given(rows=st.lists(ANY_ROW, max_size=4), data=st.data())
def test_any_text_is_cleaned_with_its_raw_value_kept_whatever_the_order_of_rows(rows, data, clean):
    rows = [{"record_id": str(i), "row_number": i + 1} | row for i, row in enumerate(rows)]
    found = clean("customers", rows)
    assert found.equals(clean("customers", data.draw(st.permutations(rows))))
    by_id = {row["record_id"]: row for row in found.iter_rows(named=True)}
    for row in rows:
        assert all(by_id[row["record_id"]][f"{field}_raw"] == row.get(field) for field in ENTITIES["customers"].fields)


def test_a_telephone_number_is_read_by_its_records_country_else_by_the_sources(clean, make_source):
    rows = [
        {"phone": "021-5555 0100转801", "country": "中国"},
        {"phone": "(206) 555-0100", "country": "USA"},
        {"phone": "13800138000"},
        {"phone": "+49 89 23125100"},
        {"phone": "ask Ms Li"},
        {"phone": "  "},
    ]
    columns = ["phone", "phone_raw", "phone_extension", "problems"]
    assert clean("customers", rows, make_source(default_country="CN")).select(columns).rows() == [
        ("+862155550100", "021-5555 0100转801", "801", ""),
        ("+12065550100", "(206) 555-0100", None, ""),
        ("+8613800138000", "13800138000", None, ""),
        ("+498923125100", "+49 89 23125100", None, ""),
        (None, "ask Ms Li", None, "phone:not_a_phone"),
        (None, "  ", None, ""),
    ]
    assert clean("customers", [{"phone": "13800138000"}]).select(columns).rows() == [(None, "13800138000", None, "phone:no_country")]


def test_a_country_that_nobody_knows_keeps_its_name_and_gets_a_code(clean):
    found = clean("customers", [{"country": "Atlantis"}, {"country": "Philipines"}, {"country": " 中国 "}])
    assert found["country"].to_list() == ["Atlantis", "Philipines", "中国"]
    assert found["problems"].to_list() == ["country:unknown", "country:spelling", ""]


def test_the_parts_of_a_name_stand_beside_it(clean):
    (row,) = clean("customers", [{"name": "山东省青岛市青禾机械有限公司济南分公司"}]).to_dicts()
    assert (row["core_name"], row["name_prefix"], row["legal_form"], row["branch"], row["is_branch"], row["pinyin_initials"]) == (
        "青禾机械", "山东省青岛市", "有限公司", "济南分公司", True, "qhjx"
    )  # fmt: skip


def test_a_credit_code_in_the_column_of_other_numbers_is_the_credit_code_where_there_is_none(clean):
    rows = [
        {"registry_id": "91350100-M000100Y4-3"},
        {"registry_id": "91350100M000100Y43", "credit_code": "91330106MA2ABCDE0D"},
        {"registry_id": "HRB 12"},
    ]
    found = clean("customers", rows)
    assert found["credit_code"].to_list() == ["91350100M000100Y43", "91330106MA2ABCDE0D", None]
    assert found["registry_kind"].to_list() == ["credit_code", "credit_code", "other"]
    assert found["registry_id"].to_list()[2] == "HRB12"


def test_the_bounds_of_an_amount_are_scaled_as_the_amount_is(clean, make_source):
    source = make_source(feed={"scale": {"annual_revenue_amount": 10_000}})
    rows = [{"annual_revenue_amount": "500"}, {"annual_revenue_amount": "500-1000"}]
    columns = ["annual_revenue_amount", "annual_revenue_from_amount", "annual_revenue_to_amount"]
    assert clean("customers", rows, source).select(columns).rows() == [
        (Decimal(5_000_000), Decimal(5_000_000), Decimal(5_000_000)),
        (None, Decimal(5_000_000), Decimal(10_000_000)),
    ]
