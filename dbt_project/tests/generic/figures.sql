{#- Fails for a row for which the expression is false or unknown. -#}
{% test expression_is_true(model, expression) %}
select *
from {{ model }}
where not coalesce({{ expression }}, false)
{% endtest %}

{#- Fails when the sum here is not exactly the sum there. -#}
{% test sums_to(model, expression, to, to_expression, only_where='1 = 1', to_where='1 = 1') %}
with here as (
    select coalesce(sum({{ expression }}), 0) as total from {{ model }} where {{ only_where }}
),

there as (
    select coalesce(sum({{ to_expression }}), 0) as total from {{ to }} where {{ to_where }}
)

select
    here.total as sum_here,
    there.total as sum_there
from here
cross join there
where here.total <> there.total
{% endtest %}

{#- Fails when a relation has more or fewer rows than the one it is made of: nothing dropped, nothing doubled. -#}
{% test equal_rowcount(model, to) %}
with here as (
    select count(*) as row_count from {{ model }}
),

there as (
    select count(*) as row_count from {{ to }}
)

select
    here.row_count as rows_here,
    there.row_count as rows_there
from here
cross join there
where here.row_count <> there.row_count
{% endtest %}
