-- Real-world customers, whichever CRMs they came from.
-- Grain: one row per real-world customer.
-- Here: names and types only.
with source as (
    select * from {{ source('resolved', 'customers') }}
),

final as (
    select
        -- ids
        customer_id,
        registry_id,
        parent_customer_id,

        -- text
        customer_name,
        comparable_name,
        credit_code,
        phone,
        email,
        website,
        address,
        postal_code,
        country_code,
        region_code,
        region_name,
        city_name,
        district_name,
        division_code,
        place_precision,
        h3_cell_5,
        h3_cell_7,
        industry as industry_code,
        gbt4754_code,
        naics_code,
        size_band,
        currency_code,

        -- numbers
        latitude,
        longitude,
        employee_count,
        annual_revenue_amount,
        record_count,
        source_count,

        -- dates
        first_seen_date,

        -- flags
        is_active
    from source
)

select * from final
