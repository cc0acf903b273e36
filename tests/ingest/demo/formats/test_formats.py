"""What holds for all six formats: which records stand in a night's export, faults, ids, determinism, memory."""

import dataclasses
import tracemalloc
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.demo.company import invent_company
from ingest.demo.formats import FORMATS, exports
from ingest.demo.world import SYSTEMS, Fault, OwnerSpan
from ingest.landing.files import export_of
from ingest.values.ids import damaged_ids

CUSTOMERS_FILE = {
    "salesforce": "WE_00DHv0000000001MAA_2.ZIP",
    "zoho": "Data_001.zip",
    "fxiaoke": "AccountObj.json",
    "neocrm": "account.csv",
    "yonyou": "merchant_newlist.json",
    "jiandaoyun": "客户报备.json",
}
each_system = pytest.mark.parametrize("system", SYSTEMS)


@pytest.fixture(scope="module")
def invented():
    return invent_company(customers=120, nights=3, seed=5, last_night=datetime(2026, 6, 30).date())  # noqa: DTZ001


def midnight(system, day):
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(SYSTEMS[system])).astimezone(UTC)


def test_every_system_has_a_format():
    assert list(FORMATS) == list(SYSTEMS)
    assert all(name == module.SYSTEM for name, module in FORMATS.items())


@each_system
def test_a_record_stands_in_the_export_from_the_night_on_in_which_it_was_made(system, make_company, make_record, files_of, customers_of):
    company = make_company()
    before, day, after = company.nights
    ends = midnight(system, after)
    company = make_company(
        make_record(1, created_at=ends - timedelta(seconds=1)),
        make_record(2, created_at=ends),
        make_record(3, created_at=midnight(system, before)),
    )
    names = [{name for _, _, name in customers_of[system](files_of(company, system, night))} for night in (before, day, after)]
    assert names == [{"测试3有限公司"}, {"测试1有限公司", "测试3有限公司"}, {"测试1有限公司", "测试2有限公司", "测试3有限公司"}]


@each_system
def test_a_record_that_vanishes_is_absent_from_the_night_on_in_which_it_was_deleted(
    system, make_company, make_record, files_of, customers_of
):
    gone = midnight(system, make_company().nights[1]) + timedelta(hours=10)
    company = make_company(make_record(1, deleted_at=gone, vanishes=True), make_record(2))
    counts = [len(customers_of[system](files_of(company, system, night))) for night in company.nights]
    assert counts == [2, 1, 1]


@each_system
def test_a_deleted_record_stays_in_the_export_only_of_systems_that_flag_it(system, make_company, make_record, files_of, customers_of):
    gone = midnight(system, make_company().nights[1]) + timedelta(hours=10)
    company = make_company(make_record(1, deleted_at=gone), make_record(2))
    assert len(customers_of[system](files_of(company, system))) == (2 if FORMATS[system].FLAGS_DELETION else 1)


@each_system
def test_the_owner_in_the_export_is_the_owner_at_the_end_of_that_night(system, make_company, make_record, files_of, customers_of):
    ends = midnight(system, make_company().nights[2])
    owners = (
        OwnerSpan(since=datetime(2025, 3, 4, 2, 30, 15, tzinfo=UTC), rep_id="E1001", action="created", actor=None),
        OwnerSpan(since=ends - timedelta(seconds=1), rep_id="E1010", action="assigned", actor="E1001"),
        OwnerSpan(since=ends, rep_id="E1015", action="assigned", actor="E1001"),
    )
    company = make_company(make_record(1, owners=owners))
    found = [customers_of[system](files_of(company, system, night))[0][1] for night in company.nights]
    assert found == [FORMATS[system].user_id(rep) for rep in ("E1001", "E1010", "E1015")]


@each_system
def test_the_invented_company_reads_back_with_its_owners_on_every_night(system, invented, files_of, customers_of):
    module = FORMATS[system]
    for night in invented.nights:
        ends = midnight(system, night + timedelta(days=1))
        expected = {}
        for record in invented.records(system):
            gone = record.deleted_at is not None and record.deleted_at < ends and (record.vanishes or not module.FLAGS_DELETION)
            if record.created_at < ends and not gone:
                rep = record.owner_at(ends - timedelta(seconds=1)).rep_id
                expected[module.record_id(record.number)] = module.user_id(rep) if rep else ""
        assert {id_: owner for id_, owner, _ in customers_of[system](files_of(invented, system, night))} == expected


@each_system
def test_the_same_night_has_the_same_bytes(system, invented, files_of):
    night = invented.nights[-1]
    first = files_of(invented, system, night)
    assert first == files_of(invented, system, night)
    assert list(first) == list(files_of(invented, system, night))


@each_system
def test_a_stream_that_can_only_be_written_to_gets_the_same_bytes(system, make_company, full_record, files_of):
    class OnlyWrite:
        def __init__(self):
            self.parts = []

        def write(self, part):
            self.parts.append(bytes(part))
            return len(part)

    company = make_company(full_record(1))
    found = {}
    for path, content in exports(company, system, company.nights[-1]):
        stream = OnlyWrite()
        content(stream)
        found[path] = b"".join(stream.parts)
    assert found == files_of(company, system)


@each_system
def test_a_file_may_be_written_again_before_the_next_is_asked_for(system, make_company, full_record):
    company = make_company(full_record(1))
    for _, content in exports(company, system, company.nights[-1]):
        first, again = BytesIO(), BytesIO()
        content(first)
        content(again)
        assert first.getvalue() == again.getvalue() != b""


@each_system
def test_a_missing_night_has_no_files(system, make_company, full_record, files_of):
    company = make_company(full_record(1))
    company = dataclasses.replace(company, faults=(Fault(system=system, night=company.nights[1], kind="missing"),))
    assert [bool(files_of(company, system, night)) for night in company.nights] == [True, False, True]


@each_system
def test_a_fault_of_another_system_or_night_changes_nothing(system, make_company, full_record, files_of):
    company = make_company(full_record(1))
    other = next(name for name in SYSTEMS if name != system)
    faults = [Fault(system=system, night=company.nights[0], kind="missing"), Fault(system=other, night=company.nights[2], kind="missing")]
    assert files_of(dataclasses.replace(company, faults=tuple(faults)), system) == files_of(company, system)


@each_system
@pytest.mark.parametrize("step", [1, 3, 4, 8])
def test_a_partial_export_has_lost_more_than_half_of_the_customers_and_nothing_else(
    system, step, make_company, make_record, files_of, customers_of
):
    company = make_company(*(make_record(number * step + 1) for number in range(60)))
    whole = files_of(company, system)
    cut = files_of(dataclasses.replace(company, faults=(Fault(system=system, night=company.nights[-1], kind="partial"),)), system)
    all_rows, rows = customers_of[system](whole), customers_of[system](cut)
    assert 10 <= len(rows) < 30
    assert set(rows) < set(all_rows)
    assert list(cut) == list(whole)


@each_system
def test_a_repeated_export_lies_there_twice_under_the_name_of_a_second_download(system, make_company, full_record, files_of):
    company = make_company(full_record(1))
    company = dataclasses.replace(company, faults=(Fault(system=system, night=company.nights[-1], kind="repeated"),))
    files = files_of(company, system)
    stem, _, suffix = CUSTOMERS_FILE[system].rpartition(".")
    assert files[f"{stem} (1).{suffix}"] == files[CUSTOMERS_FILE[system]]
    assert export_of(f"{system}/2026-06-30/{stem} (1).{suffix}")[0] == export_of(f"{system}/2026-06-30/{CUSTOMERS_FILE[system]}")[0]


@each_system
def test_of_a_corrected_export_the_later_file_has_the_newest_rows_too(system, make_company, make_record, files_of, customers_of):
    company = make_company(*(make_record(number) for number in range(20)))
    fresh = midnight(system, company.nights[-1])
    company = make_company(*(make_record(number) for number in range(20)), make_record(30, created_at=fresh))
    whole = files_of(company, system)
    company = dataclasses.replace(company, faults=(Fault(system=system, night=company.nights[-1], kind="corrected"),))
    files = files_of(company, system)
    by_export = {}
    for path, content in files.items():
        key, stamp = export_of(f"{system}/2026-06-30/{path}")
        by_export.setdefault(key, {})[stamp] = (path, content)
    corrected = {key: found for key, found in by_export.items() if len(found) == 2}
    assert f"{system}/2026-06-30/{CUSTOMERS_FILE[system]}".casefold() in corrected
    early, late = ({}, {})
    for path, content in whole.items():
        found = corrected.get(f"{system}/2026-06-30/{path}".casefold(), {0: (path, content)})
        early[path], late[path] = found[min(found)][1], found[max(found)][1]
    assert customers_of[system](late) == customers_of[system](whole)
    assert {name for _, _, name in customers_of[system](whole)} - {name for _, _, name in customers_of[system](early)} == {"测试30有限公司"}


@each_system
def test_ids_are_never_taken_for_damage_done_by_a_spreadsheet(system):
    module = FORMATS[system]
    for id_ in (module.record_id, getattr(module, "contact_id", module.record_id), getattr(module, "deal_id", module.record_id)):
        ids = [id_(number) for number in (*range(3_000), 999_999, 1_000_000, 3_999_999)]
        assert len(set(ids)) == len(ids)
        assert damaged_ids(pl.Series(ids)) == ()
    people = [module.user_id(f"E{number}") for number in range(1001, 1027)]
    assert len(set(people)) == len(people)
    assert damaged_ids(pl.Series(people)) == ()


@each_system
def test_memory_does_not_grow_with_the_company(system, make_company, full_record):
    class Sink:
        size = 0

        def write(self, part):
            self.size += len(part)
            return len(part)

    def peak(records):
        company = make_company()
        one = full_record(1)
        company = dataclasses.replace(company, made=(dataclasses.replace(one, number=number) for number in range(records)))
        tracemalloc.start()
        for _, content in exports(company, system, company.nights[-1]):
            content(Sink())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(550), peak(1_400)  # more than a page of each API
    assert large < small * 1.2 + 200_000, f"{small:,} bytes for 550 records, {large:,} for 1,400"


@each_system
def test_an_empty_company_has_exports_too(system, make_company, files_of, customers_of):
    company = make_company()
    assert customers_of[system](files_of(company, system)) == []
