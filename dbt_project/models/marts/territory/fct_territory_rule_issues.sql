-- What is wrong with the territory rules as they stand on the as-of date, each with the next step.
-- Grain: one row per issue, rule, other rule, country and region.
--   1. never_matches: no customer meets the rule; detail names the condition that nobody meets, or says that only together none is met
--   2. shadowed: customers match, but it never decides; detail names who mostly does instead
--   3. ties: two rules for different territories are as narrow and have the same priority, so that the lower id decided
--   4. points_to_nobody: the territory is not in force, nobody works it as owner, or its policy names somebody who is not active
--   5. contradiction: one rule assigns and another excludes the same conditions
--   6. names_retired_customer: a rule names a customer by an id that is retired; it follows to the heir, and the sheet should name that one
--   7. gap: customers that no rule assigns, by country and region; there is no rule to name
-- Only rules in force count, and only customers that some source still has, as they are today.
-- Not here: which customers they are (fct_territory_candidates), rules that miss customers for lack of a field
--   (fct_territory_blocked_rules).
with company as (
    select * from {{ ref('stg_company') }}
),

rules as (
    select rules.*
    from {{ ref('int_territory__rules') }} as rules
    cross join company
    where rules.field = '' and {{ holds_on('rules', 'company.as_of_date') }}
),

candidates as (
    select * from {{ ref('int_territory__todays_candidates') }}
),

profile_counts as (
    select
        profiles.profile_number,
        customers.country_value,
        customers.region_value,
        count(*) as customer_count
    from {{ ref('int_territory__customer_profiles') }} as profiles
    inner join {{ ref('int_territory__customer_values') }} as customers on profiles.customer_id = customers.customer_id
    where customers.is_active and customers.valid_to is null and profiles.valid_to is null
    group by profiles.profile_number, customers.country_value, customers.region_value
),

matched as (
    select distinct matches.rule_number
    from {{ ref('int_territory__rule_matches') }} as matches
    cross join company
    where
        {{ holds_on('matches', 'company.as_of_date') }}
        and matches.profile_number in (select profile_number from profile_counts)
),

silent as (
    select * from rules
    where rule_number not in (select rule_number from matched)
),

conditions as (
    {%- for dimension in dimensions_of_rules() %}
    select rule_number, {{ loop.index }} as place, '{{ dimension }}' as dimension, {{ dimension }}_cell as cell from silent
    where {{ dimension }}_cell <> ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

present_facets as (
    {%- for dimension in dimensions_of_rules() %}
    select distinct '{{ dimension }}' as dimension, profiles.{{ dimension }}_facet as facet
    from {{ ref('int_territory__customer_profiles') }} as profiles
    where profiles.{{ dimension }}_facet > 0 and profiles.profile_number in (select profile_number from profile_counts)
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

met_terms as (
    select distinct value_terms.dimension, value_terms.term
    from {{ ref('int_territory__value_terms') }} as value_terms
    cross join company
    inner join present_facets
        on value_terms.dimension = present_facets.dimension and value_terms.facet = present_facets.facet
    where {{ holds_on('value_terms', 'company.as_of_date') }}
),

met_cells as (
    select distinct terms.dimension, terms.cell
    from {{ ref('int_territory__rule_terms') }} as terms
    inner join met_terms on terms.dimension = met_terms.dimension and terms.term = met_terms.term
),

unmet_conditions as (
    select
        conditions.rule_number,
        {{ dbt.listagg(
            "replace(conditions.dimension, 'postal', 'postal code') || ' ' || conditions.cell", "' and '", "order by conditions.place"
        ) }} as unmet
    from conditions
    left join met_cells on conditions.dimension = met_cells.dimension and conditions.cell = met_cells.cell
    where met_cells.cell is null
    group by conditions.rule_number
),

never_matches as (
    select
        'never_matches' as issue,
        silent.rule_id,
        silent.territory_id,
        case
            when unmet_conditions.unmet is not null
                then
                    'Rule ' || silent.rule_id || ' matches no customer: nobody meets its ' || unmet_conditions.unmet
                    || ', whatever else it asks. Correct the spelling, wait for such customers, or end the rule.'
            else
                'Rule ' || silent.rule_id || ' matches no customer: each of its conditions is met by some, all together by none. '
                || 'Leave one of them out, or end the rule.'
        end as detail,
        0 as customer_count
    from silent
    left join unmet_conditions on silent.rule_number = unmet_conditions.rule_number
),

by_rule as (
    select
        rule_number,
        sum(customer_count) as match_count,
        sum(case when is_winner then customer_count else 0 end) as win_count
    from candidates
    group by rule_number
),

deciders as (
    select
        rule_number,
        decided_by_rule_id,
        sum(customer_count) as decided_count,
        row_number() over (partition by rule_number order by sum(customer_count) desc, decided_by_rule_id asc) as decider_rank
    from candidates
    group by rule_number, decided_by_rule_id
),

shadowed as (
    select
        'shadowed' as issue,
        rules.rule_id,
        deciders.decided_by_rule_id as other_rule_id,
        rules.territory_id,
        'Rule ' || rules.rule_id || ' matches ' || by_rule.match_count
        || case when by_rule.match_count = 1 then ' customer' else ' customers' end
        || ' and decides for none: ' || deciders.decided_by_rule_id || ' does for ' || deciders.decided_count
        || '. Narrow it, give it a lower priority number where they are as narrow, or end it.' as detail,
        by_rule.match_count as customer_count
    from by_rule
    inner join rules on by_rule.rule_number = rules.rule_number
    inner join deciders on by_rule.rule_number = deciders.rule_number and deciders.decider_rank = 1
    where by_rule.win_count = 0
),

tied as (
    select
        rule_id,
        territory_id,
        decided_by_rule_id,
        winner_territory_id,
        sum(customer_count) as customer_count
    from candidates
    where is_tie
    group by rule_id, territory_id, decided_by_rule_id, winner_territory_id
),

ties as (
    select
        'ties' as issue,
        decided_by_rule_id as rule_id,
        rule_id as other_rule_id,
        winner_territory_id as territory_id,
        'Rules ' || decided_by_rule_id || ' (' || winner_territory_id || ') and ' || rule_id || ' (' || territory_id
        || ') are as narrow and have the same priority for ' || customer_count
        || case when customer_count = 1 then ' customer' else ' customers' end
        || '; ' || decided_by_rule_id || ' decides only because its id is lower. Give one of them a lower priority number.' as detail,
        customer_count
    from tied
),

active_reps as (
    select distinct reps.rep_id
    from {{ ref('dim_reps') }} as reps
    cross join company
    where coalesce(reps.is_active, true) and {{ holds_on('reps', 'company.as_of_date') }}
),

open_territories as (
    select
        territories.territory_id,
        case when active_reps.rep_id is null then territories.default_rep_id end as absent_rep_id
    from {{ ref('dim_territories') }} as territories
    cross join company
    left join active_reps on territories.default_rep_id = active_reps.rep_id
    where {{ holds_on('territories', 'company.as_of_date') }}
),

staffed as (
    select distinct works.territory_id
    from {{ ref('bridge_rep_territories') }} as works
    cross join company
    inner join active_reps on works.rep_id = active_reps.rep_id
    where works.role = 'owner' and {{ holds_on('works', 'company.as_of_date') }}
),

points_to_nobody as (
    select
        'points_to_nobody' as issue,
        rules.rule_id,
        rules.territory_id,
        case
            when open_territories.territory_id is null
                then
                    'Rule ' || rules.rule_id || ' leads to ' || rules.territory_id
                    || ', which is not in force today. End the rule or name another territory.'
            when staffed.territory_id is not null
                then
                    'Rule ' || rules.rule_id || ' leads to ' || rules.territory_id || ', whose new customers go to '
                    || open_territories.absent_rep_id || ', who is not active today. Name somebody else in default_rep_id.'
            else
                'Rule ' || rules.rule_id || ' leads to ' || rules.territory_id
                || ', which nobody works as owner today. Write somebody into rep_territories, or name another territory.'
        end as detail,
        coalesce(by_rule.win_count, 0) as customer_count
    from rules
    left join open_territories on rules.territory_id = open_territories.territory_id
    left join staffed on rules.territory_id = staffed.territory_id
    left join by_rule on rules.rule_number = by_rule.rule_number
    where
        rules.effect = 'assign'
        and (open_territories.territory_id is null or staffed.territory_id is null or open_territories.absent_rep_id is not null)
),

upper_territories as (
    select territories.territory_id, territories.path
    from {{ ref('dim_territories') }} as territories
    cross join company
    where {{ holds_on('territories', 'company.as_of_date') }}
),

contradictions as (
    select
        'contradiction' as issue,
        assigning.rule_id,
        excluding.rule_id as other_rule_id,
        assigning.territory_id,
        'Rule ' || assigning.rule_id || ' assigns to ' || assigning.territory_id || ' exactly whom ' || excluding.rule_id
        || ' excludes from ' || excluding.territory_id || ', so it never decides. Keep one of the two.' as detail,
        coalesce(by_rule.match_count, 0) as customer_count
    from rules as assigning
    inner join rules as excluding
        on
            excluding.effect = 'exclude'
            {%- for dimension in dimensions_of_rules() %}
            and lower(assigning.{{ dimension }}_cell) = lower(excluding.{{ dimension }}_cell)
            {%- endfor %}
    left join upper_territories on assigning.territory_id = upper_territories.territory_id
    left join by_rule on assigning.rule_number = by_rule.rule_number
    where
        assigning.effect = 'assign'
        and instr('/' || coalesce(upper_territories.path, assigning.territory_id) || '/', '/' || excluding.territory_id || '/') > 0
),

names_retired_customer as (
    select
        'names_retired_customer' as issue,
        rule_id,
        territory_id,
        'Rule ' || rule_id || ' names what is no longer a customer id, and follows to whom it leads: '
        || {{ dbt.listagg("follows", "'; '", "order by old_customer_id") }}
        || '. Write the id in use instead: territory_rules line ' || sheet_line || ', customer_names.' as detail,
        count(distinct customer_id) as customer_count
    from (
        select
            *,
            old_customer_id || ' (' || cause || ' on ' || {{ day_text('retired_on') }} || ') is ' || customer_id
            || coalesce(', ' || customer_name, '') as follows
        from {{ ref('int_territory__retired_names') }}
    ) as names
    group by rule_number, rule_id, territory_id, sheet_line
),

unassigned as (
    select
        upper(profile_counts.country_value) as country_code,
        upper(coalesce(profile_counts.region_value, '')) as region_code,
        sum(profile_counts.customer_count) as customer_count
    from profile_counts
    where profile_counts.profile_number not in (select profile_number from candidates where is_winner)
    group by all
),

gaps as (
    select
        'gap' as issue,
        country_code,
        region_code,
        case when customer_count = 1 then '1 customer ' else customer_count || ' customers ' end
        || case
            when country_code = '' and region_code = '' then 'whose country nobody knows'
            when region_code = '' then 'in ' || country_code || ' without a known region'
            else 'in ' || region_code
        end
        || case when customer_count = 1 then ' is' else ' are' end
        || ' UNASSIGNED: no rule in force assigns them. Write a rule that does, or fill in what they lack '
        || '(fct_territory_blockers).' as detail,
        customer_count
    from unassigned
),

issues as (
    select issue, rule_id, null as other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count
    from never_matches

    union all

    select issue, rule_id, other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count from shadowed

    union all

    select issue, rule_id, other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count from ties

    union all

    select issue, rule_id, null as other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count
    from points_to_nobody

    union all

    select issue, rule_id, other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count from contradictions

    union all

    select issue, rule_id, null as other_rule_id, territory_id, '' as country_code, '' as region_code, detail, customer_count
    from names_retired_customer

    union all

    select
        issue,
        cast(null as varchar) as rule_id,
        cast(null as varchar) as other_rule_id,
        'UNASSIGNED' as territory_id,
        country_code,
        region_code,
        detail,
        customer_count
    from gaps
),

final as (
    select
        -- ids
        concat_ws(
            ':', issue, rule_id, other_rule_id, case when issue = 'gap' then country_code end, case when issue = 'gap' then region_code end
        ) as issue_id,
        rule_id,
        other_rule_id,
        territory_id,

        -- text
        issue,
        nullif(country_code, '') as country_code,
        nullif(region_code, '') as region_code,
        detail,

        -- numbers
        cast(customer_count as bigint) as customer_count
    from issues
)

select * from final
