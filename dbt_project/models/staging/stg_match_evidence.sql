-- What speaks for and against each pair of records, field by field.
-- Grain: one row per pair in resolved.match_pairs and field of evidence.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'match_evidence') }}
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
    from source
)

select * from final
