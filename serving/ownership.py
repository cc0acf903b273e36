"""Who owned a customer on a day, as known on a day, and by what it is proven: answers out of the published copy's record.

Here: one customer's answer with its history, from fct_ownership_events. Not here: which customer is meant (explain.py), its words
(sentences.py), printing (orchestration/owner.py), whether the record was altered (ingest/record, orchestration/verify.py).

Three days make a question. `on`: the day that is asked about. `known_on`: only what exports up to that day show, also if their files came
late. `recorded_on`: only what the record held on that night, which is what was published then. In a company whose exports come every night
the last two give the same; the answer says where they do not.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from ingest.errors import NotFound
from serving.explain import find_customer
from serving.questions import TABLES_ASKED, last_publication

TABLES_OWNED = (*TABLES_ASKED, "customer_id_redirects", "fct_ownership_events", "fct_ownership_conflicts")
"""What the copy must hold for these answers."""

Row = dict[str, Any]

_SEEN = """
seen as (
    select * from fct_ownership_events
    where customer_id = $id and role = $role and known_on <= $known_on and recorded_on <= $recorded_on
),
standing as (
    select * from seen
    where kind = 'change' and event_id not in (select withdrawn_event_id from seen where kind = 'withdrawal')
)
"""
_HISTORY = f"""
with {_SEEN},
files as (
    select sha256, min(file) as file, min(as_of_date) as exported_on from audit_files group by sha256
),
names as (
    select rep_id as id, arg_max(rep_name, valid_from) as name from dim_reps group by rep_id
    union all
    select territory_id as id, arg_max(territory_name, valid_from) as name from dim_territories group by territory_id
)
select
    standing.happened_on as valid_from,
    lead(standing.happened_on) over (order by standing.happened_on) as valid_to,
    standing.to_id as id,
    names.name,
    standing.cause,
    standing.source_cause,
    appointments.cause as policy,
    standing.rule_id,
    standing.rules_version,
    standing.actor,
    standing.source,
    standing.record_id,
    files.file,
    standing.evidence_file_sha256,
    standing.evidence_row,
    standing.happened_at,
    standing.known_on,
    standing.recorded_on,
    standing.event_id,
    standing.sequence,
    standing.row_hash
from standing
left join names on standing.to_id = names.id
left join (
    select distinct to_id, happened_on, cause from fct_ownership_events
    where customer_id = $id and role = 'appointment' and kind = 'change'
) as appointments
    on standing.cause = 'appointed' and standing.to_id = appointments.to_id and standing.happened_on = appointments.happened_on
left join files on standing.evidence_file_sha256 = files.sha256
order by standing.happened_on
"""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """An answer. `owner`, `territory`: the period that holds on the day (`id` None: in the public pool), None where the record does not
    reach back so far. `owners`, `territories`: all periods as known then. `late`: changes that could be known by `known_on`, but that came
    with files that were late. `redirected_from`: the retired id that was asked for, where its heir answers. `conflicts`: who else claimed
    it on that day, as known today. `record_begins`: the first night that was recorded."""

    customer_id: str
    customer_name: str | None
    redirected_from: Row | None
    as_of_date: str
    on: str
    known_on: str
    recorded_on: str
    owner: Row | None
    territory: Row | None
    owners: list[Row]
    territories: list[Row]
    late: list[Row]
    conflicts: list[Row]
    record_begins: str | None


def owned(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    *,
    on: date | None = None,
    known_on: date | None = None,
    recorded_on: date | None = None,
) -> Owned:
    """Who owned the customer that `text` means; every day is the publication's where it is not given.

    A retired id answers for itself where it was still in use on `known_on` and `recorded_on`, else its heir does. Raises NotFound for
    nobody, several, or a day after the publication's.
    """
    today = last_publication(connection)["as_of_date"].iloc[0].date()
    for name, day in (("--on", on), ("--known-on", known_on), ("--recorded-on", recorded_on)):
        if day is not None and day > today:
            raise NotFound(
                f"NotFound: {name} {day} is after {today}, the day that the published copy describes. Nobody knows yet.\n"
                "  Ask for that day or an earlier one, or run `bailiwick refresh` when newer exports are there."
            )
    on, known_on, recorded_on = on or known_on or today, known_on or today, recorded_on or today
    customer_id, redirect = find_customer(connection, text)
    days = {"known_on": known_on, "recorded_on": recorded_on}
    if redirect and _history(connection, redirect["old_customer_id"], "owner", **days):
        customer_id, redirect = redirect["old_customer_id"], None
    owners = _history(connection, customer_id, "owner", **days)
    territories = _history(connection, customer_id, "territory", **days)
    begins = connection.execute("select min(recorded_on) from fct_ownership_events").fetchall()[0][0]
    return Owned(
        customer_id=customer_id,
        customer_name=_name(connection, customer_id),
        redirected_from=redirect,
        as_of_date=today.isoformat(),
        on=on.isoformat(),
        known_on=known_on.isoformat(),
        recorded_on=recorded_on.isoformat(),
        owner=_holding(owners, on),
        territory=_holding(territories, on),
        owners=owners,
        territories=territories,
        late=_late(connection, customer_id, known_on, today) if begins and begins <= known_on else [],
        record_begins=begins.isoformat() if begins else None,
        conflicts=_rows(
            connection,
            "select owner_rep_id, claimant_rep_ids, rule_id, decision_reason, valid_from, valid_to from fct_ownership_conflicts "
            "where customer_id = $id and valid_from <= $on and (valid_to is null or $on < valid_to)",
            id=customer_id,
            on=on,
        ),
    )


def _late(connection: duckdb.DuckDBPyConnection, customer_id: str, known_on: date, today: date) -> list[Row]:
    """The periods known by a day that the record did not hold on it."""
    held = _history(connection, customer_id, "owner", known_on=known_on, recorded_on=known_on)
    ids = {row["event_id"] for row in held}
    return [row for row in _history(connection, customer_id, "owner", known_on=known_on, recorded_on=today) if row["event_id"] not in ids]


def _history(connection: duckdb.DuckDBPyConnection, customer_id: str, role: str, *, known_on: date, recorded_on: date) -> list[Row]:
    return _rows(connection, _HISTORY, id=customer_id, role=role, known_on=known_on, recorded_on=recorded_on)


def _holding(periods: list[Row], on: date) -> Row | None:
    day = on.isoformat()
    return next((row for row in periods if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])), None)


def _name(connection: duckdb.DuckDBPyConnection, customer_id: str) -> str | None:
    found = _rows(connection, "select customer_name from dim_customers where customer_id = $id", id=customer_id)
    return found[0]["customer_name"] if found else None


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> list[Row]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
