{{ config(meta={"dagster": {"ref": {"name": "fct_territory_assignments"}}}) }}
-- Fails for a customer whose first assignment does not begin on the calendar's first day. Gaps after it: test no_gaps.
select
    assignments.customer_id,
    min(assignments.valid_from) as first_day
from {{ ref('fct_territory_assignments') }} as assignments
cross join {{ ref('stg_company') }} as company
group by assignments.customer_id, company.calendar_start_date
having min(assignments.valid_from) <> company.calendar_start_date
