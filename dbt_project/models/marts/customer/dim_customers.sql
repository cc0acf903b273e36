-- Who the customers (客户) are, whichever CRMs they came from.
-- Grain: one row per customer.
--   1. every real-world customer of entity resolution, with the values that survived
--   2. potential_score and potential_band follow from the sheet potential; null where it says nothing of what is known
--   3. size_band is a name of the sheet size_bands where the company has one, else a word of its records; size_reason says by what
--   4. industry_code is the industry in the company's own words, which its rules name; gbt4754_code and naics_code say what it is read as
-- Not here: why records are one customer (bridge_customer_records), who owns it (marts/ownership), where it belongs (marts/territory).
with customers as (
    select * from {{ ref('stg_customers') }}
),

sizes as (
    select * from {{ ref('int_customer__size') }}
),

potential as (
    select * from {{ ref('int_customer__potential') }}
),

final as (
    select
        -- ids
        customers.customer_id,
        customers.parent_customer_id,
        customers.credit_code,
        customers.registry_id,

        -- text
        customers.customer_name,
        customers.country_code,
        customers.region_code,
        customers.region_name,
        customers.city_name,
        customers.district_name,
        customers.division_code,
        customers.address,
        customers.postal_code,
        customers.place_precision,
        customers.h3_cell_5,
        customers.h3_cell_7,
        customers.industry_code,
        customers.gbt4754_code,
        customers.naics_code,
        sizes.size_band,
        sizes.size_reason,
        potential.potential_band,
        potential.potential_reason,
        customers.phone,
        customers.email,
        customers.website,
        customers.currency_code,

        -- numbers
        customers.latitude,
        customers.longitude,
        customers.employee_count,
        customers.annual_revenue_amount,
        potential.potential_score,
        customers.record_count,
        customers.source_count,

        -- dates
        customers.first_seen_date,

        -- flags
        customers.is_active
    from customers
    left join sizes on customers.customer_id = sizes.customer_id
    left join potential on customers.customer_id = potential.customer_id
)

select * from final
