-- Won deals, lost deals and orders that count in KPIs, each in its month, territory and person, for both ways to count.
-- Grain: one row per kind of record, record and basis.
--   1. as_sold: the territory credited on the day, the person who held the record
--   2. as_of_today: the territory it would count for today; the person who owns the customer today, where nobody does the record's own
--   3. is_first_win marks a customer's first won deal ever (lowest day, then lowest opportunity_id), within the calendar or not
-- Not here: figures (kpi_territory_monthly, kpi_rep_monthly).
with opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

company as (
    select * from {{ ref('stg_company') }}
),

ownership_periods as (
    select * from {{ ref('fct_ownership_periods') }}
),

win_numbers as (
    select
        opportunity_id,
        row_number() over (partition by customer_id order by closed_date, opportunity_id) as win_number
    from opportunities
    where
        outcome = 'won'
        and customer_id is not null
        and (kpi_exclusion_reason is null or kpi_exclusion_reason = 'before_calendar')
),

counted as (
    select
        opportunities.outcome as sale_kind,
        opportunities.opportunity_id as sale_id,
        opportunities.customer_id,
        opportunities.rep_id,
        opportunities.credited_territory_id,
        opportunities.current_territory_id,
        opportunities.home_amount,
        opportunities.cycle_days,
        opportunities.closed_date as happened_on,
        coalesce(win_numbers.win_number = 1, false) as is_first_win
    from opportunities
    left join win_numbers on opportunities.opportunity_id = win_numbers.opportunity_id
    where opportunities.kpi_exclusion_reason is null

    union all

    select
        'order' as sale_kind,
        order_id as sale_id,
        customer_id,
        rep_id,
        credited_territory_id,
        current_territory_id,
        home_amount,
        cast(null as bigint) as cycle_days,
        ordered_date as happened_on,
        false as is_first_win
    from orders
    where kpi_exclusion_reason is null
),

owners_today as (
    select
        ownership_periods.customer_id,
        ownership_periods.owner_rep_id
    from ownership_periods
    cross join company
    where {{ holds_on('ownership_periods', 'company.as_of_date') }}
),

final as (
    select
        'as_sold' as basis,
        sale_kind,
        sale_id,
        customer_id,
        rep_id,
        credited_territory_id as territory_id,
        home_amount,
        cycle_days,
        {{ month_of('happened_on') }} as month,
        is_first_win
    from counted

    union all

    select
        'as_of_today' as basis,
        counted.sale_kind,
        counted.sale_id,
        counted.customer_id,
        case when counted.rep_id is not null then coalesce(owners_today.owner_rep_id, counted.rep_id) end as rep_id,
        counted.current_territory_id as territory_id,
        counted.home_amount,
        counted.cycle_days,
        {{ month_of('counted.happened_on') }} as month,
        counted.is_first_win
    from counted
    left join owners_today on counted.customer_id = owners_today.customer_id
)

select * from final
