{{ config(meta={"dagster": {"ref": {"name": "dim_customers"}}}) }}
-- Fails for a customer of a size that the sheet size_bands does not name, where the company has the sheet: no rule could ask for it.
with bands as (
    select size_bands.size_band
    from {{ ref('stg_rule_size_bands') }} as size_bands
    cross join {{ ref('stg_company') }} as company
    where {{ holds_on('size_bands', 'company.as_of_date') }}
),

sheet as (
    select count(*) as band_count from bands
)

select
    customers.customer_id,
    customers.size_band
from {{ ref('dim_customers') }} as customers
cross join sheet
left join bands on customers.size_band = bands.size_band
where
    customers.size_band is not null
    and bands.size_band is null
    and sheet.band_count > 0
