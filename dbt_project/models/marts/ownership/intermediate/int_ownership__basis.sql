-- What each customer's ownership rests on, as one number: equal numbers, nothing new was observed.
-- Grain: one row per customer of whose records anything was ever observed.
--   1. basis: over all observations and memberships; former_basis: over what of them was known on the night last recorded
--   2. is_claimed: somebody is known tonight to have owned a record of it, now or once
--   3. is_contested: several people over several records, so that rules of engagement and the passing of days matter
--   4. is_lapsing: a claim began just so long ago that a rule's days of protection run out after the night last recorded, by tonight
-- Not here: what a customer rests on beside its records: rules, territory, group (int_ownership__context).
with night as (
    select * from {{ ref('int_ownership__night') }}
),

observed as (
    select * from {{ ref('int_ownership__observed') }}
),

lasting as (
    select days from {{ ref('stg_rule_protection') }}
    where days is not null
    union
    select days + extension_days * extension_limit as days from {{ ref('stg_rule_protection') }}
    where days + extension_days * extension_limit is not null
),

nights_passed as (
    select
        last_recorded_on,
        {{ numbers_between(1, days_between('last_recorded_on', 'as_of_date')) }} as days_passed
    from night
    where last_recorded_on < as_of_date
),

lapsing_dates as (
    select distinct {{ plus_days('nights_passed.days_passed - lasting.days', 'nights_passed.last_recorded_on') }} as begun_on
    from nights_passed
    cross join lasting
),

digested as (
    select
        observed.customer_id,
        observed.source,
        observed.record_id,
        observed.rep_id,
        {{ digest(
            "observed.source, observed.record_id, observed.changed_on, observed.changed_at, observed.rep_id, observed.known_from, "
            "observed.known_to, observed.evidence_file_sha256, observed.evidence_row"
        ) }} as digest,
        case
            when observed.known_from <= night.last_recorded_on
                then {{ digest(
                    "observed.source, observed.record_id, observed.changed_on, observed.changed_at, observed.rep_id, observed.known_from, "
                    "case when observed.known_to <= night.last_recorded_on then observed.known_to end, observed.evidence_file_sha256, "
                    "observed.evidence_row"
                ) }}
        end as former_digest,
        observed.rep_id is not null and night.as_of_date < {{ open_end('observed.known_to') }} as is_owner,
        lapsing_dates.begun_on is not null as is_lapsing
    from observed
    cross join night
    left join lapsing_dates on observed.changed_on = lapsing_dates.begun_on
),

final as (
    select
        -- ids
        customer_id,

        -- numbers
        bit_xor(digest) as basis,
        coalesce(bit_xor(former_digest), 0) as former_basis,

        -- flags
        bool_or(is_owner) as is_claimed,
        bool_or(is_lapsing) as is_lapsing,
        count(distinct source || ':' || record_id) > 1 and count(distinct rep_id) > 1 as is_contested
    from digested
    group by customer_id
)

select * from final
