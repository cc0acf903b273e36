{{ config(meta={"dagster": {"ref": {"name": "fct_ownership_events"}}}) }}
-- Fails for an event of tonight with the id of one that an earlier night recorded: the record would not take it, and nobody would know.
with news as (
    select event_id, customer_id from {{ ref('int_ownership__owner_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__territory_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__appointment_news') }}
    union all
    select event_id, customer_id from {{ ref('int_ownership__shown_news') }}
)

select
    news.customer_id,
    news.event_id,
    recorded.night
from news
inner join {{ ref('stg_ownership_events') }} as recorded on news.event_id = recorded.event_id
cross join {{ ref('int_ownership__night') }} as night
where not night.is_told_again and recorded.recorded_on <= night.as_of_date
