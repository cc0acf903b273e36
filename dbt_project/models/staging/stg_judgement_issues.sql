-- Judgements that do not hold, or wait.
-- Grain: one row per judgement and issue.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'judgement_issues') }}
),

final as (
    select
        -- ids
        judgement_id,

        -- text
        issue,
        detail
    from source
)

select * from final
