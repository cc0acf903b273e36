-- People who left (离职), on which day, and who says so.
-- Grain: one row per person and departure.
--   1. a person the rule sheet names left when their row ended and none went on; what CRMs say of their users is not asked
--   2. anybody else left when the CRM shows the user as inactive: on the first export day since which it has said what it says today.
--      2026-11-22: exports hold no day of leaving, and the day of the newest export would move from night to night
--   3. returned_on is the first day of a later row of the sheet, null while they are gone
-- Not here: what they left (int_ownership__handover_subjects).
with company as (
    select * from {{ ref('stg_company') }}
),

sheet_reps as (
    select * from {{ ref('stg_rule_reps') }}
),

sheet_rows as (
    select
        *,
        lead(valid_from) over (partition by rep_id order by valid_from) as next_from
    from sheet_reps
),

exported_reps as (
    select * from {{ ref('stg_reps') }}
),

-- As in dim_reps: of several users that are one person the lowest source and record speak.
exported_once as (
    select
        *,
        row_number() over (partition by rep_id order by source, record_id) as row_rank
    from exported_reps
    where rep_id is not null and rep_id not in (select rep_id from sheet_reps)
),

gone_users as (
    select * from exported_once
    where row_rank = 1 and not coalesce(is_active, true)
),

shown as (
    select
        gone_users.source,
        gone_users.record_id,
        raw_reps.as_of_date,
        coalesce(raw_reps.is_active_text, '') as is_active_text,
        row_number() over (partition by gone_users.source, gone_users.record_id order by raw_reps.as_of_date desc) as place_from_the_end
    from gone_users
    inner join {{ ref('stg_raw_reps') }} as raw_reps
        on
            gone_users.source = raw_reps.source
            and gone_users.record_id = raw_reps.record_id
    cross join company
    where raw_reps.as_of_date <= company.as_of_date
),

last_otherwise as (
    select
        shown.source,
        shown.record_id,
        max(case when shown.is_active_text <> newest.is_active_text then shown.as_of_date end) as as_of_date
    from shown
    inner join shown as newest
        on
            shown.source = newest.source
            and shown.record_id = newest.record_id
            and newest.place_from_the_end = 1
    group by shown.source, shown.record_id
),

first_shown as (
    select
        shown.source,
        shown.record_id,
        min(shown.as_of_date) as left_on,
        min(last_otherwise.as_of_date) as last_active_on
    from shown
    inner join last_otherwise
        on
            shown.source = last_otherwise.source
            and shown.record_id = last_otherwise.record_id
    where last_otherwise.as_of_date is null or last_otherwise.as_of_date < shown.as_of_date
    group by shown.source, shown.record_id
),

found as (
    select
        sheet_rows.rep_id,
        sheet_rows.rep_name,
        {{ filled('sheet_rows.manager_rep_id') }} as manager_rep_id,
        'rule sheet' as decided_by,
        'the row of ' || sheet_rows.rep_id || ' in the sheet reps ended on ' || {{ day_text('sheet_rows.valid_to') }} as leaving_reason,
        sheet_rows.valid_to as left_on,
        case when sheet_rows.next_from <= company.as_of_date then sheet_rows.next_from end as returned_on
    from sheet_rows
    cross join company
    where
        sheet_rows.valid_to <= company.as_of_date
        and (sheet_rows.next_from is null or sheet_rows.valid_to < sheet_rows.next_from)

    union all

    select
        gone_users.rep_id,
        coalesce({{ filled('gone_users.rep_name') }}, gone_users.rep_id) as rep_name,
        {{ filled('gone_users.manager_rep_id') }} as manager_rep_id,
        gone_users.source as decided_by,
        gone_users.source || case
            when first_shown.last_active_on is null then ' has shown the user as inactive since its first export, '
            else ' shows the user as inactive since the export of '
        end || {{ day_text('coalesce(first_shown.left_on, gone_users.as_of_date)') }} as leaving_reason,
        coalesce(first_shown.left_on, gone_users.as_of_date) as left_on,
        cast(null as date) as returned_on
    from gone_users
    left join first_shown
        on
            gone_users.source = first_shown.source
            and gone_users.record_id = first_shown.record_id
),

final as (
    select
        -- ids
        rep_id,
        manager_rep_id,

        -- text
        rep_name,
        decided_by,
        leaving_reason,

        -- dates
        left_on,
        returned_on
    from found
)

select * from final
