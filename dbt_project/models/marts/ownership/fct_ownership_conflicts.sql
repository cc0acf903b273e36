-- Customers that more than one person claimed at the same time (撞单), who was accountable, by which rule and why.
-- Grain: one row per customer and segment of time within which no claim changes.
--   1. two people, mostly over two CRMs, on one real customer; or one who claims what a rule gives to somebody else
--   2. of customers that are not judged tonight (int_ownership__judged) as on the night last recorded: nothing has changed for them
-- Not here: customers that one person claims through several records; that is no dispute.
with night as (
    select * from {{ ref('int_ownership__night') }}
),

decisions as (
    select decisions.*
    from {{ ref('int_ownership__decisions') }} as decisions
    inner join night on decisions.known_on = night.as_of_date
),

judged_tonight as (
    select
        -- ids
        customer_id,
        owner_rep_id,
        protection_id as rule_id,
        source,
        record_id,

        -- text
        claimant_rep_ids,
        case
            when is_passed_on and protection_kind = 'headquarters'
                then 'Rule ' || protection_id || ' (headquarters): ' || owner_rep_id || ' has the head office of the group.'
            when is_passed_on
                then 'Rule ' || protection_id || ' (branch): ' || owner_rep_id || ' has the company that this is a branch of.'
            when protection_kind = 'key_account'
                then
                    'Rule ' || protection_id || ' (key account): ' || owner_rep_id || ' is of the team that looks after it, and claimed on '
                    || cast(claimed_from as varchar) || ' through ' || source || ':' || record_id || '.'
            when protection_kind = 'filing'
                then
                    'Rule '
                    || protection_id
                    || ' (filing): '
                    || owner_rep_id
                    || ' filed it on '
                    || cast(claimed_from as varchar)
                    || ' through '
                    || source || ':' || record_id || coalesce(', protected until ' || cast(protected_to as varchar), '') || '.'
            when protection_kind = 'first_touch'
                then
                    'Rule ' || protection_id || ' (first touch): ' || owner_rep_id || ' came first, on ' || cast(claimed_from as varchar)
                    || ' through ' || source || ':' || record_id
                    || coalesce(', protected until ' || cast(protected_to as varchar), '') || '.'
            when is_lapsed
                then
                    'Nobody is protected any more; ' || owner_rep_id || ' claimed last, on ' || cast(claimed_from as varchar) || ' through '
                    || source || ':' || record_id || '.'
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
    from decisions
    where claimant_count > 1 or (is_passed_on and claiming_rep_id <> owner_rep_id)
),

final as (
    select * from judged_tonight

    union all

    select stored.*
    from {{ ref('stg_ownership_conflicts') }} as stored
    inner join night on night.has_basis
    where stored.customer_id not in (select customer_id from {{ ref('int_ownership__judged') }})
)

select * from final
