"""Parameters of a company's own: in company.toml, for one file, and as `bailiwick estimate` proposes them."""

import importlib.util
import json
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from ingest.home import CompanyHome
from ingest.resolution.judgements import read_judgements
from ingest.resolution.parameters import PACKAGED, default_parameters, read_parameters
from ingest.resolution.resolve import refresh_resolution
from ingest.resolution.rows import clean_rows
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.cli import main
from orchestration.doctor import examine
from orchestration.init import init_home
from orchestration.settings import company_parameters, read_settings, settings_text

_SPEC = importlib.util.spec_from_file_location("resolve_loads", Path(__file__).with_name("resolve_loads.py"))
loads = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(loads)
DAY = date(2026, 11, 20)


def bailiwick(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def home(tmp_path):
    """An empty home that names a file of its own, which is not there yet."""
    root = tmp_path / "acme"
    init_home(root)
    with (root / "company.toml").open("a", encoding="utf-8") as file:
        file.write('\n[resolution]\nparameters = "resolution.yml"\n')
    return CompanyHome(root)


@pytest.fixture
def resolved(home):
    """The same with 300 companies resolved, two records each, which never have the same telephone number."""
    own(home, ("version: 1 ", "version: 4 "))
    rows = [
        {
            "source": source, "record_id": f"{number:04}",
            "name": f"{chr(65 + number % 26)}{chr(97 + number // 26)}orthly {number} Mills",
            "street": f"{number + 1} Weaver Street", "city": "Leeds", "postal_code": f"LS{number % 28 + 1} 4AB", "country": "GB",
            "phone": f"0113 {place}{number:05}", "email": f"office@mill{number:03}.example",
        }
        for number in range(300)
        for place, source in enumerate("ab")
    ]  # fmt: skip
    clean, places = clean_rows(pl.DataFrame(rows))
    fixed = {"read_from": pl.lit("x")}
    warehouse = Warehouse(home.warehouse_path)
    company = dict.fromkeys(TABLES["rules.company"].column_names) | {"company_name": "Acme", "as_of_date": DAY}
    tables = {
        "clean.customers": clean.with_columns(**{k: v for k, v in fixed.items() if k not in clean.columns}).to_arrow(),
        "geo.customer_places": places.with_columns(**{k: v for k, v in fixed.items() if k not in places.columns}).to_arrow(),
        "rules.company": pa.Table.from_pylist([company], schema=TABLES["rules.company"].arrow_schema),
    }
    warehouse.replace_all({name: table.select(TABLES[name].column_names) for name, table in tables.items()})
    seen = pa.schema([("source", pa.string()), ("record_id", pa.string()), ("first_as_of_date", pa.date32())])

    def resolve(parameters=None):
        return refresh_resolution(
            warehouse,
            sources={name: Source(name=name, crm=name, entities={}) for name in "ab"},
            judgements=read_judgements(home.judgements_path),
            first_seen=seen.empty_table(),
            as_of_date=DAY,
            calendar_start=date(2026, 1, 1),
            parameters=parameters,
        )

    return resolve


def own(home, *changes):
    text = PACKAGED.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = home.root / "resolution.yml"
    path.write_text(text, "utf-8")
    return path


# company.toml


def test_without_a_file_of_its_own_a_company_has_the_numbers_of_the_program(tmp_path):
    init_home(tmp_path / "acme")
    home = CompanyHome(tmp_path / "acme")
    assert company_parameters(home, read_settings(home)) is None


def test_a_company_has_the_numbers_of_its_own_file(home):
    own(home, ("same_above: 4.0", "same_above: 6.0"))
    assert company_parameters(home, read_settings(home)).same_above == 6.0


def test_another_text_of_the_file_is_something_new_to_a_refresh(home):
    settings = read_settings(home)
    texts = {settings_text(home, settings)}
    own(home)
    texts.add(settings_text(home, settings))
    own(home, ("same_above: 4.0", "same_above: 6.0"))
    assert len(texts | {settings_text(home, settings)}) == 3


@pytest.mark.parametrize("text", [None, "layout: 1\n", "weights: [\n"])
def test_a_file_that_does_not_fit_stops_a_refresh_before_anything_is_touched(home, text):
    if text is not None:
        (home.root / "resolution.yml").write_text(text)
    before = sorted(path.relative_to(home.root) for path in home.root.rglob("*"))
    result = bailiwick("refresh", "--home", home.root)
    assert result.exit_code == 2
    assert "ParametersInvalid" in result.output and "resolution.yml" in result.output and "Expected: " in result.output
    after = {path.relative_to(home.root) for path in home.root.rglob("*")}
    assert after - set(before) <= {Path(".refresh.lock")}


def test_the_doctor_says_that_the_file_does_not_fit(home):
    own(home, ("same_above: 4.0", "same_above: four"))
    found = [finding for finding in examine(home.root) if finding.about == "company.toml"]
    assert [finding.severity for finding in found] == ["fatal"] and "found 'four'" in found[0].sentence


def test_other_numbers_make_the_state_anew_and_customers_keep_their_ids(home, resolved):
    first = resolved()
    second = resolved(read_parameters(own(home, ("same_above: 4.0", "same_above: 5.0"))))
    assert second.details["profiles_touched"] == first.details["profiles"] and second.details["ids_minted"] == 0
    assert second.tables["resolved.customer_records"].equals(first.tables["resolved.customer_records"])


def test_the_weights_in_force_are_a_table_of_the_night(resolved):
    weights = pl.DataFrame(pl.from_arrow(resolved().tables["resolved.match_weights"]))
    other = weights.row(by_predicate=(pl.col("field") == "phone") & (pl.col("level") == "other"), named=True)
    assert other["is_drifting"] is False and other["pair_count"] > 250
    assert -1 < other["estimated_weight"] < 1  # everybody's numbers differ: that says nothing


# bailiwick resolve --parameters


def test_one_file_is_resolved_with_the_numbers_given(loaded, home):
    text = loads.table("1,crm,Oster Tool Works,,,,Austin,TX,US", "2,erp,Oster Tool Works,,,,Austin,TX,US")
    _, usual = loaded(text)
    report, strict = loaded(text, "--parameters", str(own(home, ("same_above: 4.0", "same_above: 50.0"), ("version: 1 ", "version: 9 "))))
    assert len(set(usual.values())) == 1 and len(set(strict.values())) == 2
    assert report["parameters"]["version"] == 9


def test_a_state_is_made_anew_for_other_numbers_and_ids_stay(loaded, home):
    text = loads.table("1,crm,Oster Tool Works,,,,Austin,TX,US", "2,erp,Oster Tool Works,,,,Austin,TX,US")
    _, before = loaded(text, state="state")
    report, after = loaded(text, "--parameters", str(own(home, ("same_above: 4.0", "same_above: 4.5"))), state="state")
    assert report["is_rebuilt"] is True and after == before


def test_a_file_that_does_not_fit_leaves_result_and_state_as_they_were(load, home, tmp_path):
    text = loads.table("1,crm,Oster Tool Works,,,,Austin,TX,US")
    load(text, state="state")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    path = own(home, ("same_above: 4.0", "same_above: four"))
    result, _ = load(text, "--parameters", str(path), state="state")
    assert result.exit_code == 2 and "same_above" in result.output and "Expected: " in result.output
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: content for name, content in after.items() if name != path} == before


# bailiwick estimate


def test_an_estimate_is_a_whole_file_that_says_what_it_changed_and_changes_nothing_else(home, resolved, tmp_path):
    resolved()
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file() and path.name != ".refresh.lock"}
    out = tmp_path / "proposed.yml"
    result = bailiwick("estimate", "--home", home.root, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    report, found = json.loads(result.output), read_parameters(out)
    assert (found.version, found.dated, report["version"]) == (5, DAY, 5)
    changed = {(change["field"], change["level"]): change for change in report["changes"]}
    other = changed["phone", "other"]
    assert other["was"] == default_parameters().weights["phone"]["other"] and found.weights["phone"]["other"] == other["weight"] > -1
    line = next(line for line in out.read_text("utf-8").splitlines() if line.strip().startswith(f"other: {other['weight']:g} "))
    assert f"# estimated 2026-11-20 on {other['pair_count']:,} pairs, was {other['was']:g}" in line
    kept = {field: dict(levels) for field, levels in found.weights.items()}
    for (field, level), change in changed.items():
        kept[field][level] = change["was"]
    assert kept == default_parameters().weights
    after = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file() and path.name != ".refresh.lock"}
    assert {path.name for path in after if after[path] != before.get(path)} <= {"warehouse.duckdb"}


def test_an_estimate_is_told_for_people(home, resolved, tmp_path):
    resolved()
    result = bailiwick("estimate", "--home", home.root, "--out", tmp_path / "proposed.yml")
    assert "version 5 of the parameters, as of 2026-11-20; nothing was put into force" in result.output
    assert "phone.other" in result.output and 'company.toml: [resolution] parameters = "proposed.yml"' in result.output


@pytest.mark.parametrize(("out", "said"), [("there.yml", "is there already"), ("no/where.yml", "there is no folder")])
def test_a_file_is_not_written_over_and_not_into_nothing(home, resolved, tmp_path, out, said):
    resolved()
    (tmp_path / "there.yml").write_text("mine")
    result = bailiwick("estimate", "--home", home.root, "--out", tmp_path / out)
    assert result.exit_code == 2 and said in result.output
    assert (tmp_path / "there.yml").read_text() == "mine"


def test_where_nothing_was_resolved_there_is_nothing_to_estimate(home, tmp_path):
    own(home)
    result = bailiwick("estimate", "--home", home.root, "--out", tmp_path / "proposed.yml")
    assert result.exit_code == 2 and "bailiwick refresh" in result.output
    assert not (tmp_path / "proposed.yml").exists() and not home.warehouse_path.exists()
