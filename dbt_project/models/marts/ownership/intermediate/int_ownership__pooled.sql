-- Which customers lie in a CRM's pool (公海) tonight, and where that is written.
-- Grain: one row per customer; of several records that lie in a pool one that names it speaks, then the lowest source and record_id.
--   1. a record lies in a pool that has no owner, stands in the newest export, and names a pool, or whose newest pool event up to the
--      as-of date leads into one; an event of a day to come has not happened
--   2. pool_id is null where neither the record nor the event says which pool
--   3. happened_on is the day of that pool event, null where there is none: exports do not say since when
-- Not here: what the record holds of it (int_ownership__shown_news), why it lies there (fct_pool_stays), who takes it (appointments).
with records as (
    select
        source,
        record_id,
        {{ filled('pool_id') }} as pool_id,
        file_sha256,
        row_number
    from {{ ref('stg_source_customers') }}
    where is_in_latest_export and not is_deleted and {{ filled('owner_rep_id') }} is null
),

events as (
    select
        source,
        subject_record_id as record_id,
        lower(event) as event,
        {{ filled('pool_id') }} as pool_id,
        happened_on,
        file_sha256,
        row_number,
        row_number() over (partition by source, subject_record_id order by happened_at desc, record_id desc) as place_from_the_end
    from {{ ref('stg_pool_events') }}
    cross join {{ ref('stg_company') }} as company
    where subject = 'customers' and happened_on <= company.as_of_date
),

customer_records as (
    select customer_id, source, record_id
    from {{ ref('bridge_customer_records') }}
    where valid_to is null and customer_id in (select customer_id from {{ ref('dim_customers') }})
),

pooled as (
    select
        customer_records.customer_id,
        records.source,
        records.record_id,
        coalesce(records.pool_id, events.pool_id) as pool_id,
        case when records.pool_id is null then events.file_sha256 else records.file_sha256 end as file_sha256,
        case when records.pool_id is null then events.row_number else records.row_number end as row_number,
        events.happened_on
    from records
    inner join customer_records on records.source = customer_records.source and records.record_id = customer_records.record_id
    left join events
        on
            records.source = events.source
            and records.record_id = events.record_id
            and events.place_from_the_end = 1
            and events.event in ('entered', 'returned', 'retaken')
    where records.pool_id is not null or events.event is not null
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id order by case when pool_id is null then 1 else 0 end, source, record_id
        ) as place
    from pooled
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,
        pool_id,

        -- evidence
        file_sha256,
        row_number,

        -- dates
        happened_on
    from numbered
    where place = 1
)

select * from final
