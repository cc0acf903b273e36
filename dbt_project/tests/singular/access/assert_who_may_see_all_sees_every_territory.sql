{{ config(meta={"dagster": {"ref": {"name": "dim_row_access"}}}) }}
-- Fails for a person with the scope all, in force on the as-of date, and a territory that is kept from them on that day.
with company as (
    select * from {{ ref('stg_company') }}
),

reps as (
    select dim_reps.user_name
    from {{ ref('dim_reps') }} as dim_reps
    cross join company
    where
        dim_reps.access_scope = 'all'
        and dim_reps.is_active
        and {{ holds_on('dim_reps', 'company.as_of_date') }}
),

territories as (
    select distinct territory_id from {{ ref('dim_territories') }}
)

select
    reps.user_name,
    territories.territory_id
from reps
cross join territories
cross join company
left join {{ ref('dim_row_access') }} as access
    on
        reps.user_name = access.user_name
        and territories.territory_id = access.territory_id
        and access.scope = 'all'
        and {{ holds_on('access', 'company.as_of_date') }}
where access.user_name is null
