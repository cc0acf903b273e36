-- Which records are known to be which customer's, and on which nights that was known: the nights on which a customer's id is in use.
-- Grain: one row per source record, customer and span of nights without a gap.
--   1. a record's first membership reaches back: before, it was known to belong to nobody else. So an id that was the first of any record
--      is as old as all that is known of that record; one that a split made is in use from that night on
--   2. on a night on which no record is known to be a customer's, its id is nobody's
-- Not here: what was observed of the records (int_ownership__observed).
with membership_starts as (
    select
        *,
        case
            when
                lag(customer_id) over (partition by source, record_id order by valid_from) = customer_id
                and lag(valid_to) over (partition by source, record_id order by valid_from) = valid_from
                then 0
            else 1
        end as is_new_membership
    from {{ ref('bridge_customer_records') }}
),

membership_numbers as (
    select
        *,
        sum(is_new_membership) over (partition by source, record_id order by valid_from) as membership_number
    from membership_starts
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,

        -- dates
        case when membership_number = 1 then cast('0001-01-01' as date) else min(valid_from) end as known_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as known_to
    from membership_numbers
    group by source, record_id, customer_id, membership_number
)

select * from final
