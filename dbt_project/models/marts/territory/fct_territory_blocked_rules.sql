-- Which rules miss customers for lack of which field.
-- Grain: one row per rule and field.
--   1. customers that look alike are counted first: a gap and its terms
--   2. then each rule adds up the gaps that have all the rest it asks for; a customer is in one of them only
-- Not here: which customers they are (fct_territory_blockers).
with asked as (
    select * from {{ ref('int_territory__asked_fields') }}
),

gaps as (
    select
        field,
        shape,
        named_customer_id,
        country_term,
        region_term,
        city_term,
        industry_term,
        size_term,
        count(*) as customer_count,
        count(*) filter (where is_unassigned) as unassigned_count
    from {{ ref('int_territory__gaps') }}
    group by field, shape, named_customer_id, country_term, region_term, city_term, industry_term, size_term
),

final as (
    select
        -- ids
        asked.rule_id,
        asked.territory_id,

        -- text
        asked.field,

        -- numbers
        cast(sum(gaps.customer_count) as bigint) as customer_count,
        cast(sum(gaps.unassigned_count) as bigint) as unassigned_count
    from asked
    inner join gaps
        on
            asked.field = gaps.field
            and asked.shape = gaps.shape
            and asked.named_customer_id = gaps.named_customer_id
            and asked.country_term = gaps.country_term
            and asked.region_term = gaps.region_term
            and asked.city_term = gaps.city_term
            and asked.industry_term = gaps.industry_term
            and asked.size_term = gaps.size_term
    group by asked.rule_id, asked.territory_id, asked.field
)

select * from final
