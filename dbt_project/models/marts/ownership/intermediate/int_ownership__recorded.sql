-- What the record says as of the night that is being worked on: each change, and from when to when it was known to be so.
-- Grain: one row per recorded change.
--   1. rows that later nights wrote do not count: a past day is told as it was told then
--   2. a change is known until the first withdrawal of it; one that was withdrawn from its own first day never held
-- Not here: whose periods follow from it (fct_ownership_periods).
{{ config(materialized='view') }}  -- each reader wants one role or few customers of it
with night as (
    select * from {{ ref('int_ownership__night') }}
),

events as (
    select events.*
    from {{ ref('stg_ownership_events') }} as events
    inner join night on events.recorded_on <= night.as_of_date
),

withdrawals as (
    select
        withdrawn_event_id,
        min(known_on) as known_to
    from events
    where kind = 'withdrawal'
    group by withdrawn_event_id
),

final as (
    select
        -- ids
        events.sequence,
        events.event_id,
        events.customer_id,
        events.from_id,
        events.to_id,
        events.rule_id,
        events.actor,
        events.source,
        events.record_id,

        -- text
        events.role,
        events.cause,
        events.source_cause,
        events.evidence_file_sha256,

        -- numbers
        events.evidence_row,

        -- dates
        events.happened_on,
        events.happened_at,
        events.known_on as known_from,
        withdrawals.known_to
    from events
    left join withdrawals on events.event_id = withdrawals.withdrawn_event_id
    where events.kind = 'change'
)

select * from final
