{{ config(meta={"dagster": {"ref": {"name": "fct_ownership_conflicts"}}}) }}
-- Fails for a dispute whose accountable person is not the owner on its first day.
select conflicts.*
from {{ ref('fct_ownership_conflicts') }} as conflicts
left join {{ ref('fct_ownership_periods') }} as periods
    on
        conflicts.customer_id = periods.customer_id
        and {{ holds_on('periods', 'conflicts.valid_from') }}
where conflicts.owner_rep_id is distinct from periods.owner_rep_id
