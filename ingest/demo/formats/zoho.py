"""The fictional company's Zoho CRM: the data backup of a night, one ZIP, and the accounts' timeline as the API returns it.

Here: one CSV per module under its display labels, ids with zcrm_, amounts with a sign and commas, times of Berlin without a zone, and
in two columns the way the person who exports reads them (Oct 7, 2025 6:55 PM); the timeline with bare ids and times with an offset.
Not here: the mapping (sources/zoho/source.yml), the columns' labels (zoho_columns.py).

A deleted account is absent: the backup has no mark for it. The timeline tells the owners mostly as {id, name}, sometimes as a name,
and also what was not about the owner. Meetings and visits stand among the tasks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.demo.formats import zoho_columns as columns
from ingest.demo.formats.writing import (
    MONTHS,
    TERRITORY_BY_ID,
    CsvSpool,
    Export,
    JsonSpool,
    Spools,
    Write,
    earlier_phone,
    spread,
    twice_or_corrected,
    user_number,
    zip_of,
)
from ingest.demo.organisation import REP_BY_ID
from ingest.demo.world import SYSTEMS, Activity, Contact, Deal, Lead, OwnerSpan, Record

SYSTEM = "zoho"
FLAGS_DELETION = False
"""A deleted account is absent from the next backup."""

_ZONE = ZoneInfo(SYSTEMS[SYSTEM])
_MADE = datetime(2024, 11, 4, 6, 0, tzinfo=UTC)
_SIGNS = {"EUR": "€", "USD": "$", "CNY": "¥"}
_STAGES = (("Qualification", 10), ("Needs Analysis", 30), ("Proposal/Price Quote", 60), ("Negotiation/Review", 85))
_MODULES = {"account": 1, "contact": 2, "lead": 3, "deal": 4, "task": 5, "call": 6, "user": 7, "territory": 8, "event": 9}
_PAGE_SIZE = 200  # what the timeline API returns at most


def bare_id(module: str, number: int) -> str:
    """An id as the API writes it: 18 digits, never a zero at the end (which would look like a number that Excel rounded)."""
    return f"58934{_MODULES[module]}{number + 1:011d}{number % 9 + 1}"


_ADMIN_ID = f"zcrm_{bare_id('user', 9000)}"
"""The person who set Zoho up: nobody's rep."""


def record_id(number: int) -> str:
    """Id of an account, as the backup writes it."""
    return f"zcrm_{bare_id('account', number)}"


def contact_id(number: int) -> str:
    """Id of a contact, as the backup writes it."""
    return f"zcrm_{bare_id('contact', number)}"


def lead_id(number: int) -> str:
    """Id of a lead, as the backup writes it."""
    return f"zcrm_{bare_id('lead', number)}"


def deal_id(number: int) -> str:
    """Id of a deal, as the backup writes it."""
    return f"zcrm_{bare_id('deal', number)}"


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """Id of the user that stands for a person, as the backup writes it."""
    return f"zcrm_{bare_id('user', user_number(rep_id))}"


@lru_cache(maxsize=1024)
def territory_id(territory: str) -> str:
    """Id of a territory, as the backup writes it."""
    return f"zcrm_{bare_id('territory', TERRITORY_BY_ID[territory].number)}"


class _Files(NamedTuple):
    """What one pass over the company fills. `early`: the accounts as a first, incomplete backup has them."""

    accounts: CsvSpool
    early: CsvSpool
    contacts: CsvSpool
    leads: CsvSpool
    deals: CsvSpool
    tasks: CsvSpool
    calls: CsvSpool
    users: CsvSpool
    territories: CsvSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    filled = _Files(*(spools.csv(named, line_end="\r\n") for named in columns.FILES))
    timeline = spools.json(_around, page_size=_PAGE_SIZE)
    _fill(export, filled, timeline)
    others = [("Contacts", filled.contacts), ("Leads", filled.leads), ("Deals", filled.deals), ("Tasks", filled.tasks)]
    others += [("Calls", filled.calls), ("Users", filled.users), ("Territories", filled.territories)]
    first, last = (
        [(f"Data/{module}_001.csv", spool) for module, spool in [("Accounts", accounts), *others]]
        for accounts in (filled.early, filled.accounts)
    )
    yield from twice_or_corrected("Data_001.zip", export, zip_of(last), zip_of(first))
    if timeline.count:
        yield "timeline_accounts.json", timeline.copy_to


def _around(total: int, number: int) -> tuple[str, str]:
    more = "true" if number * _PAGE_SIZE < total else "false"
    return '{"__timeline":', f',"info":{{"per_page":{_PAGE_SIZE},"page":{number},"more_records":{more}}}}}'


def _fill(export: Export, files: _Files, timeline: JsonSpool) -> None:
    garbled: list[dict[str, object]] = []
    for record in export.records(flags_deletion=FLAGS_DELETION):
        account = _account(record, export)
        if len(garbled) < 2:
            garbled.append(account)
        for file in export.files_for(record, files.accounts, files.early):
            file.row(account)
        _write_children(record, account, export, files)
        _write_timeline(record, export, timeline)
    if "garbled" in export.faults:
        files.accounts.row({"Account Name": "import 0419 line 17", "Modified Time": _local(_MADE)})
        for account in garbled[:1]:
            files.accounts.row(account | {"Account Name": f"{account['Account Name']} (old)"})
        for account in garbled[1:]:
            files.accounts.broken_row(account | {"Record Id": record_id(900_000_000), "Account Name": "loose comma"})
    for lead in export.leads():
        files.leads.row(_lead(lead, export))
    _write_people(export, files)


def _local(moment: datetime) -> str:
    return moment.astimezone(_ZONE).isoformat(" ")[:19]


def _as_read(moment: datetime | None) -> str:
    """A time as an English reader's settings show it: Oct 7, 2025 6:55 PM."""
    if moment is None:
        return ""
    here = moment.astimezone(_ZONE)
    half = "AM" if here.hour < 12 else "PM"
    return f"{MONTHS[here.month - 1]} {here.day}, {here.year} {here.hour % 12 or 12}:{here.minute:02d} {half}"


def _money(amount: float | None, currency: str) -> str:
    return "" if amount is None else f"{_SIGNS.get(currency, '')}{amount:,.2f}"


def _name(rep_id: str | None) -> str:
    return "Zoho Admin" if rep_id is None else REP_BY_ID[rep_id].name


def _user(rep_id: str | None) -> str:
    return _ADMIN_ID if rep_id is None else user_id(rep_id)


def _audit(created_by: str | None, created: datetime, modified: datetime) -> dict[str, object]:
    id_, name, made = _user(created_by), _name(created_by), _local(created)
    return {
        "Created By.id": id_,
        "Created By": name,
        "Modified By.id": id_,
        "Modified By": name,
        "Created Time": made,
        "Modified Time": made if modified is created else _local(modified),
        "Locked": "false",
    }


def _account(record: Record, export: Export) -> dict[str, object]:
    owner, territory = export.span(record).rep_id, export.territory_of(record)
    modified = export.modified_at(record)
    return _audit(None, record.created_at, modified) | {
        "Record Id": record_id(record.number),
        "Account Owner.id": _user(owner),
        "Account Owner": _name(owner),
        "Account Name": record.name,
        "Account Type": "Customer",
        "Parent Account.id": "" if record.parent_number is None else record_id(record.parent_number),
        "Industry": record.industry,
        "Employees": "" if record.employee_count is None else f"{record.employee_count:,}",
        "Annual Revenue": _money(record.annual_revenue, record.currency),
        "Phone": record.phone,
        "Website": record.website,
        "Billing Street": record.street,
        "Billing City": record.city,
        "Billing State": record.region,
        "Billing Code": record.postal_code,
        "Billing Country": record.country,
        "Territories.id": "" if territory is None else territory_id(territory),
        "Territories": "" if territory is None else TERRITORY_BY_ID[territory].name,
        "Currency": record.currency,
        "Exchange Rate": "1",
        "Last Activity Time": _as_read(export.last_activity_at(record)),
        "Change Log Time": _as_read(modified),
    }


def _write_children(record: Record, account: dict[str, object], export: Export, files: _Files) -> None:
    for contact in export.contacts(record):
        files.contacts.row(_contact(contact, account))
    for deal in export.deals(record):
        files.deals.row(_deal(deal, record, account, export))
    for activity in export.activities(record):
        _write_activity(activity, record, files)


def _contact(contact: Contact, account: dict[str, object]) -> dict[str, object]:
    first, _, last = contact.name.rpartition(" ")
    return _audit(None, contact.created_at, contact.created_at) | {
        "Record Id": contact_id(contact.number),
        "Contact Owner.id": account["Account Owner.id"],
        "Contact Owner": account["Account Owner"],
        "First Name": first,
        "Last Name": last,
        "Account Name.id": account["Record Id"],
        "Account Name": account["Account Name"],
        "Title": contact.title,
        "Email": contact.email,
        ("Mobile" if spread(contact.number, 2) else "Phone"): contact.phone,
    }


def _deal(deal: Deal, record: Record, account: dict[str, object], export: Export) -> dict[str, object]:
    closed = deal.decided_on <= export.night
    if closed:
        stage, probability = ("Closed Won", 100) if deal.is_won else ("Closed Lost", 0)
    else:
        stage, probability = _STAGES[export.stage(deal, len(_STAGES))]
    decided = datetime(deal.decided_on.year, deal.decided_on.month, deal.decided_on.day, 10, 0, tzinfo=UTC)
    return _audit(deal.rep_id, deal.opened_at, max(decided, deal.opened_at) if closed else deal.opened_at) | {
        "Record Id": deal_id(deal.number),
        "Deal Owner.id": user_id(deal.rep_id),
        "Deal Owner": _name(deal.rep_id),
        "Deal Name": deal.name,
        "Amount": _money(deal.amount, record.currency),
        "Expected Revenue": _money(deal.amount * probability / 100, record.currency),
        "Stage": stage,
        "Closing Date": deal.decided_on.isoformat(),
        "Probability (%)": str(probability),
        "Type": "New Business" if spread(deal.number, 3) else "Existing Business",
        "Lead Source": ("Web Site", "Phone", "Partner")[spread(deal.number, 3)],
        "Account Name.id": account["Record Id"] if deal.names_account else "",
        "Account Name": account["Account Name"] if deal.names_account else "",
        "Territory.id": account["Territories.id"],
        "Territory": account["Territories"],
        "Currency": record.currency,
        "Overall Sales Duration": str((deal.decided_on - deal.opened_at.date()).days) if closed else "",
    }


def _write_activity(activity: Activity, record: Record, files: _Files) -> None:
    common = _audit(activity.rep_id, activity.happened_at, activity.happened_at) | {
        "Subject": activity.subject,
        "What Id.id": record_id(record.number),
        "What Id": record.name,
        "Who Id.id": contact_id(record.contacts[0].number) if record.contacts else "",
        "Who Id": record.contacts[0].name if record.contacts else "",
    }
    owner, name, happened = user_id(activity.rep_id), _name(activity.rep_id), common["Created Time"]
    if activity.kind == "call":
        files.calls.row(
            common
            | {"Record Id": f"zcrm_{bare_id('call', activity.number)}", "Call Owner.id": owner, "Call Owner": name}
            | {"Call Start Time": happened, "Call Duration in seconds": str(60 + activity.number % 900)}
        )
        return
    files.tasks.row(
        common
        | {"Record Id": f"zcrm_{bare_id('task', activity.number)}", "Task Owner.id": owner, "Task Owner": name, "Status": "Completed"}
        | {"Due Date": str(happened)[:10], "Closed Time": happened}
    )


def _lead(lead: Lead, export: Export) -> dict[str, object]:
    first, _, last = lead.name.rpartition(" ")
    span = export.span(lead)
    converted = lead.converted_at is not None and lead.converted_at < export.end
    modified = max(span.since, lead.created_at, lead.converted_at if converted else lead.created_at)
    return _audit(None, lead.created_at, modified) | {
        "Record Id": lead_id(lead.number),
        "Lead Owner.id": _user(span.rep_id),
        "Lead Owner": _name(span.rep_id),
        "Company": lead.company_name,
        "First Name": first,
        "Last Name": last,
        "Email": lead.email,
        "Phone": lead.phone,
        "Lead Source": lead.source,
        "Lead Status": "Contacted",
        "City": lead.city,
        "State": lead.region,
        "Country": lead.country,
        "Converted": "true" if converted else "false",
        "Converted Account.id": record_id(lead.converted_to) if converted and lead.converted_to is not None else "",
        "Converted Date Time": _local(lead.converted_at) if converted else "",
    }


def _write_people(export: Export, files: _Files) -> None:
    reps = list(export.company.users(SYSTEM))
    here = {rep.rep_id for rep in reps}
    for rep in reps:
        boss = rep.manager if rep.manager in here else None
        files.users.row(
            {
                "Record Id": user_id(rep.rep_id),
                "Full Name": rep.name,
                "Email": rep.user_name,
                "Status": "inactive" if export.has_left(rep.rep_id) else "active",
                "Role": "Sales Manager" if rep.role == "manager" else "Sales",
                "Profile": "Standard",
                "Time Zone": SYSTEMS[SYSTEM],
                "Date Format": "MMM d, yyyy",
                "Reporting To.id": user_id(boss) if boss else "",
                "Reporting To": _name(boss) if boss else "",
            }
        )
    admin = {"Record Id": _user(None), "Full Name": _name(None), "Email": "zoho.admin@crm.example.com", "Status": "active"}
    files.users.row(admin | {"Role": "CEO", "Profile": "Administrator", "Time Zone": SYSTEMS[SYSTEM], "Date Format": "MMM d, yyyy"})
    for territory in export.territories():
        above = TERRITORY_BY_ID[territory.parent] if territory.parent else None
        leads_it = territory.manager if territory.manager in here else None
        files.territories.row(
            {column: cell for column, cell in _audit(None, _MADE, _MADE).items() if column != "Locked"}
            | {
                "Record Id": territory_id(territory.territory_id),
                "Name": territory.name,
                "Api Name": territory.name.replace(" ", "_"),
                "Manager.id": user_id(leads_it) if leads_it else "",
                "Manager": _name(leads_it) if leads_it else "",
                "Reporting To.id": territory_id(above.territory_id) if above else "",
                "Reporting To": above.name if above else "",
                "Permission Type": "read_only",
            }
        )


def _write_timeline(record: Record, export: Export, timeline: JsonSpool) -> None:
    """What happened to an account: that it was made, now and then another field, and who got it."""
    account = {"name": record.name, "id": bare_id("account", record.number)}
    first = record.number * 256

    def event(place: int, moment: datetime, by: str | None, action: str, fields: list[dict[str, object]]) -> None:
        timeline.record(
            {
                "id": bare_id("event", first + place),
                "audited_time": moment.astimezone(_ZONE).isoformat(timespec="seconds"),
                "action": action,
                "source": "crm_ui",
                "done_by": {"name": _name(by), "id": _user(by)[5:]},
                "record": account,
                "field_history": fields,
            }
        )

    event(0, record.created_at, None, "added", [])
    if spread(record.number, 7) == 0 and record.phone and record.changed_at < export.end:
        values = {"old": earlier_phone(record.phone), "new": record.phone}
        # The last place, since it may come after any change of owner and ids must be the same every night.
        event(255, record.changed_at, None, "updated", [{"api_name": "Phone", "field_label": "Phone", "_value": values}])
    for place, (before, after) in enumerate(export.changes(record), start=1):
        values = {"old": _owner(before, record), "new": _owner(after, record)}
        event(place, after.since, after.actor, "updated", [{"api_name": "Owner", "field_label": "Account Owner", "_value": values}])


def _owner(span: OwnerSpan, record: Record) -> object:
    if spread(record.number, 5) == 0:
        return _name(span.rep_id)
    return {"id": _user(span.rep_id)[5:], "name": _name(span.rep_id)}
