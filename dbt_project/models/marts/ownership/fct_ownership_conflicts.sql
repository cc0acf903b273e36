-- Customers that more than one person claimed at the same time (撞单), who was accountable and why.
-- Grain: one row per customer and segment of time within which no claim changes.
-- Not here: customers that one person claims through several records; that is no dispute.
with segments as (
    select * from {{ ref('int_ownership__segments') }}
),

final as (
    select
        -- ids
        customer_id,
        owner_rep_id,
        source,
        record_id,

        -- text
        claimant_rep_ids,
        case
            when rival_from > claimed_from
                then
                    owner_rep_id || ' claimed first, on ' || cast(claimed_from as varchar) || ' through ' || source || ':' || record_id
                    || '; the next claim began on ' || cast(rival_from as varchar) || '.'
            else
                owner_rep_id || ' and another claimed on the same day, ' || cast(claimed_from as varchar)
                || '; the lowest source and record decide: ' || source || ':' || record_id || '.'
        end as decision_reason,

        -- numbers
        claimant_count,

        -- dates
        valid_from,
        valid_to
    from segments
    where claimant_count > 1
)

select * from final
