-- The sheet of exchange rates (汇率).
-- Grain: one row per currency and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'fx_rates') }}
),

final as (
    select
        -- text
        currency_code,
        sheet_sha256,

        -- numbers
        rate,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
