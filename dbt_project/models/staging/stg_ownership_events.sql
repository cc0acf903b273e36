-- What was recorded of ownership (归属), night by night.
-- Grain: one row per event that was ever recorded.
-- Here: names and types only.
with source as (
    select * from {{ source('record', 'ownership_events') }}
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
        previous_hash,
        row_hash,

        -- numbers
        evidence_row,

        -- dates
        happened_on,
        happened_at,
        known_on,
        known_at,
        recorded_on
    from source
)

select * from final
