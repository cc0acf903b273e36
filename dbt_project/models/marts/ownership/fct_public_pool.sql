-- Customers in the public pool (公海) today, and those that should lie there or soon will: why, since when, who may take them.
-- Grain: one row per customer that a CRM still holds and that is in the pool, due by a rule, or warned of by one.
--   1. in_pool: nobody owns it today; since_date and the reason are those of its stay (fct_pool_stays)
--   2. due: it is owned, but a rule of the sheet pool says it should have dropped on due_date. The CRMs stay the masters of who holds what:
--      the row is a proposal, and nothing is moved here
--   3. warned: it is owned and drops on due_date, which is within the rule's warn_days
--   4. may take it: whoever works its territory today and has reached no limit of the pool; not its owner, nor its last owner before
--      cool_down_until
--   5. ping_pong_count: how often it went back to somebody who had lost it at most 180 days before (int_ownership__spans says why 180)
-- Leads are not here: they have no periods of ownership yet.
with company as (
    select * from {{ ref('stg_company') }}
),

moments as (
    select * from {{ ref('int_ownership__pool_moments') }}
    where moment in ('owned', 'pooled')
),

verdicts as (
    select * from {{ ref('int_ownership__pool_verdicts') }}
    where moment = 'owned'
),

stays as (
    select * from {{ ref('fct_pool_stays') }}
    where left_on is null
),

terms as (
    select * from {{ ref('int_ownership__pool_terms') }}
    where moment in ('owned', 'pooled')
),

ways_back as (
    select customer_id, count(*) as ping_pong_count
    from {{ ref('int_ownership__spans') }}
    where is_way_back
    group by customer_id
),

customer_records as (
    select records.*
    from {{ ref('bridge_customer_records') }} as records
    cross join company
    where {{ holds_on('records', 'company.as_of_date') }}
),

expiring as (
    select
        customer_records.customer_id,
        records.owner_rep_id,
        min(records.expires_on) as crm_expires_on
    from {{ ref('stg_source_customers') }} as records
    inner join customer_records
        on
            records.source = customer_records.source
            and records.record_id = customer_records.record_id
    where records.owner_rep_id is not null and not records.is_deleted
    group by customer_records.customer_id, records.owner_rep_id
),

found as (
    select
        moments.customer_id,
        moments.territory_id,
        case when moments.moment = 'pooled' then 'in_pool' else verdicts.verdict end as status,
        case when moments.moment = 'owned' then moments.rep_id end as owner_rep_id,
        coalesce(stays.last_owner_rep_id, moments.rep_id) as last_owner_rep_id,
        coalesce(kept_terms.pool_id, first_terms.pool_id) as pool_id,
        stays.crm_pool_id,
        coalesce(stays.pool_rule_id, verdicts.pool_rule_id) as pool_rule_id,
        coalesce(stays.trigger, verdicts.trigger) as trigger,
        case
            when moments.moment = 'pooled' then stays.reason
            when verdicts.verdict = 'due' then verdicts.pool_reason || '. It should have dropped on ' || {{ day_text('verdicts.due_date') }} || '.'
            else verdicts.pool_reason || '. It drops on ' || {{ day_text('verdicts.due_date') }} || '.'
        end as reason,
        coalesce(kept_terms.claim_method, first_terms.claim_method) as claim_method,
        case when moments.moment = 'pooled' then stays.days else greatest(verdicts.days, 0) end as days,
        stays.entered_on as since_date,
        verdicts.due_date,
        case
            when moments.moment <> 'pooled' or stays.last_owner_rep_id is null then null
            when kept_terms.pool_id is not null then {{ plus_days('kept_terms.cool_down_days', 'stays.entered_on') }}
            else {{ plus_days('first_terms.cool_down_days', 'stays.entered_on') }}
        end as cool_down_until
    from moments
    left join verdicts on moments.customer_id = verdicts.customer_id
    left join stays
        on
            moments.moment = 'pooled'
            and moments.customer_id = stays.customer_id
    left join terms as kept_terms
        on
            moments.customer_id = kept_terms.customer_id
            and coalesce(stays.pool_id, verdicts.pool_id) = kept_terms.pool_id
    left join terms as first_terms
        on
            moments.customer_id = first_terms.customer_id
            and first_terms.pool_rank = 1
    where moments.moment = 'pooled' or verdicts.verdict is not null
),

limited as (
    select
        found.*,
        case
            when found.owner_rep_id is not null then found.owner_rep_id
            when company.as_of_date < found.cool_down_until then found.last_owner_rep_id
        end as left_out_rep_id
    from found
    cross join company
),

final as (
    select
        -- ids
        limited.customer_id,
        limited.territory_id,
        limited.pool_id,
        limited.crm_pool_id,
        limited.pool_rule_id,
        limited.owner_rep_id,
        limited.last_owner_rep_id,

        -- text
        limited.status,
        limited.trigger,
        limited.reason,
        limited.claim_method,
        takers.rep_ids as may_take_rep_ids,

        -- numbers
        coalesce(takers.rep_count, 0) as may_take_count,
        limited.days,
        coalesce(ways_back.ping_pong_count, 0) as ping_pong_count,

        -- dates
        limited.since_date,
        limited.due_date,
        limited.cool_down_until,
        expiring.crm_expires_on
    from limited
    left join {{ ref('int_ownership__pool_takers') }} as takers
        on
            limited.territory_id = takers.territory_id
            and limited.pool_id is not distinct from takers.pool_id
            and limited.left_out_rep_id is not distinct from takers.left_out_rep_id
    left join ways_back on limited.customer_id = ways_back.customer_id
    left join expiring
        on
            limited.customer_id = expiring.customer_id
            and limited.owner_rep_id = expiring.owner_rep_id
)

select * from final
