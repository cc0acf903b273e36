-- For which claim a rule of engagement (客户保护) speaks, from when to when, as known on a day.
-- Grain: one row per claim (customer, day of knowledge, record and first day), rule and period.
--   1. first_touch (首触): for every claim, for the rule's days from its first day on; who came first is decided among them
--   2. filing (报备): the same for claims through records of the rule's sources; as long as the record itself says, if that is longer, but no
--      longer than the rule's extensions allow
--   3. key_account (大客户): for claims of people who work the rule's territory or one below it, or lead it, while a rule of that territory names the customer
--   4. a rule speaks only while it is in force and applies to the customer (int_ownership__protections)
-- Not here: headquarters and branch, which speak for the owner of another customer (int_ownership__decisions).
with claims as (
    select *
    from {{ ref('int_ownership__claims') }}
    where rep_id is not null
),

protections as (
    select * from {{ ref('int_ownership__protections') }}
),

source_customers as (
    select * from {{ ref('stg_source_customers') }}
),

lasting as (
    select
        claims.customer_id,
        claims.known_on,
        claims.source,
        claims.record_id,
        claims.valid_from as claimed_from,
        protections.protection_id,
        protections.kind,
        protections.priority,
        greatest(claims.valid_from, protections.valid_from) as valid_from,
        least(
            {{ open_end('claims.valid_to') }},
            {{ open_end('protections.valid_to') }},
            greatest(
                {{ plus_days('protections.days', 'claims.valid_from') }},
                least(
                    coalesce(source_customers.expires_on, {{ plus_days('protections.days', 'claims.valid_from') }}),
                    {{ plus_days('protections.longest_days', 'claims.valid_from') }}
                )
            )
        ) as valid_to
    from claims
    inner join protections
        on
            claims.customer_id = protections.customer_id
            and (
                protections.kind = 'first_touch'
                or (protections.kind = 'filing' and instr(protections.sources, '|' || claims.source || '|') > 0)
            )
    left join source_customers
        on
            protections.kind = 'filing'
            and claims.source = source_customers.source
            and claims.record_id = source_customers.record_id
),

territory_paths as (
    select distinct territory_id, '/' || path || '/' as path from {{ ref('dim_territories') }}
),

team_members as (
    select rep_id, territory_id, valid_from, valid_to
    from {{ ref('bridge_rep_territories') }}
    where role in ('owner', 'manager')

    union

    select manager_rep_id as rep_id, territory_id, valid_from, valid_to
    from {{ ref('dim_territories') }}
    where manager_rep_id is not null
),

teams as (
    select distinct
        protection_teams.territory_id as team_id,
        team_members.rep_id,
        team_members.valid_from,
        team_members.valid_to
    from (select distinct territory_id from protections where kind = 'key_account') as protection_teams
    inner join territory_paths on instr(territory_paths.path, '/' || protection_teams.territory_id || '/') > 0
    inner join team_members on territory_paths.territory_id = team_members.territory_id
),

named as (
    select distinct
        candidates.customer_id,
        candidates.valid_from,
        candidates.valid_to,
        territory_paths.path
    from {{ ref('fct_territory_candidates') }} as candidates
    inner join territory_paths on candidates.territory_id = territory_paths.territory_id
    where candidates.is_winner and candidates.is_named_customer
),

of_team as (
    select
        claims.customer_id,
        claims.known_on,
        claims.source,
        claims.record_id,
        claims.valid_from as claimed_from,
        protections.protection_id,
        protections.kind,
        protections.priority,
        greatest(claims.valid_from, protections.valid_from, named.valid_from, teams.valid_from) as valid_from,
        least(
            {{ open_end('claims.valid_to') }},
            {{ open_end('protections.valid_to') }},
            {{ open_end('named.valid_to') }},
            {{ open_end('teams.valid_to') }}
        ) as valid_to
    from claims
    inner join protections on claims.customer_id = protections.customer_id and protections.kind = 'key_account'
    inner join named on claims.customer_id = named.customer_id and instr(named.path, '/' || protections.territory_id || '/') > 0
    inner join teams on protections.territory_id = teams.team_id and claims.rep_id = teams.rep_id
),

voices as (
    select * from lasting
    union
    select * from of_team
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,
        protection_id,

        -- text
        kind,

        -- numbers
        priority,

        -- dates
        known_on,
        claimed_from,
        valid_from,
        {{ closed_end('valid_to') }} as valid_to
    from voices
    where valid_from < valid_to and valid_from <= known_on
)

select * from final
