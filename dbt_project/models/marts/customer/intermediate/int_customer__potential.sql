-- What each customer is worth (潜力), by the sheet potential as of the as-of date.
-- Grain: one row per customer of whom anything is known that the sheet gives points for.
--   1. a criterion counts for a customer of whom it is known; of several rows that its value meets, the one with most points
--   2. a value meets its own rows, compared without case; a division also those of the divisions above it and of its region
--   3. the score is what was won of the most that could be won by the criteria that count, scaled to 100
--   4. the band is the one that begins at the score or next below it
-- Worked out once per combination of values: a million customers have some thousands of them.
with company as (
    select * from {{ ref('stg_company') }}
),

customers as (
    select
        customers.customer_id,
        coalesce({{ comparable('customers.industry_code') }}, '') as industry_value,
        coalesce({{ comparable('sizes.size_band') }}, '') as size_band_value,
        coalesce({{ comparable('customers.country_code') }}, '') as country_value,
        coalesce({{ comparable('customers.region_code') }}, '') as region_value,
        coalesce({{ comparable('customers.division_code') }}, '') as division_value
    from {{ ref('stg_customers') }} as customers
    left join {{ ref('int_customer__size') }} as sizes on customers.customer_id = sizes.customer_id
),

sheet as (
    select potential.*
    from {{ ref('stg_rule_potential') }} as potential
    cross join company
    where {{ holds_on('potential', 'company.as_of_date') }}
),

criteria as (
    select criterion, max(points) as most_points
    from sheet
    where criterion <> 'band'
    group by criterion
    having max(points) > 0
),

written_terms as (
    select criterion, {{ alternatives('value') }} as written, points
    from sheet
    where criterion <> 'band'
),

terms as (
    select criterion, lower(written) as term, max(points) as points
    from written_terms
    group by criterion, lower(written)
),

bands as (
    select
        value as band,
        points as from_score,
        lead(points) over (order by points, value) as to_score
    from sheet
    where criterion = 'band'
),

profiles as (
    select
        *,
        row_number() over (order by industry_value, size_band_value, country_value, region_value, division_value) as profile_number
    from (
        select distinct industry_value, size_band_value, country_value, region_value, division_value from customers
    ) as distinct_values
),

known as (
    {%- for criterion in ['industry', 'size_band', 'country', 'region', 'division'] %}
    select profile_number, {{ loop.index }} as place, '{{ criterion }}' as criterion, {{ criterion }}_value as value
    from profiles
    where {{ criterion }}_value <> ''
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

met_terms as (
    select profile_number, criterion, value as term from known

    union all

    select profile_number, 'division' as criterion, region_value as term from profiles
    where region_value <> '' and division_value <> ''

    union all

    select profile_number, 'division' as criterion, substr(division_value, 1, 4) || '00' as term from profiles
    where length(division_value) = 6

    union all

    select profile_number, 'division' as criterion, substr(division_value, 1, 2) || '0000' as term from profiles
    where length(division_value) = 6
),

won as (
    select met_terms.profile_number, met_terms.criterion, max(terms.points) as points
    from met_terms
    inner join terms on met_terms.criterion = terms.criterion and met_terms.term = terms.term
    group by met_terms.profile_number, met_terms.criterion
),

counted as (
    select
        criteria.criterion,
        criteria.most_points,
        known.place,
        known.profile_number,
        coalesce(won.points, 0) as points,
        known.value
    from criteria
    inner join known on criteria.criterion = known.criterion
    left join won on known.criterion = won.criterion and known.profile_number = won.profile_number
),

scored as (
    select
        profile_number,
        cast(round(100.0 * sum(points) / sum(most_points), 2) as decimal(5, 2)) as potential_score,
        sum(points) || ' of ' || sum(most_points) || ' points: '
        || {{ dbt.listagg(
            "replace(criterion, '_', ' ') || ' ' || value || ' ' || points || ' of ' || most_points", "', '", "order by place"
        ) }} as potential_reason
    from counted
    group by profile_number
),

final as (
    select
        -- ids
        customers.customer_id,

        -- text
        bands.band as potential_band,
        scored.potential_reason,

        -- numbers
        scored.potential_score
    from customers
    inner join profiles
        on
            customers.industry_value = profiles.industry_value
            and customers.size_band_value = profiles.size_band_value
            and customers.country_value = profiles.country_value
            and customers.region_value = profiles.region_value
            and customers.division_value = profiles.division_value
    inner join scored on profiles.profile_number = scored.profile_number
    left join bands
        on scored.potential_score >= bands.from_score and (bands.to_score is null or scored.potential_score < bands.to_score)
)

select * from final
