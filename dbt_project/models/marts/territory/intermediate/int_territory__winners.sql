-- Which candidate stands first in each segment of time, and the sentence that says why, told by profile.
-- Grain: one row per profile and segment that has a candidate.
--   1. the sentence names up to three losers, each with the first thing in which it falls behind
--   2. where all are excluded the first of them stands here, and its sentence names the rule that excludes
-- Not here: the losers' own sentences (int_territory__explained_candidates).
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
    select
        profile_number,
        valid_from,
        count(*) - 1 as loser_count,
        count(*) filter (where excluding_rule_id is null) as candidate_count
    from ranked
    group by profile_number, valid_from
),

winners as (
    select
        ranked.profile_number,
        ranked.valid_from,
        ranked.rule_number,
        ranked.territory_id,
        ranked.excluding_rule_id,
        ranked.excluded_territory_id,
        ranked.matched_on,
        ranked.geography_depth,
        ranked.industry_depth,
        rules.rule_id,
        rules.is_named_customer,
        rules.dimension_count,
        rules.priority,
        counted.loser_count,
        counted.candidate_count,
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
        winners.profile_number,
        winners.rule_number,
        winners.rule_id,
        winners.territory_id,

        -- text
        case
            when winners.excluding_rule_id is not null
                then 'Excluded: ' || {{ why_it_lost('winners', 'winners', 'winners') }} || '.'
            else
                'Rule ' || winners.rule_id || ' ('
                || case
                    when winners.dimension_count = 0 then ''
                    when winners.dimension_count = 1 then '1 dimension: '
                    else winners.dimension_count || ' dimensions: '
                end
                || coalesce({{ filled('winners.matched_on') }}, 'no condition') || '; priority ' || winners.priority || ') '
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
        winners.candidate_count,
        winners.dimension_count,
        winners.geography_depth,
        winners.industry_depth,
        winners.priority,

        -- dates
        winners.valid_from,
        winners.valid_to,

        -- flags
        winners.is_named_customer,
        winners.excluding_rule_id is null as is_winner
    from winners
    left join named_losers on winners.profile_number = named_losers.profile_number and winners.valid_from = named_losers.valid_from
)

select * from final
