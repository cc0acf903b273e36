-- Which products each customer has a deal of.
-- Grain: one row per customer that has any.
--   1. deals of any outcome that their source still has and does not mark as deleted; without a product a deal says nothing
--   2. the products of a customer stand in one list, in the order of the alphabet, so that customers with the same products are alike
with deals as (
    select * from {{ ref('stg_opportunities') }}
),

customer_records as (
    select * from {{ ref('bridge_customer_records') }}
),

products as (
    select distinct
        customer_records.customer_id,
        {{ comparable('deals.product') }} as product
    from deals
    inner join customer_records
        on
            deals.source = customer_records.source
            and deals.customer_record_id = customer_records.record_id
            and customer_records.valid_to is null
    where
        {{ comparable('deals.product') }} is not null
        and not coalesce(deals.is_deleted, false)
),

final as (
    select
        customer_id,
        {{ dbt.listagg("product", "'|'", "order by product") }} as products
    from products
    group by customer_id
)

select * from final
