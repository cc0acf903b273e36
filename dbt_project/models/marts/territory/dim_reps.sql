-- People who sell or lead those who do (销售), and who says so.
-- Grain: one row per person and period.
--   1. the rule sheet's rows; a person the sheet names is taken from the sheet alone
--   2. people that only a CRM exports, in force from the calendar's first day; of equal ids the lowest source and record count
--   3. people who are only referred to (as an owner, a manager, by a territory or a quota), so that nobody falls through:
--      no user name, no access, and nobody knows whether they are active
--   4. access_scope: as the sheet says, else team for whoever manages a person or a territory, else own
-- Not here: which territories a person works (bridge_rep_territories), what they may see (dim_row_access).
with company as (
    select * from {{ ref('stg_company') }}
),

sheet_reps as (
    select * from {{ ref('stg_rule_reps') }}
),

exported_reps as (
    select * from {{ ref('stg_reps') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

exported_once as (
    select
        *,
        row_number() over (partition by rep_id order by source, record_id) as row_rank
    from exported_reps
    where
        rep_id is not null
        and rep_id not in (select rep_id from sheet_reps)
),

described as (
    select
        sheet_reps.rep_id,
        sheet_reps.rep_name,
        coalesce({{ filled('sheet_reps.user_name') }}, sheet_reps.rep_id) as user_name,
        {{ filled('sheet_reps.manager_rep_id') }} as manager_rep_id,
        {{ filled('sheet_reps.access_scope') }} as given_access_scope,
        'rule sheet' as decided_by,
        {{ holds_on('sheet_reps', 'company.as_of_date') }} as is_active,
        sheet_reps.valid_from,
        sheet_reps.valid_to
    from sheet_reps
    cross join company

    union all

    select
        exported_once.rep_id,
        coalesce({{ filled('exported_once.rep_name') }}, exported_once.rep_id) as rep_name,
        coalesce({{ filled('exported_once.user_name') }}, exported_once.rep_id) as user_name,
        {{ filled('exported_once.manager_rep_id') }} as manager_rep_id,
        cast(null as varchar) as given_access_scope,
        exported_once.source as decided_by,
        coalesce(exported_once.is_active, true) as is_active,
        company.calendar_start_date as valid_from,
        cast(null as date) as valid_to
    from exported_once
    cross join company
    where exported_once.row_rank = 1
),

managers as (
    select manager_rep_id as rep_id from described
    union
    select manager_rep_id as rep_id from territories
),

referenced as (
    select rep_id from managers
    union
    select rep_id from {{ ref('stg_rule_rep_territories') }}
    union
    select rep_id from {{ ref('stg_rep_territories') }}
    union
    select rep_id from {{ ref('stg_rule_quotas') }}
    union
    select rep_id from {{ ref('stg_quotas') }}
    union
    select rep_id from {{ ref('stg_opportunities') }}
    union
    select rep_id from {{ ref('stg_orders') }}
    union
    select owner_rep_id as rep_id from {{ ref('stg_owner_observations') }}
    union
    select rep_id from {{ ref('stg_customer_members') }}
    union
    select rep_id from {{ ref('stg_rule_credit_splits') }}
),

reps as (
    select * from described

    union all

    select
        referenced.rep_id,
        referenced.rep_id as rep_name,
        cast(null as varchar) as user_name,
        cast(null as varchar) as manager_rep_id,
        cast(null as varchar) as given_access_scope,
        'referenced only' as decided_by,
        cast(null as boolean) as is_active,
        company.calendar_start_date as valid_from,
        cast(null as date) as valid_to
    from referenced
    cross join company
    where
        {{ filled('referenced.rep_id') }} is not null
        and referenced.rep_id not in (select rep_id from described)
),

final as (
    select
        -- ids
        reps.rep_id,
        reps.manager_rep_id,

        -- text
        reps.rep_name,
        reps.user_name,
        case
            when reps.given_access_scope is not null then reps.given_access_scope
            when reps.decided_by = 'referenced only' then 'own'
            when managers.rep_id is not null then 'team'
            else 'own'
        end as access_scope,
        reps.decided_by,

        -- dates
        reps.valid_from,
        reps.valid_to,

        -- flags
        reps.is_active
    from reps
    left join managers on reps.rep_id = managers.rep_id
)

select * from final
