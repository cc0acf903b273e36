-- Who stands above whom, over any number of levels, from when to when.
-- Grain: one row per kind of tree, upper id, lower id, way between them and period.
--   1. people: along manager_rep_id; territories: along parent_territory_id
--   2. a way over several levels holds on the days on which each of its steps holds; it ends where it would close a cycle
with recursive
steps as (
    select 'rep' as tree, manager_rep_id as upper_id, rep_id as lower_id, valid_from, valid_to
    from {{ ref('dim_reps') }}
    where manager_rep_id is not null and manager_rep_id <> rep_id

    union all

    select 'territory' as tree, parent_territory_id as upper_id, territory_id as lower_id, valid_from, valid_to
    from {{ ref('dim_territories') }}
    where parent_territory_id is not null and parent_territory_id <> territory_id
),

ways as (
    select
        tree,
        upper_id,
        lower_id,
        '/' || upper_id || '/' || lower_id || '/' as way,
        valid_from,
        valid_to
    from steps

    union all

    select
        ways.tree,
        ways.upper_id,
        steps.lower_id,
        ways.way || steps.lower_id || '/' as way,
        greatest(ways.valid_from, steps.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('ways.valid_to') ~ ', ' ~ open_end('steps.valid_to') ~ ')') }} as valid_to
    from ways
    inner join steps
        on
            ways.tree = steps.tree
            and ways.lower_id = steps.upper_id
            and {{ periods_meet('ways', 'steps') }}
    where instr(ways.way, '/' || steps.lower_id || '/') = 0
),

final as (
    select
        tree,
        upper_id,
        lower_id,
        way,
        valid_from,
        valid_to
    from ways
)

select * from final
