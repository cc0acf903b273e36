{{ config(meta={"dagster": {"ref": {"name": "fct_territory_assignments"}}}) }}
-- Fails for an assignment by a rule on whose first day another candidate won, or none.
-- Not a test of the ranking (unit tests); it keeps the two tables from telling two stories.
select assignments.*
from {{ ref('fct_territory_assignments') }} as assignments
left join {{ ref('fct_territory_candidates') }} as winners
    on
        assignments.customer_id = winners.customer_id
        and assignments.valid_from = winners.valid_from
        and winners.is_winner
where
    assignments.rule_id is distinct from winners.rule_id
    or assignments.territory_id <> coalesce(winners.territory_id, 'UNASSIGNED')
