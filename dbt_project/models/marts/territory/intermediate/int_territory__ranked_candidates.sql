-- Every rule that could have decided, its rank, and why it won or lost, told by profile.
-- Grain: one row per profile, segment of time and rule.
--   1. in each segment of time, every matching rule in force that assigns is a candidate, by its narrowest match
--   2. a candidate for a territory that an exclusion forbids cannot win
--   3. a rule that names the customer beats every rule that does not
--   4. then the rule that restricts more dimensions beats the broader one
--   5. then the smaller place, then the narrower industry
--   6. then the lower priority number, then the lower rule_id, so that a tie cannot depend on the order of rows
--   7. candidate_reason is the sentence for people: the winner's names up to three losers, each loser's what it lost by
-- Not here: which customers these are (fct_territory_candidates), profiles without any candidate (fct_territory_assignments).
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

matches as (
    select * from {{ ref('int_territory__rule_matches') }}
    where effect = 'assign'
),

exclusions as (
    select * from {{ ref('int_territory__exclusions') }}
),

candidates as (
    select
        segments.profile_number,
        segments.valid_from,
        segments.valid_to,
        matches.rule_id,
        matches.territory_id,
        coalesce({{ filled('matches.matched_on') }}, 'no condition') as matched_on,
        matches.rule_reason,
        matches.priority,
        matches.dimension_count,
        matches.geography_depth,
        matches.industry_depth,
        matches.rule_valid_from,
        matches.is_named_customer,
        row_number() over (
            partition by segments.profile_number, segments.valid_from, matches.rule_id, matches.rule_valid_from
            order by matches.geography_depth desc, matches.industry_depth desc, matches.matched_on asc
        ) as match_rank
    from segments
    inner join matches
        on
            segments.profile_number = matches.profile_number
            and {{ holds_on('matches', 'segments.valid_from') }}
),

judged as (
    select
        candidates.*,
        struct_extract(exclusions.exclusion, 'rule_id') as excluding_rule_id,
        struct_extract(exclusions.exclusion, 'territory_id') as excluded_territory_id,
        exclusions.exclusion is not null as is_excluded
    from candidates
    left join exclusions
        on
            candidates.profile_number = exclusions.profile_number
            and candidates.valid_from = exclusions.valid_from
            and candidates.territory_id = exclusions.territory_id
    where candidates.match_rank = 1
),

ranked as (
    select
        *,
        row_number() over by_strength as candidate_rank,
        first_value(rule_id) over by_strength as winner_rule_id,
        first_value(is_named_customer) over by_strength as is_winner_named_customer,
        first_value(dimension_count) over by_strength as winner_dimension_count,
        first_value(geography_depth) over by_strength as winner_geography_depth,
        first_value(industry_depth) over by_strength as winner_industry_depth,
        first_value(priority) over by_strength as winner_priority,
        count(*) over (partition by profile_number, valid_from) - 1 as loser_count
    from judged
    window
        by_strength as (
            partition by profile_number, valid_from
            order by
                case when is_excluded then 1 else 0 end asc,
                case when is_named_customer then 0 else 1 end asc,
                dimension_count desc,
                geography_depth desc,
                industry_depth desc,
                priority asc,
                rule_id asc,
                rule_valid_from asc
        )
),

explained as (
    select
        *,
        case
            when is_excluded then excluding_rule_id || ' excludes from ' || excluded_territory_id || ', so ' || rule_id || ' does not count'
            when is_winner_named_customer and not is_named_customer then rule_id || ' does not name the customer'
            when winner_dimension_count > dimension_count then rule_id || ' is broader'
            when winner_geography_depth > geography_depth then rule_id || ' covers a larger place'
            when winner_industry_depth > industry_depth then rule_id || ' covers a wider industry'
            when winner_priority < priority then rule_id || ' has priority ' || priority
            when winner_rule_id < rule_id then rule_id || ' is as narrow and has the higher id'
            else rule_id || ' stands twice in the sheet and this row begins later'
        end
        || ' (' || matched_on || ')' as loser_phrase,
        case
            when dimension_count = 0 then matched_on
            when dimension_count = 1 then '1 dimension: ' || matched_on
            else dimension_count || ' dimensions: ' || matched_on
        end as breadth
    from ranked
),

named_losers as (
    select
        profile_number,
        valid_from,
        {{ dbt.listagg("loser_phrase", "'; '", "order by candidate_rank") }} as loser_phrases
    from explained
    where candidate_rank between 2 and 4
    group by profile_number, valid_from
),

final as (
    select
        -- ids
        explained.profile_number,
        explained.rule_id,
        explained.territory_id,
        explained.excluding_rule_id,

        -- text
        explained.matched_on,
        explained.rule_reason,
        case
            when explained.is_excluded
                then 'Excluded: ' || explained.loser_phrase || '.'
            when explained.candidate_rank > 1
                then 'Lost to ' || explained.winner_rule_id || ': ' || explained.loser_phrase || '.'
            when explained.loser_count = 0
                then
                    'Rule ' || explained.rule_id || ' (' || explained.breadth || '; priority ' || explained.priority
                    || ') is the only rule that matches.'
            else
                'Rule ' || explained.rule_id || ' (' || explained.breadth || '; priority ' || explained.priority || ') beat '
                || case when explained.loser_count = 1 then '1 other: ' else explained.loser_count || ' others: ' end
                || named_losers.loser_phrases
                || case when explained.loser_count > 3 then '; and ' || (explained.loser_count - 3) || ' more.' else '.' end
        end as candidate_reason,

        -- numbers
        explained.candidate_rank,
        explained.dimension_count,
        explained.geography_depth,
        explained.industry_depth,
        explained.priority,

        -- dates
        explained.valid_from,
        explained.valid_to,

        -- flags
        explained.is_named_customer,
        explained.is_excluded,
        explained.candidate_rank = 1 and not explained.is_excluded as is_winner
    from explained
    left join named_losers
        on
            explained.profile_number = named_losers.profile_number
            and explained.valid_from = named_losers.valid_from
            and explained.candidate_rank = 1
)

select * from final
