-- Which territory each customer belongs to, from when to when, and which rule decided it.
-- Grain: one row per customer and period.
--   1. customers that no rule can tell apart (a profile) are assigned alike; it is decided once per profile (int_territory__decided)
--   2. a customer has the profile of its values on the day: one that moved keeps the territory it had until then
--   3. neighbouring periods with the same rule, territory and reason are one
--   4. from the calendar's first day on there is neither gap nor overlap, and the last period is open
-- Not here: who owns the customer (marts/ownership). A territory can be right while the owner is not.
with profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
),

decided as (
    select * from {{ ref('int_territory__decided') }}
),

pieces as (
    select
        profiles.customer_id,
        decided.territory_id,
        decided.rule_id,
        decided.assignment_reason,
        decided.candidate_count,
        greatest(profiles.valid_from, decided.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('profiles.valid_to') ~ ', ' ~ open_end('decided.valid_to') ~ ')') }} as valid_to
    from profiles
    inner join decided on profiles.profile_number = decided.profile_number and {{ periods_meet('profiles', 'decided') }}
    where not profiles.is_only
),

compared as (
    select
        *,
        lag(territory_id) over by_time as former_territory_id,
        lag(rule_id) over by_time as former_rule_id,
        lag(assignment_reason) over by_time as former_reason,
        lag(candidate_count) over by_time as former_candidate_count
    from pieces
    window by_time as (partition by customer_id order by valid_from)
),

numbered as (
    select
        *,
        sum(
            case
                when
                    territory_id = former_territory_id
                    and rule_id is not distinct from former_rule_id
                    and assignment_reason = former_reason
                    and candidate_count = former_candidate_count
                    then 0
                else 1
            end
        ) over (partition by customer_id order by valid_from) as period_number
    from compared
),

final as (
    select
        -- ids
        profiles.customer_id,
        decided.territory_id,
        decided.rule_id,

        -- text
        decided.assignment_reason,

        -- numbers
        decided.candidate_count,

        -- dates
        decided.valid_from,
        decided.valid_to
    from profiles
    inner join decided on profiles.profile_number = decided.profile_number
    where profiles.is_only

    union all

    select
        customer_id,
        territory_id,
        rule_id,
        assignment_reason,
        candidate_count,
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from numbered
    group by customer_id, period_number, territory_id, rule_id, assignment_reason, candidate_count
)

select * from final
