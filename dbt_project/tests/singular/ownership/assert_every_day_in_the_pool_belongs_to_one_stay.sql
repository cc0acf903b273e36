{{ config(meta={"dagster": {"ref": {"name": "fct_pool_stays"}}}) }}
-- Fails for a period in the pool that is no part of exactly one stay, and for a stay that some owner's period meets.
select
    periods.customer_id,
    periods.valid_from,
    periods.is_in_pool,
    count(stays.entered_on) as stay_count
from {{ ref('fct_ownership_periods') }} as periods
left join {{ ref('fct_pool_stays') }} as stays
    on
        periods.customer_id = stays.customer_id
        and periods.valid_from < {{ open_end('stays.left_on') }}
        and stays.entered_on < {{ open_end('periods.valid_to') }}
group by periods.customer_id, periods.valid_from, periods.is_in_pool
having count(stays.entered_on) <> case when periods.is_in_pool then 1 else 0 end
