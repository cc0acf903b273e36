-- Who may take a customer of a territory out of a pool today: the same list for all customers of one territory, pool and person left out.
-- Grain: one row per territory, pool and person who is left out.
--   1. the people who work the territory (int_ownership__territory_workers)
--   2. without those who already hold as many customers as the pool's holding_limit, and those who took claim_limit customers out of this
--      pool within the last claim_limit_days; what a policy appointed them to was neither taken nor is it held
--   3. without the person left out: whoever has the customer, or had it last while the cool-down runs; empty where nobody is
-- Not here: whether a person asks for it, and who decides (the CRM).
with company as (
    select * from {{ ref('stg_company') }}
),

moments as (
    select * from {{ ref('int_ownership__pool_moments') }}
    where moment in ('owned', 'pooled')
),

terms as (
    select * from {{ ref('int_ownership__pool_terms') }}
    where moment in ('owned', 'pooled')
),

-- The limits of a pool today: the same for each of its customers.
limits as (
    select
        pool_id,
        min(holding_limit) as holding_limit,
        min(claim_limit) as claim_limit,
        min(claim_limit_days) as claim_limit_days
    from terms
    group by pool_id
),

held as (
    select holdings.rep_id, holdings.customer_count
    from {{ ref('int_ownership__holdings') }} as holdings
    cross join company
    where
        holdings.on_date <= company.as_of_date
        and (holdings.until_date is null or company.as_of_date < holdings.until_date)
),

claims as (
    select
        stays.taken_by_rep_id as rep_id,
        stays.pool_id,
        count(*) as claim_count
    from {{ ref('fct_pool_stays') }} as stays
    inner join limits on stays.pool_id = limits.pool_id
    cross join company
    left join {{ ref('fct_ownership_periods') }} as periods
        on
            stays.customer_id = periods.customer_id
            and stays.left_on = periods.valid_from
    where
        stays.taken_by_rep_id is not null
        and periods.cause is distinct from 'appointed'
        and stays.left_on <= company.as_of_date
        and {{ plus_days('-limits.claim_limit_days', 'company.as_of_date') }} < stays.left_on
    group by stays.taken_by_rep_id, stays.pool_id
),

left_out as (
    select moments.territory_id, terms.pool_id, moments.rep_id
    from moments
    left join terms
        on
            moments.customer_id = terms.customer_id
            and moments.moment = terms.moment
    union
    select moments.territory_id, terms.pool_id, cast(null as varchar) as rep_id
    from moments
    left join terms
        on
            moments.customer_id = terms.customer_id
            and moments.moment = terms.moment
    union
    select territory_id, cast(null as varchar) as pool_id, rep_id from moments
    union
    select territory_id, cast(null as varchar) as pool_id, cast(null as varchar) as rep_id from moments
),

final as (
    select
        -- ids
        left_out.territory_id,
        left_out.pool_id,
        left_out.rep_id as left_out_rep_id,

        -- text
        {{ dbt.listagg('workers.rep_id', "'|'", 'order by workers.rep_id') }} as rep_ids,

        -- numbers
        count(*) as rep_count
    from left_out
    inner join {{ ref('int_ownership__territory_workers') }} as workers on left_out.territory_id = workers.territory_id
    left join limits on left_out.pool_id = limits.pool_id
    left join held on workers.rep_id = held.rep_id
    left join claims
        on
            workers.rep_id = claims.rep_id
            and left_out.pool_id = claims.pool_id
    where
        workers.rep_id is distinct from left_out.rep_id
        and (limits.holding_limit is null or coalesce(held.customer_count, 0) < limits.holding_limit)
        and (limits.claim_limit is null or coalesce(claims.claim_count, 0) < limits.claim_limit)
    group by left_out.territory_id, left_out.pool_id, left_out.rep_id
)

select * from final
