{#- Fails for a key that stands twice, and for a key with an empty part. -#}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}

{#- Fails for a filled value, among the rows that `only_where` asks for, that does not stand in the other relation. -#}
{% test relationships_where(model, column, to, to_column, only_where='1 = 1') %}
select
    missing.{{ column }},
    count(*) as row_count
from {{ model }} as missing
left join (select distinct {{ to_column }} as known from {{ to }}) as parents on missing.{{ column }} = parents.known
where missing.{{ column }} is not null and parents.known is null and {{ only_where }}
group by missing.{{ column }}
{% endtest %}

{#- Fails for a value of the other relation's column of the same name that has no row here: nobody falls through. -#}
{% test covers(model, column, of) %}
select distinct {{ column }}
from {{ of }}
where {{ column }} is not null and {{ column }} not in (select {{ column }} from {{ model }} where {{ column }} is not null)
{% endtest %}
