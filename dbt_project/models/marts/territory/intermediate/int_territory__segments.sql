-- The pieces of time within which the set of matching rules does not change.
-- Grain: one row per customer and segment.
--   1. time begins on the calendar's first day and has no end
--   2. it is cut wherever a matching rule begins or ends
-- Not here: who wins inside a segment (fct_territory_candidates).
with company as (
    select * from {{ ref('stg_company') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

matches as (
    select * from {{ ref('int_territory__rule_matches') }}
),

boundaries as (
    select customers.customer_id, company.calendar_start_date as valid_from
    from customers
    cross join company

    union

    select matches.customer_id, matches.valid_from
    from matches
    cross join company
    where matches.valid_from > company.calendar_start_date

    union

    select matches.customer_id, matches.valid_to as valid_from
    from matches
    cross join company
    where matches.valid_to > company.calendar_start_date
),

final as (
    select
        customer_id,
        valid_from,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from boundaries
)

select * from final
