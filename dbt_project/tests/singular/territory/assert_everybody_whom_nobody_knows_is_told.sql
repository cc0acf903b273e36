{{ config(meta={'dagster': {'ref': {'name': 'fct_rep_issues'}}}) }}
-- Fails for a person who is only referred to, and whom fct_rep_issues does not name: somebody whom nobody knows, and nobody is told.
select reps.rep_id
from {{ ref('dim_reps') }} as reps
where
    reps.decided_by = 'referenced only'
    and reps.rep_id not in (select rep_id from {{ ref('fct_rep_issues') }} where issue = 'unknown_person')
