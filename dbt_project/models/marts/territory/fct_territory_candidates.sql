-- Every rule that could have decided where a customer belongs, its rank, and why it won or lost.
-- Grain: one row per customer, segment of time and rule.
--   1. in each segment of time, every matching rule in force is a candidate
--   2. a rule that names the customer beats every rule that does not
--   3. then the rule that restricts more dimensions beats the broader one
--   4. then the lower priority number, then the lower rule_id, so that a tie cannot depend on the order of rows
--   5. candidate_reason is the sentence for people: the winner's names up to three losers, each loser's names the winner
-- Not here: customers without any candidate (fct_territory_assignments).
with segments as (
    select * from {{ ref('int_territory__segments') }}
),

matches as (
    select * from {{ ref('int_territory__rule_matches') }}
),

ranked as (
    select
        segments.customer_id,
        segments.valid_from,
        segments.valid_to,
        matches.rule_id,
        matches.territory_id,
        coalesce({{ filled('matches.matched_on') }}, 'no condition') as matched_on,
        matches.rule_reason,
        matches.priority,
        matches.dimension_count,
        matches.is_named_customer,
        row_number() over by_strength as candidate_rank,
        first_value(matches.rule_id) over by_strength as winner_rule_id,
        first_value(matches.is_named_customer) over by_strength as is_winner_named_customer,
        first_value(matches.dimension_count) over by_strength as winner_dimension_count,
        first_value(matches.priority) over by_strength as winner_priority,
        count(*) over (partition by segments.customer_id, segments.valid_from) - 1 as loser_count
    from segments
    inner join matches
        on
            segments.customer_id = matches.customer_id
            and {{ holds_on('matches', 'segments.valid_from') }}
    window
        by_strength as (
            partition by segments.customer_id, segments.valid_from
            order by
                case when matches.is_named_customer then 0 else 1 end asc,
                matches.dimension_count desc,
                matches.priority asc,
                matches.rule_id asc,
                matches.valid_from asc
        )
),

explained as (
    select
        *,
        case
            when is_winner_named_customer and not is_named_customer then rule_id || ' does not name the customer'
            when winner_dimension_count > dimension_count then rule_id || ' is broader'
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
        customer_id,
        valid_from,
        {{ dbt.listagg("loser_phrase", "'; '", "order by candidate_rank") }} as loser_phrases
    from explained
    where candidate_rank between 2 and 4
    group by customer_id, valid_from
),

reasons as (
    select
        explained.*,
        named_losers.loser_phrases
    from explained
    left join named_losers
        on
            explained.customer_id = named_losers.customer_id
            and explained.valid_from = named_losers.valid_from
            and explained.candidate_rank = 1
),

final as (
    select
        -- ids
        customer_id,
        rule_id,
        territory_id,

        -- text
        matched_on,
        rule_reason,
        case
            when candidate_rank > 1
                then 'Lost to ' || winner_rule_id || ': ' || loser_phrase || '.'
            when loser_count = 0
                then 'Rule ' || rule_id || ' (' || breadth || '; priority ' || priority || ') is the only rule that matches.'
            else
                'Rule ' || rule_id || ' (' || breadth || '; priority ' || priority || ') beat '
                || case when loser_count = 1 then '1 other: ' else loser_count || ' others: ' end
                || loser_phrases
                || case when loser_count > 3 then '; and ' || (loser_count - 3) || ' more.' else '.' end
        end as candidate_reason,

        -- numbers
        candidate_rank,
        dimension_count,
        priority,

        -- dates
        valid_from,
        valid_to,

        -- flags
        is_named_customer,
        candidate_rank = 1 as is_winner
    from reasons
)

select * from final
