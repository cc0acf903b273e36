-- Why each candidate won or lost, as a sentence for people, told by profile.
-- Grain: one row per profile, segment of time and rule.
--   1. the winner's sentence names up to three losers, each loser's what it lost by: the first thing in which it falls behind the winner
--   2. an excluded candidate's names the rule that excludes and from where
-- Not here: the ranking (int_territory__ranked_candidates), which customers these are (fct_territory_candidates).
{{ config(materialized='view') }}  -- 2026-11-22: writing the sentences once more than the mart does took 9 s for a million customers
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

rules as (
    select * from {{ ref('int_territory__rules') }}
    where field = ''
),

ranked as (
    select * from {{ ref('int_territory__ranked_candidates') }}
),

counted as (
    select profile_number, valid_from, count(*) - 1 as loser_count
    from ranked
    group by profile_number, valid_from
),

winners as (
    select
        ranked.profile_number,
        ranked.valid_from,
        ranked.geography_depth,
        ranked.industry_depth,
        rules.rule_id,
        rules.is_named_customer,
        rules.dimension_count,
        rules.priority,
        counted.loser_count,
        segments.valid_to
    from ranked
    inner join rules on ranked.rule_number = rules.rule_number
    inner join counted on ranked.profile_number = counted.profile_number and ranked.valid_from = counted.valid_from
    inner join segments on ranked.profile_number = segments.profile_number and ranked.valid_from = segments.valid_from
    where ranked.candidate_rank = 1
),

phrases as (
    select
        ranked.profile_number,
        ranked.valid_from,
        ranked.candidate_rank,
        {{ why_it_lost('ranked', 'rules', 'winners') }} as phrase
    from ranked
    inner join rules on ranked.rule_number = rules.rule_number
    inner join winners on ranked.profile_number = winners.profile_number and ranked.valid_from = winners.valid_from
    where ranked.candidate_rank between 2 and 4
),

named_losers as (
    select
        profile_number,
        valid_from,
        max(case when candidate_rank = 2 then phrase end)
        || coalesce('; ' || max(case when candidate_rank = 3 then phrase end), '')
        || coalesce('; ' || max(case when candidate_rank = 4 then phrase end), '') as loser_phrases
    from phrases
    group by profile_number, valid_from
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
            when ranked.excluding_rule_id is not null
                then 'Excluded: ' || {{ why_it_lost('ranked', 'rules', 'winners') }} || '.'
            when ranked.candidate_rank > 1
                then 'Lost to ' || winners.rule_id || ': ' || {{ why_it_lost('ranked', 'rules', 'winners') }} || '.'
            else
                'Rule ' || rules.rule_id || ' ('
                || case
                    when rules.dimension_count = 0 then ''
                    when rules.dimension_count = 1 then '1 dimension: '
                    else rules.dimension_count || ' dimensions: '
                end
                || coalesce({{ filled('ranked.matched_on') }}, 'no condition') || '; priority ' || rules.priority || ') '
                || case
                    when winners.loser_count = 0 then 'is the only rule that matches.'
                    when winners.loser_count = 1 then 'beat 1 other: ' || named_losers.loser_phrases || '.'
                    when winners.loser_count <= 3 then 'beat ' || winners.loser_count || ' others: ' || named_losers.loser_phrases || '.'
                    else
                        'beat ' || winners.loser_count || ' others: ' || named_losers.loser_phrases
                        || '; and ' || (winners.loser_count - 3) || ' more.'
                end
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
    left join named_losers
        on
            ranked.candidate_rank = 1
            and ranked.profile_number = named_losers.profile_number
            and ranked.valid_from = named_losers.valid_from
)

select * from final
