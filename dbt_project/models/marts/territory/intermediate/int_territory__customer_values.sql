-- What rules look at in each customer, made comparable.
-- Grain: one row per customer.
--   1. a division is looked at with its region, so that a county is also its state, which has no code of its own there
--   2. a point counts to the fifth decimal, about a metre: one number of its degrees above -90 and -180; and it counts only where
--      the place is known to the city or better: the middle of a province is no place
-- Not here: which term of a rule that meets (int_territory__value_terms).
with customers as (
    select * from {{ ref('dim_customers') }}
),

products as (
    select * from {{ ref('int_territory__customer_products') }}
),

final as (
    select
        -- ids
        customers.customer_id,

        -- text
        coalesce({{ comparable('customers.country_code') }}, '') as country_value,
        {{ comparable('customers.region_code') }} as region_value,
        nullif(
            coalesce({{ comparable('customers.region_code') }}, '') || ':' || coalesce({{ comparable('customers.division_code') }}, ''), ':'
        ) as division_value,
        {{ comparable_city('customers.city_name') }} as city_value,
        {{ comparable_postal('customers.postal_code', 'customers.country_code') }} as postal_value,
        case
            when customers.place_precision in ('point', 'street', 'postal_code', 'district', 'city')
                then cast(
                    cast(round((customers.latitude + 90) * 100000) as bigint) * 100000000
                    + cast(round((customers.longitude + 180) * 100000) as bigint)
                    as varchar
                )
        end as circle_value,
        {{ comparable('customers.industry_code') }} as industry_value,
        {{ comparable('customers.size_band') }} as size_value,
        {{ comparable('customers.potential_band') }} as potential_value,
        products.products as product_value,
        customers.customer_id as customer_value,
        {{ comparable('customers.customer_name') }} as customer_name_value,

        -- numbers
        round(customers.latitude, 5) as latitude,
        round(customers.longitude, 5) as longitude,

        -- flags
        customers.is_active
    from customers
    left join products on customers.customer_id = products.customer_id
)

select * from final
