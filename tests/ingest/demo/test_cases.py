"""The few customers of whom people must say who is who: what their records say, and what was found out when."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta

import pytest

from ingest.demo.cases import COLUMNS, STEWARD, Place
from ingest.demo.company import invent_company
from ingest.demo.home import write_demo
from ingest.demo.places import CITIES
from ingest.demo.records import record_number
from ingest.demo.world import SYSTEMS
from ingest.resolution.judgements import read_judgements

LAST_NIGHT = date(2026, 6, 30)
KINDS = {"sisters": 3, "renamed": 3, "merged": 2, "mistaken": 2, "office": 2}


@pytest.fixture(scope="module")
def records(usual_company):
    """Every record of every case by its place, and the cases by kind."""
    wanted = {number for case in usual_company.cases.all for number in case.companies}
    found = {
        Place(system, record.customer_number, record.number - record_number(Place(system, record.customer_number))): record
        for system in SYSTEMS
        for record in usual_company.records(system)
        if record.customer_number in wanted
    }
    kinds = defaultdict(list)
    for case in usual_company.cases.all:
        kinds[case.kind].append(case)
    return found, kinds


def said(record):
    return record.name, record.street, record.phone, record.city, record.region


def of_case(found, case):
    return {place: record for place, record in found.items() if place.customer in case.companies}


@pytest.mark.parametrize("seed", range(5))
def test_a_demo_of_300_customers_has_every_case_once_and_no_customer_in_two(seed):
    company = invent_company(customers=300, nights=9, seed=seed, last_night=LAST_NIGHT)
    assert Counter(case.kind for case in company.cases.all) == KINDS
    numbers = [number for case in company.cases.all for number in case.companies]
    assert len(set(numbers)) == len(numbers)


def test_a_short_demo_has_none(short_company):
    assert short_company.cases.all == ()
    assert list(short_company.cases.judgements()) == []
    assert short_company.cases.text(Place("fxiaoke", 0)) is None


def test_sisters_say_the_same_in_two_systems_and_are_two_companies(records, usual_company):
    found, kinds = records
    names = {customer.number: customer.name for customer in usual_company.customers()}
    for case in kinds["sisters"]:
        first, second = of_case(found, case).values()
        assert said(first)[:3] == said(second)[:3]
        assert first.system != second.system
        assert names[case.companies[0]] != names[case.companies[1]]


@pytest.mark.parametrize("kind", ["renamed", "merged"])
def test_the_two_records_of_a_renamed_company_have_no_name_street_or_telephone_in_common(records, kind):
    found, kinds = records
    for case in kinds[kind]:
        first, second = of_case(found, case).values()
        assert not set(said(first)[:3]) & set(said(second)[:3])
        assert first.website != second.website


def test_merged_records_are_merged_on_the_night_and_others_are_not(records, usual_company):
    found, kinds = records
    for kind, cases in kinds.items():
        for case in cases:
            gone = [record for record in of_case(found, case).values() if record.deleted_at is not None]
            assert len(gone) == (kind == "merged")
            for record in gone:
                assert record.merged_into == record.number - 1
                assert record.deleted_at.date() == usual_company.cases.happens_on


def test_a_mistaken_record_says_what_the_neighbours_says_until_it_is_corrected(records, usual_company):
    found, kinds = records
    night = datetime.combine(usual_company.cases.happens_on, time(), tzinfo=UTC)
    for case in kinds["mistaken"]:
        (wrong,) = (record for record in of_case(found, case).values() if record.corrected_at is not None)
        others = [record for record in of_case(found, case).values() if record is not wrong]
        own, neighbour = sorted(others, key=lambda record: record.customer_number != wrong.customer_number)
        assert said(wrong.at(night))[:3] == said(neighbour)[:3]
        assert said(wrong.at(night + timedelta(days=1)))[:3] == said(own)[:3] != said(neighbour)[:3]
        assert own.at(night) == own


def test_a_joint_office_has_a_record_for_each_company_that_says_what_neither_of_them_says(records):
    found, kinds = records
    for case in kinds["office"]:
        texts = Counter(said(record)[:3] for record in of_case(found, case).values())
        assert sorted(texts.values()) == [1, 1, 2]


def test_what_is_known_on_the_first_nights_is_made_before_them_but_for_the_offices(records, usual_company):
    found, kinds = records
    for kind, cases in kinds.items():
        for case in cases:
            young = [place for place, record in of_case(found, case).items() if record.created_at.date() >= usual_company.nights[0]]
            assert len(young) == (2 if kind == "office" else 0)


def test_the_companies_of_a_case_are_of_one_city_and_territory_and_no_telephone_is_somebody_elses(records, usual_company):
    found, _ = records
    customers = {customer.number: customer for customer in usual_company.customers()}
    for case in usual_company.cases.all:
        assert len({(customers[number].city, usual_company.territory_and_rule(number)) for number in case.companies}) == 1
        assert customers[case.companies[0]].city in CITIES[case.country]
    ours = {number for case in usual_company.cases.all for number in case.companies}
    others = {customer.phone for number, customer in customers.items() if number not in ours}
    assert not {record.phone for record in found.values()} & others


def test_people_find_out_in_the_second_half_of_the_nights(usual_company):
    half = usual_company.nights[len(usual_company.nights) // 2]
    assert half < usual_company.cases.judged_on < usual_company.cases.happens_on < LAST_NIGHT


def test_the_judgements_are_read_by_the_program_and_name_records_that_the_truth_knows(tmp_path):
    write_demo(tmp_path, customers=300, nights=9)
    read = read_judgements(tmp_path / "judgements.csv")
    assert read.issues.is_empty()
    assert Counter(read.rows["verdict"]) == {"same": 3 + 2 * 2, "different": 3 + 2}
    assert set(read.rows["judged_by"]) == {STEWARD}
    with (tmp_path / "truth" / "customers.csv").open(encoding="utf-8", newline="") as stream:
        company_of = {(row["source"], row["record_id"]): row["customer_number"] for row in csv.DictReader(stream)}
    for row in read.rows.iter_rows(named=True):
        left, right = (company_of[row[f"{end}_source"], row[f"{end}_record_id"]] for end in ("left", "right"))
        assert (left == right) == (row["verdict"] == "same")
    with (tmp_path / "truth" / "cases.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            assert company_of[row["source"], row["record_id"]] == row["customer_number"]


def test_the_header_is_that_of_a_home(tmp_path):
    write_demo(tmp_path, customers=60, nights=9)
    assert (tmp_path / "judgements.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
