-- What speaks for and against each pair of fct_match_pairs, field by field, in bits.
-- Grain: one row per pair in fct_match_pairs and field of which both records say something.
--   1. every field of which both records say something, with its level, its weight alone and its sentence
-- Not here: the verdict (fct_match_pairs): caps for correlated evidence and the prior are in its weight, not in these.
with match_evidence as (
    select * from {{ ref('stg_match_evidence') }}
),

final as (
    select
        -- ids
        left_source,
        left_record_id,
        right_source,
        right_record_id,

        -- text
        field,
        level,
        sentence,

        -- numbers
        weight
    from match_evidence
)

select * from final
