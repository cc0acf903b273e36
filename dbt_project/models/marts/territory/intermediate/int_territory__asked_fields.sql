-- What each rule in force asks of a customer beside one of its fields.
-- Grain: one row per rule, field it restricts, and combination of its other alternatives.
--   1. only rules in force on the as-of date
--   2. each field a customer can lack is left out in turn; a customer cannot lack its name, so a named customer stays
--   3. a named customer is looked up here, by name or by id, so that a rule that names it both ways asks once
--   4. a region lies in a country: who is known to be in China does not miss a rule for a state of the US (US-WA) for lack of a region;
--      who is in no known country does
--   5. shape says which dimensions the rule restricts; terms that are left out or not restricted are empty text
-- Not here: which customers have all the rest (fct_territory_blockers).
with company as (
    select * from {{ ref('stg_company') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

in_force as (
    select
        combinations.*,
        concat_ws(
            ', ',
            case when combinations.restricts_customer then 'customer' end,
            case when combinations.restricts_country then 'country' end,
            case when combinations.restricts_region then 'region' end,
            case when combinations.restricts_city then 'city' end,
            case when combinations.restricts_industry then 'industry' end,
            case when combinations.restricts_size then 'size' end
        ) as shape
    from {{ ref('int_territory__rule_combinations') }} as combinations
    cross join company
    where {{ holds_on('combinations', 'company.as_of_date') }}
),

left_out as (
    select 'country' as field, false as implies_country, * replace ('' as country_term) from in_force where restricts_country
    union all
    select 'region' as field, false as implies_country, * replace ('' as region_term) from in_force
    where restricts_region and restricts_country
    union all
    select 'region' as field, true as implies_country, * replace ('' as region_term, substr(region_term, 1, 2) as country_term)
    from in_force
    where restricts_region and not restricts_country
    union all
    select 'region' as field, true as implies_country, * replace ('' as region_term) from in_force
    where restricts_region and not restricts_country
    union all
    select 'city' as field, false as implies_country, * replace ('' as city_term) from in_force where restricts_city
    union all
    select 'industry' as field, false as implies_country, * replace ('' as industry_term) from in_force where restricts_industry
    union all
    select 'size' as field, false as implies_country, * replace ('' as size_term) from in_force where restricts_size
),

names as (
    select customer_id, {{ comparable('customer_name') }} as customer_term from customers
    union
    select customer_id, {{ comparable('customer_id') }} as customer_term from customers
),

final as (
    select distinct
        -- ids
        left_out.rule_id,
        left_out.territory_id,
        coalesce(names.customer_id, '') as named_customer_id,

        -- text
        left_out.field,
        left_out.shape,
        left_out.country_term,
        left_out.region_term,
        left_out.city_term,
        left_out.industry_term,
        left_out.size_term,

        -- numbers
        left_out.priority,

        -- flags
        left_out.restricts_customer,
        left_out.restricts_country,
        left_out.restricts_region,
        left_out.restricts_city,
        left_out.restricts_industry,
        left_out.restricts_size,
        left_out.implies_country
    from left_out
    left join names on left_out.restricts_customer and left_out.customer_term = names.customer_term
    where not left_out.restricts_customer or names.customer_id is not null
)

select * from final
