-- Calls, visits, tasks and the like (跟进) as the CRMs export them, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
-- An empty mark of deletion means: not deleted.
with source as (
    select * from {{ source('clean', 'activities') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_record_id,
        opportunity_record_id,
        lead_record_id,
        contact_record_id,
        owner_rep_id as rep_id,

        -- text
        file_sha256,
        kind,
        subject,
        status,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,
        activity_on,
        modified_at,

        -- flags
        is_in_latest_export,
        coalesce(is_deleted, false) as is_deleted
    from source
)

select * from final
