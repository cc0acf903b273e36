-- People as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'reps') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        rep_id,
        manager_rep_id,

        -- text
        file_sha256,
        name as rep_name,
        user_name,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,

        -- flags
        is_in_latest_export,
        is_active
    from source
)

select * from final
