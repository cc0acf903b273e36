"""The objects of Salesforce as its weekly Data Export writes them.

Here: ids, one function per object that hangs on a customer. Not here: files, people and territories (salesforce.py), columns
(salesforce_columns.py).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import count

from ingest.demo.formats.writing import TERRITORY_BY_ID, Export, earlier_phone, spread, user_number, utc_text
from ingest.demo.organisation import REP_BY_ID
from ingest.demo.world import Activity, Contact, Deal, Lead, Record

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [(one + two, one.isupper() | two.isupper() << 1) for one in _BASE62 for two in _BASE62]
"""Every two digits, and which of them is a capital letter (bits 1 and 2)."""
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_STAGES = (
    ("Prospecting", 10),
    ("Qualification", 20),
    ("Needs Analysis", 35),
    ("Proposal/Price Quote", 65),
    ("Negotiation/Review", 80),
)
_TASK_TYPES = {"call": "Call", "visit": "Visit", "meeting": "Meeting", "email": "Email"}
_DESCRIPTIONS = (
    'Met at the spring fair.\nAsked for a "second source".',
    "Invoices go to the head office,\n  attention: accounts payable",
)


@lru_cache(maxsize=64)
def _first_suffix(prefix: str) -> str:
    return _SUFFIX[sum(sign.isupper() << place for place, sign in enumerate(f"{prefix}Hv"))]


def salesforce_id(prefix: str, number: int) -> str:
    """The 18-character id of an object: 15 case-sensitive characters, 3 that repeat their case. `prefix`: e.g. 001."""
    rest, last = divmod(number, 3844)
    first, middle = divmod(rest, 3844)
    one, in_one = _PAIRS[first]
    two, in_two = _PAIRS[middle]
    three, in_three = _PAIRS[last]
    second, third = _SUFFIX[(in_one & 1) << 4], _SUFFIX[in_one >> 1 | in_two << 1 | in_three << 3]
    return f"{prefix}Hv0000{one}{two}{three}{_first_suffix(prefix)}{second}{third}"


def record_id(number: int) -> str:
    """Id of an account."""
    return salesforce_id("001", number + 1)


def contact_id(number: int) -> str:
    """Id of a contact."""
    return salesforce_id("003", number + 1)


def lead_id(number: int) -> str:
    """Id of a lead."""
    return salesforce_id("00Q", number + 1)


def deal_id(number: int) -> str:
    """Id of an opportunity."""
    return salesforce_id("006", number + 1)


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """Id of the user that stands for a person."""
    return salesforce_id("005", user_number(rep_id))


@lru_cache(maxsize=1024)
def territory_id(territory: str) -> str:
    """Id of a territory."""
    return salesforce_id("0MI", TERRITORY_BY_ID[territory].number)


IMPORTER = salesforce_id("005", 9000)
"""The user that imports run under: nobody's rep."""


def as_it_was(record: Record, account: dict[str, str], export: Export) -> dict[str, str]:
    """An account as the first ZIP has it, taken before its last change: another telephone number, and no merge yet."""
    stamp = utc_text(max(record.created_at, export.span(record).since))
    if stamp >= account["SystemModstamp"]:
        return account
    was = {"LastModifiedDate": stamp, "SystemModstamp": stamp, "Phone": earlier_phone(account["Phone"])}
    return account | was | {"IsDeleted": "0", "MasterRecordId": ""}


def account(record: Record, export: Export) -> dict[str, str]:
    """Account at the end of a night."""
    deleted = export.is_deleted(record)
    modified = utc_text(export.modified_at(record))
    last_activity = export.last_activity_at(record)
    parent = "" if record.parent_number is None else record_id(record.parent_number)
    parent_as_text = spread(record.number, 4) == 0
    return {
        "Id": record_id(record.number),
        "IsDeleted": "1" if deleted else "0",
        "MasterRecordId": record_id(record.merged_into) if deleted and record.merged_into is not None else "",
        "Name": record.name,
        "Type": "Customer - Direct",
        "ParentId": "" if parent_as_text else parent,
        "Parent_Account_Ref__c": parent[:15] if parent_as_text else "",
        "BillingStreet": record.street,
        "BillingCity": record.city,
        "BillingState": record.region,
        "BillingPostalCode": record.postal_code,
        "BillingCountry": record.country,
        "Phone": record.phone,
        "Website": record.website,
        "Industry": record.industry,
        "AnnualRevenue": "" if record.annual_revenue is None else f"{record.annual_revenue:.1f}",
        "NumberOfEmployees": "" if record.employee_count is None else str(record.employee_count),
        "Description": _DESCRIPTIONS[spread(record.number, 2)] if spread(record.number, 9) == 0 else "",
        "CurrencyIsoCode": record.currency,
        "OwnerId": user_id(export.span(record).rep_id) if export.span(record).rep_id else IMPORTER,
        "CreatedDate": utc_text(record.created_at),
        "CreatedById": IMPORTER,
        "LastModifiedDate": modified,
        "LastModifiedById": IMPORTER,
        "SystemModstamp": modified,
        "LastActivityDate": "" if last_activity is None else last_activity.date().isoformat(),
        "Credit_Code__c": record.credit_code,
    }


def contact(person: Contact, record: Record, home: str, owner: str) -> dict[str, str]:
    """Contact of an account; `home` is the account it hangs on."""
    first, _, last = person.name.rpartition(" ")
    created = utc_text(person.created_at)
    return {
        "Id": contact_id(person.number),
        "AccountId": home,
        "FirstName": first,
        "LastName": last,
        "Name": person.name,
        "Email": person.email,
        ("MobilePhone" if spread(person.number, 2) else "Phone"): person.phone,
        "Title": person.title,
        "MailingCity": record.city,
        "MailingCountry": record.country,
        "OwnerId": owner,
        "CreatedDate": created,
        "CreatedById": IMPORTER,
        "LastModifiedDate": created,
        "LastModifiedById": IMPORTER,
        "SystemModstamp": created,
    }


def deal(of: Deal, record: Record, home: str, export: Export) -> dict[str, str]:
    """Opportunity at the end of a night."""
    closed = of.decided_on <= export.night
    won = closed and of.is_won
    stage, probability = _stage(of, export)
    territory = export.territory_of(record)
    created = utc_text(of.opened_at)
    modified = max(created, f"{of.decided_on} 12:00:00") if closed else created
    return {
        "Id": deal_id(of.number),
        "AccountId": home if of.names_account else "",
        "Name": of.name,
        "Amount": f"{of.amount}.0",
        "ExpectedRevenue": f"{of.amount * probability / 100:.2f}",
        "StageName": stage,
        "Probability": f"{probability}.0",
        "CloseDate": of.decided_on.isoformat(),
        "Type": "New Customer" if spread(of.number, 3) else "Existing Customer - Upgrade",
        "LeadSource": ("Web", "Phone Inquiry", "Partner Referral")[spread(of.number, 3)],
        "IsClosed": "1" if closed else "0",
        "IsWon": "1" if won else "0",
        "ForecastCategory": "Closed" if won else "Omitted" if closed else "Pipeline",
        "ForecastCategoryName": "Closed" if won else "Omitted" if closed else "Pipeline",
        "Territory2Id": territory_id(territory) if territory else "",
        "IsExcludedFromTerritory2Filter": "0",
        "CurrencyIsoCode": record.currency,
        "OwnerId": user_id(of.rep_id),
        "CreatedDate": created,
        "CreatedById": IMPORTER,
        "LastModifiedDate": modified,
        "LastModifiedById": IMPORTER,
        "SystemModstamp": modified,
    }


def _stage(deal: Deal, export: Export) -> tuple[str, int]:
    if deal.decided_on <= export.night:
        return ("Closed Won", 100) if deal.is_won else ("Closed Lost", 0)
    return _STAGES[export.stage(deal, len(_STAGES))]


def task(activity: Activity, record: Record, home: str) -> dict[str, str]:
    """Task: something that was done about an account."""
    owner, happened = user_id(activity.rep_id), utc_text(activity.happened_at)
    return {
        "Id": salesforce_id("00T", activity.number + 1),
        "WhoId": contact_id(record.contacts[0].number) if record.contacts and activity.kind == "call" else "",
        "WhatId": home,
        "AccountId": home,
        "OwnerId": owner,
        "ActivityDate": happened[:10],
        "Subject": activity.subject,
        "Status": "Completed",
        "Type": _TASK_TYPES.get(activity.kind, "Other"),
        "TaskSubtype": {"call": "Call", "email": "Email"}.get(activity.kind, "Task"),
        "IsClosed": "1",
        "CallDurationInSeconds": str(60 + activity.number % 900) if activity.kind == "call" else "",
        "CreatedDate": happened,
        "CreatedById": owner,
        "LastModifiedDate": happened,
        "LastModifiedById": owner,
        "SystemModstamp": happened,
    }


def history(record: Record, export: Export) -> Iterator[dict[str, str]]:
    """AccountHistory: that the account was made, who got it, and on the account it was merged into that it was merged.

    The first owner is not logged; each change is, as two rows: names, then ids.
    """
    places = count(record.number * 256)
    own, first = record_id(record.number), next(places)
    yield _event(first, own, record.created_at, IMPORTER, "created")
    if spread(record.number, 7) == 0 and record.phone and record.changed_at < export.end:
        # The last place, since it may come after any change of owner and ids must be the same every night.
        yield _event(first + 254, own, record.changed_at, IMPORTER, "Phone", "Text", earlier_phone(record.phone), record.phone)
    if record.merged_into is not None and record.deleted_at is not None and export.is_deleted(record):
        yield _event(first + 255, record_id(record.merged_into), record.deleted_at, IMPORTER, "accountMerged")
    for before, after in export.changes(record):
        by = user_id(after.actor) if after.actor else IMPORTER
        names = ("Integration User" if rep is None else REP_BY_ID[rep].name for rep in (before.rep_id, after.rep_id))
        yield _event(next(places), own, after.since, by, "Owner", "Text", *names)
        ids = (IMPORTER if rep is None else user_id(rep) for rep in (before.rep_id, after.rep_id))
        yield _event(next(places), own, after.since, by, "Owner", "EntityId", *ids)


def _event(number: int, account_id: str, moment: datetime, by: str, field: str, *values: str) -> dict[str, str]:
    return {
        "Id": salesforce_id("017", number),
        "IsDeleted": "0",
        "AccountId": account_id,
        "CreatedById": by,
        "CreatedDate": utc_text(moment),
        "Field": field,
        **dict(zip(("DataType", "OldValue", "NewValue"), values, strict=False)),
    }


def lead(of: Lead, export: Export) -> dict[str, str]:
    """Lead at the end of a night."""
    first, _, last = of.name.rpartition(" ")
    span = export.span(of)
    converted = of.converted_at is not None and of.converted_at < export.end
    modified = utc_text(max(span.since, of.converted_at) if converted else max(span.since, of.created_at))
    return {
        "Id": lead_id(of.number),
        "IsDeleted": "0",
        "FirstName": first,
        "LastName": last,
        "Company": of.company_name,
        "Email": of.email,
        "Phone": of.phone,
        "City": of.city,
        "State": of.region,
        "Country": of.country,
        "LeadSource": of.source,
        "Status": "Closed - Converted" if converted else "Working - Contacted",
        "OwnerId": user_id(span.rep_id) if span.rep_id else IMPORTER,
        "IsConverted": "1" if converted else "0",
        "ConvertedDate": of.converted_at.date().isoformat() if converted else "",
        "ConvertedAccountId": record_id(of.converted_to) if converted and of.converted_to is not None else "",
        "IsUnreadByOwner": "0",
        "CreatedDate": utc_text(of.created_at),
        "CreatedById": IMPORTER,
        "LastModifiedDate": modified,
        "LastModifiedById": IMPORTER,
        "SystemModstamp": modified,
    }
