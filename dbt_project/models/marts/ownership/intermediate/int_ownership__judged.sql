-- Which customers are judged tonight, and whether from the beginning.
-- Grain: one row per customer that is judged.
--   1. those of which something new is known, and all where what they were last recorded from is not at hand
--   2. those that several people claim, and those of a group: rules and the passing of days may change their owner on any night
--   3. those without any observation, those that are no longer anybody's id, and those that an appointment may begin or end for tonight
--   4. is_late: what was known on an earlier night is not what was recorded (a late file): judged for all
--      nights again, and with it those that may follow it
--   5. is_traced: all its days are worked out, because it is late or somebody late may follow it
-- Everybody else is as recorded.
with night as (
    select * from {{ ref('int_ownership__night') }}
),

basis as (
    select * from {{ ref('int_ownership__basis') }}
),

stored as (
    select * from {{ ref('stg_ownership_basis') }}
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

kin as (
    select customer_id from followed
    union
    select leading_customer_id as customer_id from followed
),

customers as (
    select * from {{ ref('dim_customers') }}
),

recorded as (
    select distinct customer_id
    from {{ ref('int_ownership__recorded') }}
    where role = 'owner' and known_to is null
),

compared as (
    select
        basis.customer_id,
        kin.customer_id is not null as is_kin,
        basis.is_contested,
        (not night.has_basis) or coalesce(stored.basis, -1) <> basis.basis as is_changed,
        night.last_recorded_on is not null
        and ((not night.has_basis) or coalesce(stored.basis, 0) <> basis.former_basis) as is_late
    from basis
    cross join night
    left join stored on basis.customer_id = stored.customer_id
    left join kin on basis.customer_id = kin.customer_id

    union all

    select
        customers.customer_id,
        kin.customer_id is not null as is_kin,
        false as is_contested,
        true as is_changed,
        night.last_recorded_on is not null and (not night.has_basis) as is_late
    from customers
    cross join night
    left join kin on customers.customer_id = kin.customer_id
    where customers.customer_id not in (select customer_id from basis)

    union all

    select
        customer_id,
        false as is_kin,
        false as is_contested,
        true as is_changed,
        false as is_late
    from recorded
    where
        customer_id not in (select customer_id from basis)
        and customer_id not in (select customer_id from customers)
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
        customers.first_seen_date,

        -- flags
        compared.is_contested,
        compared.is_kin,
        late.is_late,
        late.is_late or heard_by_late.customer_id is not null as is_traced
    from compared
    inner join late on compared.customer_id = late.customer_id
    left join customers on compared.customer_id = customers.customer_id
    left join heard_by_late on compared.customer_id = heard_by_late.customer_id
    where
        compared.is_changed or compared.is_contested or compared.is_kin
        or compared.customer_id in (select customer_id from {{ ref('int_ownership__awaiting') }})
)

select * from final
