"""The fictional company's Salesforce: the weekly Data Export, two ZIPs a night.

Here: one CSV per object under its API names, 18-character ids, times in UTC without a zone, 0 and 1, every cell quoted.
Not here: the mapping (sources/salesforce/source.yml), the columns' names (salesforce_columns.py), their content
(salesforce_objects.py).

Accounts are split over both ZIPs, and some stand in both, because the export is taken piece by piece: the copy in the first is then
older. A change of owner is logged twice, by names and by ids, and the first owner not at all. Contacts and deals of an account that
was merged away hang on the account it was merged into; of a chain of merges only the first step is taken. `Parent_Account_Ref__c`
and `Credit_Code__c` are the company's own: some parents stand only in the former, as a text of 15 characters.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.demo.formats import salesforce_columns as columns
from ingest.demo.formats import salesforce_objects as objects
from ingest.demo.formats.salesforce_objects import IMPORTER, contact_id, deal_id, lead_id, record_id, salesforce_id, territory_id, user_id
from ingest.demo.formats.writing import (
    TERRITORY_BY_ID,
    CsvSpool,
    Export,
    Spools,
    Write,
    spread,
    twice_or_corrected,
    utc_text,
    zip_of,
)
from ingest.demo.world import Record

__all__ = [
    "FLAGS_DELETION",
    "SYSTEM",
    "contact_id",
    "deal_id",
    "files",
    "lead_id",
    "record_id",
    "salesforce_id",
    "territory_id",
    "user_id",
]

SYSTEM = "salesforce"
FLAGS_DELETION = True
"""A deleted account stays in the export with IsDeleted, unless it was removed for good."""

_MADE = datetime(2024, 11, 4, 6, 0, tzinfo=UTC)


class _Files(NamedTuple):
    """What one pass over the company fills. `early_*`: the accounts as a first, incomplete export has them."""

    accounts_1: CsvSpool
    accounts_2: CsvSpool
    early_1: CsvSpool
    early_2: CsvSpool
    contacts: CsvSpool
    deals: CsvSpool
    tasks: CsvSpool
    links: CsvSpool
    history: CsvSpool
    leads: CsvSpool
    users: CsvSpool
    roles: CsvSpool
    territories: CsvSpool
    user_links: CsvSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    filled = _Files(*(spools.csv(named) for named in columns.FILES))
    _fill(export, filled)
    organisation = salesforce_id("00D", 1)
    for part, others, whole, early in (
        (
            1,
            (
                ("Contact.csv", filled.contacts),
                ("User.csv", filled.users),
                ("UserRole.csv", filled.roles),
                ("Territory2.csv", filled.territories),
                ("UserTerritory2Association.csv", filled.user_links),
            ),
            filled.accounts_1,
            filled.early_1,
        ),
        (
            2,
            (
                ("Lead.csv", filled.leads),
                ("Opportunity.csv", filled.deals),
                ("Task.csv", filled.tasks),
                ("ObjectTerritory2Association.csv", filled.links),
                ("AccountHistory.csv", filled.history),
            ),
            filled.accounts_2,
            filled.early_2,
        ),
    ):
        first, last = ([("Account.csv", accounts), *others] for accounts in (early, whole))
        yield from twice_or_corrected(f"WE_{organisation}_{part}.ZIP", export, zip_of(last), zip_of(first))


def _fill(export: Export, files: _Files) -> None:
    garbled: list[dict[str, str]] = []
    for record in export.records(flags_deletion=FLAGS_DELETION):
        account = objects.account(record, export)
        if len(garbled) < 2 and _zips_of(record) == (False, True):  # the row that repeats an id stands in the same file
            garbled.append(account)
        _write_account(record, account, export, files)
        _write_children(record, account, export, files)
        for event in objects.history(record, export):
            files.history.row(event)
    if "garbled" in export.faults:
        _write_garbled(garbled, files.accounts_2)
    for lead in export.leads():
        files.leads.row(objects.lead(lead, export))
    _write_people(export, files)


def _zips_of(record: Record) -> tuple[bool, bool]:
    """Whether an account stands in the first and in the second ZIP; one in ten stands in both."""
    place = spread(record.number, 10)
    return place < 5, place >= 4


def _write_account(record: Record, account: dict[str, str], export: Export, files: _Files) -> None:
    in_first, in_second = _zips_of(record)
    older = objects.as_it_was(record, account, export) if in_first and in_second else account
    if in_first:
        for file in export.files_for(record, files.accounts_1, files.early_1):
            file.row(older)
    if in_second:
        for file in export.files_for(record, files.accounts_2, files.early_2):
            file.row(account)


def _write_garbled(accounts: list[dict[str, str]], spool: CsvSpool) -> None:
    """What a real export holds too: a row without Id, one that repeats an Id, one with a cell too many."""
    spool.row({"IsDeleted": "0", "Name": "import 0419 line 17", "OwnerId": IMPORTER})
    for account in accounts[:1]:
        spool.row(account | {"Name": f"{account['Name']} (old)"})
    for account in accounts[1:]:
        spool.broken_row(account | {"Id": salesforce_id("001", 900_000_000), "Name": "loose comma"})


def _write_children(record: Record, account: dict[str, str], export: Export, files: _Files) -> None:
    merged = account["MasterRecordId"]
    home = merged or account["Id"]
    gone = "1" if account["IsDeleted"] == "1" and not merged else "0"
    for contact in export.contacts(record):
        files.contacts.row(objects.contact(contact, record, home, account["OwnerId"]) | {"IsDeleted": gone})
    for deal in export.deals(record):
        files.deals.row(objects.deal(deal, record, home, export) | {"IsDeleted": gone})
    for activity in export.activities(record):
        files.tasks.row(objects.task(activity, record, home) | {"IsDeleted": gone})
    territory = export.territory_of(record)
    if territory is not None and not merged:
        is_manual = spread(record.number, 8) == 0
        by = record.owner_at(record.created_at).rep_id if is_manual else None
        files.links.row(
            {
                "Id": salesforce_id("0Ti", record.number + 1),
                "ObjectId": account["Id"],
                "Territory2Id": territory_id(territory),
                "AssociationCause": "Territory2Manual" if is_manual else "Territory2AssignmentRule",
                "SobjectType": "Account",
                "IsDeleted": gone,
                "LastModifiedById": user_id(by) if by else IMPORTER,
            }
        )


def _write_people(export: Export, files: _Files) -> None:
    made = {"CreatedDate": utc_text(_MADE), "LastModifiedDate": utc_text(_MADE), "SystemModstamp": utc_text(_MADE)}
    reps = list(export.company.users(SYSTEM))
    here = {rep.rep_id for rep in reps}
    for rep in reps:
        territory = export.territory_of_rep(rep)
        left = export.has_left(rep.rep_id)
        changed = f"{export.company.leaves(rep.rep_id)} 02:00:00" if left else made["SystemModstamp"]
        files.users.row(
            made
            | {
                "Id": user_id(rep.rep_id),
                "Name": rep.name,
                "Username": rep.user_name,
                "Email": rep.user_name,
                "IsActive": "0" if left else "1",
                "ManagerId": user_id(rep.manager) if rep.manager in here else "",
                "UserRoleId": salesforce_id("00E", TERRITORY_BY_ID[territory].number),
                "Department": "Sales",
                "Division": TERRITORY_BY_ID[territory].name,
                "TimeZoneSidKey": "America/New_York",
                "LanguageLocaleKey": "en_US",
                "LastModifiedDate": changed,
                "SystemModstamp": changed,
            }
        )
        files.user_links.row(
            {
                "Id": salesforce_id("0TU", rep.number * 100 + TERRITORY_BY_ID[territory].number),
                "UserId": user_id(rep.rep_id),
                "Territory2Id": territory_id(territory),
                "IsActive": "0" if left else "1",
                "RoleInTerritory2": "Manager" if rep.role == "manager" else "Owner",
            }
        )
    files.users.row(
        made
        | {"Id": IMPORTER, "Name": "Integration User", "Username": "integration@crm.example.com", "IsActive": "1"}
        | {"Email": "integration@crm.example.com", "TimeZoneSidKey": "UTC", "LanguageLocaleKey": "en_US"}
    )
    for territory in export.territories():
        above = TERRITORY_BY_ID[territory.parent] if territory.parent else None
        files.roles.row(
            {
                "Id": salesforce_id("00E", territory.number),
                "Name": f"Sales {territory.name}",
                "ParentRoleId": salesforce_id("00E", above.number) if above else "",
            }
        )
        files.territories.row(
            {
                "Id": territory_id(territory.territory_id),
                "Name": territory.name,
                "DeveloperName": territory.name.replace(" ", "_"),
                "ParentTerritory2Id": territory_id(above.territory_id) if above else "",
                "Territory2ModelId": salesforce_id("0MA", 1),
                "Territory2TypeId": salesforce_id("0M5", 1),
                "ForecastUserId": user_id(territory.manager) if territory.manager in here else "",
                "AccountAccessLevel": "Edit",
                "ContactAccessLevel": "Edit",
                "OpportunityAccessLevel": "Edit",
                "CaseAccessLevel": "None",
            }
        )
