-- Which territory each customer belongs to, from when to when, and which rule decided it.
-- Grain: one row per customer and period.
--   1. customers that no rule can tell apart (a profile) are assigned alike; it is decided once per profile (int_territory__decided)
--   2. from the calendar's first day on there is neither gap nor overlap, and the last period is open
-- A customer is judged by what is known of it today: if it moved, its past assignments move with it.
-- Not here: who owns the customer (marts/ownership). A territory can be right while the owner is not.
with profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
),

decided as (
    select * from {{ ref('int_territory__decided') }}
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
)

select * from final
