-- Which field keeps which customer out of the reach of rules: they would match it, but for this one field that it lacks.
-- Grain: one row per customer and field.
--   1. a gap (int_territory__gaps) and what a rule asks beside the field (int_territory__asked_fields) meet on equal terms
--   2. rules that ask the same are counted before they meet customers, so that 2,000 rules by city cost no more than one
--   3. the example is the rule with the lowest priority number, then the lowest rule_id
-- Not here: customers that lack two fields of every such rule; how many customers a rule misses (fct_territory_blocked_rules).
with gaps as (
    select * from {{ ref('int_territory__gaps') }}
),

asked as (
    select
        field,
        shape,
        named_customer_id,
        country_term,
        region_term,
        city_term,
        industry_term,
        size_term,
        count(distinct rule_id) as rule_count,
        min(struct_pack(priority := priority, rule_id := rule_id)) as strongest
    from {{ ref('int_territory__asked_fields') }}
    group by field, shape, named_customer_id, country_term, region_term, city_term, industry_term, size_term
),

blocked as (
    select
        gaps.customer_id,
        gaps.territory_id,
        gaps.field,
        gaps.is_unassigned,
        cast(sum(asked.rule_count) as bigint) as rule_count,
        struct_extract(min(asked.strongest), 'rule_id') as example_rule_id
    from gaps
    inner join asked
        on
            gaps.field = asked.field
            and gaps.shape = asked.shape
            and gaps.named_customer_id = asked.named_customer_id
            and gaps.country_term = asked.country_term
            and gaps.region_term = asked.region_term
            and gaps.city_term = asked.city_term
            and gaps.industry_term = asked.industry_term
            and gaps.size_term = asked.size_term
    group by gaps.customer_id, gaps.territory_id, gaps.field, gaps.is_unassigned
),

final as (
    select
        -- ids
        customer_id,
        territory_id,
        example_rule_id,

        -- text
        field,

        -- numbers
        rule_count,

        -- flags
        is_unassigned
    from blocked
)

select * from final
