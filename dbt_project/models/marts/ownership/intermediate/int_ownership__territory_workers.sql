-- Who works each territory today and so may get customers of it.
-- Grain: one row per territory and person.
--   1. people who are active today and whose row in bridge_rep_territories holds today, in the role owner
--   2. where nobody has that role: people in the role manager there, and the territory's own manager
--   3. where there is nobody either, the same of the nearest territory above; steps says how far up
--   4. people only referred to are not known to be active and get nothing; nobody works UNASSIGNED
-- Not here: whose limits are reached (int_ownership__pool_takers).
with company as (
    select * from {{ ref('stg_company') }}
),

territories as (
    select
        dim_territories.*,
        row_number() over (partition by territory_id order by valid_from desc) as row_rank
    from {{ ref('dim_territories') }} as dim_territories
    cross join company
    where dim_territories.valid_from <= company.as_of_date
),

active_reps as (
    select distinct reps.rep_id
    from {{ ref('dim_reps') }} as reps
    cross join company
    where reps.is_active and {{ holds_on('reps', 'company.as_of_date') }}
),

working as (
    select rep_territories.territory_id, rep_territories.rep_id, rep_territories.role
    from {{ ref('bridge_rep_territories') }} as rep_territories
    cross join company
    where rep_territories.role in ('owner', 'manager') and {{ holds_on('rep_territories', 'company.as_of_date') }}

    union

    select territories.territory_id, territories.manager_rep_id as rep_id, 'manager' as role
    from territories
    cross join company
    where territories.row_rank = 1 and {{ holds_on('territories', 'company.as_of_date') }}
),

ranked as (
    select
        working.territory_id,
        working.rep_id,
        working.role,
        dense_rank() over (
            partition by working.territory_id order by case when working.role = 'owner' then 0 else 1 end
        ) as role_rank
    from working
    inner join active_reps on working.rep_id = active_reps.rep_id
),

reached as (
    select
        territories.territory_id,
        ranked.rep_id,
        ranked.role,
        ranked.territory_id as worked_territory_id,
        territories.level - upper_territories.level as steps,
        dense_rank() over (partition by territories.territory_id order by upper_territories.level desc) as nearness
    from territories
    inner join territories as upper_territories
        on
            upper_territories.row_rank = 1
            and instr('/' || territories.path || '/', '/' || upper_territories.territory_id || '/') > 0
    inner join ranked
        on
            upper_territories.territory_id = ranked.territory_id
            and ranked.role_rank = 1
    where territories.row_rank = 1
),

final as (
    select
        -- ids
        territory_id,
        rep_id,
        worked_territory_id,

        -- text
        role,

        -- numbers
        steps
    from reached
    where nearness = 1
)

select * from final
