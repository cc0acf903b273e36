-- What the history of each judged customer consists of, as known on each of its days: the days on which its owner changed.
-- Grain: one row per customer, day of knowledge and change of owner.
--   1. neighbouring segments with the same owner are one period; its evidence is that of the first. Whoever was appointed and then claims
--      the customer begins another one, which a file proves
--   2. whoever was appointed (int_ownership__appointment_news, and those on record) is the owner from that night on while nobody else is:
--      until anybody claims the customer or is heard for it, or the appointment ends. A claim that ended since leaves it in the pool
--   3. cause: first_observed; owner_changed (a claim began that day); next_claim (an earlier claim counts from now on, because the one
--      before it ended); protection_over (the same, because it is no longer protected); inherited (another company's owner counts);
--      released_to_pool; never_owned;
--      appointed (by the policy of its territory, rule_id is then the territory rule)
--   4. happened_at is the moment the source tells of the deciding change, where that is what happened that day; else midnight
-- Not here: what is new of it (int_ownership__owner_news).
with decisions as (
    select * from {{ ref('int_ownership__decisions') }}
),

entries as (
    select customer_id, to_id, rule_id, happened_on, known_from, known_to
    from {{ ref('int_ownership__recorded') }}
    where role = 'appointment'

    union all

    select customer_id, to_id, rule_id, happened_on, known_on as known_from, cast(null as date) as known_to
    from {{ ref('int_ownership__appointment_news') }}
    where kind = 'change'
),

-- At most one of a customer stands on any day: nobody is appointed where somebody is.
appointments as (
    select
        decided.customer_id,
        decided.known_on,
        max(entries.to_id) as rep_id,
        max(entries.rule_id) as rule_id,
        min(case when entries.to_id is not null then entries.happened_on end) as begins_on,
        min(case when entries.to_id is null then entries.happened_on end) as ends_on
    from (select distinct customer_id, known_on from decisions) as decided
    inner join entries
        on
            decided.customer_id = entries.customer_id
            and decided.known_on >= entries.known_from
            and decided.known_on < {{ open_end('entries.known_to') }}
    group by decided.customer_id, decided.known_on
),

lasting as (
    select
        appointments.customer_id,
        appointments.known_on,
        appointments.rep_id,
        appointments.rule_id,
        appointments.begins_on,
        least(
            {{ open_end('appointments.ends_on') }},
            min(
                case
                    when decisions.owner_rep_id is not null and appointments.begins_on < {{ open_end('decisions.valid_to') }}
                        then greatest(decisions.valid_from, appointments.begins_on)
                    else cast('9999-12-31' as date)
                end
            )
        ) as ends_on
    from appointments
    inner join decisions on appointments.customer_id = decisions.customer_id and appointments.known_on = decisions.known_on
    group by
        appointments.customer_id, appointments.known_on, appointments.rep_id, appointments.rule_id, appointments.begins_on,
        appointments.ends_on
),

pieces as (
    select
        decisions.*,
        lasting.rep_id as appointed_rep_id,
        lasting.rule_id as appointed_rule_id,
        lasting.begins_on,
        lasting.ends_on,
        decisions.owner_rep_id is null
        and lasting.begins_on < lasting.ends_on
        and lasting.begins_on < {{ open_end('decisions.valid_to') }}
        and decisions.valid_from < lasting.ends_on as is_met
    from decisions
    left join lasting on decisions.customer_id = lasting.customer_id and decisions.known_on = lasting.known_on
),

owned as (
    select
        customer_id, known_on, valid_from, owner_rep_id, source, record_id, actor_rep_id, protection_id, source_cause,
        evidence_file_sha256, evidence_row, claimed_from, changed_at, is_passed_on, is_lapsed, false as is_appointed,
        false as is_given_up
    from pieces
    where not coalesce(is_met, false) or valid_from < begins_on

    union all

    select
        customer_id, known_on, greatest(valid_from, begins_on) as valid_from, appointed_rep_id as owner_rep_id,
        cast(null as varchar) as source, cast(null as varchar) as record_id, cast(null as varchar) as actor_rep_id,
        appointed_rule_id as protection_id, cast(null as varchar) as source_cause, cast(null as varchar) as evidence_file_sha256,
        cast(null as bigint) as evidence_row, cast(null as date) as claimed_from, cast(null as timestamp) as changed_at,
        false as is_passed_on, false as is_lapsed, true as is_appointed, false as is_given_up
    from pieces
    where is_met

    union all

    select
        customer_id, known_on, ends_on as valid_from, owner_rep_id, source, record_id, actor_rep_id, protection_id, source_cause,
        evidence_file_sha256, evidence_row, claimed_from, changed_at, is_passed_on, is_lapsed, false as is_appointed,
        true as is_given_up
    from pieces
    where is_met and ends_on < {{ open_end('valid_to') }}
),

compared as (
    select
        *,
        lag(owner_rep_id) over (partition by customer_id, known_on order by valid_from) as former_rep_id,
        lag(is_appointed) over (partition by customer_id, known_on order by valid_from) as was_appointed,
        row_number() over (partition by customer_id, known_on order by valid_from) as segment_number
    from owned
),

changed as (
    select
        *,
        row_number() over (partition by customer_id, known_on order by valid_from) as change_number
    from compared
    where segment_number = 1 or owner_rep_id is distinct from former_rep_id or (was_appointed and not is_appointed)
),

described as (
    select
        *,
        case
            when is_appointed then 'appointed'
            when is_given_up then 'released_to_pool'
            when owner_rep_id is null and (change_number = 1 or source is null) then 'never_owned'
            when owner_rep_id is null then 'released_to_pool'
            when is_passed_on then 'inherited'
            when change_number = 1 then 'first_observed'
            when claimed_from = valid_from then 'owner_changed'
            when is_lapsed then 'protection_over'
            else 'next_claim'
        end as cause
    from changed
),

final as (
    select
        -- ids
        customer_id,
        former_rep_id as from_id,
        owner_rep_id as to_id,
        protection_id as rule_id,
        case when claimed_from = valid_from then actor_rep_id end as actor,
        source,
        record_id,

        -- text
        cause,
        case when claimed_from = valid_from then source_cause end as source_cause,
        evidence_file_sha256,

        -- numbers
        evidence_row,

        -- dates
        known_on,
        valid_from as happened_on,
        case
            when claimed_from = valid_from and changed_at is not null then changed_at
            else cast(valid_from as timestamp)
        end as happened_at
    from described
)

select * from final
