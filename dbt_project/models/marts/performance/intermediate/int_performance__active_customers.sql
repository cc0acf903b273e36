-- Customers with whom something happened in a month, and where they belonged.
-- Grain: one row per customer, month and basis.
--   1. active: a deal opened, won or lost, or an order, within the calendar; deleted records do not count
--   2. territory and owner are the customer's own on the count date of the month and basis, so that active customers are
--      always a part of the customers counted there
with months as (
    select * from {{ ref('int_performance__months') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

assignments as (
    select * from {{ ref('fct_territory_assignments') }}
),

ownership_periods as (
    select * from {{ ref('fct_ownership_periods') }}
),

company as (
    select * from {{ ref('stg_company') }}
),

events as (
    select customer_id, opened_date as happened_on from opportunities where not is_deleted
    union all
    select customer_id, closed_date as happened_on from opportunities where kpi_exclusion_reason is null
    union all
    select customer_id, ordered_date as happened_on from orders where kpi_exclusion_reason is null
),

active_months as (
    select distinct
        events.customer_id,
        {{ month_of('events.happened_on') }} as month
    from events
    cross join company
    where
        events.customer_id is not null
        and events.happened_on between company.calendar_start_date and company.as_of_date
),

final as (
    select
        -- ids
        active_months.customer_id,
        assignments.territory_id,
        ownership_periods.owner_rep_id as rep_id,

        -- text
        months.basis,

        -- dates
        active_months.month
    from active_months
    inner join months on active_months.month = months.month
    left join assignments
        on
            active_months.customer_id = assignments.customer_id
            and {{ holds_on('assignments', 'months.count_date') }}
    left join ownership_periods
        on
            active_months.customer_id = ownership_periods.customer_id
            and {{ holds_on('ownership_periods', 'months.count_date') }}
)

select * from final
