-- The territory rules, taken apart into what a customer would have to look like.
-- Grain: one row per rule, period and combination of its alternatives.
--   1. each filled column of a rule is one dimension, its cell a list of alternatives; an empty column does not restrict
--   2. one row for each way to choose one alternative of every filled column; terms not restricted are empty text
--   3. matched_on says the same for people, as the sheet writes it
-- Not here: which customers look like that (int_territory__rule_matches).
with rules as (
    select * from {{ ref('stg_rule_territory_rules') }}
),

written_terms as (
    select rule_id, valid_from, 'customer' as dimension, {{ alternatives('customer_names') }} as written from rules
    union all
    select rule_id, valid_from, 'country' as dimension, {{ alternatives('country_codes') }} as written from rules
    union all
    select rule_id, valid_from, 'region' as dimension, {{ alternatives('region_codes') }} as written from rules
    union all
    select rule_id, valid_from, 'city' as dimension, {{ alternatives('city_names') }} as written from rules
    union all
    select rule_id, valid_from, 'industry' as dimension, {{ alternatives('industries') }} as written from rules
    union all
    select rule_id, valid_from, 'size' as dimension, {{ alternatives('size_bands') }} as written from rules
),

terms as (
    select
        rule_id,
        valid_from,
        dimension,
        case when dimension = 'city' then {{ comparable_city('written') }} else lower(written) end as term,
        min(written) as written
    from written_terms
    where written <> ''
    group by rule_id, valid_from, dimension, term
),

final as (
    select
        -- ids
        rules.rule_id,
        rules.territory_id,

        -- text
        coalesce(customers.term, '') as customer_term,
        coalesce(countries.term, '') as country_term,
        coalesce(regions.term, '') as region_term,
        coalesce(cities.term, '') as city_term,
        coalesce(industries.term, '') as industry_term,
        coalesce(sizes.term, '') as size_term,
        concat_ws(
            ', ',
            'customer ' || customers.written,
            'country ' || countries.written,
            'region ' || regions.written,
            'city ' || cities.written,
            'industry ' || industries.written,
            'size ' || sizes.written
        ) as matched_on,
        rules.reason as rule_reason,

        -- numbers
        coalesce(rules.priority, 100) as priority,
        cast(
            case when customers.term is null then 0 else 1 end
            + case when countries.term is null then 0 else 1 end
            + case when regions.term is null then 0 else 1 end
            + case when cities.term is null then 0 else 1 end
            + case when industries.term is null then 0 else 1 end
            + case when sizes.term is null then 0 else 1 end
            as bigint
        ) as dimension_count,

        -- dates
        rules.valid_from,
        rules.valid_to,

        -- flags
        customers.term is not null as restricts_customer,
        countries.term is not null as restricts_country,
        regions.term is not null as restricts_region,
        cities.term is not null as restricts_city,
        industries.term is not null as restricts_industry,
        sizes.term is not null as restricts_size
    from rules
    left join terms as customers
        on rules.rule_id = customers.rule_id and rules.valid_from = customers.valid_from and customers.dimension = 'customer'
    left join terms as countries
        on rules.rule_id = countries.rule_id and rules.valid_from = countries.valid_from and countries.dimension = 'country'
    left join terms as regions
        on rules.rule_id = regions.rule_id and rules.valid_from = regions.valid_from and regions.dimension = 'region'
    left join terms as cities
        on rules.rule_id = cities.rule_id and rules.valid_from = cities.valid_from and cities.dimension = 'city'
    left join terms as industries
        on rules.rule_id = industries.rule_id and rules.valid_from = industries.valid_from and industries.dimension = 'industry'
    left join terms as sizes
        on rules.rule_id = sizes.rule_id and rules.valid_from = sizes.valid_from and sizes.dimension = 'size'
)

select * from final
