-- Which rule of engagement (客户保护) applies to which customer, from when to when.
-- Grain: one row per customer, rule of the sheet protection, and period.
--   1. only customers that several people claim, or that belong to a group (int_ownership__concerned): elsewhere no rule has anything to
--      decide
--   2. a rule for a territory applies while the customer belongs to it or to one below it; of key_account the territory is the team, not
--      a limit
--   3. a rule for industries or size bands applies to customers in the periods in which they are of them, as far as anybody saw
--      (dim_customer_periods): who grows tomorrow was not large last year. A rule for an industry takes those below it on that day
-- Not here: for whom a rule speaks (int_ownership__voices, int_ownership__decisions).
with rules as (
    select *
    from {{ ref('stg_rule_protection') }}
    where applies_to = 'customers'
),

concerned as (
    select customer_id from {{ ref('int_ownership__concerned') }}
),

customers as (
    select
        periods.customer_id,
        {{ comparable('periods.industry_code') }} as industry_term,
        {{ comparable('periods.size_band') }} as size_term,
        periods.valid_from,
        periods.valid_to
    from {{ ref('dim_customer_periods') }} as periods
    inner join concerned on periods.customer_id = concerned.customer_id
),

rule_industries as (
    select protection_id, valid_from as rule_from, {{ alternatives('industries') }} as written from rules
),

rule_sizes as (
    select protection_id, valid_from as rule_from, {{ alternatives('size_bands') }} as written from rules
),

of_industry as (
    select distinct
        customers.customer_id,
        rule_industries.protection_id,
        rule_industries.rule_from,
        greatest(customers.valid_from, coalesce(levels.valid_from, customers.valid_from)) as valid_from,
        least({{ open_end('customers.valid_to') }}, {{ open_end('levels.valid_to') }}) as valid_to
    from customers
    left join {{ ref('bridge_industry_levels') }} as levels
        on customers.industry_term = levels.industry and {{ periods_meet('customers', 'levels') }}
    inner join rule_industries
        on coalesce(levels.upper_industry, customers.industry_term) = {{ comparable('rule_industries.written') }}
),

of_size as (
    select distinct
        customers.customer_id,
        rule_sizes.protection_id,
        rule_sizes.rule_from,
        customers.valid_from,
        {{ open_end('customers.valid_to') }} as valid_to
    from customers
    inner join rule_sizes on customers.size_term = {{ comparable('rule_sizes.written') }}
),

met as (
    select
        concerned.customer_id,
        rules.protection_id,
        rules.kind,
        rules.territory_id,
        rules.valid_from as rule_from,
        greatest(
            rules.valid_from,
            coalesce(of_industry.valid_from, rules.valid_from),
            coalesce(of_size.valid_from, rules.valid_from)
        ) as valid_from,
        least({{ open_end('rules.valid_to') }}, {{ open_end('of_industry.valid_to') }}, {{ open_end('of_size.valid_to') }}) as valid_to
    from concerned
    cross join rules
    left join of_industry
        on
            concerned.customer_id = of_industry.customer_id
            and rules.protection_id = of_industry.protection_id
            and rules.valid_from = of_industry.rule_from
    left join of_size
        on
            concerned.customer_id = of_size.customer_id
            and rules.protection_id = of_size.protection_id
            and rules.valid_from = of_size.rule_from
    where
        ({{ filled('rules.industries') }} is null or of_industry.customer_id is not null)
        and ({{ filled('rules.size_bands') }} is null or of_size.customer_id is not null)
),

fitting as (
    select * from met
    where valid_from < valid_to
),

territory_paths as (
    select distinct territory_id, '/' || path || '/' as path from {{ ref('dim_territories') }}
),

placed as (
    select
        fitting.customer_id,
        fitting.protection_id,
        fitting.rule_from,
        greatest(fitting.valid_from, assignments.valid_from) as valid_from,
        least({{ open_end('fitting.valid_to') }}, {{ open_end('assignments.valid_to') }}) as valid_to
    from fitting
    inner join {{ ref('fct_territory_assignments') }} as assignments
        on
            fitting.customer_id = assignments.customer_id
            and {{ periods_meet('fitting', 'assignments') }}
    inner join territory_paths
        on
            assignments.territory_id = territory_paths.territory_id
            and instr(territory_paths.path, '/' || fitting.territory_id || '/') > 0
    where fitting.territory_id is not null and fitting.kind <> 'key_account'

    union

    select
        customer_id,
        protection_id,
        rule_from,
        valid_from,
        valid_to
    from fitting
    where territory_id is null or kind = 'key_account'
),

marked as (
    select
        *,
        case
            when
                max(valid_to) over (
                    partition by customer_id, protection_id, rule_from order by valid_from, valid_to
                    rows between unbounded preceding and 1 preceding
                ) >= valid_from then 0
            else 1
        end as is_new_period
    from placed
),

numbered as (
    select
        *,
        sum(is_new_period) over (
            partition by customer_id, protection_id, rule_from order by valid_from, valid_to
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

periods as (
    select
        customer_id,
        protection_id,
        rule_from,
        min(valid_from) as valid_from,
        {{ closed_end('max(valid_to)') }} as valid_to
    from numbered
    group by customer_id, protection_id, rule_from, period_number
),

final as (
    select
        -- ids
        periods.customer_id,
        periods.protection_id,
        rules.territory_id,

        -- text
        rules.kind,
        '|' || coalesce(rules.sources, '') || '|' as sources,

        -- numbers
        rules.priority,
        rules.days,
        rules.days + coalesce(rules.extension_days * rules.extension_limit, 0) as longest_days,

        -- dates
        periods.valid_from,
        periods.valid_to
    from periods
    inner join rules on periods.protection_id = rules.protection_id and periods.rule_from = rules.valid_from
)

select * from final
