-- Which customers are judged tonight, and whether from the beginning.
-- Grain: one row per customer that is judged.
--   1. those of which something new is known, and all where what they were last recorded from is not at hand
--   2. those that several people claim, and those of a group: rules and the passing of days may change their owner on any night
--   3. those without any observation, and those that are no longer anybody's id
--   4. is_late: what was known on an earlier night is not what was recorded (a late file): judged for all
--      nights again, with the whole group, since one of it may follow another
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

kin as (
    select customer_id, head_customer_id from groups
    union
    select head_customer_id as customer_id, head_customer_id from groups
    union
    select company_customer_id as customer_id, head_customer_id from groups
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

compared as (
    select
        basis.customer_id,
        kin.head_customer_id,
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
        kin.head_customer_id,
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
        cast(null as varchar) as head_customer_id,
        false as is_contested,
        true as is_changed,
        false as is_late
    from recorded
    where
        customer_id not in (select customer_id from basis)
        and customer_id not in (select customer_id from customers)
),

final as (
    select
        -- ids
        compared.customer_id,
        compared.head_customer_id,

        -- dates
        customers.first_seen_date,

        -- flags
        compared.is_contested,
        max(case when compared.is_late then 1 else 0 end) over (
            partition by coalesce(compared.head_customer_id, compared.customer_id)
        ) = 1 as is_late
    from compared
    left join customers on compared.customer_id = customers.customer_id
    where compared.is_changed or compared.is_contested or compared.head_customer_id is not null
)

select * from final
