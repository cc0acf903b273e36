-- Which company leads a customer's group (总部), and which company a branch (分支机构) belongs to.
-- Grain: one row per customer that has a company above it.
--   1. head_customer_id: the last company on the way up; company_customer_id: the first on the way up that is no branch itself
--   2. a customer is a branch when any of its records is one by its name
--   3. who stands above themselves has neither: nobody leads a circle
with recursive
customers as (
    select customer_id, parent_customer_id from {{ ref('dim_customers') }}
),

branches as (
    select distinct customer_records.customer_id
    from {{ ref('bridge_customer_records') }} as customer_records
    inner join {{ ref('stg_source_customers') }} as source_customers
        on
            customer_records.source = source_customers.source
            and customer_records.record_id = source_customers.record_id
    where source_customers.is_branch and customer_records.valid_to is null
),

climbed as (
    select
        customers.customer_id,
        customers.parent_customer_id as upper_id,
        1 as height,
        '/' || customers.customer_id || '/' || customers.parent_customer_id || '/' as path,
        customers.parent_customer_id = customers.customer_id as is_circle
    from customers
    where customers.parent_customer_id is not null

    union all

    select
        climbed.customer_id,
        uppers.parent_customer_id as upper_id,
        climbed.height + 1 as height,
        climbed.path || uppers.parent_customer_id || '/' as path,
        instr(climbed.path, '/' || uppers.parent_customer_id || '/') > 0 as is_circle
    from climbed
    inner join customers as uppers on climbed.upper_id = uppers.customer_id
    where uppers.parent_customer_id is not null and not climbed.is_circle
),

ranked as (
    select
        climbed.customer_id,
        climbed.upper_id,
        branches.customer_id is not null as is_upper_branch,
        max(case when climbed.is_circle then 1 else 0 end) over (partition by climbed.customer_id) as is_in_circle,
        row_number() over (partition by climbed.customer_id order by climbed.height desc) as place_from_top,
        row_number() over (
            partition by climbed.customer_id
            order by case when branches.customer_id is null then 0 else 1 end asc, climbed.height asc
        ) as place_of_company
    from climbed
    left join branches on climbed.upper_id = branches.customer_id
),

final as (
    select
        -- ids
        ranked.customer_id,
        max(case when ranked.place_from_top = 1 then ranked.upper_id end) as head_customer_id,
        max(case when ranked.place_of_company = 1 and not ranked.is_upper_branch then ranked.upper_id end) as company_customer_id,

        -- flags
        max(case when branches.customer_id is null then 0 else 1 end) = 1 as is_branch
    from ranked
    left join branches on ranked.customer_id = branches.customer_id
    where ranked.is_in_circle = 0
    group by ranked.customer_id
)

select * from final
