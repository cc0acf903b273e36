-- The sheet that says why a customer stays with whoever has it (客户保护, 报备).
-- Grain: one row per protection rule and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'protection') }}
),

final as (
    select
        -- ids
        protection_id,
        territory_id,

        -- text
        kind,
        applies_to,
        industries,
        size_bands,
        reason,
        sheet_sha256,

        -- numbers
        priority,
        days,
        extension_days,
        extension_limit,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
