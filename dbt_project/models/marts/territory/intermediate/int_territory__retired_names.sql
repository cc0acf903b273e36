-- Retired customer ids that territory rules in force on the as-of date still name, and the customers whom the rules mean by them today.
-- Grain: one row per rule in force and retired id that it names.
--   1. a rule follows the redirect of an id (int_territory__value_terms), as a question about a retired id does
--   2. sheet_line counts the header as 1, as a spreadsheet does
-- Not here: names of customers; whoever is called so is meant.
with company as (
    select * from {{ ref('stg_company') }}
),

rules as (
    select rules.*
    from {{ ref('int_territory__rules') }} as rules
    cross join company
    where rules.field = '' and rules.customer_cell <> '' and {{ holds_on('rules', 'company.as_of_date') }}
),

written as (
    select distinct rule_number, rule_id, territory_id, valid_from, {{ alternatives('customer_cell') }} as name from rules
),

final as (
    select distinct
        -- ids
        written.rule_id,
        written.territory_id,
        redirects.old_customer_id,
        redirects.customer_id,

        -- text
        redirects.cause,
        customers.customer_name,

        -- numbers
        written.rule_number,
        sheet.row_number + 1 as sheet_line,

        -- dates
        cast(redirects.happened_at as date) as retired_on
    from written
    inner join {{ ref('customer_id_redirects') }} as redirects
        on {{ comparable('written.name') }} = {{ comparable('redirects.old_customer_id') }}
    inner join {{ ref('stg_rule_territory_rules') }} as sheet
        on written.rule_id = sheet.rule_id and written.valid_from = sheet.valid_from
    left join {{ ref('dim_customers') }} as customers on redirects.customer_id = customers.customer_id
)

select * from final
