-- What each customer's ownership rests on, whole: equal grounds, and no protection that runs out, leave its owner who it is.
-- Grain: one row per customer that is in use, was observed, or heads a group.
--   1. basis: what was observed of its records (int_ownership__basis); 0 where nothing ever was
--   2. context: everything else (int_ownership__context); 0 where no rule of engagement may concern it
-- Recording a night keeps them (record.ownership_basis), so that the next night knows whom it need not judge.
with basis as (
    select * from {{ ref('int_ownership__basis') }}
),

context as (
    select * from {{ ref('int_ownership__context') }}
),

everybody as (
    select customer_id from {{ ref('dim_customers') }}
    union
    select customer_id from basis
    union
    select customer_id from context
),

final as (
    select
        -- ids
        everybody.customer_id,

        -- numbers
        coalesce(basis.basis, 0) as basis,
        basis.former_basis,
        coalesce(context.context, 0) as context,

        -- flags
        coalesce(basis.is_lapsing, false) as is_lapsing
    from everybody
    left join basis on everybody.customer_id = basis.customer_id
    left join context on everybody.customer_id = context.customer_id
)

select * from final
