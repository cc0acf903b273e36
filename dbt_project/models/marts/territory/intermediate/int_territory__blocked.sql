-- Where customers would stand among the rules if they had the one field they lack.
-- Grain: one row per customer, field it lacks, and node of what rules ask for beside it.
--   1. the customer's profile reached the node of what is left of rules without the field (int_territory__profile_asks)
--   2. only customers that some source still has, and only those of the profile that lack the field, as they are today
{{ config(materialized='view') }}  -- two marts read it once each; written down it would be some rows for each customer
with company as (
    select * from {{ ref('stg_company') }}
),

asks as (
    select distinct
        asks.profile_number,
        rules.field,
        asks.node
    from {{ ref('int_territory__profile_asks') }} as asks
    cross join company
    inner join (select distinct node_11, field from {{ ref('int_territory__rules') }} where field <> '') as rules
        on asks.node = rules.node_11
    where {{ holds_on('asks', 'company.as_of_date') }}
),

profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
    where valid_to is null
),

assignments as (
    select assignments.customer_id, assignments.territory_id
    from {{ ref('fct_territory_assignments') }} as assignments
    cross join company
    where {{ holds_on('assignments', 'company.as_of_date') }}
),

lacking as (
    {%- for field in fields_rules_ask_for() %}
    select customer_id, '{{ field }}' as field
    from {{ ref('int_territory__customer_values') }}
    where is_active and valid_to is null and coalesce({{ field }}_value, '') = ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

final as (
    select
        -- ids
        lacking.customer_id,
        assignments.territory_id,

        -- text
        lacking.field,

        -- numbers
        asks.node,

        -- flags
        assignments.territory_id = 'UNASSIGNED' as is_unassigned
    from lacking
    inner join profiles on lacking.customer_id = profiles.customer_id
    inner join asks on profiles.profile_number = asks.profile_number and lacking.field = asks.field
    inner join assignments on lacking.customer_id = assignments.customer_id
)

select * from final
