-- The pools that a customer belongs to at a moment, and what each pool allows.
-- Grain: one row per customer, moment and pool.
--   1. every pool of which a rule in force on that day applies to the customer; pool_rank 1 is the one with the lowest priority, then id
--   2. a limit that one row of a pool leaves empty is the other rows' (the door to rules/ holds that they do not disagree)
-- Not here: whether the customer drops into it (int_ownership__pool_verdicts).
with moments as (
    select * from {{ ref('int_ownership__pool_moments') }}
),

reach as (
    select * from {{ ref('int_ownership__pool_reach') }}
    where rule_kind = 'pool'
),

rules as (
    select * from {{ ref('stg_rule_pool') }}
),

-- The limits are the pool's and not the customer's, so they are found once per kind of customer and day.
kinds as (
    select distinct territory_id, industry_term, size_term, on_date
    from moments
),

pools as (
    select
        kinds.territory_id,
        kinds.industry_term,
        kinds.size_term,
        kinds.on_date,
        rules.pool_id,
        min(rules.priority) as priority,
        min(rules.claim_method) as claim_method,
        min(rules.holding_limit) as holding_limit,
        min(rules.claim_limit) as claim_limit,
        min(rules.claim_limit_days) as claim_limit_days,
        min(rules.cool_down_days) as cool_down_days
    from kinds
    inner join reach
        on
            kinds.territory_id = reach.territory_id
            and kinds.industry_term = reach.industry_term
            and kinds.size_term = reach.size_term
            and kinds.on_date >= reach.reach_from
            and kinds.on_date < {{ open_end('reach.reach_to') }}
    inner join rules
        on
            reach.rule_id = rules.pool_rule_id
            and reach.valid_from = rules.valid_from
            and {{ holds_on('rules', 'kinds.on_date') }}
    group by kinds.territory_id, kinds.industry_term, kinds.size_term, kinds.on_date, rules.pool_id
),

ranked as (
    select
        *,
        row_number() over (partition by territory_id, industry_term, size_term, on_date order by priority, pool_id) as pool_rank
    from pools
),

final as (
    select
        -- ids
        moments.customer_id,
        moments.moment,
        ranked.pool_id,

        -- text
        ranked.claim_method,

        -- numbers
        ranked.pool_rank,
        ranked.holding_limit,
        ranked.claim_limit,
        ranked.claim_limit_days,
        ranked.cool_down_days,

        -- dates
        moments.on_date
    from moments
    inner join ranked
        on
            moments.territory_id = ranked.territory_id
            and moments.industry_term = ranked.industry_term
            and moments.size_term = ranked.size_term
            and moments.on_date = ranked.on_date
)

select * from final
