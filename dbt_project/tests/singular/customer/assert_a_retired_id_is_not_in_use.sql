{{ config(meta={"dagster": {"ref": {"name": "customer_id_redirects"}}}) }}
-- Fails for a retired customer id that is still, or again, the id of a customer.
select redirects.old_customer_id
from {{ ref('customer_id_redirects') }} as redirects
inner join {{ ref('dim_customers') }} as customers on redirects.old_customer_id = customers.customer_id
