-- Every rule that could have decided, and its rank, told by profile.
-- Grain: one row per profile, segment of time and rule.
--   1. in each segment of time, every matching rule in force that assigns is a candidate, by its narrowest match
--   2. a candidate for a territory that an exclusion forbids cannot win
--   3. a rule that names the customer beats every rule that does not
--   4. then the rule that restricts more dimensions beats the broader one
--   5. then the smaller place, then the narrower industry
--   6. then the lower priority number, then the lower rule_id, so that a tie cannot depend on the order of rows
-- Not here: the sentences for people (int_territory__explained_candidates), profiles without any candidate (int_territory__decided).
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

rules as (
    select * from {{ ref('int_territory__rules') }}
    where field = ''
),

matches as (
    select * from {{ ref('int_territory__rule_matches') }}
    where effect = 'assign'
),

exclusions as (
    select * from {{ ref('int_territory__exclusions') }}
),

-- 2026-11-22: few rules match a profile in more than one way, and sorting all matches to find them took a third of the time
repeated as (
    select profile_number, rule_number
    from matches
    group by profile_number, rule_number
    having count(*) > 1
),

matched as (
    select
        segments.profile_number,
        segments.valid_from,
        matches.rule_number,
        matches.territory_id,
        matches.matched_on,
        matches.geography_depth,
        matches.industry_depth,
        repeated.rule_number is not null as is_repeated
    from segments
    inner join matches
        on
            segments.profile_number = matches.profile_number
            and {{ holds_on('matches', 'segments.valid_from') }}
    left join repeated
        on
            matches.profile_number = repeated.profile_number
            and matches.rule_number = repeated.rule_number
),

narrowest as (
    select profile_number, valid_from, rule_number, territory_id, matched_on, geography_depth, industry_depth
    from (
        select
            *,
            row_number() over (
                partition by profile_number, valid_from, rule_number
                order by geography_depth desc, industry_depth desc, matched_on asc
            ) as match_rank
        from matched
        where is_repeated
    ) as numbered
    where match_rank = 1

    union all

    select profile_number, valid_from, rule_number, territory_id, matched_on, geography_depth, industry_depth
    from matched
    where not is_repeated
),

-- What a candidate is ranked by, in one number of digits: excluded, unnamed, dimensions, place, industry, and the rule's own number.
measured as (
    select
        narrowest.*,
        struct_extract(exclusions.exclusion, 'rule_id') as excluding_rule_id,
        struct_extract(exclusions.exclusion, 'territory_id') as excluded_territory_id,
        (
            case when exclusions.exclusion is not null then 200000 else 0 end
            + case when rules.is_named_customer then 0 else 100000 end
            + (9 - rules.dimension_count) * 10000
            + (9 - narrowest.geography_depth) * 1000
            + (999 - narrowest.industry_depth)
        ) * 10000000000 + narrowest.rule_number as breadth
    from narrowest
    inner join rules on narrowest.rule_number = rules.rule_number
    left join exclusions
        on
            narrowest.profile_number = exclusions.profile_number
            and narrowest.valid_from = exclusions.valid_from
            and narrowest.territory_id = exclusions.territory_id
),

final as (
    select
        -- ids
        profile_number,
        rule_number,
        territory_id,
        excluding_rule_id,
        excluded_territory_id,

        -- text
        matched_on,

        -- numbers
        row_number() over (partition by profile_number, valid_from order by breadth) as candidate_rank,
        geography_depth,
        industry_depth,

        -- dates
        valid_from
    from measured
)

select * from final
