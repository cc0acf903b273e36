{#- Everything about half-open periods [valid_from, valid_to). An open end is null outside and 9999-12-31 inside comparisons. -#}

{#- Whether the period of relation `period` holds on `day`. -#}
{% macro holds_on(period, day) -%}
    ({{ period }}.valid_from <= {{ day }} and ({{ period }}.valid_to is null or {{ day }} < {{ period }}.valid_to))
{%- endmacro %}

{#- Whether two periods share at least one day. -#}
{% macro periods_meet(left, right) -%}
(
    {{ left }}.valid_from < coalesce({{ right }}.valid_to, cast('9999-12-31' as date))
    and {{ right }}.valid_from < coalesce({{ left }}.valid_to, cast('9999-12-31' as date))
)
{%- endmacro %}

{#- The end of a period for comparing; `closed_end` turns the result of least() or max() back into an open end. -#}
{% macro open_end(column) -%} coalesce({{ column }}, cast('9999-12-31' as date)) {%- endmacro %}

{% macro closed_end(expression) -%} nullif({{ expression }}, cast('9999-12-31' as date)) {%- endmacro %}

{#- One row per month's first day between two dates, both included. The one place that makes a calendar. -#}
{% macro months_between(first_day, last_day) -%}
cast(unnest(generate_series(
    cast(date_trunc('month', {{ first_day }}) as timestamp), cast({{ last_day }} as timestamp), interval 1 month
)) as date)
{%- endmacro %}

{% macro month_of(day) -%} cast(date_trunc('month', {{ day }}) as date) {%- endmacro %}
