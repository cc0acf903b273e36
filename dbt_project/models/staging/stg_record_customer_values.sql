-- What territory rules looked at in each customer, from which night on.
-- Grain: one row per customer and night that found in it other values than were recorded before.
-- Here: names and types only.
with source as (
    select * from {{ source('record', 'customer_values') }}
),

final as (
    select
        -- ids
        night,
        customer_id,

        -- text
        customer_name,
        country_code,
        region_code,
        division_code,
        city_name,
        postal_code,
        place_precision,
        industry_code,
        size_band,
        potential_band,
        products,

        -- numbers
        place,
        latitude,
        longitude,

        -- dates
        valid_from
    from source
)

select * from final
