{#- Fails for a period that is empty or runs backwards, and for one that begins before an earlier one of the same key has ended. -#}
{% test no_overlapping_periods(model, columns) %}
with ordered as (
    select
        {{ columns | join(', ') }},
        valid_from,
        valid_to,
        max({{ open_end('valid_to') }}) over (
            partition by {{ columns | join(', ') }}
            order by valid_from, valid_to
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from {{ model }}
)

select * from ordered
where valid_from is null or valid_to <= valid_from or valid_from < ended_before
{% endtest %}

{#- Fails for a row that does not end on the day the key's next row begins; the last row must be open. So there is neither gap nor
    overlap, and exactly one open row per key. -#}
{% test no_gaps(model, columns) %}
with ordered as (
    select
        {{ columns | join(', ') }},
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ columns | join(', ') }} order by valid_from, valid_to) as next_from
    from {{ model }}
)

select * from ordered
where valid_from is null or valid_to <= valid_from or valid_to is distinct from next_from
{% endtest %}
