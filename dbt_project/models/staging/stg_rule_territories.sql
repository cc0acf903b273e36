-- The sheet of territories.
-- Grain: one row per territory and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'territories') }}
),

final as (
    select
        -- ids
        territory_id,
        parent_territory_id,
        manager_rep_id,
        default_rep_id,

        -- text
        territory_name,
        assignment_policy,
        source_territory_ids,
        sheet_sha256,

        -- numbers
        row_number,

        -- dates
        valid_from,
        valid_to,

        -- flags
        is_exclusive
    from source
)

select * from final
