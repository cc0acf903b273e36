-- What each customer was last recorded from.
-- Grain: one row per customer of whom any record was ever observed.
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

        -- dates
        recorded_on
    from source
)

select * from final
