-- Which rule decides in each segment of time, told by profile.
-- Grain: one row per profile and period.
--   1. in each segment of time the winning candidate decides (int_territory__winners)
--   2. a segment without a candidate, or with excluded ones only, gets the territory UNASSIGNED, never a missing row
--   3. neighbouring segments with the same rule, territory and reason are one period
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

firsts as (
    select * from {{ ref('int_territory__winners') }}
),

decided as (
    select
        segments.profile_number,
        case when firsts.is_winner then firsts.territory_id else 'UNASSIGNED' end as territory_id,
        case when firsts.is_winner then firsts.rule_id end as rule_id,
        case
            when firsts.is_winner then firsts.candidate_reason
            when firsts.rule_id is not null then 'No rule in force in this period assigns the customer. ' || firsts.candidate_reason
            else 'No rule in force in this period matches the customer.'
        end as assignment_reason,
        coalesce(firsts.candidate_count, 0) as candidate_count,
        segments.valid_from,
        segments.valid_to,
        coalesce(segments.is_only, false) as is_only
    from segments
    left join firsts
        on
            segments.profile_number = firsts.profile_number
            and segments.valid_from = firsts.valid_from
),

compared as (
    select
        *,
        lag(territory_id) over by_time as former_territory_id,
        lag(rule_id) over by_time as former_rule_id,
        lag(assignment_reason) over by_time as former_reason,
        lag(candidate_count) over by_time as former_candidate_count
    from decided
    where not is_only  -- nine of ten profiles have one segment and nothing to compare
    window by_time as (partition by profile_number order by valid_from)
),

marked as (
    select
        *,
        case
            when
                former_territory_id is null
                or territory_id <> former_territory_id
                or coalesce(rule_id, '') <> coalesce(former_rule_id, '')
                or assignment_reason <> former_reason
                or candidate_count <> former_candidate_count
                then 1
            else 0
        end as is_new_period
    from compared
),

numbered as (
    select
        *,
        sum(is_new_period) over (partition by profile_number order by valid_from) as period_number
    from marked
),

final as (
    select
        -- ids
        profile_number,
        territory_id,
        rule_id,

        -- text
        assignment_reason,

        -- numbers
        candidate_count,

        -- dates
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from numbered
    group by profile_number, period_number, territory_id, rule_id, assignment_reason, candidate_count

    union all

    select profile_number, territory_id, rule_id, assignment_reason, candidate_count, valid_from, valid_to
    from decided
    where is_only
)

select * from final
