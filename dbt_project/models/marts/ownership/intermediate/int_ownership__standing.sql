-- Which recorded changes hold to be so, those of tonight included.
-- Grain: one row per change that nothing has taken back.
-- Not here: what held on an earlier day of knowledge (int_ownership__recorded).
{{ config(materialized='view') }}  -- each reader wants one role of it
with events as (
    select * from {{ ref('fct_ownership_events') }}
),

final as (
    select changes.*
    from events as changes
    left join events as withdrawals
        on
            changes.event_id = withdrawals.withdrawn_event_id
            and changes.role = withdrawals.role
            and withdrawals.kind = 'withdrawal'
    where changes.kind = 'change' and withdrawals.event_id is null
)

select * from final
