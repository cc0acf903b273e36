-- Nights that were recorded.
-- Grain: one row per night that was recorded, whether anything had changed or not.
-- Here: names and types only.
with source as (
    select * from {{ source('record', 'nights') }}
),

final as (
    select
        -- ids
        night,

        -- text
        rules_version,
        last_hash,
        file_name,
        file_sha256,
        journals,
        seal,

        -- numbers
        first_sequence,
        row_count,

        -- dates
        recorded_on
    from source
)

select * from final
