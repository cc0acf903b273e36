{#- numerator / denominator; null where the denominator is 0 or unknown, never 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- How much more than before, as a share of before. -#}
{% macro growth(now, before) -%}
    (cast({{ now }} as double) - cast({{ before }} as double)) / nullif(cast({{ before }} as double), 0)
{%- endmacro %}
