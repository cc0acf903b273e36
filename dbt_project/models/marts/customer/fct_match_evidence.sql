-- What speaks for and against each pair of fct_match_pairs, field by field, in bits.
-- Grain: one row per pair in fct_match_pairs and field of evidence.
--   1. every field of which both records say something, with its level, its weight and its sentence
--   2. prior: what is known before anything is compared; caps: what evidence that goes together gains or loses by it
--   3. the rows of a pair sum up to the weight in fct_match_pairs
-- Not here: the verdict (fct_match_pairs).
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
