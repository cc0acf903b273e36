-- Judgements of data stewards that do not hold, or wait, and what to do about it.
-- Grain: one row per judgement and issue.
--   1. refused rows of judgements.csv, contradicted, waiting and vanished judgements, ids that cannot be kept
-- Not here: judgements that count (bridge_customer_records.match_reason).
with judgement_issues as (
    select * from {{ ref('stg_judgement_issues') }}
),

final as (
    select
        -- ids
        judgement_id,

        -- text
        issue,
        detail
    from judgement_issues
)

select * from final
