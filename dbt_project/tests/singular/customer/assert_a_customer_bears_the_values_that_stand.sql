{{ config(meta={"dagster": {"ref": {"name": "fct_customer_values"}}}) }}
-- Fails for a value that stands, and that the customer does not bear.
-- It keeps the two tables from telling two stories; fields of which the value is borne as it stands are enough for that.
with borne as (
    unpivot (
        select
            customer_id,
            customer_name,
            credit_code,
            registry_id,
            phone,
            email,
            website,
            parent_customer_id
        from {{ ref('dim_customers') }}
    )
    on customer_name, credit_code, registry_id, phone, email, website, parent_customer_id
    into name field value borne_value
)

select
    standing.customer_id,
    standing.field,
    standing.value,
    borne.borne_value
from {{ ref('fct_customer_values') }} as standing
left join borne
    on
        standing.customer_id = borne.customer_id
        and standing.field = borne.field
where
    standing.field in ('customer_name', 'credit_code', 'registry_id', 'phone', 'email', 'website', 'parent_customer_id')
    and standing.value is distinct from borne.borne_value
