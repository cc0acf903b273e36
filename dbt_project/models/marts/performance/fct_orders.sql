-- Orders and signed contracts (订单), each with its customer and the territory it counts for.
-- Grain: one row per source and record.
--   1. every exported order is kept: deleted ones, those without a customer and those on an unknown customer too
--   2. territory then and now: int_performance__credits
--   3. home_amount is the amount where the currency is the home currency or empty, else null: there are no exchange rates yet
--   4. status is in the source's own words and excludes nothing
-- Not here: figures per month (kpi_territory_monthly, kpi_rep_monthly).
with company as (
    select * from {{ ref('stg_company') }}
),

orders as (
    select * from {{ ref('stg_orders') }}
),

credits as (
    select * from {{ ref('int_performance__credits') }}
),

final as (
    select
        -- ids
        orders.source || ':' || orders.record_id as order_id,
        orders.source,
        credits.customer_id,
        orders.customer_record_id,
        credits.rep_id,
        credits.credited_territory_id,
        credits.current_territory_id,

        -- text
        orders.status,
        orders.currency_code,
        credits.customer_issue,
        credits.credit_reason,
        case
            when orders.is_deleted then 'deleted'
            when orders.ordered_date is null then 'no_ordered_date'
            when orders.ordered_date < company.calendar_start_date then 'before_calendar'
            when orders.ordered_date > company.as_of_date then 'after_as_of'
        end as kpi_exclusion_reason,
        orders.problems,

        -- numbers
        orders.amount,
        case
            when coalesce({{ filled('orders.currency_code') }}, company.home_currency_code) = company.home_currency_code
                then orders.amount
        end as home_amount,

        -- dates
        orders.ordered_date,
        credits.credit_date,

        -- flags
        orders.is_deleted,
        orders.is_in_latest_export
    from orders
    cross join company
    inner join credits
        on
            orders.source = credits.source
            and orders.record_id = credits.record_id
            and credits.record_kind = 'order'
)

select * from final
