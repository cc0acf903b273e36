-- Customers and leads that went into a public pool (公海) or came out of it, as the CRMs recorded it, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'pool_events') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        subject_record_id,
        pool_id,
        from_rep_id,
        to_rep_id,
        actor_rep_id,

        -- text
        file_sha256,
        subject,
        event,
        reason,
        retake_rule,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,
        happened_at,
        happened_on,

        -- flags
        is_in_latest_export
    from source
)

select * from final
