{{ config(meta={"dagster": {"ref": {"name": "dim_customer_access"}}}) }}
-- Fails for a customer, its owner of today and everybody above them, where that person is here, may see teams, and yet cannot see it.
with company as (
    select * from {{ ref('stg_company') }}
),

users as (
    select reps.*
    from {{ ref('dim_reps') }} as reps
    cross join company
    where reps.is_active and reps.user_name is not null and {{ holds_on('reps', 'company.as_of_date') }}
),

owned as (
    select
        periods.customer_id,
        periods.owner_rep_id,
        assignments.territory_id
    from {{ ref('fct_ownership_periods') }} as periods
    cross join company
    left join {{ ref('fct_territory_assignments') }} as assignments
        on
            periods.customer_id = assignments.customer_id
            and {{ holds_on('assignments', 'company.as_of_date') }}
    where not periods.is_in_pool and {{ holds_on('periods', 'company.as_of_date') }}
),

wanted as (
    select owned.customer_id, owned.territory_id, users.user_name
    from owned
    inner join users on owned.owner_rep_id = users.rep_id

    union

    select owned.customer_id, owned.territory_id, users.user_name
    from owned
    cross join company
    inner join {{ ref('int_access__tree') }} as tree
        on
            tree.tree = 'rep'
            and owned.owner_rep_id = tree.lower_id
            and {{ holds_on('tree', 'company.as_of_date') }}
    inner join users
        on
            tree.upper_id = users.rep_id
            and users.access_scope in ('team', 'all')
),

seen_customers as (
    select distinct access.user_name, access.customer_id
    from {{ ref('dim_customer_access') }} as access
    cross join company
    where {{ holds_on('access', 'company.as_of_date') }}
),

seen_territories as (
    select distinct access.user_name, access.territory_id
    from {{ ref('dim_row_access') }} as access
    cross join company
    where {{ holds_on('access', 'company.as_of_date') }}
)

select
    wanted.user_name,
    wanted.customer_id
from wanted
left join seen_customers
    on
        wanted.user_name = seen_customers.user_name
        and wanted.customer_id = seen_customers.customer_id
left join seen_territories
    on
        wanted.user_name = seen_territories.user_name
        and wanted.territory_id = seen_territories.territory_id
where seen_customers.user_name is null and seen_territories.user_name is null
