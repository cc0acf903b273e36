-- Money that customers paid (回款) as the CRMs export it, cleaned.
-- Grain: one row per source and record: its newest loaded version up to the as-of date.
-- Here: names and types only.
-- An empty mark of deletion means: not deleted.
with source as (
    select * from {{ source('clean', 'payments') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_record_id,
        order_record_id,
        owner_rep_id as rep_id,

        -- text
        file_sha256,
        currency_code,
        status,
        problems,

        -- numbers
        row_number,
        amount,

        -- dates
        as_of_date,
        paid_date,
        modified_at,

        -- flags
        is_in_latest_export,
        coalesce(is_deleted, false) as is_deleted
    from source
)

select * from final
