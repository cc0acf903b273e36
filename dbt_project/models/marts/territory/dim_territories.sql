-- Sales territories (区域), where each stands in the tree, and who says so.
-- Grain: one row per territory and period.
--   1. the rule sheet's rows; a territory the sheet names is taken from the sheet alone
--   2. territories that only a CRM exports, in force from the calendar's first day; of equal ids the lowest source and record count
--   3. territories that are only referred to (as a parent, by a person's territories or a quota), so that nothing points nowhere
--   4. the territory UNASSIGNED, always; only the sheet can say that a territory is exclusive (独占)
--   5. path and level: upwards through the parents in force on the row's last day (at most the as-of date); a cycle ends where it closes
-- Not here: ids that stand in single deals only; such a deal is UNASSIGNED with a reason (marts/performance).
with recursive
company as (
    select * from {{ ref('stg_company') }}
),

sheet_territories as (
    select * from {{ ref('stg_rule_territories') }}
),

exported_territories as (
    select * from {{ ref('stg_territories') }}
),

exported_once as (
    select
        *,
        row_number() over (partition by territory_id order by source, record_id) as row_rank
    from exported_territories
    where
        territory_id is not null
        and territory_id not in (select territory_id from sheet_territories)
),

described as (
    select
        territory_id,
        territory_name,
        {{ filled('parent_territory_id') }} as parent_territory_id,
        {{ filled('manager_rep_id') }} as manager_rep_id,
        {{ filled('assignment_policy') }} as assignment_policy,
        {{ filled('default_rep_id') }} as default_rep_id,
        'rule sheet' as decided_by,
        coalesce(is_exclusive, false) as is_exclusive,
        valid_from,
        valid_to
    from sheet_territories

    union all

    select
        exported_once.territory_id,
        coalesce({{ filled('exported_once.territory_name') }}, exported_once.territory_id) as territory_name,
        {{ filled('exported_once.parent_territory_id') }} as parent_territory_id,
        {{ filled('exported_once.manager_rep_id') }} as manager_rep_id,
        cast(null as varchar) as assignment_policy,
        cast(null as varchar) as default_rep_id,
        exported_once.source as decided_by,
        false as is_exclusive,
        company.calendar_start_date as valid_from,
        cast(null as date) as valid_to
    from exported_once
    cross join company
    where exported_once.row_rank = 1
),

referenced as (
    select parent_territory_id as territory_id from described
    union
    select territory_id from {{ ref('stg_rule_rep_territories') }}
    union
    select territory_id from {{ ref('stg_rep_territories') }}
    union
    select territory_id from {{ ref('stg_rule_quotas') }}
    union
    select territory_id from {{ ref('stg_quotas') }}
    union
    select 'UNASSIGNED' as territory_id
),

territories as (
    select * from described

    union all

    select
        referenced.territory_id,
        case when referenced.territory_id = 'UNASSIGNED' then 'Unassigned' else referenced.territory_id end as territory_name,
        cast(null as varchar) as parent_territory_id,
        cast(null as varchar) as manager_rep_id,
        cast(null as varchar) as assignment_policy,
        cast(null as varchar) as default_rep_id,
        case when referenced.territory_id = 'UNASSIGNED' then 'always there' else 'referenced only' end as decided_by,
        false as is_exclusive,
        company.calendar_start_date as valid_from,
        cast(null as date) as valid_to
    from referenced
    cross join company
    where
        {{ filled('referenced.territory_id') }} is not null
        and referenced.territory_id not in (select territory_id from described)
),

last_days as (
    select
        territories.*,
        greatest(
            territories.valid_from,
            least(cast({{ dbt.dateadd('day', -1, 'territories.valid_to') }} as date), company.as_of_date)
        ) as path_date
    from territories
    cross join company
),

climbed as (
    select
        territory_id,
        valid_from,
        path_date,
        parent_territory_id as next_territory_id,
        territory_id as path,
        cast(1 as bigint) as level
    from last_days

    union all

    select
        climbed.territory_id,
        climbed.valid_from,
        climbed.path_date,
        parents.parent_territory_id as next_territory_id,
        parents.territory_id || '/' || climbed.path as path,
        climbed.level + 1 as level
    from climbed
    inner join territories as parents
        on
            climbed.next_territory_id = parents.territory_id
            and {{ holds_on('parents', 'climbed.path_date') }}
    where instr('/' || climbed.path || '/', '/' || parents.territory_id || '/') = 0
),

longest as (
    select
        *,
        row_number() over (partition by territory_id, valid_from order by level desc, path asc) as path_rank
    from climbed
),

final as (
    select
        -- ids
        territories.territory_id,
        territories.parent_territory_id,
        territories.manager_rep_id,
        territories.default_rep_id,

        -- text
        territories.territory_name,
        territories.assignment_policy,
        longest.path,
        territories.decided_by,

        -- numbers
        longest.level,

        -- dates
        territories.valid_from,
        territories.valid_to,

        -- flags
        territories.is_exclusive
    from territories
    inner join longest
        on
            territories.territory_id = longest.territory_id
            and territories.valid_from = longest.valid_from
    where longest.path_rank = 1
)

select * from final
