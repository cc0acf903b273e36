"""cleaning/owner_refresh.py: night after night the table is what reading everything afresh gives, and most records are left alone.

More companies than CI tries: `BAILIWICK_COMPANIES=500 pytest tests/ingest/cleaning/test_owner_refresh.py`.
"""

import os
from datetime import date
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.owner_refresh import refresh_owner_observations
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse, conform

COMPANIES = int(os.environ.get("BAILIWICK_COMPANIES", "2"))
NAME = "clean.owner_observations"
NOBODY = RepIdentities({}, frozenset())
SOMEBODY = RepIdentities(
    {("crm", "7"): "R7"}, frozenset(), users_by_name={("crm", "ann"): frozenset({"8"})}, users={"crm": frozenset({"8"})}
)


def night(number):
    return date(2026, 3, number)


def moment(number, clock="12:00"):
    return f"2026-03-{number:02} {clock}:00"


def crm(*, snapshot="full", name="crm", **keys):
    customers = {"file": "x.csv", "key": "id", "columns": {"owner": "owner_user_id"}, "snapshot": snapshot}
    log = {"file": "h.csv", "key": "id", "columns": {"to": "to_user_id"}, "constants": {"subject": "customers"}}
    entities = {"customers": customers, "owner_changes": log}
    return Source.model_validate({"name": name, "crm": "crm", "time_zone": "Asia/Shanghai", "entities": entities} | keys)


def row(number, owner, record="1", **keys):
    place = 1 + int(record)
    return {
        "record_id": record,
        "as_of_date": night(number),
        "owner_user_id": owner,
        "row_number": place,
        "file_sha256": f"c{number}",
    } | keys


def entry(seen, when, before, after, *, record="1", log="1", **keys):
    evidence = {"record_id": f"log {log}", "as_of_date": night(seen), "file_sha256": f"h{seen}", "row_number": int(log)}
    said = {"subject": "customers", "subject_record_id": record, "changed_at": when, "from_user_id": before, "to_user_id": after}
    return evidence | said | keys


class Company:
    """Exports of one system in a warehouse of its own. `part`: days of which a file could not be read."""

    def __init__(self, warehouse, make_raw, source):
        self.warehouse, self.make_raw, self.sources = warehouse, make_raw, {"crm": source}
        self.rows, self.log, self.days, self.part = [], [], set(), set()
        self.identities = SOMEBODY

    def refresh(self, until):
        """Bring the table up to date, and hold it against one that was made afresh."""
        customers, log = self.make_raw("customers", self.rows), self.make_raw("owner_changes", self.log)
        batches = [self._batch("customers", day, self.rows) for day in sorted(self.days)]
        batches += [self._batch("owner_changes", day, self.log) for day in sorted({row["as_of_date"] for row in self.log})]
        self.warehouse.replace_all({"raw.customers": customers, "raw.owner_changes": log})
        self.warehouse.replace("raw.batches", self._batches(batches))
        setting = {"sources": self.sources, "identities": self.identities, "part_days": {"crm": self.part}}
        found = refresh_owner_observations(self.warehouse, {"crm": self.days}, until=night(until), **setting)
        wanted = observe_owners(customers, log, {"crm": self.days}, as_of_date=night(until), **setting)
        assert self.warehouse.read(NAME).to_pylist() == conform(TABLES[NAME], wanted).to_pylist()
        return found

    def _batch(self, entity, day, rows):
        count = sum(row["as_of_date"] == day for row in rows)
        return {"source": "crm", "entity": entity, "as_of_date": day, "state": "loaded", "mapping_sha256": "m", "rows_loaded": count}

    def _batches(self, rows):
        return pa.Table.from_pylist(rows, schema=TABLES["raw.batches"].arrow_schema)


@pytest.fixture(scope="session")
def new_company(tmp_path_factory, make_raw):
    return lambda source=None: Company(Warehouse(tmp_path_factory.mktemp("refresh") / "w.duckdb"), make_raw, source or crm())


@pytest.fixture
def company(new_company):
    """Five records on three nights, of which none changes; the log tells of one of them."""
    found = new_company()
    found.rows = [row(number, "7", record) for number in (1, 2, 3) for record in "12345"]
    found.log = [entry(number, moment(1), None, "7", record="5") for number in (1, 2, 3)]
    found.days = {night(1), night(2), night(3)}
    assert found.refresh(3).read_afresh == ["crm"]
    return found


def next_night(company, number=4, **owners):
    """Another night with another owner for some records (by `r1`, `r2`, ...)."""
    company.rows += [row(number, owners.get(f"r{record}", "7"), record) for record in "12345"]
    company.log += [entry(number, moment(1), None, "7", record="5")]
    company.days.add(night(number))


def test_a_night_without_news_takes_up_no_record(company):
    assert (company.refresh(3).read_afresh, company.refresh(3).records) == ([], 0)
    next_night(company)
    found = company.refresh(4)
    assert (found.read_afresh, found.records) == ([], 0)


def test_only_the_record_whose_owner_changed_is_taken_up(company):
    next_night(company, r2="9")
    found = company.refresh(4)
    assert (found.read_afresh, found.records) == ([], 1)


def test_a_record_that_is_missing_and_one_that_is_new_are_taken_up(company):
    next_night(company)
    company.rows = [row for row in company.rows if (row["as_of_date"], row["record_id"]) != (night(4), "3")] + [row(4, "9", "6")]
    assert company.refresh(4).records == 2


def test_a_change_that_only_the_log_tells_is_taken_up(company):
    next_night(company)
    company.log += [entry(4, moment(2), None, "7", record="3", log="2")]
    assert (company.refresh(4).records, company.refresh(4).records) == (1, 0)


def test_a_log_row_that_changes_its_subject_takes_up_both(company):
    company.log += [entry(number, moment(1), None, "8", record="1", log="2") for number in (1, 2, 3)]
    company.refresh(3)
    next_night(company)
    company.log += [entry(4, moment(1), None, "8", record="2", log="2")]
    assert company.refresh(4).records == 2


def test_a_change_of_the_last_night_is_looked_at_again_for_an_export_that_lags_behind(company):
    next_night(company)
    company.log += [entry(4, moment(4), "7", "8", record="1", log="2")]
    company.refresh(4)
    next_night(company, 5)  # record 1 still shows its old owner: now that contradicts the log
    company.log += [entry(5, moment(4), "7", "8", record="1", log="2")]
    found = company.refresh(5)
    assert (found.read_afresh, found.records) == ([], 1)


def test_a_change_of_tomorrow_is_taken_up_when_tomorrow_comes_without_an_export(company):
    next_night(company)
    company.log += [entry(4, moment(5, "00:30"), "7", "8", record="1", log="2")]
    company.refresh(4)
    assert company.refresh(5).read_afresh == []
    assert company.warehouse.query(f"select count(*) as n from {NAME} where known_from = date '2026-03-05'").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("what", ["late", "replaced", "part", "earlier", "people", "mapping", "vanished"])
def test_whatever_does_not_simply_follow_is_read_afresh(company, what):
    until = 4
    next_night(company)
    if what == "late":
        company.days.remove(night(2))
        company.refresh(3)
        company.days.add(night(2))
    elif what == "replaced":
        company.rows = [row | {"file_sha256": "other"} if row["as_of_date"] == night(2) else row for row in company.rows]
    elif what == "part":
        company.part = {night(4)}
    elif what == "earlier":
        until = 2
    elif what == "people":
        company.identities = NOBODY
    elif what == "mapping":
        company.sources = {"crm": crm(date_order="dmy")}
    else:
        company.days.remove(night(1))
    assert company.refresh(until).read_afresh == ["crm"]
    assert company.refresh(until).read_afresh == []


def test_a_log_that_tells_its_first_change_dates_the_owners_of_all_records(new_company):
    company = new_company()
    company.rows = [row(number, "7", record, created_at=moment(1)) for number in (2, 3) for record in "123"]
    company.days = {night(2)}
    company.refresh(2)
    company.days.add(night(3))
    assert company.refresh(3).read_afresh == []
    company.log = [entry(4, moment(4), "7", "8")]
    assert company.refresh(4).read_afresh == ["crm"]


def test_a_table_that_an_earlier_version_of_the_program_left_is_made_anew(company):
    with company.warehouse.transaction() as connection:
        connection.execute("drop table clean.owner_readings")
        connection.execute("alter table clean.owner_observations drop column known_to")
    assert company.refresh(3).read_afresh == ["crm"]


def test_a_source_that_is_gone_takes_its_rows_along(company):
    refresh_owner_observations(company.warehouse, {}, sources=company.sources, identities=SOMEBODY, until=night(3))
    assert company.warehouse.read(NAME).num_rows == 0


def test_sources_do_not_meet(company):
    sources = company.sources | {"erp's": crm(name="erp's")}
    days = {"crm": company.days, "erp's": {night(3)}}
    found = refresh_owner_observations(company.warehouse, days, sources=sources, identities=SOMEBODY, until=night(3))
    assert found.read_afresh == ["erp's"]
    assert company.warehouse.read(NAME).num_rows == 5


OWNERS = [None, "7", "8", "9", "Ann"]


def invent(random, company, nights):
    """A company whose customers change hands, vanish, come back and are deleted; whose log tells it at once, late, otherwise or not."""
    state = {str(number): {"owner": random.choice(OWNERS), "made": random.choice([None, moment(1, "06:00")])} for number in range(16)}
    log = {}
    for number in range(1, nights + 1):
        for record, about in state.items():
            if random.random() < 0.08:
                before, about["owner"] = about["owner"], random.choice(OWNERS)
                if random.random() < 0.7:
                    when = moment(max(1, number - random.choice([0, 0, 0, 1, 2, -1])), random.choice(["03:00", "12:00", "23:30"]))
                    told = max(number, number + random.choice([0, 0, 0, 1, 2]))
                    key = str(len(log) + 1)
                    log[key] = (told, {"when": when, "before": before, "after": about["owner"], "record": record, "log": key})
            is_there = random.random() > 0.03
            if is_there:
                shown = about["owner"] if random.random() > 0.02 else random.choice(OWNERS)
                keys = {"created_at": about["made"] if random.random() > 0.01 else moment(2, "06:00")}
                keys["is_deleted"] = "1" if random.random() < 0.04 else None
                keys["owner_changed_at"] = moment(number, "02:00") if random.random() < 0.03 else None
                company.rows.append(row(number, shown, record, **keys))
        for told, said in log.values():
            if told <= number and random.random() > 0.05:
                mended = {"after": random.choice(OWNERS)} if random.random() < 0.03 else {}
                mended |= {"record": random.choice(["0", "77"])} if random.random() < 0.02 else {}
                said.update(mended)
                company.log.append(
                    entry(number, *(said[name] for name in ("when", "before", "after")), record=said["record"], log=said["log"])
                )


@settings(max_examples=COMPANIES)
@given(seed=st.integers(0, 1 << 30))
def test_night_after_night_the_table_is_what_reading_everything_afresh_gives(seed, new_company):
    random, nights = Random(seed), 6
    company = new_company(crm(snapshot=random.choice(["full", "full", "changes"])))
    invent(random, company, nights)
    all_rows, all_log, came, company.rows, company.log = company.rows, company.log, set(), [], []
    waiting, later = list(range(1, nights + 1)), []
    while waiting or later:
        taken = [waiting.pop(0) for _ in range(random.choice([1, 1, 2])) if waiting] or [later.pop() for _ in later[:1]]
        if waiting and random.random() < 0.05:
            later.append(taken.pop())
        came |= set(taken)
        company.days |= {night(number) for number in taken if random.random() > 0.03}  # the others are held
        company.part |= {night(number) for number in taken if random.random() < 0.03}
        company.rows = [row for row in all_rows if row["as_of_date"].day in came]
        company.log = [row for row in all_log if row["as_of_date"].day in came]
        if company.days:
            company.refresh(max(came) + (random.random() < 0.1))
