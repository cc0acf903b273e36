-- What is to be recorded tonight of territories: where customers belong by the rules, as far as the record says otherwise.
-- Grain: one row per change or withdrawal.
--   1. a customer's territories and the rules that decided them are compared with what the record holds to be so
--   2. what is new is known from tonight on: an assignment is our own decision, taken on the night it is made; no file proves it
--   3. what no longer follows from the rules is withdrawn tonight; what was recorded on earlier nights stays in the record
with night as (
    select * from {{ ref('int_ownership__night') }}
),

compared as (
    select
        customer_id,
        lag(territory_id) over (partition by customer_id order by valid_from) as from_id,
        territory_id as to_id,
        rule_id,
        lag(rule_id) over (partition by customer_id order by valid_from) as former_rule_id,
        valid_from as happened_on
    from {{ ref('fct_territory_assignments') }}
),

assigned as (
    select
        customer_id,
        from_id,
        to_id,
        rule_id,
        case when rule_id is null then 'no_rule_matches' else 'rule' end as cause,
        happened_on
    from compared
    cross join night
    where (from_id is null or to_id <> from_id or rule_id is distinct from former_rule_id) and happened_on <= night.as_of_date
),

recorded as (
    select * from {{ ref('int_ownership__recorded') }}
    where role = 'territory' and known_to is null
),

occurrences as (
    select customer_id, happened_on, to_id, rule_id, count(*) as times
    from {{ ref('int_ownership__recorded') }}
    where role = 'territory'
    group by customer_id, happened_on, to_id, rule_id
),

news as (
    select assigned.*
    from assigned
    left join recorded
        on
            assigned.customer_id = recorded.customer_id
            and assigned.happened_on = recorded.happened_on
            and assigned.to_id = recorded.to_id
            and assigned.from_id is not distinct from recorded.from_id
            and assigned.rule_id is not distinct from recorded.rule_id
    where recorded.event_id is null
),

taken_back as (
    select recorded.*
    from recorded
    left join assigned
        on
            recorded.customer_id = assigned.customer_id
            and recorded.happened_on = assigned.happened_on
            and recorded.to_id = assigned.to_id
            and recorded.from_id is not distinct from assigned.from_id
            and recorded.rule_id is not distinct from assigned.rule_id
    where assigned.customer_id is null
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
),

final as (
    select
        'change' as kind,
        md5(
            concat_ws(
                '|', 'territory', news.customer_id, coalesce(news.from_id, '-'), news.to_id, coalesce(news.rule_id, '-'),
                cast(news.happened_on as varchar), cast(night.as_of_date as varchar), cast(coalesce(occurrences.times, 0) as varchar)
            )
        ) as event_id,
        cast(null as varchar) as withdrawn_event_id,
        news.customer_id,
        news.from_id,
        news.to_id,
        news.rule_id,
        news.cause,
        news.happened_on,
        night.as_of_date as known_on
    from news
    cross join night
    left join occurrences
        on
            news.customer_id = occurrences.customer_id
            and news.happened_on = occurrences.happened_on
            and news.to_id = occurrences.to_id
            and news.rule_id is not distinct from occurrences.rule_id

    union all

    select
        'withdrawal' as kind,
        {{ withdrawal_id('taken_back.event_id', 'night.as_of_date') }} as event_id,
        taken_back.event_id as withdrawn_event_id,
        taken_back.customer_id,
        taken_back.from_id,
        taken_back.to_id,
        taken_back.rule_id,
        case when customers.customer_id is null then 'customer_retired' else 'no_longer_follows' end as cause,
        taken_back.happened_on,
        night.as_of_date as known_on
    from taken_back
    cross join night
    left join customers on taken_back.customer_id = customers.customer_id
)

select * from final
