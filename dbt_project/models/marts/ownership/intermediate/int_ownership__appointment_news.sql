-- Who is appointed tonight (分配) to customers that nobody has, and which appointments are over.
-- Grain: one row per change or withdrawal.
--   1. a customer that awaits somebody and that nobody owns tonight, neither by a claim nor by following another company
--   2. named (指定): default_rep_id gets all. least_loaded (最少): who has fewest customers, those of tonight included, then the lowest id.
--      round_robin (轮流): in order of ids, after whoever was appointed last in that territory
--   3. only people who are active tonight; for the last two only those who work the territory itself as owner. Nobody there: nobody is
--      appointed, and it is asked again the next night
--   4. customers are dealt out in the order of their ids. What one territory deals out tonight counts for another from tomorrow on
--   5. it is our own decision, taken once: known from tonight on, proven by no file. It ends when a CRM puts the customer into its pool
--      (in_pool), and is withdrawn only when the customer is no more
-- Not here: how long the appointed owner counts (int_ownership__owner_changes).
with night as (
    select * from {{ ref('int_ownership__night') }}
),

awaiting as (
    select * from {{ ref('int_ownership__awaiting') }}
),

recorded as (
    select * from {{ ref('int_ownership__recorded') }}
),

unowned as (
    select decisions.customer_id
    from {{ ref('int_ownership__decisions') }} as decisions
    inner join night on decisions.known_on = night.as_of_date
    where decisions.owner_rep_id is null and {{ holds_on('decisions', 'night.as_of_date') }}
),

places as (
    select
        awaiting.*,
        row_number() over (partition by awaiting.territory_id order by awaiting.customer_id) as place,
        count(*) over (partition by awaiting.territory_id) as place_count
    from awaiting
    inner join unowned on awaiting.customer_id = unowned.customer_id
    where awaiting.step = 'appoint'
),

active_reps as (
    select distinct reps.rep_id
    from {{ ref('dim_reps') }} as reps
    cross join night
    where coalesce(reps.is_active, true) and {{ holds_on('reps', 'night.as_of_date') }}
),

workers as (
    select workers.territory_id, workers.rep_id
    from {{ ref('int_ownership__territory_workers') }} as workers
    where workers.steps = 0 and workers.role = 'owner'
),

held as (
    select
        recorded.to_id as rep_id,
        row_number() over (partition by recorded.customer_id order by recorded.happened_on desc) as place_from_the_end
    from recorded
    cross join (select distinct assignment_policy from places where assignment_policy = 'least_loaded') as asked
    where recorded.role = 'owner' and recorded.known_to is null
),

loads as (
    select rep_id, count(*) as customer_count
    from held
    where place_from_the_end = 1 and rep_id is not null
    group by rep_id
),

-- Each person stands in the queue once for every customer that may come: with what they have, with one more, ...
queued as (
    select
        territories.territory_id,
        workers.rep_id,
        coalesce(loads.customer_count, 0) + {{ numbers_between(0, 'territories.place_count - 1') }} as customer_count
    from (select distinct territory_id, place_count from places where assignment_policy = 'least_loaded') as territories
    inner join workers on territories.territory_id = workers.territory_id
    left join loads on workers.rep_id = loads.rep_id
),

least_loaded as (
    select
        territory_id,
        rep_id,
        row_number() over (partition by territory_id order by customer_count, rep_id) as place
    from queued
),

-- In which territory somebody was appointed is what the record said of the customer that night.
former_territories as (
    select
        appointments.sequence,
        appointments.to_id as rep_id,
        territories.to_id as territory_id,
        row_number() over (partition by appointments.sequence order by territories.happened_on desc) as place_from_the_end
    from recorded as appointments
    inner join recorded as territories
        on
            appointments.customer_id = territories.customer_id
            and territories.role = 'territory'
            and appointments.happened_on >= territories.happened_on
            and appointments.known_from >= territories.known_from
            and appointments.known_from < {{ open_end('territories.known_to') }}
    where appointments.role = 'appointment' and appointments.to_id is not null
),

former_turns as (
    select
        territory_id,
        rep_id,
        row_number() over (partition by territory_id order by sequence desc) as place_from_the_end
    from former_territories
    where place_from_the_end = 1
),

turns as (
    select
        workers.territory_id,
        workers.rep_id,
        row_number() over (
            partition by workers.territory_id
            order by case when workers.rep_id > former_turns.rep_id then 0 else 1 end, workers.rep_id
        ) as turn,
        count(*) over (partition by workers.territory_id) as turn_count
    from workers
    left join former_turns on workers.territory_id = former_turns.territory_id and former_turns.place_from_the_end = 1
),

appointed as (
    select places.customer_id, places.rule_id, places.assignment_policy as cause, active_reps.rep_id
    from places
    inner join active_reps on places.default_rep_id = active_reps.rep_id
    where places.assignment_policy = 'named'

    union all

    select places.customer_id, places.rule_id, places.assignment_policy as cause, least_loaded.rep_id
    from places
    inner join least_loaded on places.territory_id = least_loaded.territory_id and places.place = least_loaded.place

    union all

    select places.customer_id, places.rule_id, places.assignment_policy as cause, turns.rep_id
    from places
    inner join turns on places.territory_id = turns.territory_id and (places.place - 1) % turns.turn_count = turns.turn - 1
    where places.assignment_policy = 'round_robin'
),

changes as (
    select customer_id, cast(null as varchar) as from_id, rep_id as to_id, rule_id, cause
    from appointed

    union all

    select customer_id, appointed_rep_id as from_id, cast(null as varchar) as to_id, rule_id, 'in_pool' as cause
    from awaiting
    where step = 'end'
),

occurrences as (
    select customer_id, count(*) as times
    from recorded
    where role = 'appointment'
    group by customer_id
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
),

final as (
    select
        'change' as kind,
        md5(
            concat_ws(
                '|', 'appointment', changes.customer_id, coalesce(changes.from_id, '-'), coalesce(changes.to_id, '-'),
                cast(night.as_of_date as varchar), cast(coalesce(occurrences.times, 0) as varchar)
            )
        ) as event_id,
        cast(null as varchar) as withdrawn_event_id,
        changes.customer_id,
        changes.from_id,
        changes.to_id,
        changes.rule_id,
        changes.cause,
        night.as_of_date as happened_on,
        night.as_of_date as known_on
    from changes
    cross join night
    left join occurrences on changes.customer_id = occurrences.customer_id

    union all

    select
        'withdrawal' as kind,
        {{ withdrawal_id('recorded.event_id', 'night.as_of_date') }} as event_id,
        recorded.event_id as withdrawn_event_id,
        recorded.customer_id,
        recorded.from_id,
        recorded.to_id,
        recorded.rule_id,
        'customer_retired' as cause,
        recorded.happened_on,
        night.as_of_date as known_on
    from recorded
    cross join night
    where
        recorded.role = 'appointment' and recorded.known_to is null
        and recorded.customer_id not in (select customer_id from customers)
)

select * from final
