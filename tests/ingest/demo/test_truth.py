"""owners.csv holds what exports can tell: held against an observer who looks at every loaded night, one after the other."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.demo.company import invent_company
from ingest.demo.formats import FORMATS
from ingest.demo.ownership import NATIVE_HISTORY
from ingest.demo.truth import Observer
from ingest.demo.world import SYSTEMS, OwnerSpan

LAST_NIGHT = date(2026, 6, 30)


def looked_at_night_by_night(company, system, record):
    """Rows as Observer.owners gives them, from what each loaded export shows; None if no export shows the record."""
    zone = company.calendar(system).zone
    shown = []  # night, owner
    stood = False
    claims: dict[date, OwnerSpan | None] = {}
    known: list[OwnerSpan] = []
    for night in company.loaded_nights(system):
        end = datetime.combine(night + timedelta(days=1), time(), tzinfo=zone)
        deleted = record.deleted_at is not None and record.deleted_at < end
        absent = record.created_at >= end or (deleted and not FORMATS[system].FLAGS_DELETION)
        if not absent:
            stood = True
            known = [span for span in record.owners if span.since < end]
        if stood:
            shown.append((night, None if absent or deleted else known[-1].rep_id, deleted))
            # 认领日期: Neocrm's exports say since when the present owner has what was claimed or given out.
            claims[night] = known[-1] if system == "neocrm" and known and known[-1].action in ("claimed", "assigned") else None
    if not stood:
        return None
    if system in NATIVE_HISTORY:
        found = [(span.since.astimezone(zone).date(), f"{span.since:%Y-%m-%d %H:%M:%S}", span.rep_id) for span in known]
        found += [(night, "", None) for night, _, deleted in shown if deleted][:1]
    else:
        found = []
        for night, owner, _ in shown:
            claim = claims[night] if owner is not None else None
            moment = f"{claim.since:%Y-%m-%d %H:%M:%S}" if claim else ""
            found.append((claim.since.astimezone(zone).date() if claim else night, moment, owner))
    changes = [row for place, row in enumerate(found) if place == 0 or row[2] != found[place - 1][2]]
    return [(number, day.isoformat(), moment, owner or "") for number, (day, moment, owner) in enumerate(changes, start=1)]


@given(customers=st.integers(20, 120), nights=st.one_of(st.integers(1, 12), st.just(30)), seed=st.integers(0, 10**6))
@settings(max_examples=10)
def test_the_truth_about_owners_is_what_the_loaded_exports_show(customers, nights, seed):
    company = invent_company(customers=customers, nights=nights, seed=seed, last_night=LAST_NIGHT)
    for system in SYSTEMS:
        observer = Observer(company, system, flags_deletion=FORMATS[system].FLAGS_DELETION)
        for record in company.records(system):
            expected = looked_at_night_by_night(company, system, record)
            assert observer.is_seen(record) == (expected is not None)
            if expected is not None:
                assert list(observer.owners(record)) == expected


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_what_is_gone_belongs_to_nobody_since_the_first_night_that_shows_it(usual_company, system):
    observer = Observer(usual_company, system, flags_deletion=FORMATS[system].FLAGS_DELETION)
    for record in usual_company.records(system):
        if record.deleted_at is not None:
            *_, last = observer.owners(record)
            assert last[3] == ""
            assert date.fromisoformat(last[1]) in usual_company.loaded_nights(system)


def test_only_systems_with_a_history_and_claims_know_the_moment(usual_company):
    for system in SYSTEMS:
        observer = Observer(usual_company, system, flags_deletion=FORMATS[system].FLAGS_DELETION)
        moments = {bool(row[2]) for record in usual_company.records(system) for row in observer.owners(record)}
        assert (True in moments) == (system in {*NATIVE_HISTORY, "neocrm"})
