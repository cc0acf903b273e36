-- Territories that the CRMs keep themselves, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'territories') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        territory_id,
        parent_territory_id,
        manager_rep_id,

        -- text
        file_sha256,
        name as territory_name,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,

        -- flags
        is_in_latest_export
    from source
)

select * from final
