-- What rules look at in each customer, made comparable, and from when to when it was so.
-- Grain: one row per customer and period.
--   1. a division is looked at with its region, so that a county is also its state, which has no code of its own there
--   2. a point counts to the fifth decimal, about a metre: one number of its degrees above -90 and -180; and it counts only where
--      the place is known to the city or better: the middle of a province is no place
-- Not here: since when something is so (dim_customer_periods), which term of a rule that meets (int_territory__value_terms).
with customer_periods as (
    select * from {{ ref('dim_customer_periods') }}
),

final as (
    select
        -- ids
        customer_id,

        -- text
        coalesce({{ comparable('country_code') }}, '') as country_value,
        {{ comparable('region_code') }} as region_value,
        nullif(
            coalesce({{ comparable('region_code') }}, '') || ':' || coalesce({{ comparable('division_code') }}, ''), ':'
        ) as division_value,
        {{ comparable_city('city_name') }} as city_value,
        {{ comparable_postal('postal_code', 'country_code') }} as postal_value,
        case
            when place_precision in ('point', 'street', 'postal_code', 'district', 'city')
                then cast(
                    cast(round((latitude + 90) * 100000) as bigint) * 100000000 + cast(round((longitude + 180) * 100000) as bigint)
                    as varchar
                )
        end as circle_value,
        {{ comparable('industry_code') }} as industry_value,
        {{ comparable('size_band') }} as size_value,
        {{ comparable('potential_band') }} as potential_value,
        products as product_value,
        -- a name is looked up by it; a former period may have had another name
        case when valid_to is null then customer_id else customer_id || ' ' || version_number end as customer_value,
        {{ comparable('customer_name') }} as customer_name_value,

        -- numbers
        latitude,
        longitude,

        -- dates
        valid_from,
        valid_to,

        -- flags
        is_active
    from customer_periods
)

select * from final
