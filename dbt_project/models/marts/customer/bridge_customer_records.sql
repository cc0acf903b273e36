-- Which source record stands for which customer, from when to when, and why.
-- Grain: one row per source record and period.
--   1. every period of every record, as entity resolution decided it
--   2. a record that moved to another customer keeps its former period
-- Not here: ids that were retired on the way (customer_id_redirects).
with customer_records as (
    select * from {{ ref('stg_customer_records') }}
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,

        -- text
        match_reason,

        -- dates
        valid_from,
        valid_to
    from customer_records
)

select * from final
