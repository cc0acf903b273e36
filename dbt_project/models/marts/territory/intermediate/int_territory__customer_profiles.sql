-- Which customers no territory rule can tell apart.
-- Grain: one row per customer.
--   1. of each dimension the facet: the number of the terms that the customer meets, 0 for none
--   2. customers with equal facets of all places have one place_number, with equal facets of everything one profile_number
-- Everything about rules is worked out once per profile: a million customers have some thousands of them.
-- noqa: disable=layout.indent
with customer_values as (
    select * from {{ ref('int_territory__customer_values') }}
),

facets as (
    select distinct dimension, value, facet from {{ ref('int_territory__value_terms') }}
),

customer_facets as (
    select
        customer_values.customer_id
        {%- for dimension in dimensions_of_rules() %},
        coalesce({{ dimension }}_facets.facet, 0) as {{ dimension }}_facet
        {%- endfor %}
    from customer_values
    {%- for dimension in dimensions_of_rules() %}
    left join facets as {{ dimension }}_facets
        on {{ dimension }}_facets.dimension = '{{ dimension }}' and customer_values.{{ dimension }}_value = {{ dimension }}_facets.value
    {%- endfor %}
),

distinct_facets as (
    select distinct
        {%- for dimension in dimensions_of_rules() %}
        {{ dimension }}_facet
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from customer_facets
),

profiles as (
    select
        *,
        row_number() over (
            order by
                {%- for dimension in dimensions_of_rules() %}
                {{ dimension }}_facet
                {%- if not loop.last %},{% endif %}
                {%- endfor %}
        ) as profile_number,
        dense_rank() over (
            order by
                {%- for dimension in places_of_rules() %}
                {{ dimension }}_facet
                {%- if not loop.last %},{% endif %}
                {%- endfor %}
        ) as place_number
    from distinct_facets
),

final as (
    select
        -- ids
        customer_facets.customer_id,

        -- numbers
        profiles.profile_number,
        profiles.place_number
        {%- for dimension in dimensions_of_rules() %},
        customer_facets.{{ dimension }}_facet
        {%- endfor %}
    from customer_facets
    inner join profiles
        on
            {%- for dimension in dimensions_of_rules() %}
            {% if not loop.first %}and {% endif %}customer_facets.{{ dimension }}_facet = profiles.{{ dimension }}_facet
            {%- endfor %}
)

select * from final
