-- Changes of owner that the CRMs recorded themselves, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'owner_changes') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        subject_record_id,
        from_rep_id,
        to_rep_id,
        changed_by_rep_id,

        -- text
        file_sha256,
        subject,
        action,
        reason,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,
        changed_at,
        changed_on,

        -- flags
        is_in_latest_export
    from source
)

select * from final
