"""Every column that a CRM is known to export has its place in the program's mapping of that CRM.

The columns stand in tests/cases/crm_columns.csv, with how well each is known: V seen in a vendor's page, an SDK or an export; L likely;
G a guess. People may add to that list.
"""

import csv
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.mapping import built_in_crms

CASES = Path(__file__).parents[2] / "cases" / "crm_columns.csv"
# Files of which the list holds what identifies a row, so that one of exactly its well-known columns must be read.
COMPLETE = {
    "salesforce": "Account.csv Contact.csv Lead.csv Opportunity.csv Task.csv Event.csv User.csv Territory2.csv AccountHistory.csv "
    "ObjectTerritory2Association.csv UserTerritory2Association.csv UserTerritory2AssocLog.csv",
    "zoho": "Accounts_001.csv Deals_2026_05_28.csv Leads.json Tasks.json Events.json Calls.json Invoices.json territories.json users.json",
    "fxiaoke": "LeadsObj.json NewOpportunityObj.json SalesOrderObj.json PaymentObj.json ActiveRecordObj.json PersonnelObj.json",
    "neocrm": "contact.csv lead.csv opportunity.csv activityrecord.csv paymentApplicationPlan.csv user.csv",
    "yonyou": "CustomerArea.json Principal.json salearea_newtree.json clue_list.json clueAssignRecord.json oppt_list.json "
    "followup_list.json collectionHeader.json staff.json",
    "hubspot": "company.csv company_property_history.csv deal.csv owner.csv owner_team.csv team.csv",
}


def known_columns() -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """(CRM, object, file) -> its columns, each with its mark."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    with CASES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault((row["crm"], row["object"], row["file"]), []).append((row["column"], row["mark"]))
    return found


COLUMNS = known_columns()


def test_the_list_of_columns_names_every_crm_that_the_program_maps():
    assert {crm for crm, _, _ in COLUMNS} == set(built_in_crms())
    assert {mark for columns in COLUMNS.values() for _, mark in columns} == {"V", "L", "G"}


@pytest.mark.parametrize(("crm", "object_", "file"), sorted(COLUMNS))
def test_every_known_column_is_mapped_or_ignored(crm, object_, file, built_in, spoken_of, says):
    source = built_in(crm)
    spoken = spoken_of(source, file)
    if spoken is None:
        assert any(fnmatch(file.casefold(), pattern.casefold()) for pattern in source.ignore_files), f"no feed reads {file}"
    else:
        assert [column for column, _ in COLUMNS[crm, object_, file] if not says(spoken, column)] == []


@pytest.mark.parametrize(("crm", "file"), [(crm, file) for crm, files in COMPLETE.items() for file in files.split()])
def test_a_file_of_the_well_known_columns_alone_is_read(crm, file, built_in, read_day):
    source = built_in(crm)
    (columns,) = ([name for name, mark in known if mark == "V"] for (of, _, name_), known in COLUMNS.items() if (of, name_) == (crm, file))
    cells = [f"7{place}" for place in range(len(columns))]
    data = [dict(zip(columns, cells, strict=True))] if file.endswith(".json") else [columns, cells]
    reading = {
        entity: feeds
        for entity, feeds in source.entities.items()
        if any(fnmatch(file.casefold(), pattern.casefold()) for feed in feeds for pattern in feed.file)
    }
    assert reading
    for entity in reading:
        # Whatever the row says: no column that is only likely, or a guess, may be asked for.
        read = read_day(source, entity, {file: data})
        assert read.adds_up
        assert read.batch.rows_read == 1
        assert read.batch.quarantine.num_rows == 0
        assert read.batch.unmapped_columns == []


def snake(column: str) -> str:
    """`BillingStreet` as a replication tool writes it: `billing_street`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()


@given(
    place=st.sampled_from([(key, column) for key, columns in sorted(COLUMNS.items()) for column, _ in columns]),
    spell=st.sampled_from([str, str.upper, str.lower, snake, lambda name: name.replace("_", " "), lambda name: name.replace(" ", "_")]),
    before=st.sampled_from(["", "\ufeff", "*", " ", "\u3000"]),
    after=st.sampled_from(["", "（必填）", "(必填)", "*", "\u00a0", " "]),
)
def test_a_known_column_is_known_in_every_way_of_writing_it(built_in, spoken_of, says, place, spell, before, after):
    (crm, _, file), column = place
    spoken = spoken_of(built_in(crm), file)
    if spoken is not None:
        assert says(spoken, f"{before}{spell(column)}{after}")
