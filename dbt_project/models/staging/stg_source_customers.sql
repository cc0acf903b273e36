-- Customer records as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
-- An empty mark of deletion means: not deleted.
with source as (
    select * from {{ source('clean', 'customers') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        parent_record_id,
        owner_rep_id,
        territory_id,
        pool_id,

        -- text
        file_sha256,
        return_reason,
        problems,

        -- numbers
        row_number,
        employee_count_from,
        employee_count_to,

        -- dates
        as_of_date,
        claimed_at,
        expires_on,
        last_activity_on,
        created_on,
        modified_at,

        -- flags
        is_branch,
        is_in_latest_export,
        coalesce(is_deleted, false) as is_deleted
    from source
)

select * from final
