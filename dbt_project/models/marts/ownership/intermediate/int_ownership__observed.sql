-- What was observed of the owners of each customer's records, and from when to when that was known.
-- Grain: one row per source record, observation and customer that the record was known to belong to.
--   1. an observation counts for the customer that its record belongs to, with all the record's past: that two records are one customer is
--      something we learn, so a merger or a split on a night moves whole histories, known from that night on
--   2. a record's first membership reaches back: before, it was known to belong to nobody else
--   3. known from when both are known, the observation and the membership, until one of them no longer holds
-- Not here: which observation decides (int_ownership__segments).
{{ config(materialized='view') }}  -- read three times, each time for few columns or few customers
with observations as (
    select * from {{ ref('stg_owner_observations') }}
),

membership_starts as (
    select
        *,
        case
            when
                lag(customer_id) over (partition by source, record_id order by valid_from) = customer_id
                and lag(valid_to) over (partition by source, record_id order by valid_from) = valid_from
                then 0
            else 1
        end as is_new_membership
    from {{ ref('bridge_customer_records') }}
),

membership_numbers as (
    select
        *,
        sum(is_new_membership) over (partition by source, record_id order by valid_from) as membership_number
    from membership_starts
),

memberships as (
    select
        source,
        record_id,
        customer_id,
        case when membership_number = 1 then cast('0001-01-01' as date) else min(valid_from) end as known_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as known_to
    from membership_numbers
    group by source, record_id, customer_id, membership_number
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
