-- Who has which share of a customer's revenue (业绩分成), from when to when.
-- Grain: one row per customer, person, what decided and period.
--   1. the owner has all of it, unless an agreement of the sheet credit_splits is in force for a record of the customer
--   2. of several agreements (of several records of one customer) the one that began last counts, then the lowest split_id
--   3. in the public pool nobody has a share: there is no row then, also where an agreement goes on
--   4. so on every day with an owner the shares of a customer sum to 1, and on every other day to nothing
-- Not here: overlay credit, which counts beside it (bridge_customer_collaborators).
with company as (
    select * from {{ ref('stg_company') }}
),

spans as (
    select * from {{ ref('int_ownership__spans') }}
    where not is_in_pool
),

splits as (
    select
        customer_records.customer_id,
        splits.split_id,
        splits.rep_id,
        splits.share_ratio,
        splits.valid_from,
        splits.valid_to,
        min(splits.valid_from) over (partition by splits.split_id) as agreed_on
    from {{ ref('stg_rule_credit_splits') }} as splits
    cross join company
    inner join {{ ref('bridge_customer_records') }} as customer_records
        on
            splits.source = customer_records.source
            and splits.record_id = customer_records.record_id
            and {{ holds_on('customer_records', 'company.as_of_date') }}
    where splits.subject = 'customers' and splits.credit = 'revenue'
),

boundaries as (
    select customer_id, valid_from from splits
    union
    select customer_id, valid_to as valid_from from splits where valid_to is not null
    union
    select customer_id, valid_from from spans where customer_id in (select customer_id from splits)
    union
    select customer_id, valid_to as valid_from from spans
    where valid_to is not null and customer_id in (select customer_id from splits)
),

segments as (
    select
        customer_id,
        valid_from,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from boundaries
),

owned as (
    select
        segments.customer_id,
        segments.valid_from,
        segments.valid_to,
        spans.owner_rep_id
    from segments
    inner join spans
        on
            segments.customer_id = spans.customer_id
            and {{ holds_on('spans', 'segments.valid_from') }}
),

agreed as (
    select
        owned.customer_id,
        owned.valid_from,
        owned.valid_to,
        splits.split_id,
        splits.rep_id,
        splits.share_ratio,
        dense_rank() over (
            partition by owned.customer_id, owned.valid_from order by splits.agreed_on desc, splits.split_id asc
        ) as split_rank
    from owned
    inner join splits
        on
            owned.customer_id = splits.customer_id
            and {{ holds_on('splits', 'owned.valid_from') }}
),

shares as (
    select
        customer_id,
        owner_rep_id as rep_id,
        'ownership' as decided_by,
        cast(1 as decimal(20, 10)) as share_ratio,
        valid_from,
        valid_to
    from spans
    where customer_id not in (select customer_id from splits)

    union all

    select
        owned.customer_id,
        owned.owner_rep_id as rep_id,
        'ownership' as decided_by,
        cast(1 as decimal(20, 10)) as share_ratio,
        owned.valid_from,
        owned.valid_to
    from owned
    left join agreed
        on
            owned.customer_id = agreed.customer_id
            and owned.valid_from = agreed.valid_from
            and agreed.split_rank = 1
    where agreed.split_id is null

    union all

    select customer_id, rep_id, split_id as decided_by, share_ratio, valid_from, valid_to
    from agreed
    where split_rank = 1
),

marked as (
    select
        *,
        case
            when
                lag(valid_to) over (partition by customer_id, rep_id, decided_by, share_ratio order by valid_from) = valid_from
                then 0
            else 1
        end as is_new_period
    from shares
),

numbered as (
    select
        *,
        sum(is_new_period) over (
            partition by customer_id, rep_id, decided_by, share_ratio order by valid_from
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

final as (
    select
        -- ids
        customer_id,
        rep_id,

        -- text
        decided_by,

        -- numbers
        share_ratio,

        -- dates
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from numbered
    group by customer_id, rep_id, decided_by, share_ratio, period_number
)

select * from final
