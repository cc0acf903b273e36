-- The days on which something became known of a customer, or time alone may have changed who is accountable.
-- Grain: one row per judged customer and day.
--   1. the days on which an observation of its records became known, or was taken back, on which it was first seen, and on which
--      a record became or was no longer its own
--   2. the days on which a rule of engagement begins or ends for it, and on which a protection runs out
--   3. of a customer that may follow another company the days of that company, too
--   4. the days on which somebody was appointed to it, or an appointment ended
--   5. the as-of date, but where a company's past is recorded for the first time only for those whom rules concern
--   6. days after the night last recorded; all of them where an earlier night is to be judged again; and of a company that others may follow
--      the night last recorded itself, since that is what they heard before anything new is known of it
with night as (
    select * from {{ ref('int_ownership__night') }}
),

judged as (
    select * from {{ ref('int_ownership__judged') }}
),

observed as (
    select observed.*
    from {{ ref('int_ownership__observed') }} as observed
    inner join judged on observed.customer_id = judged.customer_id
),

protections as (
    select protections.*
    from {{ ref('int_ownership__protections') }} as protections
    inner join judged on protections.customer_id = judged.customer_id
),

lapses as (
    select
        observed.customer_id,
        {{ plus_days('protections.days', 'observed.changed_on') }} as known_on,
        {{ plus_days('protections.longest_days', 'observed.changed_on') }} as later_known_on,
        source_customers.expires_on as said_known_on,
        observed.known_from
    from observed
    inner join protections on observed.customer_id = protections.customer_id
    left join {{ ref('stg_source_customers') }} as source_customers
        on
            observed.source = source_customers.source
            and observed.record_id = source_customers.record_id
            and protections.kind = 'filing'
    where observed.rep_id is not null and protections.days is not null
),

memberships as (
    select memberships.*
    from {{ ref('int_ownership__memberships') }} as memberships
    inner join judged on memberships.customer_id = judged.customer_id
),

own_points as (
    select customer_id, known_from as known_on from observed
    union
    select customer_id, known_to as known_on from observed
    where known_to is not null
    union
    select customer_id, valid_from as known_on from protections
    union
    select customer_id, valid_to as known_on from protections
    where valid_to is not null
    union
    select customer_id, known_on from lapses
    where known_on > known_from
    union
    select customer_id, later_known_on as known_on from lapses
    where later_known_on > known_from
    union
    select customer_id, said_known_on as known_on from lapses
    where said_known_on > known_from
    union
    select customer_id, first_seen_date as known_on from judged
    where first_seen_date is not null
    union
    select customer_id, known_from as known_on from memberships
    where known_from > cast('0001-01-01' as date)
    union
    select customer_id, known_to as known_on from memberships
    where known_to is not null
    union
    select customer_id, known_from as known_on from {{ ref('int_ownership__recorded') }}
    where role = 'appointment'
    union
    select judged.customer_id, night.as_of_date as known_on
    from judged
    cross join night
    where night.last_recorded_on is not null or judged.is_contested or judged.is_kin
),

followed as (
    select customer_id, head_customer_id as leading_customer_id from {{ ref('int_ownership__groups') }}
    union
    select customer_id, company_customer_id as leading_customer_id from {{ ref('int_ownership__groups') }}
    where company_customer_id is not null
),

shared_points as (
    select customer_id, known_on from own_points

    union

    select followed.customer_id, own_points.known_on
    from followed
    inner join own_points on followed.leading_customer_id = own_points.customer_id

    union

    select followed.leading_customer_id as customer_id, night.last_recorded_on as known_on
    from followed
    inner join night on night.last_recorded_on is not null
),

first_known as (
    select customer_id, min(known_from) as known_from from observed
    group by customer_id
),

final as (
    select
        -- ids
        shared_points.customer_id,

        -- dates
        shared_points.known_on
    from shared_points
    inner join judged on shared_points.customer_id = judged.customer_id
    left join first_known on shared_points.customer_id = first_known.customer_id
    cross join night
    where
        shared_points.known_on <= night.as_of_date
        and shared_points.known_on >= coalesce(least(judged.first_seen_date, first_known.known_from), shared_points.known_on)
        and (
            night.last_recorded_on is null
            or shared_points.known_on > night.last_recorded_on
            or shared_points.known_on = night.as_of_date
            or judged.is_traced
            or (judged.is_kin and shared_points.known_on = night.last_recorded_on)
        )
)

select * from final
