-- Which profiles hold customers that lack a field which rules ask for.
-- Grain: one row per profile and field.
--   1. only customers that some source still has: nobody fills in a field of the others
with customer_values as (
    select * from {{ ref('int_territory__customer_values') }}
),

profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
),

final as (
    {%- for field in fields_rules_ask_for() %}
    select distinct profiles.profile_number, '{{ field }}' as field
    from profiles
    inner join customer_values on profiles.customer_id = customer_values.customer_id
    where customer_values.is_active and coalesce(customer_values.{{ field }}_value, '') = ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
)

select * from final
