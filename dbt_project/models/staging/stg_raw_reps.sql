-- People of every export day, as written.
-- Grain: one row per source, record and export day, values as written.
-- Here: names and types only.
with source as (
    select * from {{ source('raw', 'reps') }}
),

final as (
    select
        -- ids
        source,
        record_id,

        -- text
        is_active as is_active_text,

        -- dates
        as_of_date
    from source
)

select * from final
