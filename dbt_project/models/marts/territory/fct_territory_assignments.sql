-- Which territory each customer belongs to, from when to when, and which rule decided it.
-- Grain: one row per customer and period.
--   1. in each segment of time the winning candidate decides (the ranking: fct_territory_candidates)
--   2. a segment without a candidate gets the territory UNASSIGNED, never a missing row
--   3. neighbouring segments with the same rule, territory and reason are one period
--   4. from the calendar's first day on there is neither gap nor overlap, and the last period is open
-- A customer is judged by what is known of it today: if it moved, its past assignments move with it.
-- Not here: who owns the customer (marts/ownership). A territory can be right while the owner is not.
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

candidates as (
    select * from {{ ref('fct_territory_candidates') }}
),

candidate_counts as (
    select
        customer_id,
        valid_from,
        count(*) as candidate_count
    from candidates
    group by customer_id, valid_from
),

decided as (
    select
        segments.customer_id,
        coalesce(winners.territory_id, 'UNASSIGNED') as territory_id,
        winners.rule_id,
        coalesce(winners.candidate_reason, 'No rule in force in this period matches the customer.') as assignment_reason,
        coalesce(candidate_counts.candidate_count, 0) as candidate_count,
        segments.valid_from,
        segments.valid_to
    from segments
    left join candidates as winners
        on
            segments.customer_id = winners.customer_id
            and segments.valid_from = winners.valid_from
            and winners.is_winner
    left join candidate_counts
        on
            segments.customer_id = candidate_counts.customer_id
            and segments.valid_from = candidate_counts.valid_from
),

compared as (
    select
        *,
        lag(territory_id) over (partition by customer_id order by valid_from) as former_territory_id,
        lag(rule_id) over (partition by customer_id order by valid_from) as former_rule_id,
        lag(assignment_reason) over (partition by customer_id order by valid_from) as former_reason,
        lag(candidate_count) over (partition by customer_id order by valid_from) as former_candidate_count
    from decided
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
        sum(is_new_period) over (partition by customer_id order by valid_from) as period_number
    from marked
),

final as (
    select
        -- ids
        customer_id,
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
    group by customer_id, period_number, territory_id, rule_id, assignment_reason, candidate_count
)

select * from final
