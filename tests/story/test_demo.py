"""The fictional company, whose truth is known: six CRMs, nine nights; who is who, where, and who owned what from when on.

It was refreshed twice: as of the fourth night, and of the last. In between the steward judged, and people merged and corrected records.
"""

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest

from serving.dashboard.app import TABS
from serving.dashboard.to_decide import SUBJECTS
from serving.questions_to_decide import TABLES_TO_DECIDE

pytestmark = pytest.mark.story

LAST = date(2026, 6, 30)
SYSTEMS = ("fxiaoke", "jiandaoyun", "neocrm", "salesforce", "yonyou", "zoho")


def truth(story, name: str) -> list[dict[str, str]]:
    with (story.home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def company_of_record(story) -> dict[tuple[str, str], str]:
    return {(row["source"], row["record_id"]): row["customer_number"] for row in truth(story, "customers")}


def customer_of_record(story) -> dict[tuple[str, str], str]:
    rows = story.rows("select source, record_id, customer_id from marts.bridge_customer_records where valid_to is null")
    return {(source, record): customer for source, record, customer in rows}


def test_every_record_of_every_crm_stands_for_a_customer(demo):
    assert customer_of_record(demo).keys() == company_of_record(demo).keys()
    assert {source for source, _ in customer_of_record(demo)} == set(SYSTEMS)


def test_no_two_companies_are_taken_for_one(demo):
    company_of = company_of_record(demo)
    companies = defaultdict(set)
    for record, customer in customer_of_record(demo).items():
        companies[customer].add(company_of[record])
    assert [found for found in companies.values() if len(found) > 1] == []


def cases(story, kind: str) -> list[list[tuple[tuple[str, str], str]]]:
    """Of every case of a kind its records, each with the number of its company."""
    found = defaultdict(list)
    for row in truth(story, "cases"):
        if row["kind"] == kind:
            found[row["case_number"]].append(((row["source"], row["record_id"]), row["customer_number"]))
    return list(found.values())


def redirects(story) -> dict[str, tuple[str, str, str]]:
    rows = story.rows(
        "select old_customer_id, customer_id, cause, detail from marts.customer_id_redirects where happened_at = '2026-06-30'"
    )
    return {old: rest for old, *rest in rows}


def test_sisters_behind_one_door_are_one_customer_until_the_steward_tells_them_apart(demo):
    now = customer_of_record(demo)
    found = cases(demo, "sisters")
    assert len(found) == 3
    for (first, _), (second, _) in found:
        assert demo.before[first] == demo.before[second]
        assert len({now[first], now[second]}) == 2
        assert demo.before[first] in (now[first], now[second])  # one of them keeps the id
        assert demo.before[first] not in redirects(demo)


@pytest.mark.parametrize(("kind", "count"), [("renamed", 3), ("merged", 2)])
def test_two_records_of_one_company_become_one_customer_and_the_other_id_leads_to_it(demo, kind, count):
    now, found = customer_of_record(demo), cases(demo, kind)
    assert len(found) == count
    for (first, _), (second, _) in found:
        assert demo.before[first] != demo.before[second]
        assert now[first] == now[second]
        (retired,) = {demo.before[first], demo.before[second]} - {now[first]}
        assert redirects(demo)[retired] == [now[first], "merged", f"All of its 1 record(s) went to {now[first]}."]


def test_a_corrected_record_leaves_its_neighbours_customer_and_no_id_is_retired(demo):
    now, found = customer_of_record(demo), cases(demo, "mistaken")
    assert len(found) == 2
    for records in found:
        companies = [company for _, company in records]
        (neighbour,) = (record for record, company in records if companies.count(company) == 1)
        own, moved = sorted(
            (record for record, company in records if companies.count(company) == 2), key=lambda r: demo.before[r] != now[r]
        )
        assert demo.before[moved] == demo.before[neighbour] == now[neighbour]
        assert demo.before[own] == now[own] == now[moved] != now[neighbour]


def test_a_joint_office_goes_two_ways_and_its_id_leads_to_one_of_them(demo):
    now, found = customer_of_record(demo), cases(demo, "office")
    assert len(found) == 2
    for records in found:
        office = {demo.before[record] for record, _ in records if demo.before[record] not in now.values()}
        assert len(office) == 1
        heirs = {company: {now[record] for record, other in records if other == company} for _, company in records}
        assert [len(ids) for ids in heirs.values()] == [1, 1]
        heir, cause, detail = redirects(demo)[office.pop()]
        assert {heir} in heirs.values()
        assert (cause, detail) == ("split", f"1 of its 2 records went to {heir}, the others to 1 other customer(s).")


def test_what_happened_to_ids_and_what_is_asked_stands_at_the_end_of_the_refresh(demo):
    questions = demo.one("select count(*) from marts.fct_match_questions")
    causes = Counter(cause for _, cause, _ in redirects(demo).values())
    said = re.search(
        r"Customer ids: (\d+) merged into others, (\d+) split, (\d+) gave records to another; (\d+) retired ids .*; (\d+) questions wait",
        demo.output,
    )
    merged, split, moved, retired, waiting = map(int, said.groups())
    assert (merged, retired, waiting) == (causes["merged"], len(redirects(demo)), questions)
    assert questions > 0
    assert split >= causes["split"] + 3 >= 5  # three pairs of sisters, of which one keeps the id
    assert moved >= 2
    reasons = {row["reason"] for row in judgements(demo)}
    for kind in ("merged", "split"):
        (line,) = (line for line in demo.output.splitlines() if line.startswith(f"  {kind} "))
        assert any(f"Selma Tidewell on 2026-06-27: {reason}." in line for reason in reasons)
    assert (
        demo.one("select left_customer_id || ' or ' || right_customer_id from marts.fct_match_questions where question_rank = 1")
        in demo.output
    )


def judgements(story) -> list[dict[str, str]]:
    with (story.home / "judgements.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_record_that_a_judgement_brought_to_its_customer_says_so_in_the_stewards_words(demo):
    rows = demo.rows("select source, record_id, match_reason from marts.bridge_customer_records where valid_to is null")
    reasons = {(source, record): reason for source, record, reason in rows}
    same = [row for row in judgements(demo) if row["verdict"] == "same"]
    assert len(same) == 7
    for row in same:
        assert row["reason"] in reasons[row["left_source"], row["left_record_id"]]
        assert row["reason"] in reasons[row["right_source"], row["right_record_id"]]


def test_every_judgement_counts_and_none_has_an_issue(demo):
    said = demo.private("select judged_by, verdict, is_in_file from resolved.judgements")
    assert len(said) == len(judgements(demo)) == 12
    assert {(by, in_file) for by, _, in_file in said} == {("Selma Tidewell", True)}
    assert demo.rows("select * from marts.fct_judgement_issues") == []


def test_no_published_table_of_what_is_owned_names_a_retired_id(demo):
    tables = ("dim_customers", "fct_ownership_periods", "fct_ownership_conflicts", "fct_territory_assignments", "fct_opportunities")
    retired = "select old_customer_id from marts.customer_id_redirects"
    assert [demo.one(f"select count(*) from marts.{table} where customer_id in ({retired})") for table in tables] == [0] * len(tables)


def owners_of(story, customer: str) -> list[tuple[date, date | None, str | None]]:
    return story.rows(
        f"select valid_from, valid_to, owner_rep_id from marts.fct_ownership_periods where customer_id = '{customer}' order by valid_from"
    )


def test_ownership_history_follows_the_ids(demo):
    now, changes = customer_of_record(demo), defaultdict(list)
    for row in truth(demo, "owners"):
        changes[row["source"], row["record_id"]].append((date.fromisoformat(row["changed_on"]), row["owner_rep_id"] or None))
    for (first, _), (second, _) in cases(demo, "renamed") + cases(
        demo, "merged"
    ):  # the history of both records is now that of one customer
        begun = min(changes[first][0], changes[second][0])
        assert owners_of(demo, now[first])[0][0] == begun[0]
    for (first, _), (second, _) in cases(demo, "sisters"):
        kept, born = (first, second) if now[first] == demo.before[first] else (second, first)
        for record in (kept, born):  # who was told apart has the history of its own record, from its beginning
            assert [(since, owner) for since, _, owner in owners_of(demo, now[record])] == changes[record]
        before = demo.rows(
            f"select happened_on, to_id from marts.fct_ownership_events where customer_id = '{now[kept]}' and role = 'owner' "
            "and kind = 'change' and recorded_on < date '2026-06-30' order by happened_on"
        )
        assert before[0] == min(changes[first][0], changes[second][0])  # and what was recorded of the door, with both claims, stands


def test_most_records_of_one_company_are_one_customer(demo):
    records = defaultdict(list)
    for record, company in company_of_record(demo).items():
        records[company].append(record)
    customer_of = customer_of_record(demo)
    pairs = [pair for written in records.values() for pair in combinations(written, 2)]
    found = sum(customer_of[first] == customer_of[second] for first, second in pairs)
    assert len(pairs) > 100
    assert found / len(pairs) >= 0.8  # 2026-11-22: 129 of 148; the others are mostly Chinese names beside their English form


def test_nearly_every_customer_is_in_the_territory_and_under_the_rule_that_the_truth_says(demo):
    expected = {(row["source"], row["record_id"]): (row["territory_id"], row["rule_id"]) for row in truth(demo, "territories")}
    rows = demo.rows(
        """
        select records.source, records.record_id, assignments.territory_id, assignments.rule_id
        from marts.bridge_customer_records as records
        inner join marts.fct_territory_assignments as assignments using (customer_id)
        where records.valid_to is null and assignments.valid_to is null
        """
    )
    found = {(source, record): (territory, rule) for source, record, territory, rule in rows}
    right = sum(found.get(record) == place for record, place in expected.items())
    assert right / len(expected) >= 0.99  # 2026-11-22: 418 of 420; a company split in two, of which one half lacks the state


def test_the_observations_of_owners_are_exactly_the_truth(demo):
    expected = [
        (row["source"], row["record_id"], int(row["sequence"]), row["changed_on"], row["changed_at"] or None, row["owner_rep_id"] or None)
        for row in truth(demo, "owners")
    ]
    found = demo.private(
        "select source, record_id, sequence, changed_on::varchar, strftime(changed_at, '%Y-%m-%d %H:%M:%S'), owner_rep_id "
        "from clean.owner_observations where known_to is null"
    )
    assert Counter(found) == Counter(expected)
    assert len(expected) > 500


def test_every_observation_names_a_file_of_the_archive_and_a_row_in_it(demo):
    observed = demo.private(
        "select distinct observed.file_sha256, coalesce(files.container_sha256, files.file_sha256) "
        "from clean.owner_observations as observed left join raw.files as files on observed.file_sha256 = files.file_sha256"
    )
    assert all(kept and (demo.home / "archive" / kept[:2] / kept).is_file() for _, kept in observed)
    assert demo.private("select count(*) from clean.owner_observations where row_number is null or row_number < 1") == [(0,)]


def test_on_every_night_each_customer_was_owned_by_whom_the_truth_says(demo):
    ever = defaultdict(set)  # customers that never had another record, whatever was found out in between
    for source, record, customer in demo.rows("select source, record_id, customer_id from marts.bridge_customer_records"):
        ever[customer].add((source, record))
    bore = Counter(record for records in ever.values() for record in records)
    decided_otherwise = {
        customer for (customer,) in demo.rows("select customer_id from marts.dim_customers where parent_customer_id is not null")
    }
    # Whom we gave somebody ourselves no export tells: test_record.py.
    decided_otherwise |= {
        customer for (customer,) in demo.rows("select customer_id from marts.fct_ownership_events where role = 'appointment'")
    }
    alone = {
        next(iter(records))
        for customer, records in ever.items()
        if len(records) == 1 and max(bore[record] for record in records) == 1 and customer not in decided_otherwise
    }
    assert len(alone) > 130  # customers of one record, outside of groups: nothing of ours has anything to decide
    changes = defaultdict(list)
    for row in truth(demo, "owners"):
        changes[row["source"], row["record_id"]].append((date.fromisoformat(row["changed_on"]), row["owner_rep_id"] or None))
    for night in (LAST - timedelta(days=back) for back in range(9)):
        expected = {
            record: [owner for day, owner in changes[record] if day <= night][-1] for record in alone if changes[record][0][0] <= night
        }
        rows = demo.rows(
            f"""
            select records.source, records.record_id, periods.owner_rep_id
            from marts.bridge_customer_records as records
            inner join marts.fct_ownership_periods as periods using (customer_id)
            where records.valid_to is null
                and periods.valid_from <= date '{night}' and coalesce(periods.valid_to, date '9999-12-31') > date '{night}'
            """
        )
        found = {(source, record): owner for source, record, owner in rows if (source, record) in alone}
        assert found == expected, night


def test_each_crm_landed_in_its_own_format(demo):
    rows = demo.private("select source, encoding, count(*) from raw.files where state = 'loaded' group by all")
    encodings = defaultdict(set)
    for source, encoding, _ in rows:
        encodings[source].add(encoding)
    assert "zip" in encodings["salesforce"] & encodings["zoho"]
    assert {"xlsx", "json"} & encodings["fxiaoke"]
    assert "gb18030" in encodings["neocrm"]


def test_every_row_read_was_loaded_quarantined_or_left_out_on_purpose(demo):
    wrong = demo.private(
        "select count(*) from raw.batches where state <> 'held' and rows_read <> rows_loaded + rows_quarantined + rows_left_out"
    )
    assert wrong == [(0,)]
    assert demo.private("select count(*) from raw.batches where state = 'refused'") == [(0,)]


def test_bad_rows_are_quarantined_with_their_reason(demo):
    found = dict(demo.private("select reason_code, count(*) from raw.quarantine group by 1"))
    assert set(found) == {"no_key", "duplicate_key", "too_many_cells"}


def test_half_an_export_is_held_and_the_run_says_how_to_let_it_pass(demo):
    held = demo.private("select source, entity, as_of_date from raw.batches where held_content_sha256 is not null")
    assert held
    for source, entity, day in held:
        assert f"{source}/{entity}/{day} is held" in demo.output
        assert f"--accept {source}/{entity}/{day}" in demo.output
        assert demo.private(f"select count(*) from raw.{entity} where source = '{source}' and as_of_date = date '{day}'") == [(0,)]


def test_who_left_is_known_to_have_left(demo):
    left = demo.rows("select rep_id, valid_to from marts.dim_reps where not is_active")
    assert {"E1009"} <= {rep for rep, _ in left}
    assert demo.one("select count(*) from marts.bridge_rep_territories where rep_id = 'E1009' and valid_to is null") == 0


def test_merged_records_of_a_crm_are_one_customer(demo):
    merged = demo.private(
        "select source, record_id, merged_into_record_id from clean.customers "
        "where merged_into_record_id is not null and source = 'salesforce'"
    )
    customer_of = customer_of_record(demo)
    assert merged
    assert [row for row in merged if customer_of[row[0], row[1]] != customer_of[row[0], row[2]]] == []


@pytest.mark.parametrize("basis", ["as_sold", "as_of_today"])
def test_the_territories_sold_what_the_crms_say_was_won(demo, basis):
    (won,) = demo.private(
        "select count(*) from clean.opportunities where outcome = 'won' and not is_deleted and closed_date <= date '2026-06-30'"
    )
    assert demo.rows(f"select sum(won_count) from marts.kpi_territory_monthly where basis = '{basis}'") == [won]
    assert won[0] > 50


def test_quotas_of_the_sheet_count_for_people_and_territories_alike(demo):
    with (demo.home / "rules" / "quotas.csv").open(encoding="utf-8", newline="") as stream:
        total = sum(Decimal(row["amount"]) for row in csv.DictReader(stream))
    for table in ("kpi_rep_monthly", "kpi_territory_monthly"):
        assert demo.one(f"select sum(quota_amount) from marts.{table} where basis = 'as_sold'") == total


def test_a_second_refresh_has_nothing_to_do_and_touches_no_published_byte(demo):
    before = demo.published_hashes()
    said = demo.refresh_again()
    assert "Nothing changed" in said
    assert "is held" in said  # until somebody has decided, every night says so
    assert demo.published_hashes() == before


def test_records_of_all_three_countries_are_placed_where_the_truth_says_their_company_is(demo):
    company_of, where = company_of_record(demo), {row["customer_number"]: row for row in truth(demo, "places")}
    found = demo.private("select source, record_id, country_code, region_code, city_name, place_precision from geo.customer_places")
    right = defaultdict(Counter)
    for source, record, country, region, city, precision in found:
        if (company := company_of.get((source, record))) is None:
            continue
        place = where[company]
        counts = right[place["country"]]
        counts["records"] += 1
        counts["country"] += country == place["country"]
        counts["placed"] += precision in ("point", "postal_code", "district", "city")
        counts["region"] += region == place["region_code"]
        # Former addresses are in the exports, and Munich is München's name in the reference.
        counts["city"] += city in (place["city"], {"München": "Munich"}.get(place["city"]))
    assert sorted(right) == ["CN", "DE", "US"]
    for counts in right.values():
        assert counts["country"] == counts["records"]
        assert (
            counts["placed"] >= 0.85 * counts["records"]
        )  # 2026-11-22: CN 98 %, US 99 %, DE 92 %; the others write no city, or misspell it
        assert counts["region"] >= 0.9 * counts["records"]
        assert counts["city"] >= 0.75 * counts["records"]


def test_every_tab_of_the_dashboard_can_be_drawn_and_counts_what_waits_as_the_tables_do(demo, page_of):
    waits = {"conflicts": "valid_to is null", "handovers": "is_open", "pool": "status <> 'in_pool'"}
    assert all(len(page_of(demo, tab).metric) >= 5 for tab in TABS)
    shown = {metric.label: metric.value for metric in page_of(demo, "To decide 待处理").metric}
    for name, table in zip(SUBJECTS, TABLES_TO_DECIDE, strict=True):
        count = demo.one(f"select count(*) from marts.{table} where {waits.get(name, 'true')}")
        assert shown[SUBJECTS[name][0]] == f"{count:,}"
        if count:
            assert len(page_of(demo, "To decide 待处理", subject=name).dataframe[-1].value) == min(count, 200)


def test_a_retired_id_leads_on_the_dashboard_to_its_heir_with_every_period_and_its_file(demo, page_of):
    old, heir = demo.rows("select old_customer_id, customer_id from marts.customer_id_redirects order by old_customer_id")[0]
    page = page_of(demo, "Ownership 归属", search=old)
    assert page.info[0].value.startswith(f"{old} was retired on ")
    assert page.selectbox(key="customer").value == heir
    periods = next(frame.value for frame in page.dataframe if "row_hash" in frame.value)
    assert len(periods) == demo.one(f"select count(*) from marts.fct_ownership_periods where customer_id = '{heir}'")
    assert set(periods["file"]) <= {file for (file,) in demo.rows("select file from marts.audit_files")} | {None}
    question = demo.one("select left_customer_id from marts.fct_match_questions order by question_rank limit 1")
    assert len(page_of(demo, "Ownership 归属", search=question).image) >= 1
