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
        coalesce(effect, 'assign') as effect,
        coalesce(state, 'active') as state,
        customer_names,
        country_codes,
        region_codes,
        division_codes,
        city_names,
        postal_codes,
        industries,
        size_bands,
        potential_bands,
        product_lines,
        reason,
        sheet_sha256,

        -- numbers
        priority,
        latitude,
        longitude,
        within_km,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
