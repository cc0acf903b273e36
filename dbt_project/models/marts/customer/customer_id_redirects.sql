-- Where a retired customer id leads now, so that a number quoted last year still finds its customer.
-- Grain: one row per retired customer id.
-- Not here: ids in use (dim_customers).
with redirects as (
    select * from {{ ref('stg_customer_id_redirects') }}
),

final as (
    select
        -- ids
        old_customer_id,
        customer_id,
        first_customer_id,

        -- text
        cause,
        detail,

        -- dates
        cast(happened_on as timestamp) as happened_at
    from redirects
)

select * from final
