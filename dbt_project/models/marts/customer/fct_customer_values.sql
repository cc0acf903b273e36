-- Which of several records' values each customer bears, why, and what the others say.
-- Grain: one row per customer and field of which any of its records says something.
--   1. the value that stands, the record that says it, and what decided
--   2. how many records of the customer agree and how many say something else; those that say nothing are in neither count
-- Not here: the values as columns (dim_customers); how records are preferred (rules/survivorship.csv of the company home).
with customer_values as (
    select * from {{ ref('stg_customer_values') }}
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,

        -- text
        field,
        value,
        rule,
        decided_by,
        reason,
        other_values,

        -- numbers
        agreeing_count,
        differing_count
    from customer_values
)

select * from final
