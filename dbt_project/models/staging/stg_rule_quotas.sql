-- The sheet of quotas.
-- Grain: one row per person or territory and first day of the quota's period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'quotas') }}
),

final as (
    select
        -- ids
        rep_id,
        territory_id,

        -- text
        currency_code,
        sheet_sha256,

        -- numbers
        amount,
        row_number,

        -- dates
        quota_date
    from source
)

select * from final
