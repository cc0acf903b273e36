-- Customer ids that were retired, and where they lead.
-- Grain: one row per retired customer id.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'customer_id_redirects') }}
),

final as (
    select
        -- ids
        old_customer_id,
        customer_id,
        first_customer_id,

        -- text
        cause,
        detail,

        -- dates
        happened_on
    from source
)

select * from final
