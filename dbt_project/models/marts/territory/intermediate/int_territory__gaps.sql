-- What customers lack of what rules ask for, and what they have beside it.
-- Grain: one row per customer, field it lacks and shape of rules that restrict this field.
--   1. only customers that some source still has: nobody fills in a field of the others
--   2. each is written down once per field it lacks and shape, with its other terms; who lacks two fields of a shape is in no gap of it
-- Not here: what the rules ask (int_territory__asked_fields).
{{ config(materialized='view') }}  -- two marts read it once each; written down it would be some rows for each customer
with company as (
    select * from {{ ref('stg_company') }}
),

assignments as (
    select assignments.customer_id, assignments.territory_id
    from {{ ref('fct_territory_assignments') }} as assignments
    cross join company
    where {{ holds_on('assignments', 'company.as_of_date') }}
),

customers as (
    select
        customers.customer_id,
        assignments.territory_id,
        {{ comparable('customers.country_code') }} as country_term,
        {{ comparable('customers.region_code') }} as region_term,
        {{ comparable_city('customers.city_name') }} as city_term,
        {{ comparable('customers.industry_code') }} as industry_term,
        {{ comparable('customers.size_band') }} as size_term
    from {{ ref('dim_customers') }} as customers
    inner join assignments on customers.customer_id = assignments.customer_id
    where customers.is_active
),

lacking as (
    select 'country' as field, * replace ('' as country_term) from customers where country_term is null
    union all
    select 'region' as field, * replace ('' as region_term) from customers where region_term is null
    union all
    select 'city' as field, * replace ('' as city_term) from customers where city_term is null
    union all
    select 'industry' as field, * replace ('' as industry_term) from customers where industry_term is null
    union all
    select 'size' as field, * replace ('' as size_term) from customers where size_term is null
),

shapes as (
    select distinct
        field,
        shape,
        restricts_customer,
        restricts_country,
        restricts_region,
        restricts_city,
        restricts_industry,
        restricts_size,
        implies_country
    from {{ ref('int_territory__asked_fields') }}
),

final as (
    select
        -- ids
        lacking.customer_id,
        lacking.territory_id,
        case when shapes.restricts_customer then lacking.customer_id else '' end as named_customer_id,

        -- text
        lacking.field,
        shapes.shape,
        case
            when shapes.restricts_country then lacking.country_term
            when shapes.implies_country then coalesce(lacking.country_term, '')
            else ''
        end as country_term,
        case when shapes.restricts_region then lacking.region_term else '' end as region_term,
        case when shapes.restricts_city then lacking.city_term else '' end as city_term,
        case when shapes.restricts_industry then lacking.industry_term else '' end as industry_term,
        case when shapes.restricts_size then lacking.size_term else '' end as size_term,

        -- flags
        lacking.territory_id = 'UNASSIGNED' as is_unassigned
    from lacking
    inner join shapes on lacking.field = shapes.field
    where
        (not shapes.restricts_country or lacking.country_term is not null)
        and (not shapes.restricts_region or lacking.region_term is not null)
        and (not shapes.restricts_city or lacking.city_term is not null)
        and (not shapes.restricts_industry or lacking.industry_term is not null)
        and (not shapes.restricts_size or lacking.size_term is not null)
)

select * from final
