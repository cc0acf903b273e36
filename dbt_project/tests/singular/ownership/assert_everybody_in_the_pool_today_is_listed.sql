{{ config(meta={"dagster": {"ref": {"name": "fct_public_pool"}}}) }}
-- Fails for a customer of the CRMs that nobody owns today and that the pool does not list, and for one that it lists though somebody does.
with company as (
    select * from {{ ref('stg_company') }}
),

unowned as (
    select periods.customer_id
    from {{ ref('fct_ownership_periods') }} as periods
    cross join company
    inner join {{ ref('dim_customers') }} as customers on periods.customer_id = customers.customer_id
    where customers.is_active and periods.is_in_pool and {{ holds_on('periods', 'company.as_of_date') }}
),

listed as (
    select customer_id from {{ ref('fct_public_pool') }} where status = 'in_pool'
)

select
    unowned.customer_id as unowned_customer_id,
    listed.customer_id as listed_customer_id
from unowned
full outer join listed on unowned.customer_id = listed.customer_id
where unowned.customer_id is null or listed.customer_id is null
