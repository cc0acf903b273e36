-- The company's industries (行业) and their tree.
-- Grain: one row per industry as exports write it and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'industries') }}
),

final as (
    select
        -- ids
        industry,
        industry_code,
        parent_industry,

        -- text
        industry_name,
        sheet_sha256,

        -- numbers
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
