-- What each customer was last recorded from.
-- Grain: one row per customer whose owner was worked out on the night last recorded.
-- Here: names and types only.
with source as (
    select * from {{ source('record', 'ownership_basis') }}
),

final as (
    select
        -- ids
        customer_id,

        -- numbers
        basis,
        context,

        -- dates
        recorded_on
    from source
)

select * from final
