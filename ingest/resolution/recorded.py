"""What resolution knows of earlier nights: who was which customer, where retired ids lead, what stewards judged.

Here: reading that from the record (record.customer_memberships, record.customer_redirects, record.judgements), as it was on the night
before. Not here: writing it (record/journals.py), what is made of it (identity.py, judgements.py).

The tables of resolved.* say it too, but they can be lost with the warehouse, and a refresh of a past day cuts them off at that day. So the
record counts: a lost warehouse gives every customer the id it had, a past day is told under the ids of that day, and after it the present
goes on where it was. A home whose record does not hold this yet goes on from resolved.*, and the next night records it.
"""

from datetime import date

import polars as pl

from ingest.resolution.judgements import LEDGER
from ingest.warehouse import Warehouse

_NO_REASON = "The record says since when; what spoke for it that night was lost with the warehouse."
_MEMBERSHIPS = """
    with known as (
        select * from record.customer_memberships
        where night <= {night}
        qualify row_number() over (partition by source, record_id, valid_from order by night desc) = 1
    )

    select
        known.source,
        known.record_id,
        known.customer_id,
        coalesce(last.match_reason, known.match_reason, '{no_reason}') as match_reason,
        known.valid_from,
        known.valid_to
    from known
    left join resolved.customer_records as last
        on
            known.source = last.source
            and known.record_id = last.record_id
            and known.valid_from = last.valid_from
            and known.customer_id = last.customer_id
    where known.customer_id is not null
    order by known.source, known.record_id, known.valid_from
"""
_REDIRECTS = """
    with known as (
        select * from record.customer_redirects
        where night <= {night}
        qualify row_number() over (partition by old_customer_id order by night desc) = 1
    )

    select * exclude (night) from known
    where customer_id is not null
    order by old_customer_id
"""


def identity_before(warehouse: Warehouse, as_of_date: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Memberships and redirects as of the newest recorded night up to a day, as resolved.customer_records and customer_id_redirects have
    them. Of a day before the first night that recorded them: those of that night, since the ids of its customers are the oldest known."""
    night = _night(warehouse, as_of_date)
    if night is None:
        return _frame(warehouse, "resolved.customer_records"), _frame(warehouse, "resolved.customer_id_redirects")
    return (
        pl.DataFrame(pl.from_arrow(warehouse.query(_MEMBERSHIPS.format(night=night, no_reason=_NO_REASON)))),
        pl.DataFrame(pl.from_arrow(warehouse.query(_REDIRECTS.format(night=night)))),
    )


def judged_before(warehouse: Warehouse) -> pl.DataFrame:
    """Every judgement that was ever read: the ledger, and what only the record knows, also rows that somebody took out of the file."""
    ledger, recorded = _frame(warehouse, "resolved.judgements"), _frame(warehouse, "record.judgements")
    lost = recorded.join(ledger, on="judgement_id", how="anti").with_columns(is_in_file=pl.lit(False)).select(LEDGER.keys())
    return pl.concat([ledger.select(LEDGER.keys()), lost.cast(LEDGER)]).sort("sequence")


def _night(warehouse: Warehouse, as_of_date: date) -> int | None:
    """The night to go on from; None where the record holds no memberships."""
    if not warehouse.exists("record.customer_memberships") or not warehouse.exists("resolved.customer_records"):
        return None
    query = f"""
        select greatest(
            (select min(night) from record.customer_memberships),
            (select max(night) from record.nights where recorded_on <= date '{as_of_date}')
        ) as night
        where exists (select 1 from record.customer_memberships)
    """
    found = warehouse.query(query).column("night").to_pylist()
    return found[0] if found else None


def _frame(warehouse: Warehouse, name: str) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(warehouse.read(name)))
