-- The sheet of people.
-- Grain: one row per person and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'reps') }}
),

final as (
    select
        -- ids
        rep_id,
        manager_rep_id,

        -- text
        rep_name,
        user_name,
        access_scope,
        source_user_ids,
        sheet_sha256,

        -- numbers
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
