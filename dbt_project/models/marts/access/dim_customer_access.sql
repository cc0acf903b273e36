-- Which user may see which customer beyond the territories of dim_row_access, and because of what.
-- Grain: one row per user, customer, scope and period.
--   1. own: the customers a person owns; shared: those they collaborate on or have a share of the credit of by an agreement
--   2. team, for people whose access_scope is team: customers that anybody below them owns on days on which the customer's territory is not
--      among those they see anyway (dim_row_access, own and team)
--   3. nothing for the scope all: whoever may see everything does by dim_row_access; a row for each customer would say it a million times
--   4. only while the person's own row holds; nobody who is inactive or only referred to sees anything
--   5. periods of the same user, customer and scope that touch or overlap are one; ground names all that led to it
-- Whether somebody sees a customer on a day: a row here, or one in dim_row_access for the customer's territory on that day.
-- Not here: enforcing it (serving).
with company as (
    select * from {{ ref('stg_company') }}
),

reps as (
    select *
    from {{ ref('dim_reps') }}
    where user_name is not null and (is_active or decided_by = 'rule sheet')
),

collaborators as (
    select * from {{ ref('bridge_customer_collaborators') }}
),

owners as (
    select * from collaborators
    where role = 'owner'
),

people_below as (
    select
        tree.upper_id,
        tree.lower_id,
        reps.user_name,
        greatest(tree.valid_from, reps.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('tree.valid_to') ~ ', ' ~ open_end('reps.valid_to') ~ ')') }} as valid_to
    from {{ ref('int_access__tree') }} as tree
    inner join reps
        on
            tree.upper_id = reps.rep_id
            and reps.access_scope = 'team'
            and {{ periods_meet('tree', 'reps') }}
    where tree.tree = 'rep'
),

owned_below as (
    select
        people_below.upper_id as rep_id,
        people_below.user_name,
        owners.customer_id,
        greatest(owners.valid_from, people_below.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('owners.valid_to') ~ ', ' ~ open_end('people_below.valid_to') ~ ')') }} as valid_to
    from people_below
    inner join owners
        on
            people_below.lower_id = owners.rep_id
            and {{ periods_meet('owners', 'people_below') }}
),

-- Assignments begin with the calendar; before it the first one is all that is known.
assignments as (
    select
        assignments.customer_id,
        assignments.territory_id,
        case
            when assignments.valid_from <= company.calendar_start_date then cast('0001-01-01' as date)
            else assignments.valid_from
        end as valid_from,
        assignments.valid_to
    from {{ ref('fct_territory_assignments') }} as assignments
    cross join company
),

pieces as (
    select
        owned_below.rep_id,
        owned_below.user_name,
        owned_below.customer_id,
        assignments.territory_id,
        greatest(owned_below.valid_from, assignments.valid_from) as valid_from,
        least({{ open_end('owned_below.valid_to') }}, {{ open_end('assignments.valid_to') }}) as valid_to
    from owned_below
    inner join assignments
        on
            owned_below.customer_id = assignments.customer_id
            and {{ periods_meet('owned_below', 'assignments') }}
),

-- A piece that is covered in part only stays whole: what is seen twice harms nobody, what is missing does.
outside as (
    select pieces.*
    from pieces
    left join (
        select user_name, territory_id, valid_from, {{ open_end('valid_to') }} as valid_to
        from {{ ref('dim_row_access') }}
        where scope in ('own', 'team')
    ) as row_access
        on
            pieces.user_name = row_access.user_name
            and pieces.territory_id = row_access.territory_id
            and pieces.valid_from >= row_access.valid_from
            and pieces.valid_to <= row_access.valid_to
    where row_access.user_name is null
),

grounds as (
    select rep_id, customer_id, 'own' as scope, 'owner' as ground, valid_from, valid_to
    from owners

    union all

    select
        rep_id,
        customer_id,
        'shared' as scope,
        case when role = 'collaborator' then 'collaborator' else 'credit_split' end as ground,
        valid_from,
        valid_to
    from collaborators
    where role = 'collaborator' or (role in ('revenue', 'overlay') and decided_by <> 'ownership')
),

granted as (
    select
        reps.user_name,
        reps.rep_id,
        grounds.customer_id,
        grounds.scope,
        grounds.ground,
        greatest(reps.valid_from, grounds.valid_from) as valid_from,
        least({{ open_end('reps.valid_to') }}, {{ open_end('grounds.valid_to') }}) as valid_to
    from reps
    inner join grounds
        on
            reps.rep_id = grounds.rep_id
            and {{ periods_meet('reps', 'grounds') }}

    union  -- not "all": the same period by two ways would be a tie in the windows below, which they may order differently

    select user_name, rep_id, customer_id, 'team' as scope, 'owner' as ground, valid_from, valid_to
    from outside
),

marked as (
    select
        *,
        case
            when valid_from <= max(valid_to) over (
                partition by user_name, customer_id, scope
                order by valid_from, valid_to, ground, rep_id
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
            partition by user_name, customer_id, scope
            order by valid_from, valid_to, ground, rep_id
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

final as (
    select
        -- ids
        min(rep_id) as rep_id,
        customer_id,

        -- text
        user_name,
        scope,
        case when min(ground) = max(ground) then min(ground) else min(ground) || '|' || max(ground) end as ground,

        -- dates
        min(valid_from) as valid_from,
        {{ closed_end('max(valid_to)') }} as valid_to
    from numbered
    group by user_name, customer_id, scope, period_number
)

select * from final
