-- How many customers each person had, by the end of every day on which that changed.
-- Grain: one row per person and day.
-- Not here: how many one may have (int_ownership__pool_terms).
with changes as (
    select owner_rep_id as rep_id, valid_from as on_date, 1 as step
    from {{ ref('int_ownership__spans') }}
    where owner_rep_id is not null

    union all

    select owner_rep_id as rep_id, valid_to as on_date, -1 as step
    from {{ ref('int_ownership__spans') }}
    where owner_rep_id is not null and valid_to is not null
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
