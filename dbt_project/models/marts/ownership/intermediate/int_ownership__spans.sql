-- Who had each customer, or that nobody had, in spans as long as possible; and who had it before and after.
-- Grain: one row per customer and span of one owner or of the public pool (公海).
--   1. neighbouring periods of the same owner, and neighbouring periods in the pool, are one span, whatever caused each of them
--   2. next_cause: of fct_ownership_periods, how it came to whoever had it after; appointed is our own doing, nobody took it
--   3. lost_on: the day on which the same person had last lost the customer, null for the first time
--   4. a span whose owner had lost the customer at most 180 days before is a way back (ping-pong). 2026-11-22: half a year, because the
--      longest waits that pools know (no deal within half a year) end by then; who comes back later begins anew
-- Not here: why (int_ownership__pool_words, fct_pool_stays).
with periods as (
    select * from {{ ref('fct_ownership_periods') }}
),

compared as (
    select
        *,
        coalesce(owner_rep_id, '') as holder,
        lag(coalesce(owner_rep_id, '')) over (partition by customer_id order by valid_from) as former_holder
    from periods
),

numbered as (
    select
        *,
        sum(case when holder = former_holder then 0 else 1 end) over (
            partition by customer_id order by valid_from
            rows between unbounded preceding and current row
        ) as span_number
    from compared
),

joined as (
    select
        customer_id,
        span_number,
        min(owner_rep_id) as owner_rep_id,
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from numbered
    group by customer_id, span_number
),

neighbours as (
    select
        *,
        lag(owner_rep_id) over (partition by customer_id order by span_number) as former_rep_id,
        lag(valid_from) over (partition by customer_id order by span_number) as former_from,
        lead(owner_rep_id) over (partition by customer_id order by span_number) as next_rep_id,
        case
            when owner_rep_id is not null
                then lag(valid_to) over (partition by customer_id, owner_rep_id order by span_number)
        end as lost_on
    from joined
),

final as (
    select
        -- ids
        neighbours.customer_id,
        neighbours.owner_rep_id,
        neighbours.former_rep_id,
        neighbours.next_rep_id,
        first_periods.source,
        first_periods.record_id,
        lead(first_periods.cause) over (partition by neighbours.customer_id order by neighbours.span_number) as next_cause,
        lag(first_periods.source) over (partition by neighbours.customer_id order by neighbours.span_number) as former_source,

        -- numbers
        neighbours.span_number,

        -- dates
        neighbours.valid_from,
        neighbours.valid_to,
        neighbours.former_from,
        neighbours.lost_on,

        -- flags
        neighbours.owner_rep_id is null as is_in_pool,
        coalesce({{ days_between('neighbours.lost_on', 'neighbours.valid_from') }} <= 180, false) as is_way_back
    from neighbours
    inner join periods as first_periods
        on
            neighbours.customer_id = first_periods.customer_id
            and neighbours.valid_from = first_periods.valid_from
)

select * from final
