-- The pieces of time within which the set of matching rules does not change.
-- Grain: one row per profile and segment.
--   1. time begins on the calendar's first day and has no end
--   2. it is cut wherever a match begins or ends
--   3. where something is excluded, also wherever a territory of the profile's rules begins, ends or moves in the tree
-- Not here: who wins inside a segment (int_territory__ranked_candidates).
with company as (
    select * from {{ ref('stg_company') }}
),

profiles as (
    select distinct profile_number from {{ ref('int_territory__customer_profiles') }}
),

matches as (
    select * from {{ ref('int_territory__rule_matches') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

excluding as (
    select distinct profile_number from matches
    where effect = 'exclude'
),

moves as (
    select matches.profile_number, territories.valid_from, territories.valid_to
    from matches
    inner join territories on matches.territory_id = territories.territory_id
    where matches.profile_number in (select profile_number from excluding)
),

cuts as (
    select profile_number, valid_from from matches
    union all
    select profile_number, valid_to as valid_from from matches
    union all
    select profile_number, valid_from from moves
    union all
    select profile_number, valid_to as valid_from from moves
),

boundaries as (
    select profiles.profile_number, company.calendar_start_date as valid_from
    from profiles
    cross join company

    union

    select cuts.profile_number, cuts.valid_from
    from cuts
    cross join company
    where cuts.valid_from > company.calendar_start_date
),

final as (
    select
        profile_number,
        valid_from,
        lead(valid_from) over (partition by profile_number order by valid_from) as valid_to,
        count(*) over (partition by profile_number) = 1 as is_only
    from boundaries
)

select * from final
