{{ config(meta={"dagster": {"ref": {"name": "fct_match_evidence"}}}) }}
-- Fails for a pair whose evidence does not sum up to its weight, or is missing.
-- Not a test of the score: it keeps the picture of a pair (serving/waterfall.py) from ending beside its verdict.
with evidence as (
    select
        left_source,
        left_record_id,
        right_source,
        right_record_id,
        sum(weight) as total
    from {{ ref('fct_match_evidence') }}
    group by left_source, left_record_id, right_source, right_record_id
)

select pairs.*
from {{ ref('fct_match_pairs') }} as pairs
left join evidence
    on
        pairs.left_source = evidence.left_source
        and pairs.left_record_id = evidence.left_record_id
        and pairs.right_source = evidence.right_source
        and pairs.right_record_id = evidence.right_record_id
where evidence.total is null or abs(evidence.total - pairs.weight) > 0.005
