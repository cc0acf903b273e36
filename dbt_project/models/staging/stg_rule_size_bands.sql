-- How many employees, or how much yearly revenue, make a customer of which size (规模).
-- Grain: one row per size band and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'size_bands') }}
),

final as (
    select
        -- text
        size_band,
        currency_code,
        sheet_sha256,

        -- numbers
        from_employees,
        to_employees,
        from_revenue_amount,
        to_revenue_amount,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
