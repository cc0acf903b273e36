-- Territories that the CRMs themselves hold for customers, cleaned; there may be several.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
-- An empty mark of deletion means: not deleted.
with source as (
    select * from {{ source('clean', 'customer_territories') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_record_id,
        territory_id,
        assigned_by_rep_id,

        -- text
        cause,
        file_sha256,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,
        assigned_on,

        -- flags
        is_in_latest_export,
        coalesce(is_deleted, false) as is_deleted
    from source
)

select * from final
