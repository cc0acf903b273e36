-- Which record's value of each field a customer bears, and why.
-- Grain: one row per customer and field of which any of its records says something.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'customer_values') }}
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
    from source
)

select * from final
