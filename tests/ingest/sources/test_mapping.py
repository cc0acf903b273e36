"""The grammar of mappings, on mappings small enough to read, and on every mapping in the repository."""

from pathlib import Path

import pytest
import yaml

from ingest.entities import ENTITIES
from ingest.errors import SourceInvalid
from ingest.sources.mapping import (
    BUILT_IN,
    Combined,
    Describe,
    Feed,
    Format,
    Guards,
    Lookup,
    Read,
    RowCount,
    Source,
    built_in_crms,
    read_source,
    read_sources,
)

HOMES = Path(__file__).parents[2] / "homes"

SMALL = """\
crm: own_crm
entities:
  customers:
    file: accounts.csv
    key: Id
    columns: {Name: name, Sector: industry}
    values:
      industry: {med: medical}
"""


def written(folder: Path, text: str, name: str = "sales") -> Path:
    path = folder / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_name_is_the_name_of_the_source(tmp_path):
    assert read_source(written(tmp_path, SMALL, name="north")).name == "north"


def test_a_misspelt_key_is_refused_and_named(tmp_path):
    with pytest.raises(SourceInvalid, match=r"entities\.customers\.0\.ignored"):
        read_source(written(tmp_path, SMALL + "    ignored: [Fax]\n"))


@pytest.mark.parametrize(
    ("right", "wrong", "closest"),
    [("Name: name", "Name: nmae", "name"), ("customers:", "custmers:", "customers"), ("industry: {", "industri: {", "industry")],
)
def test_an_unknown_entity_or_column_is_refused_with_the_closest_name(tmp_path, right, wrong, closest):
    with pytest.raises(SourceInvalid, match=rf"\(closest: {closest}\)"):
        read_source(written(tmp_path, SMALL.replace(right, wrong)))


def test_every_problem_is_named_at_once(tmp_path):
    text = SMALL.replace("Name: name", "Name: nmae").replace("Sector: industry", "Sector: industri")
    with pytest.raises(SourceInvalid) as refusal:
        read_source(written(tmp_path, text))
    assert "'nmae'" in str(refusal.value)
    assert "'industri'" in str(refusal.value)


def test_a_cell_is_read_in_one_way_only(tmp_path):
    text = SMALL.replace("Name: name", "Name: {to: name, xml: A, json: b}")
    with pytest.raises(SourceInvalid, match="only one of xml, json, sqlserver_point"):
        read_source(written(tmp_path, text))


def test_an_inclusive_end_must_be_a_date(tmp_path):
    with pytest.raises(SourceInvalid, match="name is not a date"):
        read_source(written(tmp_path, SMALL + "    inclusive_ends: [name]\n"))


def test_an_unknown_crm_without_entities_is_refused_with_the_closest_one(tmp_path):
    with pytest.raises(SourceInvalid, match=r"closest: salesforce"):
        read_source(written(tmp_path, "crm: salesfroce\n"))


@pytest.mark.parametrize(("text", "complaint"), [("title: nothing\n", "has no `crm`"), ("", "is empty"), ("crm: [\n", "not readable YAML")])
def test_a_file_that_is_no_mapping_is_refused_with_what_it_lacks(tmp_path, text, complaint):
    with pytest.raises(SourceInvalid, match=complaint):
        read_source(written(tmp_path, text))


def test_the_companys_file_is_laid_over_the_built_in_mapping(tmp_path):
    own = """\
crm: salesforce
default_currency: EUR
entities:
  customers:
    columns: {Sector__c: industry, Phone: email}
"""
    built_in = read_source(BUILT_IN / "salesforce" / "source.yml")
    merged = read_source(written(tmp_path, own))
    columns = {column: [read.to for read in reads] for column, reads in merged.entities["customers"][0].columns.items()}
    assert merged.default_currency == "EUR"
    assert columns["Sector__c"] == [["industry"]], "a column of the company's own is added"
    assert columns["Phone"] == [["email"]], "a column that the company reads otherwise is replaced"
    assert columns["Name"] == [["name"]], "every other column stays as built in"
    assert merged.entities["opportunities"] == built_in.entities["opportunities"]


def test_a_company_may_add_feeds_of_its_own_only_as_a_whole_list(tmp_path):
    own = "crm: salesforce\nentities:\n  reps:\n    - {file: people.csv, key: Id, columns: {Name: name}}\n"
    feeds = read_source(written(tmp_path, own)).entities["reps"]
    assert [feed.file for feed in feeds] == [["people.csv"]]


@pytest.mark.parametrize(
    ("before", "after"),
    [("{med: medical}", "{med: healthcare}"), ("Name: name", "Name: website"), ("key: Id", "key: [Id, Name]")],
)
def test_the_hash_changes_with_the_meaning_of_the_mapping(tmp_path, before, after):
    assert before in SMALL
    first = read_source(written(tmp_path, SMALL))
    assert read_source(written(tmp_path, SMALL.replace(before, after))).sha256() != first.sha256()


def test_the_hash_does_not_change_with_comments(tmp_path):
    first = read_source(written(tmp_path, SMALL))
    assert read_source(written(tmp_path, "# by the sales office\n" + SMALL)).sha256() == first.sha256()


def test_value_lists_and_inclusive_ends_are_those_of_all_feeds(tmp_path):
    text = """\
crm: own_crm
entities:
  rep_territories:
    - {file: a.csv, key: Id, columns: {R: role, E: valid_to}, values: {role: {boss: manager}}, inclusive_ends: [valid_to]}
    - {file: b.csv, key: Id, columns: {R: role}, values: {role: {seller: owner}}}
"""
    source = read_source(written(tmp_path, text))
    assert source.entity_values("rep_territories") == {"role": {"boss": "manager", "seller": "owner"}}
    assert source.inclusive_ends("rep_territories") == {"valid_to"}
    assert source.inclusive_ends("quotas") == set()


def test_the_template_is_a_valid_mapping_that_is_not_offered_as_a_crm():
    template = read_source(BUILT_IN / "template" / "source.yml")
    assert template.entities["customers"][0].expect.rows.min == 500
    assert "template" not in built_in_crms()


def test_the_template_shows_every_key_of_the_grammar():
    shown: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            shown.update(str(key) for key in value)
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(yaml.safe_load((BUILT_IN / "template" / "source.yml").read_text(encoding="utf-8")))
    models = (Source, Feed, Lookup, Combined, Format, Describe, Guards, RowCount, Read)
    grammar = {field.alias or name for model in models for name, field in model.model_fields.items()} - {"name"}
    assert grammar - shown == set()


@pytest.mark.parametrize("crm", built_in_crms())
def test_every_built_in_mapping_is_valid_and_fills_columns(crm):
    source = read_source(BUILT_IN / crm / "source.yml")
    assert source.title
    assert all(feed.canonical_columns for feeds in source.entities.values() for feed in feeds)


@pytest.mark.parametrize("home", sorted(path.name for path in HOMES.iterdir()))
def test_every_mapping_of_a_home_is_valid(home):
    sources = read_sources(HOMES / home / "sources")
    assert sources
    assert all(set(source.entities) <= set(ENTITIES) for source in sources.values())


def test_salesforce_flags_come_to_an_outcome_whichever_tool_wrote_them():
    outcomes = read_source(BUILT_IN / "salesforce" / "source.yml").entity_values("opportunities")["outcome"]
    for yes, no in (("true", "false"), ("1", "0")):
        assert [outcomes[f"{closed}/{won}"] for closed, won in ((yes, yes), (yes, no), (no, no))] == ["won", "lost", "open"]
        assert f"{no}/{yes}" not in outcomes, "open and yet won is a contradiction, to be reported and not guessed"


def test_a_constant_beside_a_column_for_the_same_target_is_refused(tmp_path):
    with pytest.raises(SourceInvalid, match="industry is also read from a column; keep one of the two"):
        read_source(written(tmp_path, SMALL + "    constants: {industry: retail}\n"))


def test_a_required_column_that_nothing_fills_is_refused(tmp_path):
    with pytest.raises(SourceInvalid, match="no column fills phone, so every file would be refused"):
        read_source(written(tmp_path, SMALL + "    required: [name, phone]\n"))


def test_only_numbers_can_be_scaled(tmp_path):
    with pytest.raises(SourceInvalid, match="scale: name is not an amount or a whole number"):
        read_source(written(tmp_path, SMALL + "    scale: {name: 1000}\n"))
