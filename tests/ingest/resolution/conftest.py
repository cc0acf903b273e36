"""What the tests of resolution share: customers, places and previous results out of a few words."""

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
PLACE = ("country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "place_precision")


def _tables(rows):
    """clean.customers and geo.customer_places out of dictionaries; place columns stand among the customer's own."""
    evidence = {"source": "a", "as_of_date": DAY, "file_sha256": "f", "row_number": 1, "is_in_latest_export": True, "problems": ""}
    complete = [evidence | {"record_id": f"{i:03}"} | row for i, row in enumerate(rows)]
    complete = _derived(complete)
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
    derived += read_name_parts(columns["name"]).select("branch", "is_branch").get_columns()
    return [row | made for row, made in zip(rows, pl.DataFrame(derived).to_dicts(), strict=True)]


def _empty(name):
    return TABLES[name].arrow_schema.empty_table()


def _resolve(rows, *, before=None, day=DAY, first_seen=None, priorities=None):
    """The Resolution of the rows after the Resolution `before`. `first_seen`: (source, record_id) -> day."""
    from ingest.resolution.resolve import resolve_customers  # noqa: PLC0415 - only the tests of whole resolutions want it

    customers, places = _tables(rows)
    seen = [{"source": s, "record_id": r, "first_as_of_date": d} for (s, r), d in (first_seen or {}).items()]
    names = {row.get("source", "a") for row in rows}
    return resolve_customers(
        customers,
        places,
        sources={n: Source(name=n, crm=n, entities={}, priority=(priorities or {}).get(n, 100)) for n in names},
        previous_records=before.customer_records if before else _empty("resolved.customer_records"),
        previous_redirects=before.customer_id_redirects if before else _empty("resolved.customer_id_redirects"),
        first_seen=pa.Table.from_pylist(
            seen, schema=pa.schema([("source", pa.string()), ("record_id", pa.string()), ("first_as_of_date", pa.date32())])
        ),
        as_of_date=day,
        calendar_start=date(2026, 1, 1),
    )


@pytest.fixture(scope="session")
def resolve():
    return _resolve


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
