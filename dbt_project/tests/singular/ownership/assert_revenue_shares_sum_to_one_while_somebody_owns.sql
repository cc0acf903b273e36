{{ config(meta={"dagster": {"ref": {"name": "bridge_customer_collaborators"}}}) }}
-- Fails for a customer and a day on which shares of revenue change and do not sum to 1, or on which it is owned and nobody has a share.
with revenue as (
    select * from {{ ref('bridge_customer_collaborators') }}
    where role = 'revenue'
),

days as (
    select customer_id, valid_from as on_date from revenue
    union
    select customer_id, valid_to as on_date from revenue where valid_to is not null
    union
    select customer_id, valid_from as on_date from {{ ref('fct_ownership_periods') }}
),

summed as (
    select
        days.customer_id,
        days.on_date,
        coalesce(sum(revenue.share_ratio), 0) as share_ratio
    from days
    left join revenue
        on
            days.customer_id = revenue.customer_id
            and {{ holds_on('revenue', 'days.on_date') }}
    group by days.customer_id, days.on_date
)

select
    summed.customer_id,
    summed.on_date,
    summed.share_ratio,
    periods.is_in_pool
from summed
inner join {{ ref('fct_ownership_periods') }} as periods
    on
        summed.customer_id = periods.customer_id
        and {{ holds_on('periods', 'summed.on_date') }}
where summed.share_ratio <> case when periods.is_in_pool then 0 else 1 end
