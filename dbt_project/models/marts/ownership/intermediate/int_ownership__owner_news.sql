-- What is to be recorded tonight of owners: what came to be known, and what is taken back.
-- Grain: one row per change or withdrawal.
--   1. a change that is part of the history on neighbouring days of knowledge is known from the first of them until the one on which it
--      is missing
--   2. what is recorded already, and known for just as long, is no news; another file that proves the same is none either
--   3. of a customer of whom nothing late came, only what was known after the night last recorded is compared
--   4. of one with late news every night is: what was never known that long is withdrawn from its first day, and what was is recorded
--   5. an event is told apart from the same one that was recorded before and taken back, though it never held: by how many there were
--   6. customers that are no longer anybody's id have no history any more: theirs is withdrawn, their heirs' says the same
with night as (
    select * from {{ ref('int_ownership__night') }}
),

judged as (
    select * from {{ ref('int_ownership__judged') }}
),

points as (
    select
        points.customer_id,
        points.known_on,
        row_number() over (partition by points.customer_id order by points.known_on) as point_number,
        lead(points.known_on) over (partition by points.customer_id order by points.known_on) as next_known_on
    from {{ ref('int_ownership__points') }} as points
    inner join judged on points.customer_id = judged.customer_id
    cross join night
    where
        judged.is_late
        or night.last_recorded_on is null
        or points.known_on > night.last_recorded_on
        or points.known_on = night.as_of_date
),

firsts as (
    select customer_id, min(known_on) as first_point from points
    group by customer_id
),

changes as (
    select
        changes.*,
        points.point_number,
        points.next_known_on,
        {{ change_key('changes') }} as content
    from {{ ref('int_ownership__owner_changes') }} as changes
    inner join points on changes.customer_id = points.customer_id and changes.known_on = points.known_on
),

islands as (
    select
        *,
        point_number - row_number() over (partition by customer_id, content order by point_number) as island
    from changes
),

spanned as (
    select
        *,
        row_number() over (partition by customer_id, content, island order by point_number) as place,
        first_value(next_known_on) over (partition by customer_id, content, island order by point_number desc) as known_to
    from islands
),

computed as (
    select
        customer_id,
        content,
        from_id,
        to_id,
        rule_id,
        actor,
        source,
        record_id,
        cause,
        source_cause,
        evidence_file_sha256,
        evidence_row,
        happened_on,
        happened_at,
        known_on as known_from,
        known_to
    from spanned
    where place = 1
),

ever_recorded as (
    select
        recorded.*,
        judged.is_late,
        {{ change_key('recorded') }} as content
    from {{ ref('int_ownership__recorded') }} as recorded
    inner join judged on recorded.customer_id = judged.customer_id
    where recorded.role = 'owner'
),

recorded as (
    select * from ever_recorded
    where known_to is null or (is_late and known_from < known_to)
),

matched as (
    select
        recorded.event_id,
        recorded.known_to as recorded_known_to,
        computed.customer_id,
        computed.content,
        computed.known_from,
        computed.known_to,
        row_number() over (
            partition by computed.customer_id, computed.content, computed.known_from order by recorded.known_from asc, recorded.sequence asc
        ) as match_rank
    from recorded
    inner join firsts on recorded.customer_id = firsts.customer_id
    inner join computed
        on
            recorded.customer_id = computed.customer_id
            and recorded.content = computed.content
            and (
                (recorded.is_late and recorded.known_from = computed.known_from)
                or (not recorded.is_late and firsts.first_point = computed.known_from)
            )
            and (recorded.known_to is null or recorded.known_to = computed.known_to)
),

kept as (
    select * from matched
    where match_rank = 1
),

occurrences as (
    select customer_id, content, known_from, count(*) as times
    from ever_recorded
    group by customer_id, content, known_from
),

news as (
    select
        computed.*,
        md5(
            concat_ws(
                '|', 'owner', computed.customer_id, {{ change_text('computed') }}, cast(computed.known_from as varchar),
                cast(coalesce(occurrences.times, 0) as varchar)
            )
        ) as event_id
    from computed
    left join kept
        on
            computed.customer_id = kept.customer_id
            and computed.content = kept.content
            and computed.known_from = kept.known_from
    left join occurrences
        on
            computed.customer_id = occurrences.customer_id
            and computed.content = occurrences.content
            and computed.known_from = occurrences.known_from
    where kept.event_id is null
),

taken_back as (
    select event_id, known_to as known_on from kept
    where recorded_known_to is null and known_to is not null

    union all

    select
        recorded.event_id, case when recorded.is_late then recorded.known_from else coalesce(firsts.first_point, night.as_of_date) end
            as known_on
    from recorded
    cross join night
    left join firsts on recorded.customer_id = firsts.customer_id
    left join kept on recorded.event_id = kept.event_id
    where kept.event_id is null

    union all

    select event_id, known_to as known_on from news
    where known_to is not null
),

events as (
    select
        'change' as kind,
        event_id,
        cast(null as varchar) as withdrawn_event_id,
        customer_id,
        from_id,
        to_id,
        rule_id,
        actor,
        source,
        record_id,
        cause,
        source_cause,
        evidence_file_sha256,
        evidence_row,
        happened_on,
        happened_at,
        known_from as known_on
    from news
),

withdrawable as (
    select
        event_id, customer_id, from_id, to_id, rule_id, actor, source, record_id, source_cause, evidence_file_sha256, evidence_row,
        happened_on, happened_at
    from recorded

    union all

    select
        event_id, customer_id, from_id, to_id, rule_id, actor, source, record_id, source_cause, evidence_file_sha256, evidence_row,
        happened_on, happened_at
    from events
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
),

final as (
    select * from events

    union all

    select
        'withdrawal' as kind,
        {{ withdrawal_id('taken_back.event_id', 'taken_back.known_on') }} as event_id,
        taken_back.event_id as withdrawn_event_id,
        withdrawable.customer_id,
        withdrawable.from_id,
        withdrawable.to_id,
        withdrawable.rule_id,
        withdrawable.actor,
        withdrawable.source,
        withdrawable.record_id,
        case when customers.customer_id is null then 'customer_retired' else 'known_better' end as cause,
        withdrawable.source_cause,
        withdrawable.evidence_file_sha256,
        withdrawable.evidence_row,
        withdrawable.happened_on,
        withdrawable.happened_at,
        taken_back.known_on
    from taken_back
    inner join withdrawable on taken_back.event_id = withdrawable.event_id
    left join customers on withdrawable.customer_id = customers.customer_id
)

select * from final
