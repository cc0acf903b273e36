-- Questions for data stewards, most valuable first.
-- Grain: one row per two customers of which a person should say whether they are one.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'match_questions') }}
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
    from source
)

select * from final
