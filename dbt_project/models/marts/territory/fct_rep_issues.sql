-- What is wrong with the people whom exports and sheets name, each with the next step.
-- Grain: one row per issue, person, source, subject, pair of territories and first day.
--   1. unknown_person: rows of a source name somebody whom neither the sheet reps nor any system's users know; owners before all, now or
--      at any time. Nothing of it is dropped: whoever is named stays the owner, as somebody only referred to (dim_reps)
--   2. two_exclusive_territories (独占): somebody owns two exclusive territories on the same days, neither of which lies in the other, and
--      not all of it is over. Sheets alone are refused at the door; this is what CRMs export of who works where
-- Not here: people who left (fct_handovers), rules that lead to nobody (fct_territory_rule_issues).
with company as (
    select * from {{ ref('stg_company') }}
),

strangers as (
    select rep_id from {{ ref('dim_reps') }}
    where decided_by = 'referenced only'
),

named as (
    select 'customers' as subject, source, record_id, owner_rep_id as rep_id, file_sha256, row_number
    from {{ ref('stg_owner_observations') }}

    union all

    select 'opportunities' as subject, source, record_id, rep_id, file_sha256, row_number from {{ ref('stg_opportunities') }}

    union all

    select 'orders' as subject, source, record_id, rep_id, file_sha256, row_number from {{ ref('stg_orders') }}

    union all

    select 'customer_members' as subject, source, record_id, rep_id, file_sha256, row_number from {{ ref('stg_customer_members') }}

    union all

    select 'rep_territories' as subject, source, record_id, rep_id, file_sha256, row_number from {{ ref('stg_rep_territories') }}

    union all

    select 'quotas' as subject, source, record_id, rep_id, file_sha256, row_number from {{ ref('stg_quotas') }}

    union all

    select 'territories' as subject, source, record_id, manager_rep_id as rep_id, file_sha256, row_number
    from {{ ref('stg_territories') }}

    union all

    select 'reps' as subject, source, record_id, manager_rep_id as rep_id, file_sha256, row_number from {{ ref('stg_reps') }}
    {%- for sheet, column in [
        ('reps', 'manager_rep_id'), ('territories', 'manager_rep_id'), ('rep_territories', 'rep_id'), ('quotas', 'rep_id'),
        ('credit_splits', 'rep_id')
    ] %}

    union all

    select
        '{{ sheet }}' as subject,
        'rule sheet' as source,
        'row ' || row_number as record_id,
        {{ column }} as rep_id,
        sheet_sha256 as file_sha256,
        row_number
    from {{ ref('stg_rule_' ~ sheet) }}
    {%- endfor %}
),

numbered as (
    select
        named.*,
        row_number() over (
            partition by named.rep_id, named.source, named.subject order by named.record_id, named.file_sha256, named.row_number
        ) as place
    from named
    inner join strangers on named.rep_id = strangers.rep_id
),

unknown_people as (
    select
        rep_id,
        source,
        subject,
        count(distinct record_id) as record_count,
        max(case when place = 1 then record_id end) as example_record_id,
        max(case when place = 1 then file_sha256 end) as example_file_sha256,
        max(case when place = 1 then row_number end) as example_row
    from numbered
    group by rep_id, source, subject
),

owned as (
    select
        works.rep_id,
        works.territory_id,
        works.decided_by,
        territories.path,
        greatest(works.valid_from, territories.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('works.valid_to') ~ ', ' ~ open_end('territories.valid_to') ~ ')') }} as valid_to
    from {{ ref('bridge_rep_territories') }} as works
    inner join {{ ref('dim_territories') }} as territories
        on works.territory_id = territories.territory_id and {{ periods_meet('works', 'territories') }}
    where works.role = 'owner' and territories.is_exclusive
),

shared as (
    select
        one.rep_id,
        one.territory_id,
        other.territory_id as other_territory_id,
        one.decided_by,
        other.decided_by as other_decided_by,
        greatest(one.valid_from, other.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('one.valid_to') ~ ', ' ~ open_end('other.valid_to') ~ ')') }} as valid_to
    from owned as one
    inner join owned as other
        on
            one.rep_id = other.rep_id
            and one.territory_id < other.territory_id
            and {{ periods_meet('one', 'other') }}
    where
        instr('/' || one.path || '/', '/' || other.territory_id || '/') = 0
        and instr('/' || other.path || '/', '/' || one.territory_id || '/') = 0
),

shared_today as (
    select
        shared.rep_id,
        shared.territory_id,
        shared.other_territory_id,
        min(shared.decided_by) as decided_by,
        min(shared.other_decided_by) as other_decided_by,
        shared.valid_from,
        {{ closed_end('max(' ~ open_end('shared.valid_to') ~ ')') }} as valid_to
    from shared
    cross join company
    where shared.valid_to is null or company.as_of_date < shared.valid_to
    group by shared.rep_id, shared.territory_id, shared.other_territory_id, shared.valid_from
),

issues as (
    select
        'unknown_person' as issue,
        rep_id,
        source,
        subject,
        cast(null as varchar) as territory_id,
        cast(null as varchar) as other_territory_id,
        source || ' names ' || rep_id || ' in ' || record_count || case when record_count = 1 then ' record of ' else ' records of ' end
        || subject || case when subject = 'customers' then ' as the owner' else '' end || ' (one is ' || example_record_id
        || '), and neither the sheet reps nor any system''s list of users knows ' || rep_id || '. '
        || case when source = 'rule sheet' then 'Write' else 'Export the users of ' || source || ', or write' end || ' a row into reps.csv '
        || case
            when rep_id like source || ':%' then 'with source_user_ids ' || source || '=' || substr(rep_id, length(source) + 2)
            else 'for rep_id ' || rep_id
        end
        || '. Until then it stays as it is, and nobody can say who that is.' as detail,
        record_count,
        example_record_id,
        example_file_sha256,
        example_row,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from unknown_people

    union all

    select
        'two_exclusive_territories' as issue,
        rep_id,
        case when decided_by = 'rule sheet' then other_decided_by else decided_by end as source,
        'rep_territories' as subject,
        territory_id,
        other_territory_id,
        rep_id || ' owns ' || territory_id || ' (' || decided_by || ') and ' || other_territory_id || ' (' || other_decided_by
        || ') from ' || {{ day_text('valid_from') }} || coalesce(' until ' || {{ day_text('valid_to') }}, '')
        || ', and both are exclusive. End one of the two in the CRM, give it another role there, or empty is_exclusive of one territory.'
            as detail,
        cast(null as bigint) as record_count,
        cast(null as varchar) as example_record_id,
        cast(null as varchar) as example_file_sha256,
        cast(null as bigint) as example_row,
        valid_from,
        valid_to
    from shared_today
),

final as (
    select
        -- ids
        concat_ws(':', issue, rep_id, source, subject, territory_id, other_territory_id, cast(valid_from as varchar)) as issue_id,
        rep_id,
        source,
        territory_id,
        other_territory_id,
        example_record_id,

        -- text
        issue,
        subject,
        detail,
        example_file_sha256,

        -- numbers
        cast(record_count as bigint) as record_count,
        cast(example_row as bigint) as example_row,

        -- dates
        valid_from,
        valid_to
    from issues
)

select * from final
