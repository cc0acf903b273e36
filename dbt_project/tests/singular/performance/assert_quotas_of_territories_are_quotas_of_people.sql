{{ config(meta={"dagster": {"ref": {"name": "kpi_territory_monthly"}}}) }}
-- Fails for a month in which no territory has a quota of its own, and yet the quotas of the territories are not those of the people.
-- Where a territory has one of its own, it replaces its people's and the two sums may differ.
with own_quotas as (
    select {{ month_of('quota_date') }} as month
    from {{ ref('stg_rule_quotas') }}
    where {{ filled('rep_id') }} is null

    union

    select {{ month_of('quota_date') }} as month
    from {{ ref('stg_quotas') }}
    where {{ filled('rep_id') }} is null and quota_date is not null
),

territories as (
    select
        month,
        basis,
        coalesce(sum(quota_amount), 0) as quota_amount
    from {{ ref('kpi_territory_monthly') }}
    group by month, basis
),

reps as (
    select
        month,
        basis,
        coalesce(sum(quota_amount), 0) as quota_amount
    from {{ ref('kpi_rep_monthly') }}
    group by month, basis
)

select
    territories.month,
    territories.basis,
    territories.quota_amount as territory_quota_amount,
    reps.quota_amount as rep_quota_amount
from territories
left join reps
    on
        territories.month = reps.month
        and territories.basis = reps.basis
where
    territories.month not in (select month from own_quotas)
    and territories.quota_amount <> coalesce(reps.quota_amount, 0)
