-- People who work on a customer beside its owner (相关团队), as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'customer_members') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_record_id,
        rep_id,

        -- text
        file_sha256,
        role,
        permission,
        problems,

        -- numbers
        row_number,
        share_ratio,

        -- dates
        as_of_date,

        -- flags
        is_in_latest_export
    from source
)

select * from final
