{{ config(meta={"dagster": {"ref": {"name": "kpi_territory_monthly"}}}) }}
-- Fails for a month and basis in which the customers of all territories are not the customers there are.
with customers as (
    select count(*) as customer_count from {{ ref('dim_customers') }}
),

counted as (
    select
        month,
        basis,
        sum(customer_count) as customer_count
    from {{ ref('kpi_territory_monthly') }}
    group by month, basis
)

select counted.*
from counted
cross join customers
where counted.customer_count <> customers.customer_count
