-- Whether a customer drops into a public pool at a moment, into which, by which rule, or when it will.
-- Grain: one row per customer and moment at which a rule holds or warns.
--   1. relation any: one rule of the pool is enough, and the first that was due is named
--   2. relation all: every rule of the pool that applies has to be due, and the last that was due is named; the reason names all of them
--   3. what is given back drops whatever else its pool waits for: returned stands outside all, and is named first
--   4. a rule that is due comes before one that warns; between pools the lower priority, then the earlier day, then the id
-- Not here: since when a rule counts (int_ownership__pool_triggers).
with triggers as (
    select * from {{ ref('int_ownership__pool_triggers') }}
),

pools as (
    select
        customer_id,
        moment,
        on_date,
        pool_id,
        sum(case when trigger <> 'returned' and due_date is null then 1 else 0 end) as waiting_count,
        max(case when trigger <> 'returned' then due_date end) as last_due_date,
        {{ dbt.listagg(
            "case when trigger <> 'returned' then sentence end", "'. '", "order by due_date, pool_rule_id"
        ) }} as sentences
    from triggers
    group by customer_id, moment, on_date, pool_id
),

usable as (
    select
        triggers.*,
        case
            when triggers.relation = 'all' and triggers.trigger <> 'returned' then pools.sentences
            else triggers.sentence
        end as pool_reason,
        case
            when triggers.due_date <= triggers.on_date then 'due'
            when triggers.warn_date <= triggers.on_date then 'warned'
        end as verdict
    from triggers
    inner join pools
        on
            triggers.customer_id = pools.customer_id
            and triggers.moment = pools.moment
            and triggers.on_date = pools.on_date
            and triggers.pool_id = pools.pool_id
    where
        triggers.due_date is not null
        and (
            triggers.relation = 'any'
            or triggers.trigger = 'returned'
            or (pools.waiting_count = 0 and triggers.due_date = pools.last_due_date)
        )
),

named as (
    select
        *,
        row_number() over (
            partition by customer_id, moment, on_date, pool_id
            order by
                case when trigger = 'returned' then 0 else 1 end,
                case when verdict = 'due' then 0 else 1 end,
                due_date,
                priority,
                pool_rule_id
        ) as rule_rank
    from usable
    where verdict is not null
),

chosen as (
    select
        *,
        row_number() over (
            partition by customer_id, moment, on_date
            order by case when verdict = 'due' then 0 else 1 end, priority, due_date, pool_id
        ) as pool_place
    from named
    where rule_rank = 1
),

final as (
    select
        -- ids
        customer_id,
        moment,
        pool_id,
        pool_rule_id,
        rep_id,

        -- text
        verdict,
        trigger,
        pool_reason,

        -- numbers
        days,

        -- dates
        on_date,
        due_date
    from chosen
    where pool_place = 1
)

select * from final
