"""The shapes of the demo's world: what is true about the fictional supplier's customers, and what each CRM's users typed.

Here: dataclasses only, shared by those who invent the world (company.py) and those who write it down in a CRM's format (formats/).
Not here: inventing (company.py, organisation.py), formats, the home (home.py).

All moments are UTC with a zone; a writer turns them into its CRM's own way. A night is the day that an export describes; an export is
taken at the end of that day, so everything that happened up to its last second in SYSTEMS[...].time_zone is in it.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

SYSTEMS: dict[str, str] = {
    "salesforce": "America/New_York",
    "zoho": "Europe/Berlin",
    "fxiaoke": "Asia/Shanghai",
    "neocrm": "Asia/Shanghai",
    "yonyou": "Asia/Shanghai",
    "jiandaoyun": "Asia/Shanghai",
}
"""The CRMs of the fictional company -> the zone on whose calendar each one's days begin and end."""


@dataclass(frozen=True, kw_only=True)
class OwnerSpan:
    """Who owned a record from a moment on. `rep_id` None: it lies in the public pool, or nobody ever had it. `action`: created, assigned,
    claimed, returned, retaken, handed_over, realigned. `actor`: rep_id of who did it, None for the system."""

    since: datetime
    rep_id: str | None
    action: str
    actor: str | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person at a customer (联系人); invented."""

    number: int
    name: str
    title: str
    phone: str
    email: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something a person did about a record (跟进). `kind`: call, visit, meeting, task, email."""

    number: int
    kind: str
    subject: str
    rep_id: str
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money that came in for an order (回款)."""

    number: int
    amount: int
    paid_on: date


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order (订单) with what was paid for it so far. `rep_id` is empty where it came through the web shop."""

    number: int
    rep_id: str
    amount: int
    ordered_on: date
    payments: tuple[Payment, ...]


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A deal (商机), open until `decided_on`. `names_account` False: nobody entered the account."""

    number: int
    name: str
    rep_id: str
    amount: int
    opened_at: datetime
    decided_on: date
    is_won: bool
    names_account: bool


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who works on a record beside its owner (相关团队). `share_ratio` of the credit, 0 where none was agreed."""

    rep_id: str
    can_write: bool
    share_ratio: float


@dataclass(frozen=True, kw_only=True)
class TypedText:
    """What somebody typed of a customer; "" where nobody typed anything."""

    name: str
    short_name: str
    english_name: str
    credit_code: str
    street: str
    district: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    email: str
    website: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A customer as one CRM writes it. `number` is unique within its system and makes the CRM's id.

    `owners` is in time order and starts at `created_at`. `deleted_at`, `merged_into` (number of the surviving record of the same
    system, merged at deleted_at) are None for most. `vanishes`: a deleted record is simply absent from then on. Text fields are as
    typed, "" where nobody typed anything. `currency` is the currency of annual_revenue and of every amount below. `corrected_at`: when
    somebody corrected what was typed, and `text_before`: what stood there until then; None for nearly all.
    """

    system: str
    number: int
    customer_number: int
    name: str
    short_name: str
    english_name: str
    credit_code: str
    street: str
    district: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    email: str
    website: str
    industry: str
    employee_count: int | None
    annual_revenue: int | None
    currency: str
    created_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    vanishes: bool
    merged_into: int | None
    parent_number: int | None
    territory_id: str | None
    owners: tuple[OwnerSpan, ...]
    members: tuple[Member, ...]
    contacts: tuple[Contact, ...]
    deals: tuple[Deal, ...]
    activities: tuple[Activity, ...]
    orders: tuple[Order, ...]
    corrected_at: datetime | None = None
    text_before: TypedText | None = None

    def at(self, end: datetime) -> "Record":
        """The record with the text that stood there just before a moment."""
        if self.corrected_at is None or self.text_before is None or self.corrected_at < end:
            return self
        return replace(self, **asdict(self.text_before), corrected_at=None, text_before=None)

    def owner_at(self, moment: datetime) -> OwnerSpan:
        """The span in force at a moment at or after `created_at`."""
        return [span for span in self.owners if span.since <= moment][-1]


@dataclass(frozen=True, kw_only=True)
class Lead:
    """Somebody who may become a customer (线索), as one CRM writes it. `owners` as of a record."""

    system: str
    number: int
    name: str
    company_name: str
    phone: str
    email: str
    city: str
    region: str
    country: str
    source: str
    created_at: datetime
    owners: tuple[OwnerSpan, ...]
    converted_to: int | None
    converted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with one system's export of one night, on purpose.

    `kind`: missing (no folder at all), partial (the customers' file lost more than half of its rows), repeated (the same file lies there
    twice), corrected (a first export with an early stamp lacks its newest rows, a second with a later stamp has all), garbled
    (rows that cannot be read: no id, a repeated id, a surplus cell).
    """

    system: str
    night: date
    kind: str
