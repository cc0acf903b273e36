-- What was sold in each territory in each month, by how many customers, against which quota.
-- Grain: one row per territory, month and basis.
--   1. every territory (UNASSIGNED too) in every month from the calendar's first day to the as-of date, twice:
--      as_sold (where deals and customers belonged then) and as_of_today (where they would belong now)
--   2. only what is credited to the territory itself: nothing is rolled up to parents, so that the sum over territories is the total
--   3. ratios are null where the denominator is 0 or unknown; growth compares won_amount with the month before and the year before
-- Not here: which deal counts (fct_opportunities.kpi_exclusion_reason) and where (int_performance__credits).
with months as (
    select * from {{ ref('int_performance__months') }}
),

territories as (
    select distinct territory_id from {{ ref('dim_territories') }}
),

sales as (
    select * from {{ ref('int_performance__kpi_sales') }}
),

active_customers as (
    select * from {{ ref('int_performance__active_customers') }}
),

assignments as (
    select * from {{ ref('fct_territory_assignments') }}
),

quotas as (
    select * from {{ ref('int_performance__quotas') }}
),

sales_figures as (
    select
        basis,
        territory_id,
        month,
        count(case when sale_kind = 'won' then 1 end) as won_count,
        count(case when sale_kind = 'lost' then 1 end) as lost_count,
        count(case when sale_kind = 'order' then 1 end) as order_count,
        count(case when sale_kind = 'won' and home_amount is null then 1 end) as won_without_amount_count,
        count(case when is_first_win then 1 end) as new_customer_count,
        coalesce(sum(case when sale_kind = 'won' then home_amount end), 0) as won_amount,
        coalesce(sum(case when sale_kind = 'order' then home_amount end), 0) as ordered_amount,
        avg(case when sale_kind = 'won' then cycle_days end) as average_cycle_days
    from sales
    group by basis, territory_id, month
),

active_figures as (
    select
        basis,
        territory_id,
        month,
        count(*) as active_customer_count
    from active_customers
    group by basis, territory_id, month
),

customer_changes as (
    select territory_id, valid_from as day, 1 as change from assignments
    union all
    select territory_id, valid_to as day, -1 as change from assignments where valid_to is not null
),

daily_changes as (
    select territory_id, day, sum(change) as change
    from customer_changes
    group by territory_id, day
),

customer_figures as (
    select
        months.basis,
        daily_changes.territory_id,
        months.month,
        cast(sum(daily_changes.change) as bigint) as customer_count
    from months
    inner join daily_changes on months.count_date >= daily_changes.day
    group by months.basis, daily_changes.territory_id, months.month
),

quota_figures as (
    select
        territory_id,
        month,
        sum(home_amount) as quota_amount
    from quotas
    where counts_for_territory
    group by territory_id, month
),

figures as (
    select
        territories.territory_id,
        months.basis,
        months.month,
        coalesce(sales_figures.won_count, 0) as won_count,
        coalesce(sales_figures.lost_count, 0) as lost_count,
        coalesce(sales_figures.won_without_amount_count, 0) as won_without_amount_count,
        coalesce(sales_figures.won_amount, 0) as won_amount,
        sales_figures.average_cycle_days,
        coalesce(sales_figures.new_customer_count, 0) as new_customer_count,
        coalesce(customer_figures.customer_count, 0) as customer_count,
        coalesce(active_figures.active_customer_count, 0) as active_customer_count,
        coalesce(sales_figures.order_count, 0) as order_count,
        coalesce(sales_figures.ordered_amount, 0) as ordered_amount,
        quota_figures.quota_amount
    from months
    cross join territories
    left join sales_figures
        on
            months.basis = sales_figures.basis
            and months.month = sales_figures.month
            and territories.territory_id = sales_figures.territory_id
    left join active_figures
        on
            months.basis = active_figures.basis
            and months.month = active_figures.month
            and territories.territory_id = active_figures.territory_id
    left join customer_figures
        on
            months.basis = customer_figures.basis
            and months.month = customer_figures.month
            and territories.territory_id = customer_figures.territory_id
    left join quota_figures
        on
            months.month = quota_figures.month
            and territories.territory_id = quota_figures.territory_id
),

final as (
    select
        -- ids
        territory_id,

        -- text
        basis,

        -- dates
        month,

        -- numbers
        won_count,
        lost_count,
        won_without_amount_count,
        cast(won_amount as decimal(38, 4)) as won_amount,
        {{ ratio('won_count', '(won_count + lost_count)') }} as win_ratio,
        average_cycle_days,
        new_customer_count,
        customer_count,
        active_customer_count,
        {{ ratio('active_customer_count', 'customer_count') }} as coverage_ratio,
        order_count,
        cast(ordered_amount as decimal(38, 4)) as ordered_amount,
        cast(quota_amount as decimal(38, 4)) as quota_amount,
        {{ ratio('won_amount', 'quota_amount') }} as attainment_ratio,
        {{ growth('won_amount', 'lag(won_amount, 1) over (partition by territory_id, basis order by month)') }} as growth_ratio,
        {{ growth('won_amount', 'lag(won_amount, 12) over (partition by territory_id, basis order by month)') }} as growth_ratio_yoy
    from figures
)

select * from final
