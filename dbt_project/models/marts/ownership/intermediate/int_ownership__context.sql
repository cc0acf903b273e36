-- What the ownership of customers that rules of engagement may concern rests on beside observations, as one number: equal numbers, and no
-- rule, no team, no group and no passing of days makes another owner of them.
-- Grain: one row per customer that several people claim or that is of a group.
--   1. the rules that apply to it, with their periods (int_ownership__protections)
--   2. until when its records say that a filing is protected; of key accounts the rules that name it, and who is of any team
--   3. its group: who heads it, which company it is a branch of; and since when it has been seen
--   4. of every period that has begun whether it has ended by tonight: so that the number changes on the day on which one begins or ends
-- Not here: what was observed of its records, and which protections run out tonight (int_ownership__basis).
with night as (
    select * from {{ ref('int_ownership__night') }}
),

concerned as (
    select * from {{ ref('int_ownership__concerned') }}
),

protections as (
    select protections.*
    from {{ ref('int_ownership__protections') }} as protections
    inner join night on protections.valid_from <= night.as_of_date
),

ruled as (
    select
        protections.customer_id,
        bit_xor({{ digest(
            "protections.protection_id, protections.kind, protections.territory_id, protections.sources, protections.priority, "
            "protections.days, protections.longest_days, protections.valid_from, "
            "protections.valid_to, protections.valid_to <= night.as_of_date"
        ) }}) as digest,
        bool_or(protections.kind = 'filing') as is_filed,
        bool_or(protections.kind = 'key_account') as is_key_account
    from protections
    cross join night
    group by protections.customer_id
),

filed as (
    select
        customer_records.customer_id,
        bit_xor({{ digest(
            "customer_records.source, customer_records.record_id, records.expires_on, "
            "records.expires_on <= night.as_of_date"
        ) }}) as digest
    from {{ ref('bridge_customer_records') }} as customer_records
    inner join ruled on customer_records.customer_id = ruled.customer_id and ruled.is_filed
    inner join {{ ref('stg_source_customers') }} as records
        on
            customer_records.source = records.source
            and customer_records.record_id = records.record_id
            and records.expires_on is not null
    cross join night
    where customer_records.valid_to is null
    group by customer_records.customer_id
),

named as (
    select
        candidates.customer_id,
        bit_xor({{ digest(
            "candidates.territory_id, candidates.valid_from, "
            "candidates.valid_to, candidates.valid_to <= night.as_of_date"
        ) }}) as digest
    from {{ ref('fct_territory_candidates') }} as candidates
    inner join ruled on candidates.customer_id = ruled.customer_id and ruled.is_key_account
    inner join night on candidates.valid_from <= night.as_of_date
    where candidates.is_winner and candidates.is_named_customer
    group by candidates.customer_id
),

teams as (
    select coalesce(bit_xor(digest), 0) as digest
    from (
        select {{ digest(
            "works.rep_id, works.territory_id, works.role, works.valid_from, "
            "works.valid_to, works.valid_to <= night.as_of_date"
        ) }} as digest
        from {{ ref('bridge_rep_territories') }} as works
        inner join night on works.valid_from <= night.as_of_date
        where works.role in ('owner', 'manager')

        union all

        select {{ digest(
            "territories.territory_id, territories.path, territories.manager_rep_id, territories.valid_from, "
            "territories.valid_to, territories.valid_to <= night.as_of_date"
        ) }} as digest
        from {{ ref('dim_territories') }} as territories
        inner join night on territories.valid_from <= night.as_of_date
    ) as members
),

final as (
    select
        -- ids
        concerned.customer_id,

        -- numbers
        {{ digest(
            "coalesce(ruled.digest, 0), coalesce(filed.digest, 0), coalesce(named.digest, 0), "
            "case when ruled.is_key_account then teams.digest end, concerned.group_id, groups.company_customer_id, groups.is_branch, "
            "customers.first_seen_date"
        ) }} as context
    from concerned
    cross join teams
    left join ruled on concerned.customer_id = ruled.customer_id
    left join filed on concerned.customer_id = filed.customer_id
    left join named on concerned.customer_id = named.customer_id
    left join {{ ref('int_ownership__groups') }} as groups on concerned.customer_id = groups.customer_id
    left join {{ ref('dim_customers') }} as customers on concerned.customer_id = customers.customer_id
)

select * from final
