-- Which customers rules of engagement (客户保护) may concern: those that several people claim, and those of a group of companies.
-- Grain: one row per such customer.
--   1. is_contested: int_ownership__basis; is_kin: it may follow another company, or another may follow it (int_ownership__groups)
--   2. group_id: the company at the head of its group; null where it has none. Who is judged is judged with the whole group
-- Not here: which rule applies to whom (int_ownership__protections), who is judged tonight (int_ownership__judged).
with groups as (
    select * from {{ ref('int_ownership__groups') }}
),

members as (
    select customer_id, head_customer_id as group_id from groups
    union
    select head_customer_id as customer_id, head_customer_id as group_id from groups
),

contested as (
    select customer_id from {{ ref('int_ownership__basis') }}
    where is_contested
),

final as (
    select
        -- ids
        coalesce(members.customer_id, contested.customer_id) as customer_id,
        members.group_id,

        -- flags
        contested.customer_id is not null as is_contested,
        members.customer_id is not null as is_kin
    from members
    full join contested on members.customer_id = contested.customer_id
)

select * from final
