"""What the tests of resolution share: customers, places and previous results out of a few words."""

import hashlib
import shutil
import uuid
from datetime import date

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import settings

from ingest.cleaning.domains import own_domains, read_emails, read_websites
from ingest.cleaning.name_parts import read_name_parts
from ingest.cleaning.names import comparable_names
from ingest.cleaning.registry_ids import read_registry_ids
from ingest.resolution.evidence import record_evidence
from ingest.resolution.parameters import default_parameters
from ingest.resolution.rows import clean_rows
from ingest.sources.mapping import Source
from ingest.tables import TABLES

# Two cores are shared: no example has a deadline, and every run draws the same ones.
settings.register_profile("bailiwick", deadline=None, derandomize=True)
settings.load_profile("bailiwick")

DAY = date(2026, 11, 20)
JUDGEMENTS = "left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason"
PLACE = ("country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "place_precision")


def _tables(rows):
    """clean.customers and geo.customer_places out of dictionaries; place columns stand among the customer's own."""
    evidence = {"source": "a", "as_of_date": DAY, "file_sha256": "f", "row_number": 1, "is_in_latest_export": True, "problems": ""}
    complete = [evidence | {"record_id": f"{i:03}"} | row for i, row in enumerate(rows)]
    complete = [row | {"read_from": hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()} for row in _derived(complete)]
    precision = [row | {"place_precision": row.get("place_precision") or ("city" if row.get("city_name") else "none")} for row in complete]
    located = [row | {"place_method": "given"} for row in precision]
    return (
        pa.Table.from_pylist(complete, schema=TABLES["clean.customers"].arrow_schema),
        pa.Table.from_pylist(located, schema=TABLES["geo.customer_places"].arrow_schema),
    )


def _derived(rows):
    """The rows with the columns that cleaning makes of name, web site and e-mail address."""
    columns = {
        field: pl.Series(field, [row.get(field) for row in rows], dtype=pl.String) for field in ("name", "website", "email", "registry_id")
    }
    emails = read_emails(columns["email"]).values
    derived = [comparable_names(columns["name"]).alias("comparable_name"), emails.alias("email")]
    derived.append(own_domains(read_websites(columns["website"]).values, emails).alias("domain"))
    derived.append(read_registry_ids(columns["registry_id"]).values.alias("registry_id"))
    derived += read_name_parts(columns["name"]).select("core_name", "legal_form", "branch", "is_branch", "pinyin").get_columns()
    return [row | made for row, made in zip(rows, pl.DataFrame(derived).to_dicts(), strict=True)]


class _Night:
    """The tables of resolved.* after a run, by their short names, and the warehouse that holds them."""

    def __init__(self, resolution, path):
        self.resolution, self.path = resolution, path
        self.counts = resolution.counts

    def __getattr__(self, name):
        return self.resolution.tables[f"resolved.{name}"]


def _resolve(rows, *, folder, before=None, day=DAY, first_seen=None, priorities=None, judgements=None, survivorship=()):
    """The night of the rows after the night `before`. `first_seen`: (source, record_id) -> day. `judgements`: lines of the file.
    `survivorship`: rows of the sheet."""
    from ingest.resolution.judgements import read_judgements  # noqa: PLC0415 - only the tests of whole resolutions want it
    from ingest.resolution.resolve import refresh_resolution  # noqa: PLC0415
    from ingest.warehouse import Warehouse  # noqa: PLC0415

    path = folder / f"{uuid.uuid4().hex}.duckdb"
    if before is not None:
        shutil.copy(before.path, path)
    customers, places = _tables(rows)
    warehouse = Warehouse(path)
    warehouse.replace_all({"clean.customers": customers, "geo.customer_places": places})
    preferred = [{"valid_from": date(2026, 1, 1), "sheet_sha256": "s", "row_number": i} | row for i, row in enumerate(survivorship, 1)]
    warehouse.replace("rules.survivorship", pa.Table.from_pylist(preferred, schema=TABLES["rules.survivorship"].arrow_schema))
    file = folder / "judgements.csv"
    file.write_text("\n".join(judgements or [JUDGEMENTS]) + "\n", encoding="utf-8")
    seen = [{"source": s, "record_id": r, "first_as_of_date": d} for (s, r), d in (first_seen or {}).items()]
    names = {row.get("source", "a") for row in rows}
    resolution = refresh_resolution(
        warehouse,
        sources={n: Source(name=n, crm=n, entities={}, priority=(priorities or {}).get(n, 100)) for n in names},
        judgements=read_judgements(file),
        first_seen=pa.Table.from_pylist(
            seen, schema=pa.schema([("source", pa.string()), ("record_id", pa.string()), ("first_as_of_date", pa.date32())])
        ),
        as_of_date=day,
        calendar_start=date(2026, 1, 1),
    )
    return _Night(resolution, path)


@pytest.fixture(scope="session")
def resolve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resolve")
    return lambda rows, **settings: _resolve(rows, folder=folder, **settings)


@pytest.fixture(scope="session")
def tables():
    """clean.customers and geo.customer_places out of dictionaries, as Polars frames."""
    return lambda rows: tuple(pl.DataFrame(pl.from_arrow(table)) for table in _tables(rows))


@pytest.fixture(scope="session")
def ids():
    """customer_id by (source, record_id) of the open rows."""

    def of(resolution):
        rows = resolution.customer_records.to_pylist()
        return {(row["source"], row["record_id"]): row["customer_id"] for row in rows if row["valid_to"] is None}

    return of


def _evidence(rows):
    """Evidence of rows with the contract's columns, in their order; unless they say so, of source a and numbered."""
    complete = [{"source": "a", "record_id": f"{i:05}"} | row for i, row in enumerate(rows)]
    columns = dict.fromkeys(key for row in complete for key in row)
    customers, places = clean_rows(pl.DataFrame(complete, schema=dict.fromkeys(columns, pl.String)))
    order = pl.DataFrame(complete, schema={"source": pl.String, "record_id": pl.String})
    return order.join(record_evidence(customers, places), on=["source", "record_id"], how="left", maintain_order="left")


@pytest.fixture(scope="session")
def evidence():
    return _evidence


@pytest.fixture(scope="session")
def parameters():
    """The parameters that come with the program, changed: parameters(prior={"fewest_records": 2}, ask_above=-60.0)."""

    def changed(**sections):
        found = default_parameters()
        whole = {
            name: getattr(found, name).model_copy(update=value) if isinstance(value, dict) else value for name, value in sections.items()
        }
        return found.model_copy(update=whole)

    return changed
