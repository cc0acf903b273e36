-- Who works which territory, in which role, from when to when.
-- Grain: one row per person, territory, role and period.
--   1. the rows of the rule sheet and of every CRM that exports such a table; an empty role means owner
--   2. a row that several of them hold stands once, decided by the rule sheet if it is among them, else by the lowest source
--   3. a row without a first day holds from the calendar's first day
--   4. a row that names no person or no territory, or ends before it begins, holds on no day and is not here; the test
--      assert_every_exported_rep_territory_holds_on_some_day names those rows
-- Not here: who owns a single customer (marts/ownership).
with company as (
    select * from {{ ref('stg_company') }}
),

claims as (
    select
        rep_id,
        territory_id,
        coalesce({{ filled('role') }}, 'owner') as role,
        'rule sheet' as decided_by,
        0 as decided_rank,
        valid_from,
        valid_to
    from {{ ref('stg_rule_rep_territories') }}

    union all

    select
        exported.rep_id,
        exported.territory_id,
        coalesce({{ filled('exported.role') }}, 'owner') as role,
        exported.source as decided_by,
        1 as decided_rank,
        coalesce(exported.valid_from, company.calendar_start_date) as valid_from,
        exported.valid_to
    from {{ ref('stg_rep_territories') }} as exported
    cross join company
),

usable as (
    select
        *,
        row_number() over (
            partition by rep_id, territory_id, role, valid_from, valid_to
            order by decided_rank, decided_by
        ) as row_rank
    from claims
    where
        {{ filled('rep_id') }} is not null
        and {{ filled('territory_id') }} is not null
        and (valid_to is null or valid_from < valid_to)
),

final as (
    select
        -- ids
        rep_id,
        territory_id,

        -- text
        role,
        decided_by,

        -- dates
        valid_from,
        valid_to
    from usable
    where row_rank = 1
)

select * from final
