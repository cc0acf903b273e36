-- Days on which an export first showed another owner (归属) of a record than before.
-- Grain: one row per source, customer record and day on which an export first showed another owner than before.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'owner_observations') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        owner_rep_id,

        -- text
        file_sha256,

        -- numbers
        row_number,

        -- dates
        as_of_date
    from source
)

select * from final
