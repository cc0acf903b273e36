-- The sheet of industries and their tree (行业).
-- Grain: one row per industry as exports write it and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'industries') }}
),

final as (
    select
        -- text
        industry,
        industry_code,
        industry_name,
        parent_industry,
        sheet_sha256,

        -- numbers
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
