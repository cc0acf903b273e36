-- Deals (商机), each with its customer, the territory it counts for and whether it counts in KPIs.
-- Grain: one row per source and record.
--   1. every exported deal is kept: deleted ones, those without a customer and those on an unknown customer too
--   2. territory then and now: int_performance__credits
--   3. home_amount is the amount where the currency is the home currency or empty, else null: there are no exchange rates yet
--   4. kpi_exclusion_reason names the first reason why a deal is neither a win nor a loss of a KPI month; null means it counts
-- Not here: figures per month (kpi_territory_monthly, kpi_rep_monthly).
with company as (
    select * from {{ ref('stg_company') }}
),

opportunities as (
    select * from {{ ref('stg_opportunities') }}
),

credits as (
    select * from {{ ref('int_performance__credits') }}
),

final as (
    select
        -- ids
        opportunities.source || ':' || opportunities.record_id as opportunity_id,
        opportunities.source,
        credits.customer_id,
        opportunities.customer_record_id,
        credits.rep_id,
        credits.credited_territory_id,
        credits.current_territory_id,

        -- text
        opportunities.opportunity_name,
        opportunities.product,
        opportunities.stage,
        opportunities.outcome,
        opportunities.currency_code,
        credits.customer_issue,
        credits.credit_reason,
        case
            when opportunities.is_deleted then 'deleted'
            when opportunities.outcome is null or opportunities.outcome not in ('won', 'lost') then 'not_closed'
            when opportunities.closed_date is null then 'no_closed_date'
            when opportunities.closed_date < company.calendar_start_date then 'before_calendar'
            when opportunities.closed_date > company.as_of_date then 'after_as_of'
        end as kpi_exclusion_reason,
        opportunities.problems,

        -- numbers
        opportunities.amount,
        case
            when coalesce({{ filled('opportunities.currency_code') }}, company.home_currency_code) = company.home_currency_code
                then opportunities.amount
        end as home_amount,
        case
            when opportunities.outcome in ('won', 'lost') and opportunities.closed_date >= opportunities.opened_date
                then {{ dbt.datediff('opportunities.opened_date', 'opportunities.closed_date', 'day') }}
        end as cycle_days,

        -- dates
        opportunities.opened_date,
        opportunities.closed_date,
        credits.credit_date,

        -- flags
        opportunities.is_deleted,
        opportunities.is_in_latest_export
    from opportunities
    cross join company
    inner join credits
        on
            opportunities.source = credits.source
            and opportunities.record_id = credits.record_id
            and credits.record_kind = 'opportunity'
)

select * from final
