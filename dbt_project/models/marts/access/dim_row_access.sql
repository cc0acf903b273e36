-- Which user may see which territory's rows, and because of what.
-- Grain: one row per user, territory, scope and period.
--   1. own: the territories a person works, in whatever role
--   2. team, for people whose access_scope is team or all: the territories that everybody below them works, and the territories
--      that they or anybody below them lead (as manager of the territory), with all sub-territories
--   3. all, for people whose access_scope is all: every territory, UNASSIGNED too
--   4. only while the person's own row holds; nobody who is inactive or only referred to sees anything
--   5. periods of the same user, territory and scope that touch or overlap are one
-- Not here: enforcing it (serving).
with reps as (
    select *
    from {{ ref('dim_reps') }}
    where user_name is not null and (is_active or decided_by = 'rule sheet')
),

rep_territories as (
    select * from {{ ref('bridge_rep_territories') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

tree as (
    select * from {{ ref('int_access__tree') }}
),

leaders as (
    select manager_rep_id as rep_id, territory_id, valid_from, valid_to
    from territories
    where manager_rep_id is not null

    union all

    select rep_id, territory_id, valid_from, valid_to
    from rep_territories
    where role = 'manager'
),

led as (
    select rep_id, territory_id, valid_from, valid_to from leaders

    union all

    select
        leaders.rep_id,
        tree.lower_id as territory_id,
        greatest(leaders.valid_from, tree.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('leaders.valid_to') ~ ', ' ~ open_end('tree.valid_to') ~ ')') }} as valid_to
    from leaders
    inner join tree
        on
            tree.tree = 'territory'
            and leaders.territory_id = tree.upper_id
            and {{ periods_meet('leaders', 'tree') }}
),

held as (
    select rep_id, territory_id, valid_from, valid_to from rep_territories
    union all
    select rep_id, territory_id, valid_from, valid_to from led
),

grounds as (
    select rep_id, 'own' as scope, territory_id, valid_from, valid_to from rep_territories

    union all

    select rep_id, 'team' as scope, territory_id, valid_from, valid_to from led

    union all

    select
        tree.upper_id as rep_id,
        'team' as scope,
        held.territory_id,
        greatest(held.valid_from, tree.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('held.valid_to') ~ ', ' ~ open_end('tree.valid_to') ~ ')') }} as valid_to
    from held
    inner join tree
        on
            tree.tree = 'rep'
            and held.rep_id = tree.lower_id
            and {{ periods_meet('held', 'tree') }}
),

granted as (
    select
        reps.user_name,
        reps.rep_id,
        grounds.territory_id,
        grounds.scope,
        greatest(reps.valid_from, grounds.valid_from) as valid_from,
        least({{ open_end('reps.valid_to') }}, {{ open_end('grounds.valid_to') }}) as valid_to
    from reps
    inner join grounds
        on
            reps.rep_id = grounds.rep_id
            and {{ periods_meet('reps', 'grounds') }}
    where grounds.scope = 'own' or reps.access_scope in ('team', 'all')

    union  -- not "all": the same period by two ways would be a tie in the windows below, which they may order differently

    select
        reps.user_name,
        reps.rep_id,
        every_territory.territory_id,
        'all' as scope,
        reps.valid_from,
        {{ open_end('reps.valid_to') }} as valid_to
    from reps
    cross join (select distinct territory_id from territories) as every_territory
    where reps.access_scope = 'all'
),

marked as (
    select
        *,
        case
            when valid_from <= max(valid_to) over (
                partition by user_name, territory_id, scope
                order by valid_from, valid_to, rep_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_new_period
    from granted
),

numbered as (
    select
        *,
        sum(is_new_period) over (
            partition by user_name, territory_id, scope
            order by valid_from, valid_to, rep_id
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

final as (
    select
        -- ids
        min(rep_id) as rep_id,
        territory_id,

        -- text
        user_name,
        scope,

        -- dates
        min(valid_from) as valid_from,
        {{ closed_end('max(valid_to)') }} as valid_to
    from numbered
    group by user_name, territory_id, scope, period_number
)

select * from final
