"""Three companies whose exports are real, landed through the mappings alone: every row is accounted for, and values are as in the file.

The exports lie beside the repository (../shared/data) and are never part of it: without them these tests are skipped. The values were
looked up in the files by hand.
"""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.home import CompanyHome
from ingest.landing.content import Limits
from ingest.landing.land import Landing, land
from ingest.landing.read_content import read_content
from ingest.sources.mapping import read_source, read_sources
from ingest.warehouse import Warehouse

pytestmark = pytest.mark.story

HOMES = Path(__file__).parents[2] / "homes"
DAY = "2026-06-30"


@dataclass(frozen=True, kw_only=True)
class Landed:
    """A home whose exports were landed once. `exports`: the original files by name."""

    warehouse: Warehouse
    result: Landing
    exports: dict[str, bytes]

    def rows(self, entity: str) -> dict[str, dict]:
        """raw.<entity> by record_id, empty values left out."""
        rows = self.warehouse.read(f"raw.{entity}").to_pylist()
        return {row["record_id"]: {name: value for name, value in row.items() if value is not None} for row in rows}

    def batches(self) -> dict[str, dict]:
        """raw.batches by entity."""
        return {row["entity"]: row for row in self.warehouse.read("raw.batches").to_pylist()}

    def records(self, name: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
        """The rows of one of the original exports."""
        return list(csv.DictReader(io.StringIO(self.exports[name].decode(encoding), newline="")))


@pytest.fixture(scope="module")
def landed(tmp_path_factory, real_files) -> Callable[[str, str, str], Landed]:
    """A function that lands the real exports of a folder in a copy of a home: home, folder of the exports, source."""

    def make(home_name: str, folder: str, source: str) -> Landed:
        exports = real_files(folder)
        root = tmp_path_factory.mktemp("real") / home_name
        shutil.copytree(HOMES / home_name, root)
        day = root / "landing" / source / DAY
        day.mkdir(parents=True)
        for name, data in exports.items():
            (day / name).write_bytes(data)
        home = CompanyHome(root)
        warehouse = Warehouse(home.warehouse_path)
        seen_at = datetime(2026, 7, 1, tzinfo=UTC)
        result = land(home, warehouse, read_sources(root / "sources"), seen_at=seen_at, max_file_bytes=1 << 26)
        return Landed(warehouse=warehouse, result=result, exports=exports)

    return make


@pytest.fixture(scope="module")
def saas(landed) -> Landed:
    return landed("saas_sales", "aws_saas_sales", "saas")


@pytest.fixture(scope="module")
def salesforce(landed) -> Landed:
    return landed("fivetran_salesforce", "fivetran_salesforce", "salesforce")


@pytest.fixture(scope="module")
def hubspot(landed) -> Landed:
    return landed("fivetran_hubspot", "fivetran_hubspot", "hubspot")


@pytest.mark.parametrize(("home", "entities"), [("saas", 3), ("salesforce", 8), ("hubspot", 8)])
def test_every_row_of_a_real_export_is_loaded_quarantined_or_left_out(request, home, entities):
    of_home = request.getfixturevalue(home)
    assert (of_home.result.refused, of_home.result.held) == ([], [])
    batches = of_home.batches()
    assert len(batches) == entities
    for row in batches.values():
        assert row["state"] == "loaded"
        assert row["rows_read"] == row["rows_loaded"] + row["rows_quarantined"] + row["rows_left_out"] > 0
    assert sum(row["rows_quarantined"] for row in batches.values()) == 0
    states = {row["reason_code"] for row in of_home.warehouse.read("raw.files").to_pylist() if row["state"] != "loaded"}
    assert states <= {"ignored"}, "every file is read, or named in ignore_files"


def test_order_lines_give_their_customers_orders_and_territories(saas):
    lines = saas.records("saas_sales.csv", "mac_roman")
    assert len(lines) == 9994
    orders = saas.rows("orders")
    assert len(orders) == 9994
    assert sum(Decimal(row["amount"]) for row in orders.values()) == sum(Decimal(line["Sales"]) for line in lines) == Decimal("2297201.07")
    first = {"customer_record_id": "1017", "territory_id": "UKIR", "amount": "261.96", "ordered_date": "11/9/2022"}
    assert first.items() <= orders["EMEA-2022-152156|16GRM07R1K"].items()
    customers = saas.rows("customers")
    assert len(customers) == 99
    assert (customers["1017"]["name"], customers["1017"]["industry"]) == ("Chevron", "Energy")
    territories = saas.rows("territories")
    assert len(territories) == 15
    assert territories["LATAM"]["parent_territory_id"] == "AMER"
    assert "parent_territory_id" not in territories["AMER"]


def test_a_file_from_an_old_macintosh_is_read_in_its_encoding(saas):
    (file,) = saas.warehouse.read("raw.files").to_pylist()
    assert (file["encoding"].replace("-", "_"), file["row_count"]) == ("mac_roman", 9994)
    format_ = read_source(HOMES / "saas_sales" / "sources" / "saas.yml").entities["orders"][0].format
    content = read_content(saas.exports["saas_sales.csv"], "saas_sales.csv", format_, Limits(max_bytes=1 << 26))
    cities = content.frame[str(content.header.index("City"))]
    assert {city: cities.to_list().count(city) for city in ("São Paulo", "San José", "Malmö")} == {
        "São Paulo": 133,
        "San José": 38,
        "Malmö": 23,
    }


def test_a_replica_of_salesforce_takes_only_the_names_of_its_files(salesforce):
    built_in = read_source(HOMES.parents[1] / "ingest" / "sources" / "salesforce" / "source.yml")
    own = read_source(HOMES / "fivetran_salesforce" / "sources" / "salesforce.yml")
    for entity in ("customers", "contacts", "leads", "opportunities", "orders", "activities", "reps"):
        (as_built,), (as_used,) = built_in.entities[entity], own.entities[entity]
        assert as_used.model_dump(exclude={"file"}) == as_built.model_dump(exclude={"file"})


@pytest.mark.parametrize(
    ("entity", "files"),
    [
        ("customers", ["account"]),
        ("contacts", ["contact"]),
        ("leads", ["lead"]),
        ("opportunities", ["opportunity"]),
        ("orders", ["order"]),
        ("activities", ["task", "event"]),
        ("reps", ["user"]),
        ("owner_changes", ["account_history"]),
    ],
)
def test_each_record_of_the_replica_is_there_once_and_only_custom_fields_are_unmapped(salesforce, entity, files):
    ids = [row["id"] for name in files for row in salesforce.records(f"sf_{name}_data.csv")]
    assert sorted(row.split("|")[0] for row in salesforce.rows(entity)) == sorted(ids)
    unmapped = salesforce.batches()[entity]["unmapped_columns"]
    assert [column for column in unmapped.split(", ") if column and not column.endswith("_c")] == []


def test_values_of_the_replica_are_those_of_its_files(salesforce):
    account = salesforce.rows("customers")["001q000000wW9BeAAK"]
    assert {"name": "Blue Test", "is_deleted": "true", "owner_user_id": "Air1Prg9Tsiw3UANemom6g=="}.items() <= account.items()
    deal = salesforce.rows("opportunities")["006q000000HddohAAB"]
    expected = {
        "name": "$1m deal",
        "amount": "24120000",
        "outcome": "true/true",
        "closed_date": "2018-12-19 00:00:00",
        "is_deleted": "true",
    }
    assert expected.items() <= deal.items()
    task = salesforce.rows("activities")["00T1G00003Ufap9UAB"]
    expected = {
        "kind": "X",
        "status": "Completed",
        "customer_record_id": "0011G00000jWVWoQAO",
        "opportunity_record_id": "0061G00000N38JZQAZ",
        "owner_user_id": "0051G000005Mun4QAC",
        "activity_at": "2019-11-11 17:23:34",
    }
    assert expected.items() <= task.items()
    change = salesforce.rows("owner_changes")["0015500000Xyy06AAB|2019-10-17 21:10:19"]
    expected = {"subject": "customers", "subject_record_id": "0015500000Xyy06AAB", "to_user_id": "tqs6UXPA/Lm7W+0dX0+syw=="}
    assert expected.items() <= change.items()


def test_values_of_hubspot_are_those_of_its_files(hubspot):
    company = hubspot.rows("customers")["2182162682"]
    expected = {
        "name": "4b2c13cca3eb58ee49bbddcf00417130",
        "street": "6cb5c4eeb3599d4201118f569157c95b, 37a6259cc0c1dae299a7866489dff0bd",
        "region": "XX",
        "country": "United States",
        "annual_revenue_amount": "10000000",
        "created_at": "2019-07-05 20:35:26",
        "is_deleted": "false",
    }
    assert expected.items() <= company.items()
    assert "city" not in company
    deal = hubspot.rows("opportunities")["1244495215"]
    assert {"name": "1f03614fdf8999728ac2cfeb1c4b3984", "opened_date": "2019-12-04 12:48:22"}.items() <= deal.items()
    activities = hubspot.rows("activities")
    call = {"kind": "CALL", "contact_record_id": "501", "activity_at": "2014-08-27 20:50:44.778000"}
    assert call.items() <= activities["19732910159"].items()
    task = {"kind": "TASK", "owner_user_id": "32779820", "activity_at": "2023-03-08 02:30:00.000000"}
    assert task.items() <= activities["32034933897"].items()
    assert activities["3416212491"]["activity_at"] == "2019-09-26 13:00:00"
    assert hubspot.rows("reps")["44023296"]["email"] == "PsO4E5YPnpbcBSOq3aGKtQ=="
    assert {"user_id": "40706000", "territory_id": "9999", "role": "false"}.items() <= hubspot.rows("rep_territories")[
        "40706000|9999"
    ].items()


def test_a_history_whose_property_names_are_hashes_says_nothing_of_owners(hubspot):
    row = hubspot.batches()["owner_changes"]
    assert (row["rows_read"], row["rows_loaded"], row["rows_left_out"]) == (200, 0, 200)


def test_hubspots_standard_columns_are_all_mapped_or_ignored(hubspot):
    assert {row["unmapped_columns"] for row in hubspot.batches().values()} == {""}
