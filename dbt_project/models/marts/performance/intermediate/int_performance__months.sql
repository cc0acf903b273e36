-- The months that figures are made for, once for each way to count.
-- Grain: one row per month and basis.
--   1. every month from the calendar's first day to the as-of date
--   2. as_sold counts customers where they were on the month's last day (at most the as-of date), as_of_today where they are now
with company as (
    select * from {{ ref('stg_company') }}
),

months as (
    select {{ months_between('calendar_start_date', 'as_of_date') }} as month
    from company
),

bases as (
    select 'as_sold' as basis
    union all
    select 'as_of_today' as basis
),

final as (
    select
        -- text
        bases.basis,

        -- dates
        months.month,
        case
            when bases.basis = 'as_of_today' then company.as_of_date
            else least(cast({{ dbt.last_day('months.month', 'month') }} as date), company.as_of_date)
        end as count_date
    from months
    cross join bases
    cross join company
)

select * from final
