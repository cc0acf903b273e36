-- Who the customers (客户) are, whichever CRMs they came from.
-- Grain: one row per customer.
--   1. every real-world customer of entity resolution, with the values that survived
--   2. industry_code is the industry in the company's own words, which its rules name; gbt4754_code and naics_code say what it is read as
-- Not here: why records are one customer (bridge_customer_records), who owns it (marts/ownership), where it belongs (marts/territory).
with customers as (
    select * from {{ ref('stg_customers') }}
),

final as (
    select
        -- ids
        customer_id,
        parent_customer_id,
        credit_code,
        registry_id,

        -- text
        customer_name,
        country_code,
        region_code,
        region_name,
        city_name,
        district_name,
        division_code,
        address,
        postal_code,
        place_precision,
        h3_cell_5,
        h3_cell_7,
        industry_code,
        gbt4754_code,
        naics_code,
        size_band,
        phone,
        email,
        website,
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
    from customers
)

select * from final
