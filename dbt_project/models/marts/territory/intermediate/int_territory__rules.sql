-- What each territory rule asks for: one cell for each thing that rules can restrict, and what is left of it without one field.
-- Grain: one row per rule, period and field left out; the rule in full has an empty field.
--   1. only rules whose state is active; planning rows act nowhere
--   2. a cell is what the sheet says, a list of alternatives; an empty cell does not restrict; a circle's is its point and radius
--   3. dimension_count is the narrowness: place counts once, however many of its columns are filled; then industry, size, potential,
--      product, customer
--   4. without one field: what a customer that lacks this field would still have to meet (fct_territory_blockers); only rules that
--      assign and are in force on the as-of date
--   5. a region lies in a country: who is known to be in China does not miss a rule for a state of the US for lack of a region, who
--      is in no known country does; so the country of a left-out region is asked for, or none
--   6. rule_number counts them by priority, then rule_id, then first day: of two equally narrow rules the lower one wins
--   7. node_1 to node_11 number the beginnings that rules have in common: equal number, equal field and equal cells up to there
-- Not here: the alternatives in a cell (int_territory__rule_terms), who meets them (int_territory__rule_matches).
-- noqa: disable=layout.indent
with company as (
    select * from {{ ref('stg_company') }}
),

rules as (
    select
        rule_id,
        territory_id,
        effect,
        reason as rule_reason,
        coalesce(priority, 100) as priority,
        valid_from,
        valid_to,
        coalesce({{ filled('country_codes') }}, '') as country_cell,
        coalesce({{ filled('region_codes') }}, '') as region_cell,
        coalesce({{ filled('division_codes') }}, '') as division_cell,
        coalesce({{ filled('city_names') }}, '') as city_cell,
        coalesce({{ filled('postal_codes') }}, '') as postal_cell,
        coalesce(
            cast(within_km as varchar) || ' km of ' || cast(latitude as varchar) || ',' || cast(longitude as varchar),
            ''
        ) as circle_cell,
        coalesce({{ filled('industries') }}, '') as industry_cell,
        coalesce({{ filled('size_bands') }}, '') as size_cell,
        coalesce({{ filled('potential_bands') }}, '') as potential_cell,
        coalesce({{ filled('product_lines') }}, '') as product_cell,
        coalesce({{ filled('customer_names') }}, '') as customer_cell,
        latitude,
        longitude,
        within_km
    from {{ ref('stg_rule_territory_rules') }}
    where state = 'active'
),

in_force as (
    select rules.*
    from rules
    cross join company
    where rules.effect = 'assign' and {{ holds_on('rules', 'company.as_of_date') }}
),

asked as (
    select '' as field, rules.* from rules
    {%- for field in fields_rules_ask_for() %}

    union all

    {% if field == 'region' -%}
    select
        '{{ field }}' as field,
        in_force.* replace (
            '' as region_cell,
            case when country_cell = '' then 'of ' || region_cell else country_cell end as country_cell
        )
    from in_force
    where region_cell <> ''
    {%- else -%}
    select '{{ field }}' as field, in_force.* replace ('' as {{ field }}_cell) from in_force where {{ field }}_cell <> ''
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        -- ids
        rule_id,
        territory_id,

        -- text
        field,
        effect,
        rule_reason,
        {%- for dimension in dimensions_of_rules() %}
        {{ dimension }}_cell,
        {%- endfor %}

        -- numbers
        row_number() over (order by field, priority, rule_id, valid_from) as rule_number,
        priority,
        cast(
            case
                when country_cell || region_cell || division_cell || city_cell || postal_cell || circle_cell = '' then 0
                else 1
            end
            + case when industry_cell = '' then 0 else 1 end
            + case when size_cell = '' then 0 else 1 end
            + case when potential_cell = '' then 0 else 1 end
            + case when product_cell = '' then 0 else 1 end
            + case when customer_cell = '' then 0 else 1 end
            as bigint
        ) as dimension_count,
        latitude,
        longitude,
        within_km,
        dense_rank() over (order by field) as node_0,
        {%- for dimension in dimensions_of_rules() %}
        dense_rank() over (
            order by
                field
                {%- for earlier in dimensions_of_rules()[:loop.index] %},
                {{ earlier }}_cell
                {%- endfor %}
        ) as node_{{ loop.index }},
        {%- endfor %}

        -- dates
        valid_from,
        valid_to,

        -- flags
        customer_cell <> '' as is_named_customer
    from asked
)

select * from final
