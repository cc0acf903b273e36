-- Which rules miss customers for lack of which field.
-- Grain: one row per rule and field.
--   1. customers that would stand at the same node are counted before (int_territory__blocked); then each rule takes its node's count
-- Not here: which customers they are (fct_territory_blockers).
with rules as (
    select * from {{ ref('int_territory__rules') }}
    where field <> ''
),

blocked as (
    select
        field,
        node,
        count(*) as customer_count,
        count(*) filter (where is_unassigned) as unassigned_count
    from {{ ref('int_territory__blocked') }}
    group by field, node
),

final as (
    select
        -- ids
        rules.rule_id,
        rules.territory_id,

        -- text
        rules.field,

        -- numbers
        cast(sum(blocked.customer_count) as bigint) as customer_count,
        cast(sum(blocked.unassigned_count) as bigint) as unassigned_count
    from rules
    inner join blocked on rules.node_11 = blocked.node
    group by rules.rule_id, rules.territory_id, rules.field
)

select * from final
