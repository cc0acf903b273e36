-- The moments at which the rules of public pools (公海) are asked about a customer, and what the rules see then.
-- Grain: one row per customer and moment.
--   1. owned: today, with the owner of today; pooled: today, in the pool; entered: the first day of each stay in the pool, with whoever
--      had the customer until then (nobody, where it was never owned)
--   2. territory, industry and size are those of the day, as far as anybody saw (dim_customer_periods)
--   3. a customer that no CRM holds any more is not asked about today: nobody can take it
-- Not here: which rules apply (int_ownership__pool_reach), whether they hold (int_ownership__pool_triggers).
with company as (
    select * from {{ ref('stg_company') }}
),

spans as (
    select * from {{ ref('int_ownership__spans') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

moments as (
    select
        spans.customer_id,
        case when spans.is_in_pool then 'pooled' else 'owned' end as moment,
        company.as_of_date as on_date,
        coalesce(spans.owner_rep_id, spans.former_rep_id) as rep_id,
        case when spans.is_in_pool then spans.former_source else spans.source end as source,
        case when spans.is_in_pool then spans.former_from else spans.valid_from end as held_from,
        spans.valid_from as span_from
    from spans
    inner join customers
        on
            spans.customer_id = customers.customer_id
            and customers.is_active
    cross join company
    where {{ holds_on('spans', 'company.as_of_date') }}

    union all

    select
        spans.customer_id,
        'entered' as moment,
        spans.valid_from as on_date,
        spans.former_rep_id as rep_id,
        spans.former_source as source,
        spans.former_from as held_from,
        spans.valid_from as span_from
    from spans
    where spans.is_in_pool
),

final as (
    select
        -- ids
        moments.customer_id,
        moments.moment,
        moments.rep_id,
        moments.source,
        coalesce(assignments.territory_id, 'UNASSIGNED') as territory_id,

        -- text
        coalesce({{ comparable('periods.industry_code') }}, '') as industry_term,
        coalesce({{ comparable('periods.size_band') }}, '') as size_term,

        -- dates
        moments.on_date,
        moments.held_from,
        moments.span_from
    from moments
    cross join company
    left join {{ ref('dim_customer_periods') }} as periods
        on moments.customer_id = periods.customer_id and {{ holds_on('periods', 'moments.on_date') }}
    left join {{ ref('fct_territory_assignments') }} as assignments
        on
            moments.customer_id = assignments.customer_id
            and {{ holds_on('assignments', 'greatest(moments.on_date, company.calendar_start_date)') }}
)

select * from final
