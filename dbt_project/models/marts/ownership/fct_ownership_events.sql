-- The record of ownership (归属): every change of owner and territory, every appointment, which CRM's pool a customer
-- lies in and who works on it beside the owner; when it happened, when it became known, when it was recorded.
-- Grain: one row per event. Rows are only ever added.
--   1. what earlier nights recorded, as it was recorded (home: record/), up to the as-of date
--   2. what this night adds: int_ownership__owner_news, _territory_news, _appointment_news and _shown_news. It stands without place and hash
--      until the night is recorded, which happens when every check has passed, right before it is published
--   3. a past day that was recorded is told again from the record; nothing is added to it
-- What was so as known on day K: changes known by K without a withdrawal known by K. What was published on night N: the same of rows recorded by N.
-- Not here: periods (fct_ownership_periods), claims that lost (fct_ownership_conflicts).
{{ config(materialized='view') }}  -- a copy of the whole record every night would cost more with every night
with night as (
    select * from {{ ref('int_ownership__night') }}
),

recorded as (
    select events.*
    from {{ ref('stg_ownership_events') }} as events
    inner join night on events.recorded_on <= night.as_of_date
),

news as (
    select
        kind, event_id, withdrawn_event_id, customer_id, 'owner' as role, from_id, to_id, happened_on, happened_at, known_on, cause,
        source_cause, rule_id, actor, source, record_id, evidence_file_sha256, evidence_row
    from {{ ref('int_ownership__owner_news') }}

    union all

    select
        kind, event_id, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on,
        cast(happened_on as timestamp) as happened_at, known_on, cause,
        cast(null as varchar) as source_cause, rule_id, cast(null as varchar) as actor, cast(null as varchar) as source,
        cast(null as varchar) as record_id, cast(null as varchar) as evidence_file_sha256, cast(null as bigint) as evidence_row
    from (
        select *, 'territory' as role from {{ ref('int_ownership__territory_news') }}
        union all
        select *, 'appointment' as role from {{ ref('int_ownership__appointment_news') }}
    ) as our_decisions

    union all

    select
        kind, event_id, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on,
        cast(happened_on as timestamp) as happened_at, known_on, cause,
        cast(null as varchar) as source_cause, cast(null as varchar) as rule_id, cast(null as varchar) as actor, source, record_id,
        evidence_file_sha256, evidence_row
    from {{ ref('int_ownership__shown_news') }}
),

final as (
    select
        -- ids
        sequence,
        night,
        event_id,
        withdrawn_event_id,
        customer_id,
        from_id,
        to_id,
        rule_id,
        actor,
        source,
        record_id,

        -- text
        kind,
        role,
        cause,
        source_cause,
        rules_version,
        evidence_file_sha256,

        -- numbers
        evidence_row,

        -- dates
        happened_on,
        happened_at,
        known_on,
        known_at,
        recorded_on,

        -- hashes
        previous_hash,
        row_hash
    from recorded

    union all

    select
        cast(null as bigint) as sequence,
        cast(null as bigint) as night,
        news.event_id,
        news.withdrawn_event_id,
        news.customer_id,
        news.from_id,
        news.to_id,
        news.rule_id,
        news.actor,
        news.source,
        news.record_id,
        news.kind,
        news.role,
        news.cause,
        news.source_cause,
        night.rules_version,
        news.evidence_file_sha256,
        news.evidence_row,
        news.happened_on,
        news.happened_at,
        news.known_on,
        cast({{ plus_days(1, 'news.known_on') }} as timestamp) as known_at,
        night.as_of_date as recorded_on,
        cast(null as varchar) as previous_hash,
        cast(null as varchar) as row_hash
    from news
    cross join night
    where
        not night.is_told_again
        and news.event_id not in (select event_id from recorded)
)

select * from final
