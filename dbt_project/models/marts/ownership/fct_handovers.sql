-- What each person who left (离职) left behind, who should have it, and who got it when (交接).
-- Grain: one row per person, departure, kind of subject and subject (a customer, a deal, an order of which money is still to come).
--   1. what they left, and when it counts as handed over: int_ownership__handover_subjects; who left: int_ownership__leavers
--   2. proposed, for what still waits: whoever has the customer, else whoever works its territory and has the fewest customers
--      (int_ownership__handover_heirs), else the leaver's manager, else whoever leads the territory; each only if still there
--   3. a proposal moves nothing: the CRMs stay the masters of who holds what
-- Not here: customers that were handed over before the last day; by then they had left nobody's hands.
with company as (
    select * from {{ ref('stg_company') }}
),

subjects as (
    select * from {{ ref('int_ownership__handover_subjects') }}
),

leavers as (
    select * from {{ ref('int_ownership__leavers') }}
),

heirs as (
    select * from {{ ref('int_ownership__handover_heirs') }}
),

active_reps as (
    select distinct reps.rep_id
    from {{ ref('dim_reps') }} as reps
    cross join company
    where reps.is_active and {{ holds_on('reps', 'company.as_of_date') }}
),

proposed as (
    select
        subjects.*,
        leavers.rep_name,
        leavers.leaving_reason,
        case when subjects.subject <> 'customers' then heirs.owner_rep_id end as owner_rep_id,
        heirs.worker_rep_id,
        active_reps.rep_id as manager_rep_id,
        heirs.led_by_rep_id,
        heirs.territory_id,
        heirs.customer_count,
        heirs.candidate_count
    from subjects
    inner join leavers
        on
            subjects.rep_id = leavers.rep_id
            and subjects.left_on = leavers.left_on
    left join active_reps on leavers.manager_rep_id = active_reps.rep_id
    left join heirs
        on
            subjects.handed_over_on is null
            and subjects.customer_id = heirs.customer_id
),

final as (
    select
        -- ids
        proposed.rep_id,
        proposed.subject_id,
        proposed.source,
        proposed.record_id,
        proposed.customer_id,
        case
            when proposed.handed_over_on is null
                then
                    coalesce(
                        proposed.owner_rep_id, proposed.worker_rep_id, proposed.manager_rep_id, proposed.led_by_rep_id
                    )
        end as proposed_rep_id,
        proposed.handed_over_to_rep_id,

        -- text
        proposed.subject,
        proposed.subject_name,
        proposed.leaving_reason,
        case
            when proposed.handed_over_on is not null and proposed.handed_over_to_rep_id is null
                then 'It went into the public pool on ' || {{ day_text('proposed.handed_over_on') }} || '.'
            when proposed.handed_over_on is not null and proposed.handed_over_to_rep_id = proposed.rep_id
                then proposed.rep_id || ' came back on ' || {{ day_text('proposed.handed_over_on') }} || '.'
            when proposed.handed_over_on is not null
                then proposed.handed_over_to_rep_id || ' has it since ' || {{ day_text('proposed.handed_over_on') }} || '.'
            when proposed.owner_rep_id is not null then proposed.owner_rep_id || ' has the customer.'
            when proposed.worker_rep_id is not null and proposed.candidate_count = 1
                then proposed.worker_rep_id || ' alone works ' || proposed.territory_id || '.'
            when proposed.worker_rep_id is not null
                then
                    proposed.worker_rep_id || ' is one of ' || cast(proposed.candidate_count as varchar) || ' who work '
                    || proposed.territory_id || '; dealt out to whoever has the fewest customers then ('
                    || cast(proposed.customer_count as varchar) || ' today).'
            when proposed.manager_rep_id is not null
                then
                    proposed.manager_rep_id || ' is the manager of ' || proposed.rep_id
                    || coalesce('; nobody works ' || proposed.territory_id || ' as owner.', '; it belongs to no known customer.')
            when proposed.led_by_rep_id is not null then proposed.led_by_rep_id || ' leads ' || proposed.territory_id || ' or what is above it.'
            else 'Nobody is there to have it: neither a colleague in its territory nor a manager is active.'
        end as proposal_reason,
        proposed.currency_code,

        -- numbers
        proposed.amount,
        case
            when proposed.handed_over_on is not null then {{ days_between('proposed.left_on', 'proposed.handed_over_on') }}
        end as days_taken,
        {{ days_between('proposed.left_on', 'coalesce(proposed.handed_over_on, company.as_of_date)') }} as days_without,

        -- dates
        proposed.left_on,
        proposed.handed_over_on,

        -- flags
        proposed.handed_over_on is null as is_open
    from proposed
    cross join company
)

select * from final
