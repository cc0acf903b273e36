-- What the history of each judged customer consists of, as known on each of its days: the days on which its owner changed.
-- Grain: one row per customer, day of knowledge and change of owner.
--   1. neighbouring segments with the same owner are one period; its evidence is that of the first
--   2. cause: first_observed; owner_changed (a claim began that day); next_claim (an earlier claim counts from now on, because the one
--      before it ended); protection_over (the same, because it is no longer protected); inherited (another company's owner counts);
--      released_to_pool; never_owned
--   3. happened_at is the moment the source tells of the deciding change, where that is what happened that day; else midnight
-- Not here: what is new of it (int_ownership__owner_news).
with decisions as (
    select * from {{ ref('int_ownership__decisions') }}
),

compared as (
    select
        *,
        lag(owner_rep_id) over (partition by customer_id, known_on order by valid_from) as former_rep_id,
        row_number() over (partition by customer_id, known_on order by valid_from) as segment_number
    from decisions
),

changed as (
    select
        *,
        row_number() over (partition by customer_id, known_on order by valid_from) as change_number
    from compared
    where segment_number = 1 or owner_rep_id is distinct from former_rep_id
),

described as (
    select
        *,
        case
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
