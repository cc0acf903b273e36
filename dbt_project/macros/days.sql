{#- A day so many days after another, as a date. Before it with a minus: plus_days('-rules.warn_days', 'due_date'). -#}
{% macro plus_days(count, day) -%} cast({{ dbt.dateadd('day', count, day) }} as date) {%- endmacro %}

{#- How many days lie between two dates. -#}
{% macro days_between(first_day, last_day) -%} cast({{ dbt.datediff(first_day, last_day, 'day') }} as bigint) {%- endmacro %}

{#- A date as people read it. -#}
{% macro day_text(day) -%} cast({{ day }} as varchar) {%- endmacro %}

{#- A number and its noun: 1 day, 2 days. -#}
{% macro days_text(count) -%} (cast({{ count }} as varchar) || case when {{ count }} = 1 then ' day' else ' days' end) {%- endmacro %}
