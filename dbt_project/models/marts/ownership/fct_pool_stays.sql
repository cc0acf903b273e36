-- Each stay of a customer in the public pool (公海): from when to when, why it fell in, who had it and who took it.
-- Grain: one row per customer and first day of a stay.
--   1. why, in this order: the CRM's own words (said_by crm); else the rule of ours that held on that day (rule); else nothing is known
--   2. the trigger: what the CRM says (returned, deleted, merged, absent); of what a CRM took back the trigger of our rule that held, else
--      retaken; never_owned where nobody had it before; else unknown
--   3. pool_rule_id is the rule of ours that held on that day, also where the CRM has words of its own, but for records that are gone;
--      pool_id is the pool whose rule held, else the one that the customer belonged to
--   4. is_ping_pong: the last owner took it again. broke_cool_down: within the pool's cool_down_days. broke_holding_limit: whoever took it
--      held more customers by the end of that day than the pool allows. Whom a policy appointed took nothing, and breaks no limit
-- A stay within one day does not show: ownership is counted in whole days.
-- Not here: who may take what lies there now: fct_public_pool.
with company as (
    select * from {{ ref('stg_company') }}
),

stays as (
    select * from {{ ref('int_ownership__spans') }}
    where is_in_pool
),

verdicts as (
    select * from {{ ref('int_ownership__pool_verdicts') }}
    where moment = 'entered' and verdict = 'due'
),

terms as (
    select * from {{ ref('int_ownership__pool_terms') }}
    where moment = 'entered'
),

words as (
    select * from {{ ref('int_ownership__pool_words') }}
),

explained as (
    select
        stays.customer_id,
        stays.valid_from as entered_on,
        stays.valid_to as left_on,
        stays.former_rep_id as last_owner_rep_id,
        stays.next_rep_id as taken_by_rep_id,
        coalesce(stays.next_cause = 'appointed', false) as is_appointed,
        coalesce(stays.source, words.source) as source,
        coalesce(stays.record_id, words.record_id) as record_id,
        case
            when words.said_trigger is null or words.said_trigger in ('returned', 'retaken') then verdicts.pool_rule_id
        end as pool_rule_id,
        coalesce(verdicts.pool_id, first_terms.pool_id) as pool_id,
        words.crm_pool_id,
        words.said_reason,
        words.retake_rule,
        verdicts.pool_reason,
        case
            when words.said_trigger is not null and words.said_trigger <> 'retaken' then words.said_trigger
            when verdicts.pool_rule_id is not null then verdicts.trigger
            when words.said_trigger is not null then words.said_trigger
            when stays.former_rep_id is null then 'never_owned'
            else 'unknown'
        end as trigger,
        case
            when words.said_trigger is not null or words.said_reason is not null or words.retake_rule is not null then 'crm'
            when verdicts.pool_rule_id is not null then 'rule'
            else 'nobody'
        end as said_by,
        case
            when words.said_trigger = 'returned' then coalesce(stays.former_rep_id, 'Somebody') || ' gave it back'
            when words.said_trigger = 'retaken' then 'The CRM took it back from ' || coalesce(stays.former_rep_id, 'its owner')
            when words.said_trigger = 'deleted' then 'The record was deleted'
            when words.said_trigger = 'merged' then 'The record was merged into another'
            when words.said_trigger = 'absent' then 'The record was missing from the export'
            else 'The CRM says'
        end || case
            when words.said_on is null then ''
            else ' on ' || {{ day_text('words.said_on') }}
        end || ' (' || words.source || ':' || words.record_id || ')' as said_sentence
    from stays
    left join verdicts
        on
            stays.customer_id = verdicts.customer_id
            and stays.valid_from = verdicts.on_date
    left join words
        on
            stays.customer_id = words.customer_id
            and stays.valid_from = words.entered_on
    left join terms as first_terms
        on
            stays.customer_id = first_terms.customer_id
            and stays.valid_from = first_terms.on_date
            and first_terms.pool_rank = 1
),

final as (
    select
        -- ids
        explained.customer_id,
        explained.pool_id,
        explained.crm_pool_id,
        explained.pool_rule_id,
        explained.last_owner_rep_id,
        explained.taken_by_rep_id,
        explained.source,
        explained.record_id,

        -- text
        explained.trigger,
        explained.said_by,
        case
            when explained.said_by = 'crm'
                then
                    explained.said_sentence || coalesce(': ' || explained.said_reason, '')
                    || coalesce(' (rule of the CRM: ' || explained.retake_rule || ')', '') || '.'
                    || case
                        when explained.pool_rule_id is not null and explained.trigger <> 'returned'
                            then ' By our rules: ' || explained.pool_reason || '.'
                        else ''
                    end
            when explained.said_by = 'rule' then explained.pool_reason || '.'
            when explained.trigger = 'never_owned' then 'No export ever showed an owner.'
            else 'No CRM says why, and none of our rules held on ' || {{ day_text('explained.entered_on') }} || '.'
        end as reason,

        -- numbers
        {{ days_between('explained.entered_on', 'least(' ~ open_end('explained.left_on') ~ ', company.as_of_date)') }} as days,
        terms.cool_down_days,
        terms.holding_limit,

        -- dates
        explained.entered_on,
        explained.left_on,

        -- flags
        coalesce(explained.taken_by_rep_id = explained.last_owner_rep_id, false) as is_ping_pong,
        coalesce(
            explained.taken_by_rep_id = explained.last_owner_rep_id
            and not explained.is_appointed
            and explained.left_on < {{ plus_days('terms.cool_down_days', 'explained.entered_on') }},
            false
        ) as broke_cool_down,
        coalesce(terms.holding_limit < holdings.customer_count and not explained.is_appointed, false) as broke_holding_limit
    from explained
    cross join company
    left join terms
        on
            explained.customer_id = terms.customer_id
            and explained.entered_on = terms.on_date
            and explained.pool_id = terms.pool_id
    left join {{ ref('int_ownership__holdings') }} as holdings
        on
            explained.taken_by_rep_id = holdings.rep_id
            and explained.left_on = holdings.on_date
)

select * from final
