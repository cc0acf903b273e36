-- How many customers each person held, by the end of every day on which one came or went: what pools' limits count.
-- Grain: one row per person and day.
--   A customer that somebody was only appointed to (分配) does not count: nobody took it, and the CRM, whose limit it is, knows nothing of
--   it. It counts from the day on which a CRM shows that person as its owner.
-- Not here: how many one may have (int_ownership__pool_terms).
with changes as (
    select owner_rep_id as rep_id, valid_from as on_date, 1 as step
    from {{ ref('fct_ownership_periods') }}
    where not is_in_pool and cause <> 'appointed'

    union all

    select owner_rep_id as rep_id, valid_to as on_date, -1 as step
    from {{ ref('fct_ownership_periods') }}
    where not is_in_pool and cause <> 'appointed' and valid_to is not null
),

days as (
    select rep_id, on_date, sum(step) as step
    from changes
    group by rep_id, on_date
),

final as (
    select
        -- ids
        rep_id,

        -- numbers
        cast(
            sum(step) over (partition by rep_id order by on_date rows between unbounded preceding and current row) as bigint
        ) as customer_count,

        -- dates
        on_date,
        lead(on_date) over (partition by rep_id order by on_date) as until_date
    from days
)

select * from final
