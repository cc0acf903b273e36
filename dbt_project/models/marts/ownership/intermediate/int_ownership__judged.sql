-- Which customers are judged tonight, and whether from the beginning.
-- Grain: one row per customer that is judged.
--   1. those whose grounds are not what they were last recorded from (int_ownership__grounds): something new is known of them, or rules,
--      teams or their group changed; and all where what they were last recorded from is not at hand
--   2. those of which a protection runs out tonight, and those that an appointment may begin or end for
--   3. those that are no longer anybody's id, and those that are again
--   4. with each of a group the whole group: who follows whom is judged together
--   5. is_late: what was known on an earlier night is not what was recorded (a late file): judged for all
--      nights again, and with it those that may follow it. Never an id that is no longer anybody's: what decided about it is gone, and what
--      was recorded of it stands
--   6. is_traced: all its days are worked out, because it is late or somebody late may follow it
-- Everybody else is as recorded.
with night as (
    select * from {{ ref('int_ownership__night') }}
),

stored as (
    select * from {{ ref('stg_ownership_basis') }}
),

concerned as (
    select * from {{ ref('int_ownership__concerned') }}
),

groups as (
    select * from {{ ref('int_ownership__groups') }}
),

followed as (
    select customer_id, head_customer_id as leading_customer_id from groups
    union
    select customer_id, company_customer_id as leading_customer_id from groups
    where company_customer_id is not null
),

customers as (
    select * from {{ ref('dim_customers') }}
),

recorded as (
    select distinct customer_id
    from {{ ref('int_ownership__recorded') }}
    where role = 'owner' and known_to is null
),

-- Since when an id that is no more had been seen is what was recorded of it, where that ever mattered.
retired as (
    select
        recorded.customer_id,
        min(recorded.happened_on) as first_seen_date
    from {{ ref('int_ownership__recorded') }} as recorded
    where
        recorded.role = 'owner' and recorded.cause = 'never_owned'
        and recorded.customer_id not in (select customer_id from customers)
    group by recorded.customer_id
),

compared as (
    select
        grounds.customer_id,
        concerned.group_id,
        coalesce(concerned.is_kin, false) as is_kin,
        coalesce(concerned.is_contested, false) as is_contested,
        (
            (not night.has_basis)
            or stored.customer_id is null
            or stored.basis <> grounds.basis
            or stored.context is distinct from grounds.context
            or (concerned.customer_id is not null and grounds.is_lapsing)
            or awaiting.customer_id is not null
            or (customers.customer_id is null) <> (recorded.customer_id is null)
        ) as is_changed,
        night.last_recorded_on is not null
        and customers.customer_id is not null
        and ((not night.has_basis) or coalesce(stored.basis, 0) <> coalesce(grounds.former_basis, stored.basis, 0)) as is_late
    from {{ ref('int_ownership__grounds') }} as grounds
    cross join night
    left join stored on grounds.customer_id = stored.customer_id
    left join concerned on grounds.customer_id = concerned.customer_id
    left join {{ ref('int_ownership__awaiting') }} as awaiting on grounds.customer_id = awaiting.customer_id
    left join customers on grounds.customer_id = customers.customer_id
    left join recorded on grounds.customer_id = recorded.customer_id

    union all

    select
        customer_id,
        cast(null as varchar) as group_id,
        false as is_kin,
        false as is_contested,
        true as is_changed,
        false as is_late
    from recorded
    where customer_id not in (select customer_id from {{ ref('int_ownership__grounds') }})
),

changed_groups as (
    select distinct group_id
    from compared
    where (is_changed or is_late) and group_id is not null
),

led_by_late as (
    select distinct followed.customer_id
    from followed
    inner join compared on followed.leading_customer_id = compared.customer_id
    where compared.is_late
),

late as (
    select
        compared.customer_id,
        compared.is_late or led_by_late.customer_id is not null as is_late
    from compared
    left join led_by_late on compared.customer_id = led_by_late.customer_id
),

heard_by_late as (
    select distinct followed.leading_customer_id as customer_id
    from followed
    inner join late on followed.customer_id = late.customer_id
    where late.is_late
),

final as (
    select
        -- ids
        compared.customer_id,

        -- dates
        coalesce(customers.first_seen_date, retired.first_seen_date) as first_seen_date,

        -- flags
        compared.is_contested,
        compared.is_kin,
        late.is_late,
        late.is_late or heard_by_late.customer_id is not null as is_traced
    from compared
    inner join late on compared.customer_id = late.customer_id
    left join customers on compared.customer_id = customers.customer_id
    left join retired on compared.customer_id = retired.customer_id
    left join heard_by_late on compared.customer_id = heard_by_late.customer_id
    where
        compared.is_changed
        or compared.is_late
        or compared.group_id in (select group_id from changed_groups)
)

select * from final
