-- The sheet that says who gets which share of the credit (业绩分成).
-- Grain: one row per split, person, kind of credit and period.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'credit_splits') }}
),

final as (
    select
        -- ids
        split_id,
        source,
        record_id,
        rep_id,

        -- text
        subject,
        credit,
        reason,
        sheet_sha256,

        -- numbers
        share_ratio,
        row_number,

        -- dates
        valid_from,
        valid_to
    from source
)

select * from final
