-- Which customers meet what which rules ask for, told by profile and by node.
-- Grain: one row per profile, node (int_territory__rules.node_11), what it was matched on, and period of the industry tree.
--   1. rules are a tree of beginnings: all start together and part where a cell differs; a profile walks down as far as its facets let it
--   2. each step is one dimension and an equi-join that yields true matches only: no rule is compared with every customer
--   3. the places are walked first, once per distinct place; then industry, size, potential, product and name, once per profile
--   4. what is left of rules without one field is walked too, by the profiles whose customers lack this field
-- Not here: which rules stand at a node (int_territory__rule_matches, fct_territory_blockers).
-- noqa: disable=layout.indent
with rules as (
    select * from {{ ref('int_territory__rules') }}
),

terms as (
    select * from {{ ref('int_territory__rule_terms') }}
),

edges as (
    {%- for dimension in dimensions_of_rules() %}
    select distinct
        {{ loop.index }} as step,
        rules.node_{{ loop.index0 }} as parent_node,
        rules.node_{{ loop.index }} as child_node,
        terms.term,
        terms.written,
        terms.depth
    from rules
    inner join terms on terms.dimension = '{{ dimension }}' and rules.{{ dimension }}_cell = terms.cell
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

open_edges as (
    {%- for dimension in dimensions_of_rules() %}
    select distinct
        {{ loop.index }} as step,
        node_{{ loop.index0 }} as parent_node,
        node_{{ loop.index }} as child_node
    from rules
    where {{ dimension }}_cell = ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

profiles as (
    select distinct
        profile_number,
        place_number
        {%- for dimension in dimensions_of_rules() %},
        {{ dimension }}_facet
        {%- endfor %}
    from {{ ref('int_territory__customer_profiles') }}
),

facet_terms as (
    select distinct dimension, facet, term, level, valid_from, valid_to from {{ ref('int_territory__value_terms') }}
),

roots as (
    select distinct node_0 as node, field from rules
),

places as (
    select distinct
        place_number,
        {%- for dimension in places_of_rules() %}
        {{ dimension }}_facet
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from profiles
),

place_step_0 as (
    select
        places.*,
        roots.field,
        roots.node,
        '' as matched_on,
        cast(0 as bigint) as geography_depth
    from places
    cross join roots
),
{% for dimension in places_of_rules() %}
{%- set kept = ['place_number', 'field'] -%}
{%- for later in places_of_rules()[loop.index:] -%}{%- do kept.append(later ~ '_facet') -%}{%- endfor %}
place_step_{{ loop.index }} as (
    {{ next_dimension('place_step_' ~ loop.index0, dimension, loop.index, kept) | indent(4) }}
),
{% endfor %}
places_met as (
    select place_number, field, node, matched_on, geography_depth
    from (
        select
            *,
            row_number() over (partition by place_number, node order by geography_depth desc, matched_on asc) as place_rank
        from place_step_{{ places_of_rules() | length }}
    ) as numbered
    where place_rank = 1
),

wanted as (
    select profile_number, '' as field from profiles
    union all
    select profile_number, field from {{ ref('int_territory__profile_gaps') }}
),

profile_step_6 as (
    select
        profiles.profile_number,
        profiles.industry_facet,
        profiles.size_facet,
        profiles.potential_facet,
        profiles.product_facet,
        profiles.customer_facet,
        places_met.geography_depth,
        places_met.node,
        places_met.matched_on
    from profiles
    inner join wanted on profiles.profile_number = wanted.profile_number
    inner join places_met on profiles.place_number = places_met.place_number and wanted.field = places_met.field
),

profile_step_7 as (
    {{ next_dimension('profile_step_6', 'industry', 7,
        ['profile_number', 'geography_depth', 'size_facet', 'potential_facet', 'product_facet', 'customer_facet']) | indent(4) }}
),

{%- set kept = ['profile_number', 'geography_depth', 'industry_depth', 'industry_from', 'industry_to'] %}

profile_step_8 as (
    {{ next_dimension('profile_step_7', 'size', 8, kept + ['potential_facet', 'product_facet', 'customer_facet']) | indent(4) }}
),

profile_step_9 as (
    {{ next_dimension('profile_step_8', 'potential', 9, kept + ['product_facet', 'customer_facet']) | indent(4) }}
),

profile_step_10 as (
    {{ next_dimension('profile_step_9', 'product', 10, kept + ['customer_facet']) | indent(4) }}
),

profile_step_11 as (
    {{ next_dimension('profile_step_10', 'customer', 11, kept) | indent(4) }}
),

final as (
    select
        -- numbers
        profile_number,
        node,
        geography_depth,
        industry_depth,

        -- text
        matched_on,

        -- dates
        industry_from as valid_from,
        industry_to as valid_to
    from profile_step_11
)

select * from final
