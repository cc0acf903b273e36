{{ config(meta={"dagster": {"ref": {"name": "fct_ownership_events"}}}) }}
-- Fails for an event of tonight with the id of one that an earlier night recorded: the record would not take it, and nobody would know.
-- A past day that was recorded is told from the record, and has no events of tonight.
with news as (
    select event_id, customer_id from {{ ref('int_ownership__owner_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__territory_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__appointment_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__shown_news') }}
),

tonights as (
    select event_id from {{ ref('fct_ownership_events') }}
    where sequence is null
)

select
    news.customer_id,
    news.event_id
from news
cross join {{ ref('int_ownership__night') }} as night
left join tonights on news.event_id = tonights.event_id
where not night.is_told_again and tonights.event_id is null
