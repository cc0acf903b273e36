"""The examples beside a new home's mappings are mappings that hold, one per CRM the program knows."""

import shutil
from pathlib import Path

import pytest

from ingest.sources.mapping import built_in_crms, read_source, read_sources

FOLDER = Path(__file__).parents[3] / "orchestration" / "home_template" / "sources"
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.yml.example"))


def test_there_is_an_example_for_each_crm_and_one_for_any_other():
    assert {name.removesuffix(".yml.example") for name in EXAMPLES} == {*built_in_crms(), "other"}


def test_no_example_is_read_before_it_is_copied():
    assert read_sources(FOLDER) == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_mapping_as_it_stands(tmp_path, name):
    target = tmp_path / name.removesuffix(".example")
    shutil.copyfile(FOLDER / name, target)
    source = read_source(target)
    assert source.default_currency
    assert "customers" in source.entities


def test_what_an_example_adds_is_laid_over_the_built_in_mapping(tmp_path):
    shutil.copyfile(FOLDER / "zoho.yml.example", tmp_path / "zoho.yml")
    outcomes = read_source(tmp_path / "zoho.yml").entity_values("opportunities")["outcome"]
    assert (outcomes["Contract sent"], outcomes["Closed Won"]) == ("open", "won")
