-- Which rules match which customer, whatever the day.
-- Grain: one row per customer, rule and period of the rule.
--   1. shapes: the few sets of dimensions that rules restrict (two: by region; by country and industry)
--   2. each customer is written down once per shape, with its terms where the shape restricts and empty text elsewhere
--   3. rules and customers meet on equal terms, an equi-join that yields true matches only: no rule is compared with every customer
--   4. a customer is named by its name or by its customer_id; a rule that names it both ways matches once
-- Not here: which match wins (fct_territory_candidates).
with customers as (
    select * from {{ ref('dim_customers') }}
),

combinations as (
    select * from {{ ref('int_territory__rule_combinations') }}
),

shapes as (
    select distinct
        restricts_customer,
        restricts_country,
        restricts_region,
        restricts_city,
        restricts_industry,
        restricts_size
    from combinations
),

named as (
    select customer_id, true as is_named, coalesce({{ comparable('customer_name') }}, '') as customer_term from customers
    union
    select customer_id, true as is_named, {{ comparable('customer_id') }} as customer_term from customers
    union
    select customer_id, false as is_named, '' as customer_term from customers
),

customer_terms as (
    select
        customers.customer_id,
        shapes.*,
        named.customer_term,
        case when shapes.restricts_country then {{ comparable('customers.country_code') }} else '' end as country_term,
        case when shapes.restricts_region then {{ comparable('customers.region_code') }} else '' end as region_term,
        case when shapes.restricts_city then {{ comparable_city('customers.city_name') }} else '' end as city_term,
        case when shapes.restricts_industry then {{ comparable('customers.industry_code') }} else '' end as industry_term,
        case when shapes.restricts_size then {{ comparable('customers.size_band') }} else '' end as size_term
    from customers
    inner join named on customers.customer_id = named.customer_id
    inner join shapes on named.is_named = shapes.restricts_customer
),

final as (
    select
        -- ids
        customer_terms.customer_id,
        combinations.rule_id,
        combinations.territory_id,

        -- text
        min(combinations.matched_on) as matched_on,
        combinations.rule_reason,

        -- numbers
        combinations.priority,
        combinations.dimension_count,

        -- dates
        combinations.valid_from,
        combinations.valid_to,

        -- flags
        combinations.restricts_customer as is_named_customer
    from customer_terms
    inner join combinations
        on
            customer_terms.restricts_customer = combinations.restricts_customer
            and customer_terms.restricts_country = combinations.restricts_country
            and customer_terms.restricts_region = combinations.restricts_region
            and customer_terms.restricts_city = combinations.restricts_city
            and customer_terms.restricts_industry = combinations.restricts_industry
            and customer_terms.restricts_size = combinations.restricts_size
            and customer_terms.customer_term = combinations.customer_term
            and customer_terms.country_term = combinations.country_term
            and customer_terms.region_term = combinations.region_term
            and customer_terms.city_term = combinations.city_term
            and customer_terms.industry_term = combinations.industry_term
            and customer_terms.size_term = combinations.size_term
    group by
        customer_terms.customer_id,
        combinations.rule_id,
        combinations.territory_id,
        combinations.rule_reason,
        combinations.priority,
        combinations.dimension_count,
        combinations.valid_from,
        combinations.valid_to,
        combinations.restricts_customer
)

select * from final
