from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingest.rules.sheets import SHEETS
from ingest.tables import TABLES

LEAST = {
    "territories": {"territory_id": "EAST", "territory_name": "East", "valid_from": "2026-01-01"},
    "territory_rules": {"rule_id": "R1", "territory_id": "EAST", "valid_from": "2026-01-01"},
    "reps": {"rep_id": "ann", "rep_name": "Ann", "valid_from": "2026-01-01"},
    "rep_territories": {"rep_id": "ann", "territory_id": "EAST", "valid_from": "2026-01-01"},
    "quotas": {"rep_id": "ann", "quota_date": "2026-01-01", "amount": "100", "currency_code": "EUR"},
    "protection": {"protection_id": "P1", "kind": "headquarters", "valid_from": "2026-01-01"},
    "pool": {"pool_rule_id": "Q1", "pool_id": "POOL", "trigger": "returned", "valid_from": "2026-01-01"},
    "credit_splits": {"split_id": "S1", "source": "erp", "record_id": "7", "rep_id": "ann", "share_ratio": "1", "valid_from": "2026-01-01"},
    "fx_rates": {"currency_code": "EUR", "rate": "7.8", "valid_from": "2026-01-01"},
    "holidays": {"calendar": "CN", "holiday_date": "2026-10-01", "holiday_name": "国庆节"},
    "industries": {"industry": "retail", "industry_code": "F52", "industry_name": "Retail", "valid_from": "2026-01-01"},
    "size_bands": {"size_band": "small", "to_employees": "100", "valid_from": "2026-01-01"},
    "potential": {"criterion": "industry", "value": "retail", "points": "30", "valid_from": "2026-01-01"},
    "survivorship": {"field": "phone", "rule": "newest", "valid_from": "2026-01-01"},
}


def row(sheet, **cells):
    return SHEETS[sheet].model_validate(LEAST[sheet] | cells).model_dump()


def message(sheet, **cells):
    with pytest.raises(ValidationError) as caught:
        row(sheet, **cells)
    (error,) = caught.value.errors()
    return error["loc"], error["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheets_model_has_the_columns_of_its_table_in_their_order(sheet):
    evidence = ("sheet_sha256", "row_number")
    assert [*SHEETS[sheet].model_fields, *evidence] == TABLES[f"rules.{sheet}"].column_names


@pytest.mark.parametrize("sheet", SHEETS)
def test_empty_cells_mean_the_same_as_columns_that_are_not_there(sheet):
    empty = {name: " " for name in SHEETS[sheet].model_fields if name not in LEAST[sheet]}
    assert row(sheet, **empty) == row(sheet)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31", " 2026-01-31 ", "2026/01/31", "2026-1-31", "2026/1/31", "2026.1.31", "2026年1月31日", "２０２６／１／３１",
        "２０２６－０１－３１", "2026-01-31 00:00:00", "2026-01-31T00:00:00", "\u200b2026-01-31\ufeff",
    ],
)  # fmt: skip
def test_days_are_read_as_excel_writes_them_with_the_year_first(text):
    assert row("reps", valid_from=text)["valid_from"] == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "31.01.2026", "01/31/2026", "2026-02-30", "2026-13-01", "26-01-31", "2026-01", "tomorrow", "2026-01-99999999999999999999",
        "-", "无", "2026-1_0-1", "0000-01-01", "2026-01-31 09:30:00",
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_an_example(text):
    assert message("reps", valid_from=text) == (("valid_from",), "expected a day such as 2026-01-31")
    assert message("reps", valid_to=text) == (("valid_to",), "expected a day such as 2026-01-31")


@pytest.mark.parametrize("valid_to", ["2025-12-31", "2026-01-01"])
def test_a_period_ends_after_it_starts(valid_to):
    assert "valid_to must be later than valid_from" in message("territories", valid_to=valid_to)[1]


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("region_codes", "CN-SH|US-WX", "'US-WX' is no ISO 3166-2 region code such as CN-SH, US-WA (closest: US-W"),
        ("region_codes", "Shanghai", "'SHANGHAI' is no ISO 3166-2 region code"),
        ("country_codes", "CN|China", "'CHINA' is no ISO 3166 country code"),
        ("country_codes", "UK", "'UK' is no ISO 3166 country code such as CN, US, DE"),
    ],
)
def test_an_unknown_place_is_refused_with_the_closest(column, text, says):
    loc, found = message("territory_rules", **{column: text})
    assert loc == (column,)
    assert says in found


def test_alternatives_are_written_with_any_bar_and_blanks():
    found = row("territory_rules", region_codes="cn-sh | CN-JS｜us-wa|", city_names=" 上海 || Oslo ", country_codes="|")
    assert (found["region_codes"], found["city_names"], found["country_codes"]) == ("CN-SH|CN-JS|US-WA", "上海|Oslo", None)


def test_priority_is_a_whole_number_and_100_where_nothing_is_said():
    assert [row("territory_rules", priority=text)["priority"] for text in ("", " ", "0", "-5", " 7 ")] == [100, 100, 0, -5, 7]


@pytest.mark.parametrize("text", ["high", "1.5", "9" * 20, "9" * 5000, "1,23", "-", "无", "1_0"])
def test_what_is_no_priority_is_refused(text):
    assert message("territory_rules", priority=text)[0] == ("priority",)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        (" 120000 ", "120000"),
        ("1,200,000.5", "1200000.5"),
        ("1e3", "1000"),
        ("1.2000000", "1.2"),
        ("１２０，０００．５", "120000.5"),
    ],
)
def test_amounts_are_read_exactly(text, amount):
    assert row("quotas", amount=text)["amount"] == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("much", "expected a number such as 120000 or 120,000.50"),
        ("1200,50", "expected a number such as 120000 or 120,000.50"),
        ("1.200,50", "expected a number such as 120000 or 120,000.50"),
        ("-1", "expected an amount of 0 or more, below 10^14"),
        ("NaN", "expected an amount of 0 or more, below 10^14"),
        ("Infinity", "expected an amount of 0 or more, below 10^14"),
        ("100000000000000", "expected an amount of 0 or more, below 10^14"),
        ("0.12345", "expected at most 4 decimals"),
        ("1e-999999", "expected at most 4 decimals"),
        ("1_000", "expected a number such as 120000 or 120,000.50"),
        ("无", "expected a number such as 120000 or 120,000.50"),
        ("-", "expected a number such as 120000 or 120,000.50"),
    ],
)
def test_what_is_no_amount_is_refused_and_never_guessed(text, says):
    assert message("quotas", amount=text) == (("amount",), says)


def test_a_currency_is_an_iso_code_in_any_case():
    assert row("quotas", currency_code=" cny ")["currency_code"] == "CNY"
    assert "'RMB' is no ISO 4217 currency code" in message("quotas", currency_code="RMB")[1]
    assert "(closest: EUR)" in message("quotas", currency_code="EURO")[1]


def test_a_quota_belongs_to_a_person_or_a_territory():
    assert row("quotas", rep_id="", territory_id=" EAST ")["territory_id"] == "EAST"
    assert message("quotas", rep_id=" ") == ((), "give rep_id or territory_id: a quota belongs to somebody")


def test_a_role_that_is_not_given_is_owner():
    assert row("rep_territories")["role"] == "owner"
    assert "'owner', 'manager', 'overlay' or 'support'" in message("rep_territories", role="boss")[1]


def test_user_ids_name_their_source():
    assert row("reps", source_user_ids=" salesforce=005 | erp=7 ")["source_user_ids"] == "salesforce=005|erp=7"
    for text in ("005", "salesforce=", "=005", "salesforce=005|7"):
        assert "is not of the form source=id" in message("reps", source_user_ids=text)[1]


def test_user_ids_may_be_written_with_full_width_signs_or_a_colon():
    assert row("reps", source_user_ids="salesforce＝005｜erp：7|crm:8")["source_user_ids"] == "salesforce=005|erp=7|crm=8"
    assert row("reps", source_user_ids="crm=a:b")["source_user_ids"] == "crm=a:b"


@pytest.mark.parametrize(
    ("sheet", "column", "text", "meaning"),
    [
        ("protection", "kind", " 报备 ", "filing"),
        ("protection", "kind", "Headquarters", "headquarters"),
        ("protection", "applies_to", "商机", "opportunities"),
        ("protection", "applies_to", "", "customers"),
        ("pool", "trigger", "退回", "returned"),
        ("pool", "relation", "且", "all"),
        ("pool", "claim_method", "申领", "apply"),
        ("pool", "applies_to", "ｌｅａｄｓ", "leads"),
        ("reps", "access_scope", "全部", "all"),
        ("rep_territories", "role", "协销", "overlay"),
        ("credit_splits", "credit", "", "revenue"),
        ("holidays", "is_working_day", "是", True),
        ("holidays", "is_working_day", "否", False),
        ("holidays", "is_working_day", "ＴＲＵＥ", True),
        ("holidays", "is_working_day", "", False),
        ("holidays", "calendar", "cn-sh", "CN-SH"),
        ("survivorship", "field", "电话", "phone"),
        ("survivorship", "rule", "多数一致", "agreement"),
        ("survivorship", "sources", "erp ｜ crm", "erp|crm"),
    ],
)
def test_words_of_short_lists_are_known_in_chinese_and_in_any_case(sheet, column, text, meaning):
    needed = {"days": "30", "sources": "forms"} if text.strip() == "报备" else {}
    assert row(sheet, **{column: text}, **needed)[column] == meaning


def test_a_word_of_no_list_is_refused():
    assert message("pool", claim_method="无")[0] == ("claim_method",)
    assert message("holidays", is_working_day="-") == (("is_working_day",), "expected true or false (是 or 否)")
    assert message("holidays", calendar="China")[1].startswith("'CHINA' is no ISO country or region code such as CN, US-WA")


@pytest.mark.parametrize("text", ["0.4", "40%", "４０％", " 40.00 % ", "0.4000"])
def test_shares_are_read_exactly_as_ratio_or_percent(text):
    assert row("credit_splits", share_ratio=text)["share_ratio"] == Decimal("0.4")


@pytest.mark.parametrize("text", ["0", "0%", "40", "101%", "1.01", "-0.4", "40％％", "half", "NaN", "33,3%"])
def test_what_is_no_share_is_refused(text):
    assert message("credit_splits", share_ratio=text) == (("share_ratio",), "expected a share above 0 and up to 1, such as 0.4 or 40%")


def test_a_share_has_at_most_four_decimals_so_that_thirds_are_written_out():
    assert message("credit_splits", share_ratio="0.33333")[1] == "expected at most 4 decimals"
    assert message("credit_splits", share_ratio="33.333%")[1] == "expected at most 2 decimals"


@pytest.mark.parametrize("text", ["0.0002812345", "7.1205", "25,300.5", "７．８"])
def test_a_rate_is_exact_to_ten_decimals(text):
    assert row("fx_rates", rate=text)["rate"] == Decimal(text.replace(",", "").replace("７．８", "7.8"))


@pytest.mark.parametrize("text", ["0", "-7", "7:1", "1e8", "0.00000000001", "Infinity"])
def test_what_is_no_rate_is_refused(text):
    assert message("fx_rates", rate=text)[0] == ("rate",)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"kind": "filing"}, "days: a protection by filing ends; say after how many days"),
        ({"kind": "首触"}, "days: a protection by first_touch ends"),
        ({"kind": "branch", "days": "9"}, "days: a protection by branch lasts as long as its fact; leave days and extensions empty"),
        ({"kind": "filing", "days": "9", "extension_days": "9"}, "extension_days and extension_limit go together"),
        ({"kind": "filing", "days": "9"}, "sources: name the systems whose records are filings"),
        ({"kind": "branch", "sources": "zoho"}, "sources: only a protection by filing names systems"),
        ({"kind": "key_account"}, "territory_id: say which territory's team looks after the key accounts"),
    ],
)
def test_a_protection_ends_exactly_where_its_kind_does(cells, says):
    assert message("protection", **cells)[1].startswith(says)


def test_a_protection_may_be_extended():
    found = row("protection", kind="filing", sources="forms", days="９０", extension_days="30", extension_limit="2.0")
    assert (found["days"], found["extension_days"], found["extension_limit"]) == (90, 30, 2)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"trigger": "no_activity"}, "days: no_activity needs the number of days after which it happens, 1 or more"),
        ({"trigger": "no_deal", "days": "0"}, "days: no_deal needs the number of days"),
        ({"trigger": "no_activity", "days": "30", "warn_days": "30"}, "warn_days: 30 days before the end of 30 days is too early"),
        (
            {"trigger": "rep_inactive", "days": "30", "warn_days": "7"},
            "warn_days: nobody can be warned before rep_inactive; leave it empty",
        ),
        ({"claim_limit": "5"}, "claim_limit and claim_limit_days go together"),
        ({"claim_limit": "5", "claim_limit_days": "7", "claim_method": "分配"}, "claim_limit: nobody claims from a pool that is assigned"),
    ],
)
def test_a_pool_rule_that_could_not_work_is_refused(cells, says):
    assert message("pool", **cells)[1].startswith(says)


@pytest.mark.parametrize("column", ["holding_limit", "claim_limit", "cool_down_days", "warn_days"])
@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "无"])
def test_a_limit_is_a_whole_number_of_one_or_more(column, text):
    assert message("pool", **{column: text}) == ((column,), "expected a whole number, 1 or more such as 30")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"to_employees": ""}, "from_employees: give a range of employees or of revenue"),
        ({"from_employees": "100"}, "to_employees must be more than from_employees"),
        (
            {"from_revenue_amount": "9", "to_revenue_amount": "8", "currency_code": "CNY"},
            "to_revenue_amount must be more than from_revenue",
        ),
        ({"to_revenue_amount": "8"}, "currency_code: say which currency the revenue is in"),
    ],
)
def test_a_size_band_is_a_range_of_something(cells, says):
    assert message("size_bands", **cells)[1].startswith(says)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"value": " "}, "empty: write the value that gets the points"),
        ({"points": "many"}, "expected a whole number, 0 or more such as 30"),
        ({"criterion": "country", "value": "Atlantis"}, "'ATLANTIS' is no ISO 3166 country code"),
        ({"criterion": "region", "value": "SH"}, "'SH'"),
        ({"criterion": "division", "value": "3101"}, "'3101'"),
        ({"criterion": "band", "value": "A", "points": "101"}, "points: no score is higher than 100"),
        ({"criterion": "档位", "value": "A|B"}, "value: a band has one name"),
    ],
)
def test_a_row_of_potential_gives_points_to_something_of_its_kind(cells, says):
    assert message("potential", **cells)[1].startswith(says)


def test_potential_is_read_in_chinese_and_codes_as_everywhere():
    assert row("potential", criterion="国家", value="cn｜us")["value"] == "CN|US"
    assert row("potential", criterion="潜力档", value="高", points="70")["criterion"] == "band"


@pytest.mark.parametrize("column", ["rep_id", "rep_name", "valid_from"])
def test_a_needed_cell_may_not_be_empty(column):
    assert message("reps", **{column: "  "})[0] == (column,)


@given(sheet=st.sampled_from(sorted(SHEETS)), data=st.data())
@settings(max_examples=200)
def test_any_text_in_any_cell_is_read_or_refused(sheet, data):
    column = data.draw(st.sampled_from(list(SHEETS[sheet].model_fields)))
    text = data.draw(st.one_of(st.text(max_size=12), st.text("0123456789-/.,eE+|= %年月日：＝％１", max_size=24)))
    try:
        found = row(sheet, **{column: text})
    except ValidationError:
        return
    assert set(found) == set(SHEETS[sheet].model_fields)
    assert all(value is None or not isinstance(value, str) or value == value.strip() for value in found.values())


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"rule": "precision"}, "rule: precision looks at places; choose trust, newest or agreement for any field but address"),
        ({"sources": "erp|crm|erp"}, "sources: a system stands in it twice"),
    ],
)
def test_a_choice_between_values_that_could_not_be_made_is_refused(cells, says):
    assert message("survivorship", **cells)[1].startswith(says)
