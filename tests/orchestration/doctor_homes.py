"""Homes for the doctor: one in which nothing is wrong, and one with every fault of FAULTS in it. Both land without Dagster: a refresh
would take half a minute each.
"""

import io
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from ingest.home import CompanyHome
from ingest.landing.files import sha256_of
from ingest.landing.land import land
from ingest.sources.mapping import read_sources
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from serving.manifest import FORMAT_VERSION, Manifest, PublishedDatabase, PublishedTable, write_manifest

SEEN_AT = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
COMPANY = '[company]\nname = "Hospital"\ncurrency = "USD"\ncalendar_start = 2026-01-01\n'
CRM = """\
crm: handmade
rep_ids: company
territory_ids: company
entities:
  customers:
    file: customers*.csv
    key: id
    columns: {name: name, owner: owner_user_id}
    required: [name]
  opportunities:
    file: deals.csv
    key: id
    columns: {customer: customer_record_id, stage: [stage, outcome]}
    values: {outcome: {Won: won, Lost: lost}}
"""
ONLY_CUSTOMERS = "crm: handmade\nentities: {customers: {file: customers.csv, key: id, columns: {name: name}}}\n"
RULES = {
    "territories": "territory_id,territory_name,valid_from\nWEST,West,2026-01-01\nREST,Rest,2026-01-01\n",
    "territory_rules": "rule_id,territory_id,valid_from\nR1,REST,2026-01-01\n",
    "reps": "rep_id,rep_name,valid_from\nann,Ann,2026-01-01\nbo,Bo,2026-01-01\n",
    "rep_territories": "rep_id,territory_id,valid_from\nann,WEST,2026-01-01\nbo,REST,2026-01-01\n",
}
CYCLE = "territory_id,territory_name,valid_from,parent_territory_id\nWEST,West,2026-01-01,REST\nREST,Rest,2026-01-01,WEST\n"
SHARES = "split_id,source,record_id,rep_id,share_ratio,valid_from\nS1,crm,1,ann,0.5,2026-01-01\nS1,crm,1,bo,0.4,2026-01-01\n"


def customers(count: int, *, extra: str = "") -> str:
    return "id,name,owner\n" + "".join(f"{n},Fictional Works {n},{'ann' if n % 2 else 'bo'}\n" for n in range(1, count + 1)) + extra


def deals(*stages: str) -> str:
    return "id,customer,stage\n" + "".join(f"d{n},{n},{stage}\n" for n, stage in enumerate(stages, start=1))


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", (2026, 7, 1, 0, 0, 0)), text)
    return out.getvalue()


def put(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def land_all(root: Path) -> None:
    home = CompanyHome(root)
    land(home, Warehouse(home.warehouse_path), read_sources(home.sources), seen_at=SEEN_AT, max_file_bytes=1 << 20)


def publish(root: Path, as_of: date) -> None:
    """As if a refresh had ended: one table, its manifest and the row of the run."""
    put(root, "published/parquet/dim_reps.parquet", b"a table")
    put(root, "published/marts.duckdb", b"a database")
    table, database = root / "published/parquet/dim_reps.parquet", root / "published/marts.duckdb"
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        run_id="run",
        as_of_date=as_of.isoformat(),
        database=PublishedDatabase(bytes=database.stat().st_size, sha256=sha256_of(database)),
        tables=(PublishedTable(name="dim_reps", rows=1, bytes=table.stat().st_size, sha256=sha256_of(table)),),
    )
    write_manifest(manifest, root / "published/manifest.json")
    run = {"run_id": "run", "as_of_date": as_of, "outcome": "published", "input_fingerprint": "", "rules_version": ""}
    run |= {"started_at": datetime(2026, 7, 1, 3), "finished_at": datetime(2026, 7, 1, 4)}  # noqa: DTZ001 - UTC, as the table has it
    run |= dict.fromkeys(("rows_loaded", "rows_quarantined", "checks_passed"), 1)
    Warehouse(root / "warehouse.duckdb").replace("raw.runs", pa.Table.from_pylist([run], schema=TABLES["raw.runs"].arrow_schema))


def write_home(root: Path) -> Path:
    """A home in which nothing is wrong: one system, one loaded and published day."""
    put(root, "company.toml", COMPANY)
    put(root, "sources/crm.yml", CRM)
    for sheet, text in RULES.items():
        put(root, f"rules/{sheet}.csv", text)
    put(root, "landing/crm/2026-06-28/customers.csv", customers(40))
    put(root, "landing/crm/2026-06-28/deals.csv", deals("Won", "Lost"))
    land_all(root)
    publish(root, date(2026, 6, 28))
    return root


def plant(root: Path) -> Path:
    """Every fault of FAULTS in one home: first what landings met on earlier nights, then what nobody has read."""
    write_home(root)
    put(root, "sources/erp.yml", ONLY_CUSTOMERS)
    put(root, "sources/old.yml", ONLY_CUSTOMERS)
    put(root, "sources/spare.yml", ONLY_CUSTOMERS)
    put(root, "landing/erp/2026-06-25/customers.csv", "id,name\n1,Fictional Works 1\n")
    put(root, "landing/erp/2026-06-26/customers.csv", 'id,name\n1,Fictional Works 1\n2,"Fictional Wo')
    put(root, "landing/crm/2026-06-29/customers.csv", customers(40, extra="40,Fictional Works again,bo\n"))
    put(root, "landing/crm/2026-06-29/deals.csv", "id,customer,stage,mood\nd1,1,Won,good\nd2,2,Loste,bad\n")
    put(root, "landing/crm/2026-06-30/customers.csv", customers(15))
    put(root, "landing/crm/2026-06-30/prices.csv", "id,price\n1,2\n")
    land_all(root)

    put(root, "company.toml", COMPANY.replace("USD", "USDD"))
    put(root, "sources/zoho_eu.yml", "crm: zoho\ndate_ordr: dmy\n")
    put(root, "expectations.yml", "raw.customer: {rows: {min: 1}}\n")
    put(root, "acceptances.csv", "source,entity,as_of_date,content_sha256\ncrm,customers,2026-06-30,x\n")
    put(root, "rules/territories.csv", CYCLE)
    put(root, "rules/territory_rules.csv", RULES["territory_rules"] + "R2,WESTT,2026-01-01\n")
    put(root, "rules/credit_splits.csv", SHARES)
    put(root, "published/parquet/dim_reps.parquet", b"A table")
    shutil.rmtree(root / "archive" / sha256_of(root / "landing/erp/2026-06-25/customers.csv")[:2])
    put(root, "landing/customers.csv", customers(1))
    put(root, "landing/crm/customers_of_today.csv", customers(1))
    put(root, "landing/salesforse/2026-07-01/Account.csv", customers(1))
    put(root, "landing/zoho_eu/2026-07-01/Accounts.csv", customers(1))
    put(root, "landing/crm/2026-07-01/export.zip", zipped(customers=customers(40)[:-9], notes="a,b\n1,2\n"))
    put(root, "landing/spare/2026-06-30/customers.csv", "id,name\n" + "".join(f"1.2345678901{n}E+17,Works {n}\n" for n in range(10, 40)))
    return root


# severity, what it is about, and words of the sentence: what is wrong, and the next step
FAULTS = {
    "a currency that is none": ("fatal", "company.toml", "'USDD' is no ISO 4217 currency code", "explains each setting"),
    "a misspelt key of a mapping": ("fatal", "sources/zoho_eu.yml", "date_ordr", "Correct sources/zoho_eu.yml"),
    "a check that does not exist": ("fatal", "expectations.yml", 'there is no table "raw.customer"', "Closest: raw.customers"),
    "an acceptance without a name": (
        "fatal",
        "acceptances.csv",
        "acceptances.csv lacks the column(s) accepted_by",
        "Mend the file by hand",
    ),
    "a rule for no territory": ("error", "rules", "territory_rules.csv line 3", "(closest: WEST)", "zoho_eu.yml cannot be read now"),
    "a territory above itself": ("fatal", "rules", "WEST stands above itself by way of REST", "Correct the sheet in rules/"),
    "shares that are not one": ("fatal", "rules", "the revenue shares of S1 sum to 0.9", "mend the shares"),
    "a truncated file": ("error", "erp/2026-06-26/customers.csv", "It looks truncated", "export it again"),
    "half an export": ("error", "crm/customers/2026-06-30", "15 rows, 62% fewer than the 40", "--accept crm/customers/2026-06-30"),
    "a missing entity": ("error", "crm/opportunities/2026-06-30", "there is no export of opportunities", "put the right one into"),
    "one that will be missing": ("error", "crm/opportunities/2026-07-01", "the next refresh will say", "there is no export of"),
    "a lost archive file": ("error", "archive", "erp/2026-06-25/customers.csv", "Put archive/ back from a backup"),
    "an altered published file": ("error", "published", "dim_reps.parquet was altered", "bailiwick refresh --full"),
    "a file of no day": ("error", "crm/customers_of_today.csv", "the day it describes is unknown", "Move it there"),
    "a file of no source": ("error", "customers.csv", "the day it describes is unknown", "Move it there"),
    "a truncated file in an unread ZIP": ("error", "crm/customers/2026-07-01", "export.zip/customers.csv breaks off", "Export it again"),
    "ids that Excel damaged": ("error", "spare/customers/2026-06-30", "damaged its ids", "set the id columns to Text"),
    "rows in quarantine": ("warning", "crm/customers/2026-06-29", "1 of 41 rows are quarantined", "says why; mend them"),
    "an unlisted value": ("warning", "crm/opportunities/2026-06-29", "outcome holds 'Loste'", "Say in sources/crm.yml"),
    "a file nobody reads": ("warning", "crm/2026-06-30/prices.csv", "no entity in sources/crm.yml reads", "name it in ignore_files"),
    "one in a ZIP": ("warning", "crm/2026-07-01/export.zip/notes.csv", "the next refresh will say", "name it in ignore_files"),
    "a file of an unknown system": ("warning", "salesforse/2026-07-01/Account.csv", "no sources/salesforse.yml", "Write one, or move"),
    "a system that never came": ("warning", "sources/old.yml", "nothing was ever loaded from it", "Put exports into landing/old/"),
    "a system that fell silent": ("warning", "sources/erp.yml", "2026-06-25, while others have 2026-06-29", "See why"),
    "a copy that is behind": ("warning", "published", "exports of 2026-06-29 are loaded", "Run `bailiwick refresh`"),
    "a column nobody maps": ("hint", "crm/opportunities/2026-06-29", "the column 'mood' is new", "Map it or name it in `ignore`"),
    "files that wait": ("hint", "landing", "6 file(s) were not read yet", "Run `bailiwick refresh`"),
}
