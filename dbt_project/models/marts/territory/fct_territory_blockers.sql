-- Which field keeps which customer out of the reach of rules: they would match it, but for this one field that it lacks.
-- Grain: one row per customer and field.
--   1. customers and what is left of rules without the field meet at a node (int_territory__blocked)
--   2. rules that ask the same are counted before they meet customers, so that 2,000 rules by city cost no more than one
--   3. the example is the rule with the lowest priority number, then the lowest rule_id
-- Not here: customers that lack two fields of every such rule; how many customers a rule misses (fct_territory_blocked_rules).
with blocked as (
    select * from {{ ref('int_territory__blocked') }}
),

asked as (
    select
        node_11 as node,
        count(distinct rule_id) as rule_count,
        min(struct_pack(priority := priority, rule_id := rule_id)) as strongest
    from {{ ref('int_territory__rules') }}
    where field <> ''
    group by node_11
),

final as (
    select
        -- ids
        blocked.customer_id,
        blocked.territory_id,
        struct_extract(min(asked.strongest), 'rule_id') as example_rule_id,

        -- text
        blocked.field,

        -- numbers
        cast(sum(asked.rule_count) as bigint) as rule_count,

        -- flags
        blocked.is_unassigned
    from blocked
    inner join asked on blocked.node = asked.node
    group by blocked.customer_id, blocked.territory_id, blocked.field, blocked.is_unassigned
)

select * from final
