-- The sheet that says who works which territory.
-- Grain: one row per person, territory, role and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'rep_territories') }}
),

final as (
    select
        -- ids
        rep_id,
        territory_id,

        -- text
        role,
        sheet_sha256,

        -- numbers
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
