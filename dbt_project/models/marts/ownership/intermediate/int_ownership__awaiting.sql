-- Of which customers an appointment (分配) may begin or end tonight.
-- Grain: one row per customer.
--   1. appoint: a customer in use that was not recorded on the record's first night, whose territory has a policy today, and that
--      nobody was ever seen to own, as far as is known tonight
--   2. not one that lies in a CRM's pool (公海, int_ownership__pooled)
--   3. nobody is appointed twice, unless the customer was retired and came back
--   4. end: somebody is appointed, nobody was seen to own it since, and a CRM has put it into its pool
-- Not here: whether it follows another company's owner (int_ownership__decisions), who is appointed (int_ownership__appointment_news).
with night as (
    select * from {{ ref('int_ownership__night') }}
    where appoints
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
    where is_active and customer_id not in (select customer_id from {{ ref('int_ownership__basis') }} where is_claimed)
),

governed as (
    select
        customers.customer_id,
        assignments.territory_id,
        assignments.rule_id,
        territories.default_rep_id,
        territories.assignment_policy
    from customers
    cross join night
    inner join {{ ref('fct_territory_assignments') }} as assignments
        on customers.customer_id = assignments.customer_id and {{ holds_on('assignments', 'night.as_of_date') }}
    inner join {{ ref('dim_territories') }} as territories
        on assignments.territory_id = territories.territory_id and {{ holds_on('territories', 'night.as_of_date') }}
    where territories.assignment_policy is not null
),

there_from_the_start as (
    select distinct events.customer_id
    from {{ ref('stg_ownership_events') }} as events
    inner join night on events.recorded_on = night.first_recorded_on
    where events.customer_id in (select customer_id from governed)
),

appointed as (
    select recorded.customer_id, max(recorded.to_id) as rep_id, count(*) as entry_count
    from {{ ref('int_ownership__recorded') }} as recorded
    cross join night
    where recorded.role = 'appointment' and recorded.known_to is null
    group by recorded.customer_id
),

pooled as (
    select customer_id from {{ ref('int_ownership__pooled') }}
),

final as (
    select
        -- ids
        customer_id,
        territory_id,
        rule_id,
        default_rep_id,
        cast(null as varchar) as appointed_rep_id,

        -- text
        'appoint' as step,
        assignment_policy
    from governed
    where
        customer_id not in (select customer_id from there_from_the_start)
        and customer_id not in (select customer_id from pooled)
        and customer_id not in (select customer_id from appointed)

    union all

    select
        appointed.customer_id,
        cast(null as varchar) as territory_id,
        cast(null as varchar) as rule_id,
        cast(null as varchar) as default_rep_id,
        appointed.rep_id as appointed_rep_id,
        'end' as step,
        cast(null as varchar) as assignment_policy
    from appointed
    inner join customers on appointed.customer_id = customers.customer_id
    inner join pooled on appointed.customer_id = pooled.customer_id
    where appointed.entry_count = 1
)

select * from final
