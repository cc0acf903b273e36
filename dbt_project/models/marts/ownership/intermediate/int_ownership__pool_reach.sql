-- Which rules of the sheets pool and protection apply to which kind of customer; in force or not.
-- Grain: one row per kind of rule, rule, period, territory, industry, size and stretch of time within which the tree of industries is one.
--   1. only territories, industries and sizes that some customer has at some moment that is asked about (int_ownership__pool_moments)
--   2. a territory of a rule means it and all below it; an industry means it and all below it in the tree of industries on that day
--   3. an empty column does not restrict; what a customer lacks matches no restriction
--   4. of protections only those that end: first_touch and filing. Rules for leads are not asked: leads have no periods of ownership yet
-- Not here: whether a rule is in force on a day (whoever joins it), whether it holds (int_ownership__pool_triggers).
with company as (
    select * from {{ ref('stg_company') }}
),

kinds as (
    select distinct territory_id, industry_term, size_term
    from {{ ref('int_ownership__pool_moments') }}
),

rules as (
    select 'pool' as rule_kind, pool_rule_id as rule_id, valid_from, territory_id, industries, size_bands
    from {{ ref('stg_rule_pool') }}
    where applies_to = 'customers'

    union all

    select 'protection' as rule_kind, protection_id as rule_id, valid_from, territory_id, industries, size_bands
    from {{ ref('stg_rule_protection') }}
    where applies_to = 'customers' and kind in ('first_touch', 'filing')
),

territories as (
    select
        dim_territories.*,
        row_number() over (partition by territory_id order by valid_from desc) as row_rank
    from {{ ref('dim_territories') }} as dim_territories
    cross join company
    where dim_territories.valid_from <= company.as_of_date
),

in_territories as (
    select rules.rule_kind, rules.rule_id, rules.valid_from, kinds.territory_id
    from (select distinct territory_id from kinds) as kinds
    cross join rules
    left join territories
        on
            kinds.territory_id = territories.territory_id
            and territories.row_rank = 1
    where
        {{ filled('rules.territory_id') }} is null
        or rules.territory_id = kinds.territory_id
        or instr('/' || territories.path || '/', '/' || rules.territory_id || '/') > 0
),

levels as (
    select * from {{ ref('bridge_industry_levels') }}
),

tree_changes as (
    select cast('0001-01-01' as date) as day
    union
    select valid_from as day from levels
    union
    select valid_to as day from levels
    where valid_to is not null
),

stretches as (
    select day as reach_from, lead(day) over (order by day) as reach_to from tree_changes
),

industry_terms as (
    select rule_kind, rule_id, valid_from, {{ alternatives('industries') }} as term from rules
),

in_industries as (
    select
        rules.rule_kind,
        rules.rule_id,
        rules.valid_from,
        kinds.industry_term,
        cast('0001-01-01' as date) as reach_from,
        cast(null as date) as reach_to
    from (select distinct industry_term from kinds) as kinds
    cross join rules
    where {{ filled('rules.industries') }} is null

    union

    select
        industry_terms.rule_kind,
        industry_terms.rule_id,
        industry_terms.valid_from,
        kinds.industry_term,
        stretches.reach_from,
        stretches.reach_to
    from (select distinct industry_term from kinds where industry_term <> '') as kinds
    cross join stretches
    left join levels on kinds.industry_term = levels.industry and {{ holds_on('levels', 'stretches.reach_from') }}
    inner join industry_terms on {{ comparable('industry_terms.term') }} in (kinds.industry_term, levels.upper_industry)
),

size_terms as (
    select rule_kind, rule_id, valid_from, {{ alternatives('size_bands') }} as term from rules
),

in_sizes as (
    select rules.rule_kind, rules.rule_id, rules.valid_from, kinds.size_term
    from (select distinct size_term from kinds) as kinds
    cross join rules
    where {{ filled('rules.size_bands') }} is null

    union

    select size_terms.rule_kind, size_terms.rule_id, size_terms.valid_from, kinds.size_term
    from (select distinct size_term from kinds where size_term <> '') as kinds
    inner join size_terms on {{ comparable('size_terms.term') }} = kinds.size_term
),

final as (
    select
        -- ids
        in_territories.rule_kind,
        in_territories.rule_id,
        kinds.territory_id,

        -- text
        kinds.industry_term,
        kinds.size_term,

        -- dates
        in_territories.valid_from,
        in_industries.reach_from,
        in_industries.reach_to
    from kinds
    inner join in_territories on kinds.territory_id = in_territories.territory_id
    inner join in_industries
        on
            in_territories.rule_kind = in_industries.rule_kind
            and in_territories.rule_id = in_industries.rule_id
            and in_territories.valid_from = in_industries.valid_from
            and kinds.industry_term = in_industries.industry_term
    inner join in_sizes
        on
            in_territories.rule_kind = in_sizes.rule_kind
            and in_territories.rule_id = in_sizes.rule_id
            and in_territories.valid_from = in_sizes.valid_from
            and kinds.size_term = in_sizes.size_term
)

select * from final
