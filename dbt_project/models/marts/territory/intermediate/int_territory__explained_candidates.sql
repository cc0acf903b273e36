-- Why each candidate won or lost, as a sentence for people, told by profile.
-- Grain: one row per profile, segment of time and rule.
--   1. the first one's sentence is that of int_territory__winners
--   2. a loser's says what it lost by: the first thing in which it falls behind the winner; an excluded one's which rule excludes
-- Not here: the ranking (int_territory__ranked_candidates), which customers these are (fct_territory_candidates).
{{ config(materialized='view') }}  -- 2026-11-22: writing the sentences once more than the mart does took 9 s for a million customers
with winners as (
    select * from {{ ref('int_territory__winners') }}
),

rules as (
    select * from {{ ref('int_territory__rules') }}
    where field = ''
),

ranked as (
    select * from {{ ref('int_territory__ranked_candidates') }}
),

final as (
    select
        -- ids
        ranked.profile_number,
        rules.rule_id,
        ranked.territory_id,
        ranked.excluding_rule_id,

        -- text
        coalesce({{ filled('ranked.matched_on') }}, 'no condition') as matched_on,
        rules.rule_reason,
        case
            when ranked.candidate_rank = 1 then winners.candidate_reason
            when ranked.excluding_rule_id is not null then 'Excluded: ' || {{ why_it_lost('ranked', 'rules', 'winners') }} || '.'
            else 'Lost to ' || winners.rule_id || ': ' || {{ why_it_lost('ranked', 'rules', 'winners') }} || '.'
        end as candidate_reason,

        -- numbers
        ranked.candidate_rank,
        rules.dimension_count,
        ranked.geography_depth,
        ranked.industry_depth,
        rules.priority,

        -- dates
        ranked.valid_from,
        winners.valid_to,

        -- flags
        rules.is_named_customer,
        ranked.excluding_rule_id is not null as is_excluded,
        ranked.candidate_rank = 1 and ranked.excluding_rule_id is null as is_winner
    from ranked
    inner join rules on ranked.rule_number = rules.rule_number
    inner join winners on ranked.profile_number = winners.profile_number and ranked.valid_from = winners.valid_from
)

select * from final
