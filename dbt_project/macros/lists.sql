{#- One row per alternative of a cell such as `US-WA|US-OR`. The one place that splits lists. -#}
{% macro alternatives(column) -%} trim(unnest(string_split({{ column }}, '|'))) {%- endmacro %}

{#- Text for comparing: without surrounding blanks and without case; empty text is nothing. -#}
{% macro comparable(column) -%} nullif(lower(trim({{ column }})), '') {%- endmacro %}

{#- The name of a city for comparing: 杭州市 and 杭州 are one. -#}
{% macro comparable_city(column) -%}
case
    when {{ column }} like '__%市' then {{ comparable('substr(' ~ column ~ ', 1, length(' ~ column ~ ') - 1)') }}
    else {{ comparable(column) }}
end
{%- endmacro %}

{#- A cell that holds something, or null. -#}
{% macro filled(column) -%} nullif(trim({{ column }}), '') {%- endmacro %}
