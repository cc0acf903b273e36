-- Since when each rule of a pool counts for a customer, when the customer drops by it, and the same as a sentence.
-- Grain: one row per customer, moment and pool rule that is in force and applies.
--   1. no_activity: days since the last follow-up, no_deal: days since the last won deal or order; both at the earliest from the first day
--      of whoever has the customer
--   2. protection_over: from the end of the protection on. It begins with the owner's first day and lasts the days of the rule that
--      applies; a filing rule applies to owners through records of its sources. Of several the last to end counts, then the lowest id.
--      Extensions that were granted are not recorded anywhere, so none is counted
--   3. rep_inactive: from the day the owner left on; returned: on the day a CRM says it was given back; on no other day
--   4. due_date: basis_date and the rule's days; null where the trigger does not run. warn_date: warn_days before
-- Not here: any and all, and which rule is named (int_ownership__pool_verdicts).
with moments as (
    select * from {{ ref('int_ownership__pool_moments') }}
    where moment in ('owned', 'entered')
),

reach as (
    select * from {{ ref('int_ownership__pool_reach') }}
),

rules as (
    select * from {{ ref('stg_rule_pool') }}
),

protection_rules as (
    select * from {{ ref('stg_rule_protection') }}
),

leavers as (
    select * from {{ ref('int_ownership__leavers') }}
),

words as (
    select * from {{ ref('int_ownership__pool_words') }}
    where said_trigger = 'returned'
),

traces as (
    select
        moments.customer_id,
        moments.moment,
        moments.on_date,
        max(case when found.kind = 'activity' then found.on_date end) as activity_on,
        max(case when found.kind = 'deal' then found.on_date end) as deal_on
    from moments
    inner join {{ ref('int_ownership__pool_traces') }} as found
        on
            moments.customer_id = found.customer_id
            and found.on_date <= moments.on_date
            and moments.held_from <= found.on_date
    group by moments.customer_id, moments.moment, moments.on_date
),

protections as (
    select
        moments.customer_id,
        moments.moment,
        moments.on_date,
        protection_rules.protection_id,
        protection_rules.days,
        {{ plus_days('protection_rules.days', 'moments.held_from') }} as protected_until,
        row_number() over (
            partition by moments.customer_id, moments.moment, moments.on_date
            order by protection_rules.days desc, protection_rules.protection_id asc
        ) as protection_rank
    from moments
    inner join reach
        on
            reach.rule_kind = 'protection'
            and moments.territory_id = reach.territory_id
            and moments.industry_term = reach.industry_term
            and moments.size_term = reach.size_term
            and moments.on_date >= reach.reach_from
            and moments.on_date < {{ open_end('reach.reach_to') }}
    inner join protection_rules
        on
            reach.rule_id = protection_rules.protection_id
            and reach.valid_from = protection_rules.valid_from
            and {{ holds_on('protection_rules', 'moments.held_from') }}
            and (
                protection_rules.kind = 'first_touch'
                or instr('|' || protection_rules.sources || '|', '|' || moments.source || '|') > 0
            )
),

departures as (
    select
        moments.customer_id,
        moments.moment,
        moments.on_date,
        max(leavers.left_on) as left_on
    from moments
    inner join leavers
        on
            moments.rep_id = leavers.rep_id
            and leavers.left_on <= moments.on_date
            and (leavers.returned_on is null or moments.on_date < leavers.returned_on)
    group by moments.customer_id, moments.moment, moments.on_date
),

counted as (
    select
        moments.customer_id,
        moments.moment,
        moments.on_date,
        moments.rep_id,
        moments.held_from,
        rules.pool_id,
        rules.pool_rule_id,
        rules.trigger,
        rules.relation,
        rules.priority,
        rules.days as rule_days,
        rules.warn_days,
        traces.activity_on,
        traces.deal_on,
        protections.protection_id,
        protections.days as protection_days,
        case
            when rules.trigger = 'no_activity' then coalesce(traces.activity_on, moments.held_from)
            when rules.trigger = 'no_deal' then coalesce(traces.deal_on, moments.held_from)
            when rules.trigger = 'protection_over' then protections.protected_until
            when rules.trigger = 'rep_inactive' then departures.left_on
            when rules.trigger = 'returned' and words.customer_id is not null then moments.on_date
        end as basis_date
    from moments
    inner join reach
        on
            reach.rule_kind = 'pool'
            and moments.territory_id = reach.territory_id
            and moments.industry_term = reach.industry_term
            and moments.size_term = reach.size_term
            and moments.on_date >= reach.reach_from
            and moments.on_date < {{ open_end('reach.reach_to') }}
    inner join rules
        on
            reach.rule_id = rules.pool_rule_id
            and reach.valid_from = rules.valid_from
            and {{ holds_on('rules', 'moments.on_date') }}
    left join traces
        on
            moments.customer_id = traces.customer_id
            and moments.moment = traces.moment
            and moments.on_date = traces.on_date
    left join protections
        on
            moments.customer_id = protections.customer_id
            and moments.moment = protections.moment
            and moments.on_date = protections.on_date
            and protections.protection_rank = 1
    left join departures
        on
            moments.customer_id = departures.customer_id
            and moments.moment = departures.moment
            and moments.on_date = departures.on_date
    left join words
        on
            moments.moment = 'entered'
            and moments.customer_id = words.customer_id
            and moments.on_date = words.entered_on
),

dated as (
    select
        *,
        {{ days_between('basis_date', 'on_date') }} as days,
        case
            when trigger = 'returned' then basis_date
            else {{ plus_days('coalesce(rule_days, 0)', 'basis_date') }}
        end as due_date
    from counted
),

final as (
    select
        -- ids
        customer_id,
        moment,
        pool_id,
        pool_rule_id,
        rep_id,

        -- text
        trigger,
        relation,
        case
            when basis_date is null then null
            when trigger = 'no_activity' and activity_on is null
                then
                    'Nobody followed it up since the first day on record of ' || rep_id || ', ' || {{ day_text('held_from') }} || ', for '
                    || {{ days_text('days') }} || '; rule ' || pool_rule_id || ' allows ' || cast(rule_days as varchar)
            when trigger = 'no_activity'
                then
                    'Nobody followed it up for ' || {{ days_text('days') }} || ', the last time on ' || {{ day_text('activity_on') }}
                    || '; rule ' || pool_rule_id || ' allows ' || cast(rule_days as varchar)
            when trigger = 'no_deal' and deal_on is null
                then
                    'It bought nothing since the first day on record of ' || rep_id || ', ' || {{ day_text('held_from') }} || ', for '
                    || {{ days_text('days') }} || '; rule ' || pool_rule_id || ' allows ' || cast(rule_days as varchar)
            when trigger = 'no_deal'
                then
                    'It bought nothing for ' || {{ days_text('days') }} || ', the last time on ' || {{ day_text('deal_on') }}
                    || '; rule ' || pool_rule_id || ' allows ' || cast(rule_days as varchar)
            when trigger = 'protection_over'
                then
                    'The protection ' || protection_id || ' of ' || {{ days_text('protection_days') }} || ' that began with ' || rep_id
                    || ' on ' || {{ day_text('held_from') }} || case when basis_date <= on_date then ' ended on ' else ' ends on ' end
                    || {{ day_text('basis_date') }} || '; rule ' || pool_rule_id || case
                        when coalesce(rule_days, 0) = 0 then ' takes it at once'
                        else ' takes it ' || {{ days_text('rule_days') }} || ' later'
                    end
            when trigger = 'rep_inactive'
                then
                    rep_id || ' left on ' || {{ day_text('basis_date') }} || '; rule ' || pool_rule_id || case
                        when coalesce(rule_days, 0) = 0 then ' takes it at once'
                        else ' takes it ' || {{ days_text('rule_days') }} || ' later'
                    end
            else coalesce(rep_id, 'Somebody') || ' gave it back; rule ' || pool_rule_id || ' takes what is given back'
        end as sentence,

        -- numbers
        priority,
        days,

        -- dates
        on_date,
        basis_date,
        due_date,
        case when warn_days is not null then {{ plus_days('-warn_days', 'due_date') }} end as warn_date
    from dated
)

select * from final
