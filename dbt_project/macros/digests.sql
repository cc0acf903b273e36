{#- A whole number that differs where any of the columns does. For noticing changes within one engine; nothing published bears it. -#}
{% macro digest(columns) -%} cast(hash({{ columns }}) // 2 as bigint) {%- endmacro %}

{#- What a recorded change of owner says, as one text; and the same as one number, for comparing. Not which file proves it: once proven,
    a fact is not recorded again because another file shows it, too. -#}
{% macro change_text(change) -%}
concat_ws(
    '|',
    coalesce({{ change }}.from_id, '-'),
    coalesce({{ change }}.to_id, '-'),
    cast({{ change }}.happened_at as varchar),
    cast({{ change }}.happened_on as varchar),
    {{ change }}.cause,
    coalesce({{ change }}.source_cause, '-'),
    coalesce({{ change }}.rule_id, '-'),
    coalesce({{ change }}.actor, '-'),
    coalesce({{ change }}.source, '-'),
    coalesce({{ change }}.record_id, '-')
)
{%- endmacro %}

{#- The id of the event that takes another one back: one per event and day. -#}
{% macro withdrawal_id(event_id, known_on) -%}
md5(concat_ws('|', 'withdrawal', {{ event_id }}, cast({{ known_on }} as varchar)))
{%- endmacro %}

{% macro change_key(change) -%}
{{ digest(
    change ~ ".from_id, " ~ change ~ ".to_id, " ~ change ~ ".happened_at, " ~ change ~ ".happened_on, " ~ change ~ ".cause, "
    ~ change ~ ".source_cause, " ~ change ~ ".rule_id, " ~ change ~ ".actor, " ~ change ~ ".source, " ~ change ~ ".record_id"
) }}
{%- endmacro %}
