-- Which customers may be one: the questions for data stewards, most valuable first.
-- Grain: one row per two customers of which a person should say whether they are one.
--   1. of each two customers with a doubtful pair between them the likeliest pair is asked
--   2. an answer is worth the more the less sure the score is and the more records it moves
-- Not here: pairs somebody judged already. An answer is a row in judgements.csv.
with match_questions as (
    select * from {{ ref('stg_match_questions') }}
),

final as (
    select
        -- ids
        question_rank,
        left_source,
        left_record_id,
        right_source,
        right_record_id,
        left_customer_id,
        right_customer_id,

        -- text
        evidence,

        -- numbers
        score,
        weight,
        record_count
    from match_questions
)

select * from final
