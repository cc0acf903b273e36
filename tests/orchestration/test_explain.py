"""`bailiwick explain`: why a customer or a pair is what it is, in lines for people, as JSON and as a picture."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main

COPY = (Path(__file__).parents[1] / "cases" / "explained_copy.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home of which only the published copy counts here."""
    root = tmp_path_factory.mktemp("explained")
    (root / "company.toml").write_text('[company]\nname = "By Hand"\ncurrency = "CNY"\ncalendar_start = 2026-01-01\n', encoding="utf-8")
    (root / "published").mkdir()
    with duckdb.connect(str(root / "published" / "marts.duckdb")) as connection:
        connection.execute(COPY)
    return root


@pytest.fixture
def asked(home):
    def ask(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["explain", *(str(argument) for argument in arguments), "--home", str(home)])

    return ask


def test_a_customer_is_told_from_its_records_to_the_rules_that_lost(asked):
    result = asked("青禾机械有限公司")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "CQINGHE  青禾机械有限公司, as of 2026-11-21"
    for line in (
        "  yonyou K-7, since 2026-11-01: With zoho 1001: Same credit code.",
        "  zoho 1002, since 2026-11-01 until 2026-11-12 (no longer)",
        "  yonyou K-7 and zoho 1001: same, +26.00 bits, probability 1.0000",
        "     +40.00  credit_code  Same credit code",
        "  customer_name: 青禾机械有限公司",
        "      from yonyou K-7. yonyou comes before salesforce in trust; 2 of 3 records that have one say so.",
        "      others: Qinghe Machinery (salesforce 001)",
        "  size large: 640 employees",
        "  potential 62.50, band B: 25 of 40 points: industry machinery 25 of 40",
        "  owned by 王小明 (R1) since 2026-11-01 (first_observed)",
        "  T2 for CHINA: Lost to T1: T2 is broader (country CN).",
        "  below Qinghe Group (CGROUP)",
        "  above 青禾机械有限公司苏州分公司 (CBRANCH)",
    ):
        assert line in lines
    assert "--pair salesforce:001 zoho:1002" in result.output
    order = [
        "Records",
        "What holds them together",
        "Values",
        "Size and potential",
        "Territory and owner",
        "Rules that matched and lost",
        "Questions for a person",
    ]
    assert [line for line in lines if line in order] == order


def test_a_retired_id_says_where_it_leads(asked):
    told = asked("COLD").output
    assert "COLD was retired on 2026-11-10 (merged) and leads here. Its record zoho 1001 is now one with salesforce 001." in told
    assert json.loads(asked("COLD", "--json").output)["redirected_from"]["old_customer_id"] == "COLD"


def test_what_a_customer_does_not_have_is_not_headed(asked):
    told = asked("CLIKE").output
    assert "in the public pool since 2026-11-12 (never_owned)" in told
    assert "Values" not in told
    assert "Size and potential" not in told
    assert "  no size: its records say 重点, which is no name of the sheet size_bands\n  potential 10.00: 4 of" in asked("CBRANCH").output
    assert "owned by 王小明 (R1) since 2026-11-15: nobody had it, so the policy of its territory appointed" in asked("CGROUP").output
    assert "Parents and branches" not in told


def test_programs_get_one_json_document(asked):
    found = json.loads(asked("CQINGHE", "--json").output)
    assert found["customer"]["customer_name"] == "青禾机械有限公司"
    assert {row["field"]: row["weight"] for row in found["pairs"][0]["fields"]} == {"credit_code": 40.0, "prior": -13.0, "name": -1.0}
    pair = json.loads(asked("--pair", "zoho:1001", "salesforce:001", "--json").output)
    assert (pair["pair"]["weight"], pair["left"]["source"]) == (19.5, "salesforce")


def test_a_pair_is_told_field_by_field_and_drawn(asked, tmp_path):
    result = asked("--pair", "zoho:1001", "salesforce:001", "--picture", tmp_path / "pair.svg")
    assert result.exit_code == 0, result.output
    assert "salesforce 001 and zoho 1001: same, +19.50 bits, probability 1.0000" in result.output
    assert result.output.splitlines()[-1] == f"The picture is in {tmp_path / 'pair.svg'}."
    assert "+19.50" in (tmp_path / "pair.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ("salesforce:001", "yonyou:K-7", "They are one customer by way of:"),
        ("salesforce:008", "salesforce:a:100:b", "salesforce a:100:b: With salesforce 008: Says exactly the same."),
        ("salesforce:008", "salesforce:001", "They are two customers: they were not compared, or found to be different."),
    ],
)
def test_records_that_are_no_pair_are_told_too(asked, left, right, says):
    result = asked("--pair", left, right)
    assert result.exit_code == 0
    assert says in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Name a CUSTOMER, or two records with --pair"),
        (("CQINGHE", "--pair", "a", "b"), "Name a CUSTOMER, or two records with --pair"),
        (("CQINGHE", "--picture", "x.svg"), "--picture FILE.svg goes with --pair"),
        (("Lark",), "means several customers; ask again with the id of one of them"),
        (("Nobody",), "no customer is called 'Nobody'"),
        (("--pair", "salesforce:001", "nowhere:1"), "no customer has a record 'nowhere:1' today"),
        (("--pair", "zoho:1001", "salesforce:001", "--picture", "x.png"), "Expected: a name that ends in .svg"),
        (("--pair", "salesforce:008", "salesforce:001", "--picture", "x.svg"), "are no published pair"),
    ],
)
def test_a_mistake_is_a_message_and_exit_code_2_and_never_a_stack_trace(asked, monkeypatch, tmp_path, arguments, says):
    monkeypatch.chdir(tmp_path)
    result = asked(*arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_is_json_too_and_a_folder_that_is_not_there_is_a_message(asked, tmp_path):
    assert json.loads(asked("Nobody", "--json").output) | {"message": ""} == {"error": "NotFound", "message": "", "exit_code": 2}
    result = asked("--pair", "zoho:1001", "salesforce:001", "--picture", tmp_path / "nowhere" / "pair.svg")
    assert (result.exit_code, "cannot be written" in result.output) == (2, True)


def test_a_home_that_never_published_and_a_copy_of_another_version_say_what_to_do(tmp_path):
    (tmp_path / "company.toml").write_text("[company]\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["explain", "X", "--home", str(tmp_path)])
    assert (result.exit_code, "nothing was published yet" in result.output) == (2, True)
    (tmp_path / "published").mkdir()
    duckdb.connect(str(tmp_path / "published" / "marts.duckdb")).close()
    result = CliRunner().invoke(main, ["explain", "X", "--home", str(tmp_path)])
    assert (result.exit_code, "made by another version" in result.output) == (2, True)


def test_help_shows_an_example():
    assert "Example: bailiwick explain" in CliRunner().invoke(main, ["explain", "--help"]).output


def test_an_id_that_looks_like_an_emoji_stays_an_id(asked):
    assert "salesforce a:100:b, since 2026-11-01" in asked("CTWIN").output
    assert [row["record_id"] for row in json.loads(asked("CTWIN", "--json").output)["records"]] == ["008", "a:100:b"]
