-- What the CRMs themselves say about why a customer fell into the public pool (公海).
-- Grain: one row per customer and first day of a stay in the pool of which a CRM says something.
--   1. the latest word of any record of the customer since its last owner's first day, until the day it fell in; of one day first a pool's
--      own event, then the source's history of owners, then what was observed (also: deleted, merged, absent)
--   2. said_trigger: returned or retaken, whatever the source calls it; deleted, merged, absent; null where the word means neither
--   3. where no word has a reason: the reason that stands at the record today, for the stay of today only
-- Not here: which of our rules held (int_ownership__pool_verdicts).
with company as (
    select * from {{ ref('stg_company') }}
),

stays as (
    select * from {{ ref('int_ownership__spans') }}
    where is_in_pool
),

customer_records as (
    select records.*
    from {{ ref('bridge_customer_records') }} as records
    cross join company
    where {{ holds_on('records', 'company.as_of_date') }}
),

words as (
    select
        source,
        subject_record_id as record_id,
        record_id as word_id,
        1 as word_rank,
        lower(event) as word,
        {{ filled('reason') }} as reason,
        {{ filled('retake_rule') }} as retake_rule,
        {{ filled('pool_id') }} as crm_pool_id,
        happened_at as said_at,
        happened_on as said_on
    from {{ ref('stg_pool_events') }}
    where subject = 'customers' and lower(event) in ('entered', 'returned', 'retaken')

    union all

    select
        source,
        subject_record_id as record_id,
        record_id as word_id,
        2 as word_rank,
        lower(action) as word,
        {{ filled('reason') }} as reason,
        cast(null as varchar) as retake_rule,
        cast(null as varchar) as crm_pool_id,
        changed_at as said_at,
        changed_on as said_on
    from {{ ref('stg_owner_changes') }}
    where subject = 'customers' and {{ filled('to_rep_id') }} is null

    union all

    select
        source,
        record_id,
        cast(sequence as varchar) as word_id,
        3 as word_rank,
        lower(cause) as word,
        cast(null as varchar) as reason,
        cast(null as varchar) as retake_rule,
        cast(null as varchar) as crm_pool_id,
        changed_at as said_at,
        changed_on as said_on
    from {{ ref('stg_owner_observations') }}
    where {{ filled('owner_rep_id') }} is null and cause is not null and known_to is null
),

said as (
    select
        stays.customer_id,
        stays.valid_from as entered_on,
        words.*,
        row_number() over (
            partition by stays.customer_id, stays.valid_from
            order by
                words.said_on desc,
                words.word_rank asc,
                words.said_at desc,
                words.source asc,
                words.record_id asc,
                words.word_id desc
        ) as said_rank
    from stays
    inner join customer_records on stays.customer_id = customer_records.customer_id
    inner join words
        on
            customer_records.source = words.source
            and customer_records.record_id = words.record_id
            and stays.valid_from >= words.said_on
            and (stays.former_from is null or stays.former_from <= words.said_on)
),

standing as (
    select
        stays.customer_id,
        stays.valid_from as entered_on,
        records.source,
        records.record_id,
        {{ filled('records.return_reason') }} as reason,
        {{ filled('records.pool_id') }} as crm_pool_id,
        row_number() over (
            partition by stays.customer_id
            order by
                case when {{ filled('records.return_reason') }} is null then 1 else 0 end,
                records.source,
                records.record_id
        ) as record_rank
    from stays
    inner join customer_records on stays.customer_id = customer_records.customer_id
    inner join {{ ref('stg_source_customers') }} as records
        on
            customer_records.source = records.source
            and customer_records.record_id = records.record_id
    where
        stays.valid_to is null
        and {{ filled('records.owner_rep_id') }} is null
        and not records.is_deleted
        and ({{ filled('records.return_reason') }} is not null or {{ filled('records.pool_id') }} is not null)
),

final as (
    select
        -- ids
        coalesce(said.customer_id, standing.customer_id) as customer_id,
        coalesce(said.source, standing.source) as source,
        coalesce(said.record_id, standing.record_id) as record_id,
        coalesce(said.crm_pool_id, standing.crm_pool_id) as crm_pool_id,

        -- text
        said.word as said_word,
        case
            when said.word in ('returned', 'return', 'give back', '退回', '释放') then 'returned'
            when said.word in ('retaken', 'retake', 'takeback', 'take back', 'recycle', '收回', '自动收回', '回收') then 'retaken'
            when said.word in ('deleted', 'merged', 'absent') then said.word
        end as said_trigger,
        coalesce(said.reason, standing.reason) as said_reason,
        said.retake_rule,

        -- dates
        coalesce(said.entered_on, standing.entered_on) as entered_on,
        said.said_on
    from (select * from said where said_rank = 1) as said
    full outer join (select * from standing where record_rank = 1) as standing
        on
            said.customer_id = standing.customer_id
            and said.entered_on = standing.entered_on
)

select * from final
