{{ config(meta={'dagster': {'ref': {'name': 'fct_territory_blockers'}}}) }}
-- Fails for a customer that is said to lack a field which it has.
select
    blockers.customer_id,
    blockers.field
from {{ ref('fct_territory_blockers') }} as blockers
inner join {{ ref('dim_customers') }} as customers on blockers.customer_id = customers.customer_id
where
    coalesce(
        case blockers.field
            when 'country' then {{ comparable('customers.country_code') }}
            when 'region' then {{ comparable('customers.region_code') }}
            when 'city' then {{ comparable('customers.city_name') }}
            when 'industry' then {{ comparable('customers.industry_code') }}
            when 'size' then {{ comparable('customers.size_band') }}
        end,
        ''
    ) <> ''
