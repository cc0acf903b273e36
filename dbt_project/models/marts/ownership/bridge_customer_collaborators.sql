-- Who works on each customer, in which role, with which share of the credit (协作, 业绩分成), from when to when.
-- Grain: one row per customer, person, role, what decided and period.
--   1. owner: the one accountable person (fct_ownership_periods); no share stands here
--   2. revenue: shares that sum to 1 on every day with an owner (int_ownership__revenue_shares); overlay: credit beside it by an agreement,
--      for those who helped, also only while somebody owns the customer
--   3. collaborator: people whom a CRM lists at a record beside its owner (相关团队); can_write where one of them says so
--   4. CRMs do not say since when: a collaborator counts from the first export day that showed them, on days before nobody knows; until the
--      day after the last export that did
-- A person may have several roles at once. A record belongs to the customer it belongs to today.
-- Not here: what they may see (marts/access), whose claim lost (fct_ownership_conflicts).
with company as (
    select * from {{ ref('stg_company') }}
),

spans as (
    select * from {{ ref('int_ownership__spans') }}
    where not is_in_pool
),

customer_records as (
    select records.*
    from {{ ref('bridge_customer_records') }} as records
    cross join company
    where {{ holds_on('records', 'company.as_of_date') }}
),

first_shown as (
    select
        shown.source,
        shown.record_id,
        min(shown.as_of_date) as first_shown_on
    from {{ ref('stg_raw_customer_members') }} as shown
    cross join company
    where shown.as_of_date <= company.as_of_date
    group by shown.source, shown.record_id
),

members as (
    select
        customer_records.customer_id,
        members.rep_id,
        members.source,
        members.record_id,
        case members.permission when 'write' then true when 'read' then false end as can_write,
        members.share_ratio,
        coalesce(first_shown.first_shown_on, members.as_of_date) as valid_from,
        case
            when not members.is_in_latest_export then {{ plus_days(1, 'members.as_of_date') }}
            else cast('9999-12-31' as date)
        end as valid_to
    from {{ ref('stg_customer_members') }} as members
    inner join customer_records
        on
            members.source = customer_records.source
            and members.customer_record_id = customer_records.record_id
    left join first_shown
        on
            members.source = first_shown.source
            and members.record_id = first_shown.record_id
    where {{ filled('members.rep_id') }} is not null and coalesce(members.role, '') <> 'owner'
),

marked as (
    select
        *,
        case
            when valid_from <= max(valid_to) over (
                partition by customer_id, rep_id
                order by valid_from, valid_to, source, record_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_new_period
    from members
),

numbered as (
    select
        *,
        sum(is_new_period) over (
            partition by customer_id, rep_id
            order by valid_from, valid_to, source, record_id
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

overlays as (
    select
        spans.customer_id,
        splits.rep_id,
        splits.split_id,
        splits.share_ratio,
        greatest(splits.valid_from, spans.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('splits.valid_to') ~ ', ' ~ open_end('spans.valid_to') ~ ')') }} as valid_to
    from {{ ref('stg_rule_credit_splits') }} as splits
    inner join customer_records
        on
            splits.source = customer_records.source
            and splits.record_id = customer_records.record_id
    inner join spans
        on
            customer_records.customer_id = spans.customer_id
            and {{ periods_meet('spans', 'splits') }}
    where splits.subject = 'customers' and splits.credit = 'overlay'
),

collaborators as (
    select
        customer_id,
        owner_rep_id as rep_id,
        'owner' as role,
        'ownership' as decided_by,
        cast(null as decimal(20, 10)) as share_ratio,
        cast(null as boolean) as can_write,
        valid_from,
        valid_to
    from spans

    union all

    select
        customer_id,
        rep_id,
        'revenue' as role,
        decided_by,
        share_ratio,
        cast(null as boolean) as can_write,
        valid_from,
        valid_to
    from {{ ref('int_ownership__revenue_shares') }}

    union all

    select
        customer_id,
        rep_id,
        'overlay' as role,
        split_id as decided_by,
        share_ratio,
        cast(null as boolean) as can_write,
        valid_from,
        valid_to
    from overlays

    union all

    select
        customer_id,
        rep_id,
        'collaborator' as role,
        'customer members' as decided_by,
        cast(max(share_ratio) as decimal(20, 10)) as share_ratio,
        bool_or(can_write) as can_write,
        min(valid_from) as valid_from,
        {{ closed_end('max(valid_to)') }} as valid_to
    from numbered
    group by customer_id, rep_id, period_number
),

final as (
    select
        -- ids
        customer_id,
        rep_id,

        -- text
        role,
        decided_by,

        -- numbers
        share_ratio,

        -- dates
        valid_from,
        valid_to,

        -- flags
        can_write
    from collaborators
)

select * from final
