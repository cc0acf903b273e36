-- Who owned (归属) each customer, and in which territory it lay, on the last day of each month; of the running month on the as-of date.
-- Grain: one row per customer and month, from the month in which the record first knows of it.
--   1. by what the record holds to be so tonight (fct_ownership_events): what was learned later is told of earlier months, too
--   2. only customers that are in use today, and only the running month and the twelve before it, so that it grows with the customers
--      alone: older months, and days within one, are a question to fct_ownership_periods
-- Not here: what was published in an earlier month (the command owner, --recorded-on).
with night as (
    select * from {{ ref('int_ownership__night') }}
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
),

numbered as (
    select {{ months_between(dbt.dateadd('month', -12, 'as_of_date'), 'as_of_date') }} as month, as_of_date
    from night
),

months as (
    select month, least(cast({{ dbt.last_day('month', 'month') }} as date), as_of_date) as on_date
    from numbered
),

standing as (
    select customer_id, to_id as territory_id, happened_on from {{ ref('int_ownership__standing') }}
    where role = 'territory'
),

territories as (
    select
        customer_id,
        territory_id,
        happened_on as valid_from,
        lead(happened_on) over (partition by customer_id order by happened_on) as valid_to
    from standing
),

owners as (
    select periods.*
    from {{ ref('fct_ownership_periods') }} as periods
    inner join customers on periods.customer_id = customers.customer_id
),

final as (
    select
        -- ids
        owners.customer_id,
        owners.owner_rep_id,
        territories.territory_id,
        owners.event_id,

        -- dates
        months.month,
        months.on_date,

        -- flags
        owners.is_in_pool
    from months
    inner join owners on {{ holds_on('owners', 'months.on_date') }}
    left join territories
        on
            owners.customer_id = territories.customer_id
            and {{ holds_on('territories', 'months.on_date') }}
)

select * from final
