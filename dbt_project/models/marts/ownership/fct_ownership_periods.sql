-- Who owned (归属) each customer, from when to when, and by which evidence; in between it is in the public pool (公海).
-- Grain: one row per customer and period.
--   1. the changes of owner that the record holds to be so (fct_ownership_events): neither taken back, nor of a customer that is no more
--   2. a period lasts until the next change; from the first one on there is neither gap nor overlap, and the last period is open
-- Not here: who else claimed the customer (fct_ownership_conflicts), its territory (marts/territory), what was known on an earlier day
-- (fct_ownership_events).
with standing as (
    select * from {{ ref('int_ownership__standing') }}
    where role = 'owner'
),

final as (
    select
        -- ids
        event_id,
        customer_id,
        to_id as owner_rep_id,
        rule_id,
        actor,
        source,
        record_id,

        -- text
        cause,
        source_cause,
        evidence_file_sha256,

        -- numbers
        evidence_row,

        -- dates
        happened_on as valid_from,
        lead(happened_on) over (partition by customer_id order by happened_on) as valid_to,
        known_on,

        -- flags
        to_id is null as is_in_pool
    from standing
)

select * from final
