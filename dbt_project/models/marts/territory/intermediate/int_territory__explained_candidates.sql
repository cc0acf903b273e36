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

explained as (
    select
        ranked.profile_number,
        ranked.valid_from,
        winners.valid_to,
        ranked.candidate_rank,
        ranked.territory_id,
        ranked.geography_depth,
        ranked.industry_depth,
        ranked.excluding_rule_id,
        rules.rule_id,
        rules.rule_reason,
        rules.dimension_count,
        rules.priority,
        rules.is_named_customer,
        ranked.excluding_rule_id is not null as is_excluded,
        winners.rule_id as winner_rule_id,
        winners.loser_count,
        coalesce({{ filled('ranked.matched_on') }}, 'no condition') as matched_on,
        case
            when ranked.excluding_rule_id is not null
                then
                    ranked.excluding_rule_id || ' excludes from ' || ranked.excluded_territory_id || ', so ' || rules.rule_id
                    || ' does not count'
            when ranked.candidate_rank = 1 then ''
            when winners.is_named_customer and not rules.is_named_customer then rules.rule_id || ' does not name the customer'
            when winners.dimension_count > rules.dimension_count then rules.rule_id || ' is broader'
            when winners.geography_depth > ranked.geography_depth then rules.rule_id || ' covers a larger place'
            when winners.industry_depth > ranked.industry_depth then rules.rule_id || ' covers a wider industry'
            when winners.priority < rules.priority then rules.rule_id || ' has priority ' || rules.priority
            when winners.rule_id < rules.rule_id then rules.rule_id || ' is as narrow and has the higher id'
            else rules.rule_id || ' stands twice in the sheet and this row begins later'
        end
        || ' (' || coalesce({{ filled('ranked.matched_on') }}, 'no condition') || ')' as loser_phrase
    from ranked
    inner join rules on ranked.rule_number = rules.rule_number
    inner join winners on ranked.profile_number = winners.profile_number and ranked.valid_from = winners.valid_from
),

named_losers as (
    select
        profile_number,
        valid_from,
        max(case when candidate_rank = 2 then loser_phrase end)
        || coalesce('; ' || max(case when candidate_rank = 3 then loser_phrase end), '')
        || coalesce('; ' || max(case when candidate_rank = 4 then loser_phrase end), '') as loser_phrases
    from explained
    where candidate_rank between 2 and 4
    group by profile_number, valid_from
),

final as (
    select
        -- ids
        explained.profile_number,
        explained.rule_id,
        explained.territory_id,
        explained.excluding_rule_id,

        -- text
        explained.matched_on,
        explained.rule_reason,
        case
            when explained.is_excluded
                then 'Excluded: ' || explained.loser_phrase || '.'
            when explained.candidate_rank > 1
                then 'Lost to ' || explained.winner_rule_id || ': ' || explained.loser_phrase || '.'
            else
                'Rule ' || explained.rule_id || ' ('
                || case
                    when explained.dimension_count = 0 then ''
                    when explained.dimension_count = 1 then '1 dimension: '
                    else explained.dimension_count || ' dimensions: '
                end
                || explained.matched_on || '; priority ' || explained.priority || ') '
                || case
                    when explained.loser_count = 0 then 'is the only rule that matches.'
                    when explained.loser_count = 1 then 'beat 1 other: ' || named_losers.loser_phrases || '.'
                    when explained.loser_count <= 3 then 'beat ' || explained.loser_count || ' others: ' || named_losers.loser_phrases || '.'
                    else
                        'beat ' || explained.loser_count || ' others: ' || named_losers.loser_phrases
                        || '; and ' || (explained.loser_count - 3) || ' more.'
                end
        end as candidate_reason,

        -- numbers
        explained.candidate_rank,
        explained.dimension_count,
        explained.geography_depth,
        explained.industry_depth,
        explained.priority,

        -- dates
        explained.valid_from,
        explained.valid_to,

        -- flags
        explained.is_named_customer,
        explained.is_excluded,
        explained.candidate_rank = 1 and not explained.is_excluded as is_winner
    from explained
    left join named_losers
        on
            explained.candidate_rank = 1
            and explained.profile_number = named_losers.profile_number
            and explained.valid_from = named_losers.valid_from
)

select * from final
