-- Which rules match which customers, told by profile, whatever the day.
-- Grain: one row per profile, rule, period of the rule, what it was matched on, and period of the industry tree.
--   1. the rules that stand at the nodes a profile reached (int_territory__profile_asks)
--   2. a match holds as long as the rule does, and the industry lies where it does in the tree
-- Not here: which match wins (int_territory__ranked_candidates).
{{ config(materialized='view') }}  -- its readers take a few columns each; written down it would be the asks once more
with asks as (
    select * from {{ ref('int_territory__profile_asks') }}
),

rules as (
    select * from {{ ref('int_territory__rules') }}
    where field = ''
),

final as (
    select
        -- ids
        asks.profile_number,
        rules.rule_number,
        rules.rule_id,
        rules.territory_id,

        -- text
        rules.effect,
        asks.matched_on,

        -- numbers
        asks.geography_depth,
        asks.industry_depth,

        -- dates
        greatest(rules.valid_from, asks.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('rules.valid_to') ~ ', ' ~ open_end('asks.valid_to') ~ ')') }} as valid_to
    from asks
    inner join rules on asks.node = rules.node_11
    where {{ periods_meet('rules', 'asks') }}
)

select * from final
