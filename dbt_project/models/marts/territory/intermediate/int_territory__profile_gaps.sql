-- Which profiles hold customers that lack a field which rules ask for.
-- Grain: one row per profile and field.
--   1. only customers that some source still has, as they are today: nobody fills in a field of others or of former days
with customer_values as (
    select * from {{ ref('int_territory__customer_values') }}
    where is_active and valid_to is null
),

profiles as (
    select * from {{ ref('int_territory__customer_profiles') }}
    where valid_to is null
),

final as (
    {%- for field in fields_rules_ask_for() %}
    select distinct profiles.profile_number, '{{ field }}' as field
    from profiles
    inner join customer_values on profiles.customer_id = customer_values.customer_id
    where coalesce(customer_values.{{ field }}_value, '') = ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
)

select * from final
