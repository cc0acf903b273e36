-- What is to be recorded tonight of pools and collaborators: what tonight's exports show, as far as the record says otherwise.
-- Grain: one row per change or withdrawal.
--   1. pool (公海): the CRM's pool in which the customer lies, where one is named (int_ownership__pooled); to_id null: in none any more
--   2. collaborator (协作): each person whom a CRM lists at a record beside its owner; from_id null: joined, to_id null: left, which is so
--      when no export lists them any more
--   3. known tonight, and happened tonight: exports do not say since when. Where a pool event does, that day; but no day before the one
--      that the last recorded change happened on
--   4. of a customer that is no more all is withdrawn
-- Not here: why it lies in a pool (fct_pool_stays), what collaborators may do (bridge_customer_collaborators).
with night as (
    select * from {{ ref('int_ownership__night') }}
),

recorded as (
    select
        *,
        case when role = 'collaborator' then coalesce(to_id, from_id) else '' end as subject_id
    from {{ ref('int_ownership__recorded') }}
    where role in ('pool', 'collaborator')
),

last_recorded as (
    select *
    from (
        select
            *,
            row_number() over (partition by customer_id, role, subject_id order by sequence desc) as place_from_the_end
        from recorded
        where known_to is null
    ) as numbered
    where place_from_the_end = 1
),

occurrences as (
    select customer_id, role, subject_id, count(*) as times
    from recorded
    group by customer_id, role, subject_id
),

customers as (
    select customer_id from {{ ref('dim_customers') }}
),

customer_records as (
    select customer_records.customer_id, customer_records.source, customer_records.record_id
    from {{ ref('bridge_customer_records') }} as customer_records
    inner join customers on customer_records.customer_id = customers.customer_id
    where customer_records.valid_to is null
),

shown as (
    select
        customer_id,
        'pool' as role,
        '' as subject_id,
        pool_id as shown_id,
        source,
        record_id,
        file_sha256,
        row_number,
        happened_on,
        1 as place
    from {{ ref('int_ownership__pooled') }}
    where pool_id is not null

    union all

    select
        customer_records.customer_id,
        'collaborator' as role,
        members.rep_id as subject_id,
        members.rep_id as shown_id,
        members.source,
        members.record_id,
        members.file_sha256,
        members.row_number,
        cast(null as date) as happened_on,
        row_number() over (
            partition by customer_records.customer_id, members.rep_id order by members.source, members.record_id
        ) as place
    from {{ ref('stg_customer_members') }} as members
    inner join customer_records on members.source = customer_records.source and members.customer_record_id = customer_records.record_id
    where members.is_in_latest_export and {{ filled('members.rep_id') }} is not null and coalesce(members.role, '') <> 'owner'
),

shown_once as (
    select * from shown
    where place = 1
),

compared as (
    select
        coalesce(shown_once.customer_id, last_recorded.customer_id) as customer_id,
        coalesce(shown_once.role, last_recorded.role) as role,
        coalesce(shown_once.subject_id, last_recorded.subject_id) as subject_id,
        last_recorded.to_id as from_id,
        shown_once.shown_id as to_id,
        shown_once.source,
        shown_once.record_id,
        shown_once.file_sha256,
        shown_once.row_number,
        shown_once.happened_on as said_on,
        last_recorded.happened_on as last_happened_on
    from shown_once
    full join last_recorded
        on
            shown_once.customer_id = last_recorded.customer_id
            and shown_once.role = last_recorded.role
            and shown_once.subject_id = last_recorded.subject_id
),

changes as (
    select
        compared.*,
        least(
            greatest(coalesce(compared.said_on, night.as_of_date), coalesce(compared.last_happened_on, compared.said_on, night.as_of_date)),
            night.as_of_date
        ) as happened_on
    from compared
    inner join customers on compared.customer_id = customers.customer_id
    cross join night
    where compared.from_id is distinct from compared.to_id
),

final as (
    select
        'change' as kind,
        md5(
            concat_ws(
                '|', changes.role, changes.customer_id, coalesce(changes.from_id, '-'), coalesce(changes.to_id, '-'),
                cast(night.as_of_date as varchar), cast(coalesce(occurrences.times, 0) as varchar)
            )
        ) as event_id,
        cast(null as varchar) as withdrawn_event_id,
        changes.customer_id,
        changes.role,
        changes.from_id,
        changes.to_id,
        changes.source,
        changes.record_id,
        case
            when changes.role = 'pool' and changes.to_id is null then 'left_pool'
            when changes.role = 'pool' then 'entered_pool'
            when changes.to_id is null then 'left_team'
            else 'joined_team'
        end as cause,
        changes.file_sha256 as evidence_file_sha256,
        changes.row_number as evidence_row,
        changes.happened_on,
        night.as_of_date as known_on
    from changes
    cross join night
    left join occurrences
        on
            changes.customer_id = occurrences.customer_id
            and changes.role = occurrences.role
            and changes.subject_id = occurrences.subject_id

    union all

    select
        'withdrawal' as kind,
        {{ withdrawal_id('recorded.event_id', 'night.as_of_date') }} as event_id,
        recorded.event_id as withdrawn_event_id,
        recorded.customer_id,
        recorded.role,
        recorded.from_id,
        recorded.to_id,
        recorded.source,
        recorded.record_id,
        'customer_retired' as cause,
        recorded.evidence_file_sha256,
        recorded.evidence_row,
        recorded.happened_on,
        night.as_of_date as known_on
    from recorded
    cross join night
    where recorded.known_to is null and recorded.customer_id not in (select customer_id from customers)
)

select * from final
