"""The report on data health: its figures, what it tells people to do, and that the page is safe, still and the same every time."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entities import ENTITIES
from serving.health_figures import RULE_FIELDS, FieldFigures, HealthFigures, percent, points, read_figures
from serving.health_findings import findings
from serving.health_report import CHINESE_FIELDS, health_report, render

DAY, BEFORE = dt.date(2026, 6, 30), dt.date(2026, 6, 29)
HEALTH = "source, entity, as_of_date, field, is_mapped, row_count, filled_count, unreadable_count"


def figures_of(**changes):
    defaults = {
        "source": "crm", "entity": "customers", "field": "city", "day": DAY, "is_mapped": True, "rows": 100, "filled": 100,
        "unreadable": 0, "day_before": BEFORE, "rows_before": 100, "filled_before": 100, "compared": 0, "agreeing": 0,
    }  # fmt: skip
    return FieldFigures(**defaults | changes)


def health_of(*fields, blocked=()):
    return HealthFigures(as_of_date="2026-06-30", fields=tuple(fields), blocked=tuple(blocked))


def said(*fields):
    return [(finding.kind, finding.about) for finding in findings(health_of(*fields))]


def write(folder: Path, **tables: str) -> Path:
    """Parquet files out of `values` lists."""
    folder.mkdir(exist_ok=True)
    connection = duckdb.connect()
    for name, query in tables.items():
        connection.execute(f"copy ({query}) to '{folder / name}.parquet' (format parquet)")
    connection.close()
    return folder


@pytest.fixture
def parquet(tmp_path):
    """Two nights of two sources, three customers that lack a city and one that lacks a region."""
    return write(
        tmp_path / "parquet",
        audit_field_health=f"""
            select * from (values
                ('zoho', 'customers', date '2026-06-30', 'city', true, 1000, 410, 0),
                ('zoho', 'customers', date '2026-06-29', 'city', true, 1000, 920, 0),
                ('zoho', 'customers', date '2026-06-29', 'name', true, 1000, 1000, 0),
                ('zoho', 'customers', date '2026-06-30', 'name', true, 1000, 1000, 3),
                ('zoho', 'customers', date '2026-06-30', 'region', false, 1000, 0, 0),
                ('zoho', 'customers', date '2026-07-01', 'city', true, 1, 1, 1),
                ('erp', 'customers', date '2026-06-28', 'city', true, 10, 10, 0),
                ('erp', 'orders', date '2026-06-30', 'amount', true, 50, 50, 5)
            ) as t({HEALTH})""",
        audit_field_agreement="""
            select * from (values
                ('zoho', 'customers', 'city', date '2026-06-30', 40, 30), ('zoho', 'customers', 'city', date '2026-06-29', 40, 40)
            ) as t(source, entity, field, as_of_date, compared_count, agreeing_count)""",
        fct_territory_blockers="""
            select * from (values ('C1', 'city', true), ('C2', 'city', true), ('C3', 'city', false), ('C4', 'region', false)
            ) as t(customer_id, field, is_unassigned)""",
        fct_territory_blocked_rules="""
            select * from (values ('R2', 'EAST', 'city', 2), ('R1', 'WEST', 'city', 3), ('R3', 'EAST', 'region', 1)
            ) as t(rule_id, territory_id, field, customer_count)""",
        bridge_customer_records="""
            select * from (values
                ('zoho', 'C1', null), ('zoho', 'C1', null), ('zoho', 'C2', null), ('erp', 'C2', null), ('erp', 'C1', date '2026-01-02')
            ) as t(source, customer_id, valid_to)""",
    )


def test_the_newest_night_is_compared_with_the_one_before(parquet):
    found = {(f.source, f.entity, f.field): f for f in read_figures(parquet, as_of_date="2026-06-30").fields}
    city = found["zoho", "customers", "city"]
    assert (city.day, city.filled, city.day_before, city.filled_before, city.compared, city.agreeing) == (DAY, 410, BEFORE, 920, 40, 30)
    assert points(city) == -51
    assert (found["erp", "customers", "city"].day_before, points(found["erp", "customers", "city"])) == (None, None)
    assert list(found) == [
        ("erp", "customers", "city"),
        ("erp", "orders", "amount"),
        ("zoho", "customers", "name"),
        ("zoho", "customers", "city"),
        ("zoho", "customers", "region"),
    ]


def test_what_keeps_customers_from_rules_comes_first_as_a_sentence_with_figures(parquet):
    found = findings(read_figures(parquet, as_of_date="2026-06-30"))
    assert [finding.sentence for finding in found] == [
        "3 customers miss a rule only because they have no city: 2 rules need one (most: R1 for WEST, 3); 2 of them are in no territory. "
        "Known to zoho (2), erp (1). How much of the city each source delivers: zoho 41 %, erp 100 %.",
        "1 customer misses a rule only because it has no region: 1 rule needs one (R3 for EAST); another rule has placed it. "
        "Not mapped: zoho.",
        "zoho, customers, city is filled in 41 % of 1,000 rows on 2026-06-30; on 2026-06-29 it was 92 % of 1,000.",
        "erp, orders, amount: 5 of 50 filled cells (10 %) are not understood, or are doubtful.",
        "zoho, customers, city: of 40 records whose customer another source describes too, 10 (25 %) say something else.",
    ]
    assert "fct_territory_blockers where field = 'city'" in found[0].next_step


def test_people_whom_nobody_knows_and_people_in_two_exclusive_territories_are_told_once_for_each_source(parquet):
    write(
        parquet,
        fct_rep_issues="""
            select * from (values
                ('unknown_person', 'crm:u9', 'crm', 'customers', null, null, 30),
                ('unknown_person', 'crm:u8', 'crm', 'customers', null, null, 1),
                ('unknown_person', 'dan', 'erp', 'orders', null, null, 1),
                ('two_exclusive_territories', 'ann', 'crm', 'rep_territories', 'EAST', 'WEST', null),
                ('two_exclusive_territories', 'ann', 'crm', 'rep_territories', 'EAST', 'WEST', null)
            ) as t(issue, rep_id, source, subject, territory_id, other_territory_id, record_count)""",
    )
    found = findings(read_figures(parquet, as_of_date="2026-06-30"))
    assert [(finding.kind, finding.sentence) for finding in found if finding.kind in ("strangers", "doubly")] == [
        ("strangers", "crm names 2 people whom nobody knows as owner in 31 records of customers: crm:u9 (30), crm:u8 (1)."),
        ("strangers", "erp names 1 person whom nobody knows in 1 record of orders: dan (1)."),
        ("doubly", "ann owns EAST and WEST on the same days, and both are exclusive."),
    ]
    assert [finding.kind for finding in found][:3] == ["blocked", "blocked", "strangers"]
    page = health_report(parquet, as_of_date="2026-06-30")
    assert "查无此人" in page
    assert "独占区域重叠" in page


def test_small_changes_and_small_shares_are_not_worth_a_sentence():
    assert said(figures_of(filled=96)) == []
    assert said(figures_of(filled=95)) == [("fell", "crm, customers, city")]
    assert said(figures_of(filled=1, rows=2, rows_before=2, filled_before=2)) == []
    assert said(figures_of(unreadable=1, rows=1000, filled=101, filled_before=10)) == []
    assert said(figures_of(unreadable=1)) == [("unreadable", "crm, customers, city")]
    assert said(figures_of(compared=100, agreeing=90)) == []
    assert said(figures_of(compared=100, agreeing=89)) == [("apart", "crm, customers, city")]
    assert said(figures_of(compared=19, agreeing=0)) == []
    assert said(figures_of(is_mapped=False, filled=0)) == []


def test_within_a_kind_the_greatest_number_comes_first():
    fields = [figures_of(field=name, unreadable=count) for name, count in (("phone", 3), ("city", 9), ("name", 3))]
    assert [about for _, about in said(*fields)] == ["crm, customers, city", "crm, customers, name", "crm, customers, phone"]


def test_nothing_to_do_is_said():
    page = render(health_of(figures_of()))
    assert "Nothing: no field keeps a customer from a rule" in page
    assert "None: no customer misses a rule" in page


def test_an_export_that_is_older_than_the_report_says_so():
    assert "No newer export for 1 day." in render(health_of(figures_of(day=BEFORE)))
    assert "No newer export" not in render(health_of(figures_of()))


def test_a_copy_without_any_of_the_tables_has_a_report(tmp_path):
    assert "As of 2026-06-30." in health_report(tmp_path, as_of_date="2026-06-30")


def test_more_findings_than_a_person_reads_are_counted(parquet):
    fields = [figures_of(field=f"field {number:02}", unreadable=1) for number in range(25)]
    page = render(health_of(*fields))
    assert page.count("is not understood, or is doubtful") == 20
    assert "And 5 more; their shares stand in the tables below." in page


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "-"), (0, 9, "0 %"), (41, 100, "41 %"), (1, 3, "33.3 %"), (1, 99999, "<0.1 %"), (99999, 100000, ">99.9 %"), (7, 7, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(part, whole, text):
    assert percent(part, whole) == text


# ---------------------------------------------------------------------------------------------------------------------
# The page as a page

VOID = {"meta", "link", "rect"}  # rect closes itself


class Page(HTMLParser):
    """Elements that are open, tags and attributes that were seen, texts."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_is_whole_loads_nothing_and_runs_nothing(parquet):
    page = health_report(parquet, as_of_date="2026-06-30")
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "base"})
    assert [value for name, value in parsed.attributes if name in ("href", "src", "action")] == ["data:,"]
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", page)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in parsed.attributes


def test_the_page_reads_without_its_style_and_names_things_in_chinese_too(parquet):
    page = health_report(parquet, as_of_date="2026-06-30")
    text = "".join(Page(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)).texts)
    for words in ("数据体检", "待办事项", "阻碍区域规则的字段", "城市", "41 %", "−51.0 points", "75 %", "Not mapped: region."):
        assert words in text


def test_the_same_tables_in_another_order_give_the_same_page(parquet, tmp_path):
    names = ("audit_field_health", "fct_territory_blockers", "fct_territory_blocked_rules", "bridge_customer_records")
    turned = {name: f"select * from '{parquet / name}.parquet' order by hash(columns(*))" for name in names}
    turned["audit_field_agreement"] = f"select * from '{parquet}/audit_field_agreement.parquet' order by as_of_date"
    page = health_report(parquet, as_of_date="2026-06-30")
    assert health_report(write(tmp_path / "turned", **turned), as_of_date="2026-06-30") == page


HOSTILE = "</td><script>alert(1)</script>\"' onload=x &lt; \u202e\x00"


@given(st.text() | st.just(HOSTILE), st.text() | st.just(HOSTILE), st.text() | st.just(HOSTILE))
def test_no_name_of_a_source_an_entity_or_a_field_breaks_the_page(source, entity, field):
    names = {"source": source, "entity": entity, "field": field}
    page = render(health_of(figures_of(**names, unreadable=50, filled=60, compared=50), figures_of(**names, is_mapped=False)))
    parsed = Page(page)
    assert parsed.open == []
    assert "script" not in parsed.tags
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert all(character.isprintable() or character == "\n" for character in page)
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in source)
    assert f"Source {shown}" in "".join(parsed.texts)


def test_every_field_a_rule_can_ask_for_comes_from_a_field_of_customers_and_has_a_chinese_name():
    assert set(RULE_FIELDS.values()) <= set(ENTITIES["customers"].fields)
    assert set(RULE_FIELDS) == set(CHINESE_FIELDS)
