{{ config(meta={'dagster': {'ref': {'name': 'fct_territory_blockers'}}}) }}
-- Fails for a field of which the customers count more or fewer missed rules than the rules count missed customers.
with by_customer as (
    select
        field,
        sum(rule_count) as pair_count
    from {{ ref('fct_territory_blockers') }}
    group by field
),

by_rule as (
    select
        field,
        sum(customer_count) as pair_count
    from {{ ref('fct_territory_blocked_rules') }}
    group by field
)

select coalesce(by_customer.field, by_rule.field) as field
from by_customer
full outer join by_rule on by_customer.field = by_rule.field
where by_customer.pair_count is distinct from by_rule.pair_count
