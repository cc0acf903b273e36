-- Who claimed a customer through which source record, from when to when.
-- Grain: one row per customer, source record and period in which the record had one owner.
--   1. an observed owner holds from its observation until the record's next one; a null owner is nobody's claim, but evidence
--   2. the record counts for the customer it belonged to; a retired customer id counts for the id it leads to
--   3. a record's first membership reaches back to its first observation: before, it belonged to nobody else
-- Not here: which claim wins (int_ownership__segments).
with observations as (
    select * from {{ ref('stg_owner_observations') }} where known_to is null
),

customer_records as (
    select * from {{ ref('bridge_customer_records') }}
),

redirects as (
    select * from {{ ref('customer_id_redirects') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

-- A period is whole days, so of several changes on one day the last one holds.
last_of_day as (
    select
        *,
        row_number() over (partition by source, record_id, changed_on order by sequence desc) as place_from_the_end
    from observations
),

compared as (
    select
        *,
        {{ filled('owner_rep_id') }} as rep_id,
        lag({{ filled('owner_rep_id') }}) over (partition by source, record_id order by changed_on) as former_rep_id,
        row_number() over (partition by source, record_id order by changed_on) as observation_number
    from last_of_day
    where place_from_the_end = 1
),

changed as (
    select *
    from compared
    where observation_number = 1 or rep_id is distinct from former_rep_id
),

held as (
    select
        *,
        changed_on as valid_from,
        lead(changed_on) over (partition by source, record_id order by changed_on) as valid_to
    from changed
),

first_observed as (
    select
        source,
        record_id,
        min(changed_on) as first_observed_on
    from observations
    group by source, record_id
),

memberships as (
    select
        customer_records.source,
        customer_records.record_id,
        coalesce(redirects.customer_id, customer_records.customer_id) as customer_id,
        case
            when row_number() over (
                partition by customer_records.source, customer_records.record_id order by customer_records.valid_from
            ) = 1 then least(customer_records.valid_from, first_observed.first_observed_on)
            else customer_records.valid_from
        end as valid_from,
        customer_records.valid_to
    from customer_records
    inner join first_observed
        on
            customer_records.source = first_observed.source
            and customer_records.record_id = first_observed.record_id
    left join redirects on customer_records.customer_id = redirects.old_customer_id
),

membership_starts as (
    select
        *,
        case
            when
                lag(customer_id) over (partition by source, record_id order by valid_from) = customer_id
                and lag(valid_to) over (partition by source, record_id order by valid_from) = valid_from
                then 0
            else 1
        end as is_new_membership
    from memberships
),

membership_numbers as (
    select
        *,
        sum(is_new_membership) over (partition by source, record_id order by valid_from) as membership_number
    from membership_starts
),

joined_memberships as (
    select
        source,
        record_id,
        customer_id,
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from membership_numbers
    group by source, record_id, customer_id, membership_number
),

final as (
    select
        -- ids
        joined_memberships.customer_id,
        held.source,
        held.record_id,
        held.rep_id,

        -- text
        held.file_sha256 as evidence_file_sha256,

        -- numbers
        held.row_number as evidence_row,

        -- dates
        greatest(held.valid_from, joined_memberships.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('held.valid_to') ~ ', ' ~ open_end('joined_memberships.valid_to') ~ ')') }} as valid_to
    from held
    inner join joined_memberships
        on
            held.source = joined_memberships.source
            and held.record_id = joined_memberships.record_id
            and {{ periods_meet('held', 'joined_memberships') }}
    inner join customers on joined_memberships.customer_id = customers.customer_id
)

select * from final
