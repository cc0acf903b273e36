-- Which rules compete for how many customers on the as-of date.
-- Grain: one row per profile with customers that some source still has, and rule that matches it and assigns.
--   1. beside each candidate stands the one that wins, or the rule that keeps everybody out where none does
--   2. is_tie: as narrow as the winner, of the same priority and for another territory, so that only the id decided
with company as (
    select * from {{ ref('stg_company') }}
),

rules as (
    select * from {{ ref('int_territory__rules') }}
    where field = ''
),

profile_counts as (
    select
        profiles.profile_number,
        count(*) as customer_count
    from {{ ref('int_territory__customer_profiles') }} as profiles
    inner join {{ ref('int_territory__customer_values') }} as customers on profiles.customer_id = customers.customer_id
    where customers.is_active and customers.valid_to is null and profiles.valid_to is null
    group by profiles.profile_number
),

candidates as (
    select
        ranked.*,
        profile_counts.customer_count,
        rules.rule_id,
        rules.priority,
        rules.dimension_count,
        rules.is_named_customer
    from {{ ref('int_territory__ranked_candidates') }} as ranked
    cross join company
    inner join {{ ref('int_territory__segments') }} as segments
        on ranked.profile_number = segments.profile_number and ranked.valid_from = segments.valid_from
    inner join profile_counts on ranked.profile_number = profile_counts.profile_number
    inner join rules on ranked.rule_number = rules.rule_number
    where {{ holds_on('segments', 'company.as_of_date') }}
),

final as (
    select
        -- ids
        candidates.profile_number,
        candidates.rule_number,
        candidates.rule_id,
        candidates.territory_id,
        coalesce(candidates.excluding_rule_id, winners.rule_id) as decided_by_rule_id,
        winners.territory_id as winner_territory_id,

        -- numbers
        candidates.customer_count,

        -- flags
        candidates.candidate_rank = 1 and candidates.excluding_rule_id is null as is_winner,
        candidates.candidate_rank > 1
        and candidates.excluding_rule_id is null
        and candidates.territory_id <> winners.territory_id
        and candidates.priority = winners.priority
        and candidates.dimension_count = winners.dimension_count
        and candidates.is_named_customer = winners.is_named_customer
        and candidates.geography_depth = winners.geography_depth
        and candidates.industry_depth = winners.industry_depth as is_tie
    from candidates
    inner join candidates as winners
        on candidates.profile_number = winners.profile_number and winners.candidate_rank = 1
)

select * from final
