-- People who work on a customer (相关团队), of every export day, as written.
-- Grain: one row per source, record and export day, values as written.
-- Here: names and types only.
with source as (
    select * from {{ source('raw', 'customer_members') }}
),

final as (
    select
        -- ids
        source,
        record_id,

        -- dates
        as_of_date
    from source
)

select * from final
