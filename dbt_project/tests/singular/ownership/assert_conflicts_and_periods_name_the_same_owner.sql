{{ config(meta={"dagster": {"ref": {"name": "fct_ownership_conflicts"}}}) }}
-- Fails for a dispute whose accountable person is not the owner on its first day.
-- Not on a past day that is told again: what a late file said since is part of the dispute then, and not of what was published.
select conflicts.*
from {{ ref('fct_ownership_conflicts') }} as conflicts
inner join {{ ref('int_ownership__night') }} as night on not night.is_told_again
left join {{ ref('fct_ownership_periods') }} as periods
    on
        conflicts.customer_id = periods.customer_id
        and {{ holds_on('periods', 'conflicts.valid_from') }}
where conflicts.owner_rep_id is distinct from periods.owner_rep_id
