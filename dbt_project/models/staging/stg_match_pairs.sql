-- Pairs of records that are one customer or may be (查重).
-- Grain: one row per pair of records that were compared and found to be the same customer or close to it.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'match_pairs') }}
),

final as (
    select
        -- ids
        left_source,
        left_record_id,
        right_source,
        right_record_id,
        left_customer_id,
        right_customer_id,

        -- text
        verdict,
        evidence,

        -- numbers
        score,
        weight,
        ask_above,
        same_above
    from source
)

select * from final
