-- Who owned (归属) each customer, from when to when, and by which evidence; in between it is in the public pool (公海).
-- Grain: one row per customer and period.
--   1. in each segment of time the claim that began first decides (int_ownership__segments)
--   2. a segment without a claim is a row of its own: nobody owns the customer, it is in the pool
--   3. a customer that no export ever showed an owner for is in the pool from the day it was first seen
--   4. neighbouring segments with the same owner are one period; its evidence is the first
--   5. from the first observation on there is neither gap nor overlap, and the last period is open
-- Not here: who else claimed the customer (fct_ownership_conflicts), its territory (marts/territory).
with segments as (
    select * from {{ ref('int_ownership__segments') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

decided as (
    select
        customer_id,
        owner_rep_id,
        source,
        record_id,
        evidence_file_sha256,
        evidence_row,
        claimant_count,
        valid_from,
        valid_to
    from segments

    union all

    select
        customer_id,
        cast(null as varchar) as owner_rep_id,
        cast(null as varchar) as source,
        cast(null as varchar) as record_id,
        cast(null as varchar) as evidence_file_sha256,
        cast(null as bigint) as evidence_row,
        0 as claimant_count,
        first_seen_date as valid_from,
        cast(null as date) as valid_to
    from customers
    where customer_id not in (select customer_id from segments)
),

compared as (
    select
        *,
        lag(valid_from) over (partition by customer_id order by valid_from) as former_from,
        lag(owner_rep_id) over (partition by customer_id order by valid_from) as former_rep_id
    from decided
),

marked as (
    select
        *,
        case
            when former_from is null or coalesce(owner_rep_id, '') <> coalesce(former_rep_id, '') then 1
            else 0
        end as is_new_period
    from compared
),

numbered as (
    select
        *,
        sum(is_new_period) over (partition by customer_id order by valid_from) as period_number
    from marked
),

periods as (
    select
        customer_id,
        period_number,
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to,
        max(claimant_count) as claimant_count
    from numbered
    group by customer_id, period_number
),

final as (
    select
        -- ids
        md5(
            concat_ws(
                '|',
                periods.customer_id,
                coalesce(first_rows.source, ''),
                coalesce(first_rows.record_id, ''),
                cast(periods.valid_from as varchar)
            )
        ) as event_id,
        periods.customer_id,
        first_rows.owner_rep_id,
        first_rows.source,
        first_rows.record_id,

        -- text
        case
            when periods.period_number = 1 and first_rows.owner_rep_id is null then 'never_owned'
            when periods.period_number = 1 then 'first_observed'
            when first_rows.owner_rep_id is null then 'released_to_pool'
            else 'owner_changed'
        end as cause,
        first_rows.evidence_file_sha256,

        -- numbers
        first_rows.evidence_row,
        periods.claimant_count,

        -- dates
        periods.valid_from,
        periods.valid_to,

        -- flags
        first_rows.owner_rep_id is null as is_in_pool
    from periods
    inner join numbered as first_rows
        on
            periods.customer_id = first_rows.customer_id
            and periods.valid_from = first_rows.valid_from
)

select * from final
