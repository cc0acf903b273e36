-- What was observed of the owners of each customer's records, and from when to when that was known.
-- Grain: one row per source record, observation and customer that the record was known to belong to.
--   1. an observation counts for the customer that its record belongs to, with all the record's past: that two records are one customer is
--      something we learn, so a merger or a split on a night moves whole histories, known from that night on
--   2. known from when both are known, the observation and the membership, until one of them no longer holds
-- Not here: which observation decides (int_ownership__segments).
{{ config(materialized='view') }}  -- read three times, each time for few columns or few customers
with observations as (
    select * from {{ ref('stg_owner_observations') }}
),

memberships as (
    select * from {{ ref('int_ownership__memberships') }}
),

final as (
    select
        -- ids
        memberships.customer_id,
        observations.source,
        observations.record_id,
        observations.sequence,
        {{ filled('observations.owner_rep_id') }} as rep_id,
        observations.actor_rep_id,

        -- text
        observations.observed_by,
        observations.cause as source_cause,
        observations.file_sha256 as evidence_file_sha256,

        -- numbers
        observations.row_number as evidence_row,

        -- dates
        observations.changed_on,
        observations.changed_at,
        greatest(observations.known_from, memberships.known_from) as known_from,
        {{ closed_end('least(' ~ open_end('observations.known_to') ~ ', ' ~ open_end('memberships.known_to') ~ ')') }} as known_to
    from observations
    inner join memberships
        on
            observations.source = memberships.source
            and observations.record_id = memberships.record_id
            and observations.known_from < {{ open_end('memberships.known_to') }}
            and memberships.known_from < {{ open_end('observations.known_to') }}
)

select * from final
