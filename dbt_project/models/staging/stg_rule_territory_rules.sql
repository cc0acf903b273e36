-- The sheet of rules that say which customer belongs to which territory.
-- Grain: one row per rule and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'territory_rules') }}
),

final as (
    select
        -- ids
        rule_id,
        territory_id,

        -- text
        customer_names,
        country_codes,
        region_codes,
        city_names,
        industries,
        size_bands,
        reason,
        sheet_sha256,

        -- numbers
        priority,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
