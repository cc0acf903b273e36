-- Who works which territory, as the CRMs export it, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'rep_territories') }}
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
        role,
        problems,

        -- numbers
        row_number,

        -- dates
        as_of_date,
        valid_from,
        valid_to,

        -- flags
        is_in_latest_export
    from source
)

select * from final
