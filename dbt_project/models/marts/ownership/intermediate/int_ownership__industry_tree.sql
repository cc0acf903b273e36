-- Which industry belongs to which, over any number of levels (行业树), as exports write them.
-- Grain: one row per industry and industry it counts as.
--   1. the sheet industries as in force on the as-of date: an industry counts as those above it along parent_industry
--   2. spellings that share an industry_code are the same industry
--   3. a tree that closes a cycle ends there. An industry that is not in the sheet counts as itself only (int_ownership__pool_reach)
-- Not here: the codes of the national lists (dim_customers).
with recursive
company as (
    select * from {{ ref('stg_company') }}
),

industries as (
    select
        {{ comparable('industries.industry') }} as term,
        coalesce({{ comparable('industries.industry_code') }}, {{ comparable('industries.industry') }}) as code,
        {{ comparable('industries.parent_industry') }} as parent_term
    from {{ ref('stg_rule_industries') }} as industries
    cross join company
    where {{ holds_on('industries', 'company.as_of_date') }}
),

ways as (
    select term, term as upper_term, code as upper_code, parent_term, '|' || term || '|' as way
    from industries

    union all

    select
        ways.term,
        parents.term as upper_term,
        parents.code as upper_code,
        parents.parent_term,
        ways.way || parents.term || '|' as way
    from ways
    inner join industries as parents on ways.parent_term = parents.term
    where instr(ways.way, '|' || parents.term || '|') = 0
),

final as (
    select distinct
        ways.term as industry_term,
        same_industries.term as upper_term
    from ways
    inner join industries as same_industries on ways.upper_code = same_industries.code
)

select * from final
