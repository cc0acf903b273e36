{#- What territory rules can restrict, in the order in which sentences name it, and the columns of the sheet it stands in. -#}
{% macro places_of_rules() -%} {{ return(['country', 'region', 'division', 'city', 'postal', 'circle']) }} {%- endmacro %}

{% macro dimensions_of_rules() -%} {{ return(places_of_rules() + ['industry', 'size', 'potential', 'product', 'customer']) }} {%- endmacro %}

{#- What the record keeps of each customer: all that a rule can look at, as its sources write it. Not as rules compare it: a better way of
    comparing must not make customers move. -#}
{% macro recorded_values() -%}
{{ return([
    'customer_name', 'country_code', 'region_code', 'division_code', 'city_name', 'postal_code', 'latitude', 'longitude', 'place_precision',
    'industry_code', 'size_band', 'potential_band', 'products'
]) }}
{%- endmacro %}

{#- What a customer can lack of what rules ask for. Nobody lacks a name, and who bought nothing lacks no data. -#}
{% macro fields_rules_ask_for() -%} {{ return(['country', 'region', 'city', 'industry', 'size']) }} {%- endmacro %}

{#- A postal code for comparing: capital letters and digits only; of ZIP+4 the ZIP. -#}
{% macro comparable_postal(postal_code, country_code) -%}
nullif(
    case
        when upper({{ country_code }}) = 'US' then substr(regexp_replace(upper({{ postal_code }}), '[^A-Z0-9]', '', 'g'), 1, 5)
        else regexp_replace(upper({{ postal_code }}), '[^A-Z0-9]', '', 'g')
    end,
    ''
)
{%- endmacro %}

{#- One row per whole number from the first to the last, both included. -#}
{% macro numbers_between(first, last) -%} unnest(generate_series({{ first }}, {{ last }})) {%- endmacro %}

{#- Kilometres on the surface of the earth between two points in degrees. -#}
{% macro kilometres_between(latitude, longitude, other_latitude, other_longitude) -%}
2 * 6371.0088 * asin(least(1.0, sqrt(
    power(sin(radians({{ other_latitude }} - {{ latitude }}) / 2), 2)
    + cos(radians({{ latitude }})) * cos(radians({{ other_latitude }})) * power(sin(radians({{ other_longitude }} - {{ longitude }}) / 2), 2)
)))
{%- endmacro %}

{#- One step further down the tree of cells (int_territory__rules.node_*): from what rules and customers have agreed on so far to one more
    dimension. A rule that does not restrict it lets everybody through; one that does only those whose facet holds one of its terms.
    Two arms and not one: DuckDB would join facets with rules first, which is every customer with every rule. -#}
{% macro next_dimension(walk, dimension, place, kept) -%}
select
    {% for column in kept %}walked.{{ column }}, {% endfor %}
    edges.child_node as node,
    walked.matched_on
    {%- if dimension in places_of_rules() %},
    walked.geography_depth
    {%- endif %}
    {%- if dimension == 'industry' %},
    cast(0 as bigint) as industry_depth,
    cast('0001-01-01' as date) as industry_from,
    cast(null as date) as industry_to
    {%- endif %}
from {{ walk }} as walked
inner join open_edges as edges on edges.step = {{ place }} and walked.node = edges.parent_node

union all

select
    {% for column in kept %}walked.{{ column }}, {% endfor %}
    edges.child_node as node,
    case
        when walked.matched_on = '' then '{{ words_of_dimensions()[dimension] }}' || edges.written
        {% if dimension == 'customer' -%}
        else '{{ words_of_dimensions()[dimension] }}' || edges.written || ', ' || walked.matched_on
        {%- else -%}
        else walked.matched_on || ', ' || '{{ words_of_dimensions()[dimension] }}' || edges.written
        {%- endif %}
    end as matched_on
    {%- if dimension in places_of_rules() %},
    greatest(walked.geography_depth, edges.depth) as geography_depth
    {%- endif %}
    {%- if dimension == 'industry' %},
    facet_terms.level as industry_depth,
    facet_terms.valid_from as industry_from,
    facet_terms.valid_to as industry_to
    {%- endif %}
from {{ walk }} as walked
inner join facet_terms on facet_terms.dimension = '{{ dimension }}' and walked.{{ dimension }}_facet = facet_terms.facet
inner join edges on edges.step = {{ place }} and walked.node = edges.parent_node and facet_terms.term = edges.term
{%- endmacro %}

{#- How a sentence begins to name a term. -#}
{% macro words_of_dimensions() -%}
{{ return({
    'country': 'country ', 'region': 'region ', 'division': 'division ', 'city': 'city ', 'postal': 'postal code ', 'circle': 'within ',
    'industry': 'industry ', 'size': 'size ', 'potential': 'potential ', 'product': 'product ', 'customer': 'customer '
}) }}
{%- endmacro %}

{#- The first thing in which a candidate falls behind the winner, as part of a sentence; columns of `candidate`, its rule, and the winner. -#}
{% macro why_it_lost(candidate, rule, winner) -%}
case
    when {{ candidate }}.excluding_rule_id is not null
        then
            {{ candidate }}.excluding_rule_id || ' excludes from ' || {{ candidate }}.excluded_territory_id || ', so ' || {{ rule }}.rule_id
            || ' does not count'
    when {{ winner }}.is_named_customer and not {{ rule }}.is_named_customer then {{ rule }}.rule_id || ' does not name the customer'
    when {{ winner }}.dimension_count > {{ rule }}.dimension_count then {{ rule }}.rule_id || ' is broader'
    when {{ winner }}.geography_depth > {{ candidate }}.geography_depth then {{ rule }}.rule_id || ' covers a larger place'
    when {{ winner }}.industry_depth > {{ candidate }}.industry_depth then {{ rule }}.rule_id || ' covers a wider industry'
    when {{ winner }}.priority < {{ rule }}.priority then {{ rule }}.rule_id || ' has priority ' || {{ rule }}.priority
    when {{ winner }}.rule_id < {{ rule }}.rule_id then {{ rule }}.rule_id || ' is as narrow and has the higher id'
    else {{ rule }}.rule_id || ' stands twice in the sheet and this row begins later'
end
|| ' (' || coalesce({{ filled(candidate ~ '.matched_on') }}, 'no condition') || ')'
{%- endmacro %}
