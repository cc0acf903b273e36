from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
import xlsxwriter

from ingest.errors import RulesInvalid
from ingest.rules.consistency import KnownIds
from ingest.rules.read import Rules, add_versions, read_rules
from ingest.rules.sheets import SHEETS
from ingest.tables import TABLES
from ingest.warehouse import conform

TERRITORIES = "territory_id,territory_name,valid_from\nEAST,East,2026-01-01\nWEST,West,2026-01-01\n"
RULES = "rule_id,territory_id,priority,region_codes,valid_from,valid_to\n"
NO_VERSIONS = TABLES["rules.sheet_versions"].arrow_schema.empty_table()
EAST = KnownIds(territories=frozenset({"EAST"}))


def test_a_home_without_sheets_has_empty_tables(rules_of):
    rules = rules_of()
    assert {name: table.num_rows for name, table in rules.tables.items()} == {f"rules.{sheet}": 0 for sheet in SHEETS}
    assert rules.sheets == {}


def test_a_row_becomes_typed_and_names_its_evidence(rules_of, home):
    rules = rules_of(territories=TERRITORIES, territory_rules=f"{RULES}R1,EAST,,CN-SH | cn-js,2026/1/31,\n")
    (row,) = rules.tables["rules.territory_rules"].to_pylist()
    digest, count = rules.sheets["territory_rules"]
    expected = {"rule_id": "R1", "territory_id": "EAST", "priority": 100, "region_codes": "CN-SH|CN-JS", "valid_from": date(2026, 1, 31)}
    expected |= {"effect": "assign", "state": "active"}
    assert {name: value for name, value in row.items() if value is not None} == expected | {"sheet_sha256": digest, "row_number": 1}
    assert count == 1
    assert (home.archive / digest[:2] / digest).read_bytes() == (home.rules / "territory_rules.csv").read_bytes()


def test_every_table_fits_its_contract(rules_of):
    rules = rules_of(
        territories=TERRITORIES,
        territory_rules=f"{RULES}R1,EAST,7,,2026-01-01,\n",
        reps="rep_id,rep_name,valid_from\nann,Ann,2026-01-01\n",
        rep_territories="rep_id,territory_id,valid_from\nann,EAST,2026-01-01\n",
        quotas='rep_id,quota_date,amount,currency_code\nann,2026-01-01,"1,200.5",eur\n',
        protection="protection_id,kind,sources,days,valid_from\nP1,报备,forms,90,2026-01-01\n",
        pool="pool_rule_id,pool_id,trigger,days,warn_days,relation,valid_from\nQ1,POOL,未跟进,30,7,且,2026-01-01\n",
        credit_splits="split_id,source,record_id,rep_id,share_ratio,valid_from\nS1,erp,7,ann,100%,2026-01-01\n",
        fx_rates="currency_code,rate,valid_from\nVND,0.0002812345,2026-01-01\n",
        holidays="calendar,holiday_date,holiday_name,is_working_day\nCN,2026-10-10,国庆节调休,是\n",
        industries="industry,industry_code,industry_name,valid_from\nretail,F52,Retail,2026-01-01\n",
        size_bands="size_band,to_employees,from_employees,valid_from\nsmall,100,,2026-01-01\nlarge,,100,2026-01-01\n",
        potential="评分项,取值,分值,生效日期\n行业,retail,40,2026-01-01\n规模,large|small,10,2026-01-01\n潜力档,低,0,2026-01-01\n",
        survivorship="字段,取值规则,来源顺序,生效日期\n电话,来源优先,erp｜crm,2026-01-01\n",
    )
    assert rules.tables["rules.fx_rates"].column("rate").to_pylist() == [Decimal("0.0002812345")]
    for name, table in rules.tables.items():
        assert conform(TABLES[name], table).num_rows >= 1, name


def test_a_sheet_as_excel_saves_it_is_read(rules_of):
    rules = rules_of(territories="\ufeff" + TERRITORIES.replace("\n", "\r\n") + ",,\r\n,,\r\n")
    assert rules.tables["rules.territories"].column("territory_id").to_pylist() == ["EAST", "WEST"]


def test_comments_and_empty_rows_are_skipped_and_counted_in_line_numbers(problems_of, rules_of):
    text = f"# what this is\n{RULES}# R0,an example, with commas\n,,,,,\n\nR1,EAST,100,,2026-01-01,\n# the last line, without an end"
    assert rules_of(EAST, territory_rules=text).tables["rules.territory_rules"].column("row_number").to_pylist() == [4]
    (problem,) = problems_of(EAST, territory_rules=f"{RULES}# note\n,,,,,\n\nR1,EAST,x,,2026-01-01,\n")
    assert problem.startswith("territory_rules.csv line 5, column priority")


def test_only_the_first_cell_makes_a_row_a_comment(rules_of):
    text = "rep_id,territory_id,quota_date,amount,currency_code\n ＃ ann,,x,,\n,#1,2026-01-01,5,EUR\n"
    rules = rules_of(KnownIds(territories=frozenset({"#1"})), quotas=text)
    assert rules.tables["rules.quotas"].column("territory_id").to_pylist() == ["#1"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("R1,EAST,100,,31.01.2026,", "column valid_from: '31.01.2026': expected a day such as 2026-01-31"),
        ("R1,EAST,100,,,", "column valid_from: is empty and must not be"),
        (",EAST,100,,2026-01-01,", "column rule_id: is empty and must not be"),
        (
            "R1,EAST,100,CN-XX,2026-01-01,",
            "column region_codes: 'CN-XX' is no ISO 3166-2 region code such as CN-SH, US-WA (closest: CN-XZ)",
        ),
        ("R1,EAST,high,,2026-01-01,", "column priority: 'high': expected a whole number such as 100"),
        (f"R1,EAST,{'9' * 20},,2026-01-01,", f"column priority: '{'9' * 20}': expected a whole number such as 100"),
        (
            "R1,EAST,100,,2026-02-01,2026-01-01",
            "column valid_to: '2026-01-01': valid_to must be later than valid_from: it is the first day on which the row no longer holds",
        ),
        ("R1,EAST", "The row has 2 cells, the header 6: probably a separator or a line end inside an unquoted value."),
    ],
)
def test_a_wrong_cell_is_said_with_line_and_column(problems_of, row, problem):
    (found,) = problems_of(EAST, territory_rules=f"{RULES}{row}\n")
    assert found.removeprefix("territory_rules.csv line 2").lstrip(",: ") == problem


@pytest.mark.parametrize(
    ("sheet", "text", "problem"),
    [
        (
            "reps",
            "rep_id,rep_name,access_scope,valid_from\nann,Ann,teams,2026-01-01\n",
            "reps.csv line 2, column access_scope: 'teams' is not one of own, team or all (closest: team)",
        ),
        (
            "rep_territories",
            "rep_id,territory_id,role,valid_from\nann,EAST,ownr,2026-01-01\n",
            "rep_territories.csv line 2, column role: 'ownr' is not one of owner, manager, overlay or support (closest: owner)",
        ),
        (
            "reps",
            "rep_id,rep_name,source_user_ids,valid_from\nann,Ann,005,2026-01-01\n",
            "reps.csv line 2, column source_user_ids: '005' is not of the form source=id, e.g. salesforce=005000000000001AAA",
        ),
        (
            "quotas",
            "rep_id,territory_id,quota_date,amount,currency_code\n,,2026-01-01,5,EUR\n",
            "quotas.csv line 2, column rep_id: give rep_id or territory_id: a quota belongs to somebody",
        ),
        (
            "quotas",
            'rep_id,quota_date,amount,currency_code\nann,2026-01-01,"5,5",RMB\n',
            "quotas.csv line 2, column amount: '5,5': expected a number such as 120000 or 120,000.50",
        ),
    ],
)
def test_wrong_cells_of_other_sheets_are_said_likewise(problems_of, sheet, text, problem):
    assert problems_of(**{sheet: text})[0] == problem


@pytest.mark.parametrize(
    ("sheet", "text", "problem"),
    [
        (
            "pool",
            "pool_rule_id,pool_id,trigger,valid_from\nQ,P,no_activity,2026-01-01\n",
            "column days: no_activity needs the number of days after which it happens, 1 or more",
        ),
        (
            "pool",
            "公海规则编号,公海编号,触发条件,天数,提前提醒天数,生效日期\nQ,P,未跟进,30,40,2026-01-01\n",
            "column 提前提醒天数: '40': 40 days before the end of 30 days is too early; give fewer than days",
        ),
        (
            "protection",
            "protection_id,kind,days,valid_from\nP,fileing,9,2026-01-01\n",
            "column kind: 'fileing' is not one of first_touch, filing, headquarters, key_account or branch (closest: filing)",
        ),
        (
            "credit_splits",
            "split_id,source,record_id,rep_id,share_ratio,valid_from\nS,s,1,ann,40,2026-01-01\n",
            "column share_ratio: '40': expected a share above 0 and up to 1, such as 0.4 or 40%",
        ),
        (
            "holidays",
            "calendar,holiday_date,holiday_name,is_working_day\nCN,2026-10-01,国庆节,休\n",
            "column is_working_day: '休': expected true or false (是 or 否)",
        ),
    ],
)
def test_a_wrong_row_of_the_later_sheets_is_said_at_its_column(problems_of, sheet, text, problem):
    assert problems_of(**{sheet: text}) == [f"{sheet}.csv line 2, {problem}"]


def test_unknown_missing_and_doubled_columns_are_said_with_the_closest(problems_of):
    known = ", ".join(SHEETS["territories"].model_fields)
    assert problems_of(territories="territory_id,territory_nam,valid_from,territory_id\nA,a,2026-01-01,B\n") == [
        "territories.csv: column 'territory_id' stands there twice",
        f"territories.csv: column 'territory_nam' is not known (closest: territory_name); known: {known}",
        "territories.csv: column 'territory_name' is missing; the sheet has territory_id, territory_nam, valid_from, territory_id",
    ]


def test_a_file_that_is_no_sheet_is_a_problem_and_notes_are_not(problems_of, home):
    for name in ("territory_rule.csv", "reps.xls", "README.md", "notes.txt", ".~lock.reps.csv#", "~$reps.xlsx"):
        (home.rules / name).touch()
    found = problems_of(territories=TERRITORIES)
    assert [problem.split(" is no rule sheet")[0] for problem in found] == ["rules/reps.xls", "rules/territory_rule.csv"]
    assert "(closest: territory_rules.csv); known: credit_splits.csv, fx_rates.csv" in found[1]
    assert found[1].endswith("Rename or remove it")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "territories.csv is empty (0 bytes)"),
        (b'territory_id,territory_name,valid_from\nA,"a', "territories.csv breaks off"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_a_problem(problems_of, content, says):
    (problem,) = problems_of(territories=content)
    assert problem.startswith(says)


def test_every_problem_of_every_sheet_is_collected(rules_of):
    with pytest.raises(RulesInvalid) as caught:
        rules_of(
            territories="territory_id,territory_name,valid_from\nA,,x\nB,b,y\n",
            territory_rules=f"{RULES}R1,,x,,,\n",
            reps=b"",
        )
    assert [problem.split(":")[0] for problem in caught.value.problems[:3]] == [
        "territories.csv line 2, column territory_name",
        "territories.csv line 2, column valid_from",
        "territories.csv line 3, column valid_from",
    ]
    assert len(caught.value.problems) == 7
    assert str(caught.value).startswith("RulesInvalid: 7 problem(s) in the rule sheets:\n  territories.csv line 2")
    assert caught.value.exit_code == 2


def test_contradictions_between_rows_are_said_once_every_cell_is_right(problems_of):
    rules = f"{RULES}R1,EASTT,100,,2026-01-01,\n"
    assert "'EASTT' is no known territory" in problems_of(territories=TERRITORIES, territory_rules=rules)[0]
    both = problems_of(territories=TERRITORIES, territory_rules=f"{rules}R2,EAST,x,,2026-01-01,\n")
    assert [problem.split(":")[0] for problem in both] == ["territory_rules.csv line 3, column priority"]


def test_the_version_changes_with_content_and_not_with_order(rules_of):
    first = rules_of(territories=TERRITORIES, territory_rules=RULES)
    turned = Rules(tables=first.tables, sheets=dict(reversed(first.sheets.items())))
    assert turned.version == first.version
    assert rules_of(territories=TERRITORIES, territory_rules=RULES).version == first.version
    changed = rules_of(territories=TERRITORIES.replace("West", "Far West"))
    assert changed.version != first.version
    renamed = Rules(tables={}, sheets={"reps": first.sheets["territories"], "territory_rules": first.sheets["territory_rules"]})
    assert renamed.version != first.version


CHINESE_SHEET = "区域编号,区域名称,上级区域编号,生效日期,失效日期\nEAST,东部－１,,２０２６／１／３１,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_may_be_kept_in_chinese(rules_of, encoding):
    rules = rules_of(territories=CHINESE_SHEET.encode(encoding))
    (row,) = rules.tables["rules.territories"].to_pylist()
    assert (row["territory_id"], row["territory_name"], row["valid_from"]) == ("EAST", "东部－１", date(2026, 1, 31))


def test_messages_show_the_headers_of_the_sheet(problems_of):
    assert problems_of(territories=CHINESE_SHEET + "WEST,西部,EASTT,2026-01-01,\n,x,,2026-01-01,\nA,a,,2026-02-01,2026-01-01\n") == [
        "territories.csv line 4, column 区域编号: is empty and must not be",
        "territories.csv line 5, column 失效日期: '2026-01-01': 失效日期 must be later than 生效日期: "
        "it is the first day on which the row no longer holds",
    ]
    (problem,) = problems_of(territories=CHINESE_SHEET + "WEST,西部,EASTT,2026-01-31,\n")
    assert problem.startswith("territories.csv line 3, column 上级区域编号: 'EASTT' is no known territory")


def test_headers_are_refused_in_the_language_of_the_sheet(problems_of):
    text = "区域编号,区域名,生效日期,territory_id\nA,a,2026-01-01,B\n"
    labels = "区域编号, 区域名称, 上级区域编号, 上级编号, 分配方式, 默认人员编号, 独占, 系统区域编号, 生效日期, 失效日期"
    assert problems_of(territories=text) == [
        "territories.csv: column 'territory_id' stands there twice (as 区域编号, territory_id)",
        f"territories.csv: column '区域名' is not known (closest: 区域名称); known: {labels}",
        "territories.csv: column 'territory_name' (区域名称) is missing; the sheet has 区域编号, 区域名, 生效日期, territory_id",
    ]


def test_empty_columns_beside_a_table_are_passed_over_and_filled_ones_are_not(rules_of, problems_of):
    header = "territory_id,territory_name,valid_from,,\n"
    assert rules_of(territories=f"{header}A,a,2026-01-01,, \n").tables["rules.territories"].num_rows == 1
    assert problems_of(territories=f"{header}A,a,2026-01-01,,x\n") == [
        "territories.csv: column 5 holds text and has no header; name it or empty it"
    ]


def test_a_dash_and_the_word_for_nothing_are_no_empty_cells(problems_of):
    assert problems_of(territories="territory_id,territory_name,parent_territory_id,valid_from,valid_to\nA,-,,2026-01-01,无\n") == [
        "territories.csv line 2, column valid_to: '无': expected a day such as 2026-01-31"
    ]
    (problem,) = problems_of(territories="territory_id,territory_name,parent_territory_id,valid_from\nA,无,-,2026-01-01\n")
    assert problem.startswith("territories.csv line 2, column parent_territory_id: '-' is no known territory")


@pytest.fixture
def workbook(home):
    """A function that writes rules/territories.xlsx out of rows of cells."""

    def write(*rows):
        with xlsxwriter.Workbook(str(home.rules / "territories.xlsx")) as book:
            page = book.add_worksheet()
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    page.write(number, place, value, *([day] if isinstance(value, date) else []))

    return write


def test_a_sheet_may_be_a_workbook(rules_of, workbook, problems_of):
    header = ("territory_id", "territory_name", "parent_territory_id", "valid_from")
    workbook(header, ("# EAST, an example",), ("EAST", "East", "", date(2026, 1, 31)), (7, "Seven", "EAST", "2026/1/31"))
    rows = rules_of().tables["rules.territories"].to_pylist()
    assert [(row["territory_id"], row["valid_from"], row["row_number"]) for row in rows] == [
        ("EAST", date(2026, 1, 31), 2),
        ("7", date(2026, 1, 31), 3),
    ]
    workbook(header, ("EAST", "East", "ROOT", date(2026, 1, 31)))
    (problem,) = problems_of()
    assert problem.startswith("territories.xlsx line 2, column parent_territory_id: 'ROOT' is no known territory")


def test_a_sheet_in_both_forms_is_a_problem(problems_of, workbook):
    workbook(("territory_id",))
    assert problems_of(territories=TERRITORIES) == [
        "territories.csv and territories.xlsx are both there; keep the one that counts and take the other out of rules/"
    ]


def test_a_version_is_kept_once_per_content(rules_of):
    monday, tuesday, wednesday = (date(2026, 11, day) for day in (16, 17, 18))
    first = rules_of(territories=TERRITORIES)
    known = add_versions(NO_VERSIONS, first, monday)
    known = add_versions(known, rules_of(territories=TERRITORIES), tuesday)
    assert [(row["sheet"], row["first_as_of_date"], row["row_count"]) for row in known.to_pylist()] == [("territories", monday, 2)]
    known = add_versions(known, rules_of(territories=TERRITORIES.replace("West", "Far West")), tuesday)
    known = add_versions(known, rules_of(territories=TERRITORIES, territory_rules=RULES), wednesday)
    found = [(row["sheet"], row["first_as_of_date"]) for row in known.to_pylist()]
    assert found == [("territories", monday), ("territories", tuesday), ("territory_rules", wednesday)]
    assert conform(TABLES["rules.sheet_versions"], known).num_rows == 3


def test_every_version_of_a_sheet_stays_in_the_archive(rules_of, home):
    for text in (TERRITORIES, TERRITORIES.replace("West", "Far West")):
        rules_of(territories=text)
    sheets = [TERRITORIES, TERRITORIES.replace("West", "Far West")]
    versions = [f"territories {sha256(text.encode()).hexdigest()}" for text in sheets]
    kept = sorted(path.read_text() for path in home.archive.rglob("*") if path.is_file())
    assert kept == sorted(sheets + versions)


def test_without_keeping_nothing_is_written(home):
    (home.rules / "territories.csv").write_text(TERRITORIES)
    assert read_rules(home, KnownIds(), keep=False).tables["rules.territories"].num_rows == 2
    assert not home.archive.exists()


def test_a_sheet_that_changes_while_it_is_read_is_a_problem(problems_of, monkeypatch):
    monkeypatch.setattr("ingest.rules.read.archive_file", lambda path, sha256, archive: False)
    assert problems_of(territories=TERRITORIES) == ["territories.csv changed while it was read; save it and refresh again"]
