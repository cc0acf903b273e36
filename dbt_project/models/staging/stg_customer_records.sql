-- Which source record belonged to which customer, from when to when.
-- Grain: one row per source record and period.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'customer_records') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_id,

        -- text
        match_reason,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
