"""AdventureWorks from eleven tables to published figures: history, quotas, geography, XML, geography points.

Every expectation is computed here from the exports themselves, with the standard library.
"""

import struct
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.story


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def territory_by_record(story, source: str) -> dict[str, str]:
    return dict(
        story.rows(
            f"""
            select records.record_id, assignments.territory_id
            from marts.bridge_customer_records as records
            inner join marts.fct_territory_assignments as assignments using (customer_id)
            where records.source = '{source}' and records.valid_to is null and assignments.valid_to is null
            """
        )
    )


def test_every_row_of_territory_history_is_there_with_the_same_days(adventureworks):
    expected = {
        (
            row["businessentityid"],
            row["territoryid"],
            "owner",
            day(row["startdate"]),
            day(row["enddate"]) + timedelta(days=1) if row["enddate"] else None,  # theirs is the last day, ours the day after
        )
        for row in adventureworks.export("salesterritoryhistory.csv")
    }
    assert len(expected) == 17
    found = adventureworks.rows("select rep_id, territory_id, role, valid_from, valid_to from marts.bridge_rep_territories")
    assert set(found) == expected


def test_on_every_day_of_four_years_each_person_works_the_territory_that_the_history_says(adventureworks):
    history = [
        (row["businessentityid"], row["territoryid"], day(row["startdate"]), day(row["enddate"]) if row["enddate"] else date.max)
        for row in adventureworks.export("salesterritoryhistory.csv")
    ]
    rows = adventureworks.rows(
        """
        select cast(days.day as date), periods.rep_id, periods.territory_id
        from generate_series(timestamp '2011-01-01', timestamp '2014-12-31', interval 1 day) as days(day)
        inner join marts.bridge_rep_territories as periods
            on periods.valid_from <= days.day and (periods.valid_to is null or days.day < periods.valid_to)
        """
    )
    found: dict[date, set[tuple[str, str]]] = {}
    for when, rep, territory in rows:
        found.setdefault(when, set()).add((rep, territory))
    days = [date(2011, 1, 1) + timedelta(days=number) for number in range(1461)]
    for when in days:
        assert found.get(when, set()) == {(rep, territory) for rep, territory, first, last in history if first <= when <= last}, when
    assert len(found) > 1000


def test_every_quota_counts_for_its_person_in_its_month(adventureworks):
    rows = adventureworks.export("salespersonquotahistory.csv")
    assert len(rows) == 163
    expected: dict[tuple[str, date], Decimal] = {}
    for row in rows:
        key = (row["businessentityid"], day(row["quotadate"]).replace(day=1))
        expected[key] = expected.get(key, Decimal(0)) + Decimal(row["salesquota"])
    found = adventureworks.rows(
        "select rep_id, month, quota_amount from marts.kpi_rep_monthly where basis = 'as_sold' and quota_amount <> 0"
    )
    assert {(rep, month): amount for rep, month, amount in found} == expected


@pytest.mark.parametrize("basis", ["as_sold", "as_of_today"])
def test_the_territories_quotas_are_the_peoples_quotas(adventureworks, basis):
    total = sum(Decimal(row["salesquota"]) for row in adventureworks.export("salespersonquotahistory.csv"))
    for table in ("kpi_rep_monthly", "kpi_territory_monthly"):
        assert adventureworks.one(f"select sum(quota_amount) from marts.{table} where basis = '{basis}'") == total


def test_every_customer_is_in_the_territory_that_its_own_row_says(adventureworks):
    expected = {row["customerid"]: row["territoryid"] for row in adventureworks.export("customer.csv")}
    assert len(expected) == 19_820
    assert territory_by_record(adventureworks, "adventureworks") == expected


def test_every_state_and_province_is_in_the_territory_that_its_table_says(adventureworks):
    expected = {row["stateprovinceid"]: row["territoryid"] for row in adventureworks.export("stateprovince.csv")}
    assert len(expected) == 181
    assert territory_by_record(adventureworks, "probes") == expected


def test_territories_hang_in_their_group(adventureworks):
    expected = {(row["territoryid"], row["name"], row["group"]) for row in adventureworks.export("salesterritory.csv")}
    found = adventureworks.rows(
        "select territory_id, territory_name, parent_territory_id from marts.dim_territories where parent_territory_id is not null"
    )
    assert set(found) == expected
    groups = adventureworks.rows("select territory_id from marts.dim_territories where parent_territory_id is null")
    assert {name for (name,) in groups} == {group for _, _, group in expected} | {"UNASSIGNED"}


def test_revenue_and_employees_of_every_store_are_those_of_its_xml(adventureworks):
    surveys = {row["businessentityid"]: ElementTree.fromstring(row["demographics"]) for row in adventureworks.export("store.csv")}
    expected = {}
    for row in adventureworks.export("customer.csv"):
        if row["storeid"]:
            values = {element.tag.rsplit("}", 1)[-1]: element.text for element in surveys[row["storeid"]]}
            expected[row["customerid"]] = (Decimal(values["AnnualRevenue"]), int(values["NumberEmployees"]))
    assert len(expected) == 1336
    found = adventureworks.rows(
        """
        select records.record_id, customers.annual_revenue_amount, customers.employee_count
        from marts.bridge_customer_records as records
        inner join marts.dim_customers as customers using (customer_id)
        where records.source = 'adventureworks' and records.valid_to is null and customers.annual_revenue_amount is not null
        """
    )
    assert {record: (revenue, employees) for record, revenue, employees in found} == expected


def test_every_store_stands_where_its_geography_point_says(adventureworks):
    address_of = {
        row["businessentityid"]: row["addressid"]
        for row in adventureworks.export("businessentityaddress.csv")
        if row["addresstypeid"] in ("2", "3")
    }
    points = {
        row["addressid"]: struct.unpack("<dd", bytes.fromhex(row["spatiallocation"])[6:22]) for row in adventureworks.export("address.csv")
    }
    expected = {row["customerid"]: points[address_of[row["storeid"]]] for row in adventureworks.export("customer.csv") if row["storeid"]}
    found = {
        record: (latitude, longitude)
        for record, latitude, longitude in adventureworks.rows(
            """
            select records.record_id, customers.latitude, customers.longitude
            from marts.bridge_customer_records as records
            inner join marts.dim_customers as customers using (customer_id)
            where records.source = 'adventureworks' and records.valid_to is null
            """
        )
    }
    said = {record for record, point in expected.items() if point != (0.0, 0.0)}
    wrong = [record for record in said if found[record] != pytest.approx(expected[record], abs=1e-6)]
    assert wrong == []
    # 54 addresses have the point where the equator meets Greenwich, which is no store's: they stand where the rest of the address says.
    assert len(expected) - len(said) == 54
    assert [record for record in expected.keys() - said if found[record] == (0.0, 0.0)] == []


def test_every_order_is_published_with_its_customer_and_amount(adventureworks):
    orders = adventureworks.export("salesorderheader_2011_subset.csv")
    total = sum(Decimal(row["subtotal"]) for row in orders)
    found = adventureworks.rows(
        "select count(*), sum(amount), count(*) filter (customer_id is null) from marts.fct_orders where source = 'adventureworks'"
    )
    assert found == [(1566, total, 0)]


def test_an_order_counts_for_the_territory_that_the_order_itself_carries(adventureworks):
    # The table of orders keeps the territory of the sale: where the rules lead elsewhere, one of the two is wrong.
    expected = {row["salesorderid"]: row["territoryid"] for row in adventureworks.export("salesorderheader_2011_subset.csv")}
    found = adventureworks.rows("select order_id, credited_territory_id from marts.fct_orders")
    assert {order.removeprefix("adventureworks:"): territory for order, territory in found} == expected


def test_sales_people_are_active_and_known_by_their_login(adventureworks):
    login_of = {row["businessentityid"]: row["loginid"] for row in adventureworks.export("employee.csv")}
    expected = {(row["businessentityid"], login_of[row["businessentityid"]]) for row in adventureworks.export("salesperson.csv")}
    assert set(adventureworks.rows("select rep_id, user_name from marts.dim_reps where is_active")) == expected


def test_every_store_is_owned_by_its_sales_person(adventureworks):
    seller_of = {row["businessentityid"]: row["salespersonid"] for row in adventureworks.export("store.csv")}
    expected = {row["customerid"]: seller_of[row["storeid"]] for row in adventureworks.export("customer.csv") if row["storeid"]}
    found = adventureworks.rows(
        """
        select records.record_id, periods.owner_rep_id
        from marts.bridge_customer_records as records
        inner join marts.fct_ownership_periods as periods using (customer_id)
        where records.valid_to is null and periods.valid_to is null and not periods.is_in_pool
        """
    )
    assert dict(found) == expected
