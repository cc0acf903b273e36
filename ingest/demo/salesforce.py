"""The fictional company as Salesforce exports it: Account, Opportunity and User, one CSV each, one folder per night.

Here: the format of Data Loader (API names, 18-character ids, UTC times with Z, true/false, every cell quoted), and the
rows that are wrong in the ways a real export is wrong.
Not here: what is true (company.py), the mapping (sources/salesforce/source.yml).

Every night is a whole export of what stood in the CRM then. Owners, stages and new records differ between nights.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from ingest.demo.company import Company, Deal, Record
from ingest.demo.organisation import LEAVER, REPS

CURRENCY = "CNY"
"""Every amount is in the home currency: there is no sheet of exchange rates yet."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_INTEGRATION_USER = 9000  # the user that imports run under: nobody's rep
_STAGES = (
    ("Prospecting", 10),
    ("Qualification", 20),
    ("Needs Analysis", 35),
    ("Proposal/Price Quote", 65),
    ("Negotiation/Review", 80),
)

ACCOUNT_COLUMNS = (
    "Id", "IsDeleted", "MasterRecordId", "Name", "Type", "ParentId", "BillingStreet", "BillingCity",
    "BillingState", "BillingPostalCode", "BillingCountry", "BillingLatitude", "BillingLongitude", "Phone", "Fax",
    "AccountNumber", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "CurrencyIsoCode", "OwnerId",
    "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp", "LastActivityDate",
    "Credit_Code__c",
)  # fmt: skip
OPPORTUNITY_COLUMNS = (
    "Id", "IsDeleted", "AccountId", "Name", "StageName", "Amount", "Probability", "CloseDate", "Type",
    "LeadSource", "IsClosed", "IsWon", "ForecastCategoryName", "CurrencyIsoCode", "OwnerId", "CreatedDate",
    "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
)  # fmt: skip
USER_COLUMNS = (
    "Id", "Username", "Name", "Email", "IsActive", "ManagerId", "Department", "Division", "TimeZoneSidKey",
    "LanguageLocaleKey", "CreatedDate", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip


def salesforce_id(prefix: str, number: int) -> str:
    """The 18-character id of an object: 15 case-sensitive characters, 3 that repeat their case. `prefix`: e.g. 001."""
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    body = f"{prefix}Hv0000{digits}"
    chunks = (body[start : start + 5] for start in (0, 5, 10))
    return body + "".join(_SUFFIX[sum(sign.isupper() << place for place, sign in enumerate(chunk))] for chunk in chunks)


def account_id(record: Record) -> str:
    """Id of the account that stands for a record."""
    return salesforce_id("001", record.number + 1)


def user_id(rep_id: str) -> str:
    """Id of the user that stands for a person."""
    return salesforce_id("005", next(rep.number for rep in REPS if rep.rep_id == rep_id))


def exports(company: Company) -> Iterator[tuple[str, bytes]]:
    """Every export file, one at a time: path below landing/, content."""
    users = {rep.rep_id: user_id(rep.rep_id) for rep in REPS}
    for night in company.nights:
        folder = f"salesforce/{night}"
        yield f"{folder}/Account.csv", _csv(ACCOUNT_COLUMNS, _accounts(company, night, users))
        yield f"{folder}/Opportunity.csv", _csv(OPPORTUNITY_COLUMNS, _opportunities(company, night, users))
        yield f"{folder}/User.csv", _csv(USER_COLUMNS, _users(company, night))


def _csv(columns: tuple[str, ...], rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _accounts(company: Company, night: date, users: dict[str, str]) -> list[list[str]]:
    standing = [record for record in company.records if record.created_at.date() <= night]
    rows = [_account(record, night, users) for record in standing]
    blank = dict.fromkeys(ACCOUNT_COLUMNS, "")
    # What a real export holds too: a row without Id, one that repeats an Id, one with a cell too many.
    no_id = blank | {
        "IsDeleted": "false",
        "Name": "import 0419 line 17",
        "OwnerId": salesforce_id("005", _INTEGRATION_USER),
    }
    repeated = rows[0] | {"Name": f"{rows[0]['Name']} (old)"}
    broken = rows[1] | {"Id": salesforce_id("001", 900_000), "Name": "loose comma"}
    cells = [[row[column] for column in ACCOUNT_COLUMNS] for row in [*rows, no_id, repeated]]
    return [*cells, [*(broken[column] for column in ACCOUNT_COLUMNS), "surplus"]]


def _account(record: Record, night: date, users: dict[str, str]) -> dict[str, str]:
    since = max(day for day, _ in record.owners if day <= night)
    deleted = record.deleted_on is not None and record.deleted_on <= night
    changed = datetime(night.year, night.month, night.day, 3, 30, tzinfo=UTC) if deleted else _changed_at(record.created_at, since)
    importer = salesforce_id("005", _INTEGRATION_USER)
    row = dict.fromkeys(ACCOUNT_COLUMNS, "") | {
        "Id": account_id(record),
        "IsDeleted": _flag(deleted),
        "Name": record.name,
        "Type": "Customer - Direct",
        "BillingStreet": record.street,
        "BillingCity": record.city,
        "BillingState": record.region,
        "BillingPostalCode": record.postal_code,
        "BillingCountry": record.country,
        "Phone": record.phone,
        "Website": record.website,
        "Industry": record.industry,
        "AnnualRevenue": f"{record.annual_revenue}.0",
        "NumberOfEmployees": str(record.employee_count),
        "CurrencyIsoCode": CURRENCY,
        "OwnerId": users[record.owner_on(night)],
        "CreatedDate": _instant(record.created_at),
        "CreatedById": importer,
        "LastModifiedDate": _instant(changed),
        "LastModifiedById": importer,
        "SystemModstamp": _instant(changed),
        "Credit_Code__c": record.credit_code,
    }
    if record.number == 5:  # figures that somebody pasted from a brochure
        row |= {"AnnualRevenue": "about 2 million", "NumberOfEmployees": "50-100"}
    return row


def _changed_at(created: datetime, since: date) -> datetime:
    """When the record was last touched: when it was made, or on the morning its owner changed."""
    return max(created, datetime(since.year, since.month, since.day, 1, 15, tzinfo=UTC))


def _opportunities(company: Company, night: date, users: dict[str, str]) -> list[list[str]]:
    accounts = {record.number: account_id(record) for record in company.records}
    rows = []
    for deal in company.deals:
        if deal.opened_at.date() <= night:
            row = _opportunity(deal, night, users, accounts)
            rows.append([row[column] for column in OPPORTUNITY_COLUMNS])
    return rows


def _opportunity(deal: Deal, night: date, users: dict[str, str], accounts: dict[int, str]) -> dict[str, str]:
    closed = deal.decided_on <= night
    stage, probability = _stage(deal, night)
    changed = _changed_at(deal.opened_at, deal.decided_on) if closed else deal.opened_at
    importer = salesforce_id("005", _INTEGRATION_USER)
    row = dict.fromkeys(OPPORTUNITY_COLUMNS, "") | {
        "Id": salesforce_id("006", deal.number + 1),
        "IsDeleted": "false",
        "AccountId": "" if deal.record_number is None else accounts[deal.record_number],
        "Name": deal.name,
        "StageName": stage,
        "Amount": f"{deal.amount}.0",
        "Probability": f"{probability}.0",
        "CloseDate": deal.decided_on.isoformat(),
        "Type": "New Customer" if deal.number % 3 else "Existing Customer - Upgrade",
        "LeadSource": ("Web", "Phone Inquiry", "Partner Referral")[deal.number % 3],
        "IsClosed": _flag(closed),
        "IsWon": _flag(closed and deal.is_won),
        "ForecastCategoryName": "Closed" if closed and deal.is_won else "Omitted" if closed else "Pipeline",
        "CurrencyIsoCode": CURRENCY,
        "OwnerId": users[deal.owner],
        "CreatedDate": _instant(deal.opened_at),
        "CreatedById": importer,
        "LastModifiedDate": _instant(changed),
        "LastModifiedById": importer,
        "SystemModstamp": _instant(changed),
    }
    if deal.number == 3:
        row["Amount"] = "12,5oo"
    if deal.number == 4:
        row["AccountId"] = salesforce_id("001", 900_001)  # an account that was removed for good
    return row


def _stage(deal: Deal, night: date) -> tuple[str, int]:
    if deal.decided_on <= night:
        return ("Closed Won", 100) if deal.is_won else ("Closed Lost", 0)
    opened = deal.opened_at.date()
    passed = (night - opened).days / (deal.decided_on - opened).days
    return _STAGES[int(passed * len(_STAGES))]


def _users(company: Company, night: date) -> list[list[str]]:
    gone = len(company.nights) > 1 and night == company.nights[-1]
    made = datetime(2024, 11, 4, 6, 0, tzinfo=UTC)
    rows = []
    for rep in REPS:
        left = gone and rep.rep_id == LEAVER
        changed = datetime(night.year, night.month, night.day, 2, 0, tzinfo=UTC) if left else made
        rows.append(
            {
                "Id": user_id(rep.rep_id),
                "Username": rep.user_name,
                "Name": rep.name,
                "Email": rep.user_name,
                "IsActive": _flag(not left),
                "ManagerId": user_id(rep.manager) if rep.manager else "",
                "Department": "Sales",
                "Division": rep.territory_id,
                "TimeZoneSidKey": "Asia/Shanghai",
                "LanguageLocaleKey": "en_US",
                "CreatedDate": _instant(made),
                "LastModifiedDate": _instant(changed),
                "SystemModstamp": _instant(changed),
            }
        )
    integration = dict.fromkeys(USER_COLUMNS, "") | {
        "Id": salesforce_id("005", _INTEGRATION_USER),
        "Username": "integration@crm.example.com",
        "Name": "Integration User",
        "Email": "integration@crm.example.com",
        "IsActive": "true",
        "TimeZoneSidKey": "UTC",
        "LanguageLocaleKey": "en_US",
        "CreatedDate": _instant(made),
        "LastModifiedDate": _instant(made),
        "SystemModstamp": _instant(made),
    }
    return [[row[column] for column in USER_COLUMNS] for row in [*rows, integration]]
