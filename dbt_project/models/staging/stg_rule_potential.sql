-- What gives a customer points, and from which score on it is in which band (潜力).
-- Grain: one row per criterion, value and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'potential') }}
),

final as (
    select
        -- text
        criterion,
        value,
        reason,
        sheet_sha256,

        -- numbers
        points,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
