-- Quotas (目标) as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'quotas') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        rep_id,
        territory_id,

        -- text
        file_sha256,
        currency_code,
        problems,

        -- numbers
        row_number,
        amount,

        -- dates
        as_of_date,
        quota_date,

        -- flags
        is_in_latest_export
    from source
)

select * from final
