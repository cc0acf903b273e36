-- Which customers no territory rule can tell apart.
-- Grain: one row per customer and period.
--   1. of each dimension the facet: the number of the terms that the customer meets, 0 for none
--   2. customers with equal facets of all places have one place_number, with equal facets of everything one profile_number
--   3. neighbouring periods of one profile are one: what changed in the customer between them, no rule asks for
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
        customer_values.customer_id,
        customer_values.valid_from,
        customer_values.valid_to
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

numbered as (
    select
        customer_facets.customer_id,
        customer_facets.valid_from,
        customer_facets.valid_to,
        profiles.*
    from customer_facets
    inner join profiles
        on
            {%- for dimension in dimensions_of_rules() %}
            {% if not loop.first %}and {% endif %}customer_facets.{{ dimension }}_facet = profiles.{{ dimension }}_facet
            {%- endfor %}
),

-- Of a hundred customers ninety-nine have one period and nothing to compare.
moved as (
    select distinct customer_id from customer_facets
    where valid_to is not null
),

marked as (
    select
        *,
        case
            when lag(profile_number) over (partition by customer_id order by valid_from) = profile_number then 0 else 1
        end as is_new_period
    from numbered
    where customer_id in (select customer_id from moved)
),

counted as (
    select
        *,
        sum(is_new_period) over (partition by customer_id order by valid_from) as period_number
    from marked
),

merged as (
    select
        customer_id,
        profile_number,
        min(valid_from) as valid_from,
        {{ closed_end('max(' ~ open_end('valid_to') ~ ')') }} as valid_to
    from counted
    group by customer_id, profile_number, period_number
),

final as (
    select
        -- ids
        customer_id,

        -- numbers
        profile_number,
        place_number,
        {%- for dimension in dimensions_of_rules() %}
        {{ dimension }}_facet,
        {%- endfor %}

        -- dates
        valid_from,
        valid_to,

        -- flags
        true as is_only
    from numbered
    where customer_id not in (select customer_id from moved)

    union all

    select
        merged.customer_id,
        profiles.profile_number,
        profiles.place_number,
        {%- for dimension in dimensions_of_rules() %}
        profiles.{{ dimension }}_facet,
        {%- endfor %}
        merged.valid_from,
        merged.valid_to,
        merged.valid_from = cast('0001-01-01' as date) and merged.valid_to is null as is_only
    from merged
    inner join profiles on merged.profile_number = profiles.profile_number
)

select * from final
