{#- The folder's `+schema` is the schema, without a prefix: relation = file = asset key (marts.fct_x, marts/fct_x). -#}
{% macro generate_schema_name(custom_schema_name, node) -%} {{ (custom_schema_name or target.schema) | trim }} {%- endmacro %}
