-- Customers as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'customers') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        parent_record_id,
        pool_id,

        -- text
        return_reason,

        -- dates
        as_of_date,
        claimed_at,
        expires_at,
        last_activity_at,
        created_at,

        -- flags
        is_branch,
        is_deleted,
        is_in_latest_export
    from source
)

select * from final
