-- The settings of the company that SQL reads.
-- Grain: one row: the settings of company.toml that SQL reads.
-- Here: names and types only.
with source as (
    select * from {{ source('rules', 'company') }}
),

final as (
    select
        -- text
        company_name,
        currency_code as home_currency_code,
        opportunity_credit,
        rules_version,

        -- dates
        as_of_date,
        calendar_start_date
    from source
)

select * from final
