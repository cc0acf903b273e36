-- Every rule that could have decided where a customer belongs, its rank, and why it won or lost.
-- Grain: one row per customer, segment of time and rule.
--   1. customers that no rule can tell apart (a profile) have the same candidates; they are ranked once per profile
--   2. a customer has the profile of its values on the day: one that moved has other candidates from then on
-- Not here: the ranking (int_territory__ranked_candidates), the sentences (int_territory__explained_candidates),
--   customers without any candidate (fct_territory_assignments).
with profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
),

candidates as (
    select * from {{ ref('int_territory__explained_candidates') }}
),

final as (
    select
        -- ids
        profiles.customer_id,
        candidates.rule_id,
        candidates.territory_id,
        candidates.excluding_rule_id,

        -- text
        candidates.matched_on,
        candidates.rule_reason,
        candidates.candidate_reason,

        -- numbers
        candidates.candidate_rank,
        candidates.dimension_count,
        candidates.geography_depth,
        candidates.industry_depth,
        candidates.priority,

        -- dates
        greatest(profiles.valid_from, candidates.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('profiles.valid_to') ~ ', ' ~ open_end('candidates.valid_to') ~ ')') }} as valid_to,

        -- flags
        candidates.is_named_customer,
        candidates.is_excluded,
        candidates.is_winner
    from profiles
    inner join candidates
        on profiles.profile_number = candidates.profile_number and (profiles.is_only or {{ periods_meet('profiles', 'candidates') }})
)

select * from final
