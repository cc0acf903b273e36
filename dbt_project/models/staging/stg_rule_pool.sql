-- The sheet that says when a customer or lead drops into a public pool (公海), and how it gets out again.
-- Grain: one row per rule of a public pool and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'pool') }}
),

final as (
    select
        -- ids
        pool_rule_id,
        pool_id,
        territory_id,

        -- text
        applies_to,
        industries,
        size_bands,
        trigger,
        relation,
        claim_method,
        reason,
        sheet_sha256,

        -- numbers
        days,
        warn_days,
        priority,
        holding_limit,
        claim_limit,
        claim_limit_days,
        cool_down_days,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
