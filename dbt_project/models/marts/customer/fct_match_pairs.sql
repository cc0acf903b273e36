-- Pairs of records that are one customer or may be: how sure that is, and why (查重).
-- Grain: one row per pair of records that were compared and found to be the same customer or close to it.
--   1. every pair that entity resolution found to be the same, or that a person should look at (verdict ask)
-- Not here: the same field by field (fct_match_evidence), pairs judged by people.
with match_pairs as (
    select * from {{ ref('stg_match_pairs') }}
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
    from match_pairs
)

select * from final
