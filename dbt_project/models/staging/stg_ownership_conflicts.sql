-- Disputes over customers (撞单) as of the night last recorded.
-- Grain: one row per customer and segment of a dispute.
-- Here: names and types only.
with source as (
    select * from {{ source('record', 'ownership_conflicts') }}
),

final as (
    select
        -- ids
        customer_id,
        owner_rep_id,
        rule_id,
        source,
        record_id,

        -- text
        claimant_rep_ids,
        decision_reason,

        -- numbers
        claimant_count,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
