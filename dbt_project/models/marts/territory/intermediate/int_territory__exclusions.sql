-- Which candidates an exclusion takes out, and which exclusion says so.
-- Grain: one row per profile, segment and territory that a rule leads to but an exclusion forbids.
--   1. an exclusion forbids its territory and all below it, by the tree on the segment's first day
--   2. of several the one with the lowest rule_id is named
with segments as (
    select * from {{ ref('int_territory__segments') }}
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

in_force as (
    select
        segments.profile_number,
        segments.valid_from,
        matches.rule_id,
        matches.territory_id,
        matches.effect
    from segments
    inner join matches
        on
            segments.profile_number = matches.profile_number
            and {{ holds_on('matches', 'segments.valid_from') }}
    where segments.profile_number in (select profile_number from excluding)
),

final as (
    select
        assigned.profile_number,
        assigned.valid_from,
        assigned.territory_id,
        min(struct_pack(rule_id := excluded.rule_id, territory_id := excluded.territory_id)) as exclusion
    from in_force as assigned
    inner join in_force as excluded
        on
            assigned.profile_number = excluded.profile_number
            and assigned.valid_from = excluded.valid_from
            and excluded.effect = 'exclude'
    left join territories
        on
            assigned.territory_id = territories.territory_id
            and {{ holds_on('territories', 'assigned.valid_from') }}
    where
        assigned.effect = 'assign'
        and instr('/' || coalesce(territories.path, assigned.territory_id) || '/', '/' || excluded.territory_id || '/') > 0
    group by assigned.profile_number, assigned.valid_from, assigned.territory_id
)

select * from final
