-- How large each customer is (规模), in the names of the sheet size_bands as of the as-of date.
-- Grain: one row per customer of whose size anything is known.
--   1. a word of its records that is a name of the sheet stands, however a record spells its letters: somebody graded the customer
--   2. else the band of its number of employees; else the band that holds all of the narrowest range which one of its records writes
--      (500-999人); else the band of its yearly revenue, by the exchange rates in force
--   3. a word that is no name of the sheet is no size: then size_band is null, and size_reason says the word
--   4. a company without the sheet says sizes as its records do
-- Not here: which record's word stands (fct_customer_values), since when it is so (dim_customer_periods).
with company as (
    select * from {{ ref('stg_company') }}
),

bands as (
    select
        size_bands.size_band,
        {{ comparable('size_bands.size_band') }} as band_value,
        size_bands.from_employees,
        size_bands.to_employees,
        size_bands.from_revenue_amount,
        size_bands.to_revenue_amount,
        coalesce({{ filled('size_bands.currency_code') }}, company.home_currency_code) as currency_code,
        size_bands.from_employees is not null or size_bands.to_employees is not null as counts_employees,
        size_bands.from_revenue_amount is not null or size_bands.to_revenue_amount is not null as counts_revenue
    from {{ ref('stg_rule_size_bands') }} as size_bands
    cross join company
    where {{ holds_on('size_bands', 'company.as_of_date') }}
),

sheet as (
    select count(*) > 0 as names_bands from bands
),

rates as (
    select home_currency_code as currency_code, cast(1 as decimal(20, 10)) as rate
    from company

    union all

    select fx_rates.currency_code, fx_rates.rate
    from {{ ref('stg_rule_fx_rates') }} as fx_rates
    cross join company
    where {{ holds_on('fx_rates', 'company.as_of_date') }} and fx_rates.currency_code <> company.home_currency_code
),

customers as (
    select
        customers.customer_id,
        {{ filled('customers.size_band') }} as word,
        customers.employee_count,
        customers.annual_revenue_amount,
        coalesce({{ filled('customers.currency_code') }}, company.home_currency_code) as currency_code
    from {{ ref('stg_customers') }} as customers
    cross join company
),

graded as (
    select
        customers.customer_id,
        bands.size_band,
        'its records say ' || customers.word as size_reason
    from customers
    inner join bands on {{ comparable('customers.word') }} = bands.band_value
),

ungraded as (
    select customers.*
    from customers
    left join graded on customers.customer_id = graded.customer_id
    where graded.customer_id is null
),

by_employees as (
    select
        ungraded.customer_id,
        bands.size_band,
        ungraded.employee_count || ' employees' as size_reason
    from ungraded
    inner join bands
        on
            bands.counts_employees
            and ungraded.employee_count >= coalesce(bands.from_employees, 0)
            and (bands.to_employees is null or ungraded.employee_count < bands.to_employees)
),

ranges as (
    select
        records.customer_id,
        said.source,
        said.record_id,
        coalesce(said.employee_count_from, 0) as from_count,
        said.employee_count_to as to_count,
        row_number() over (
            partition by records.customer_id
            order by
                said.employee_count_to is null,
                said.employee_count_to - coalesce(said.employee_count_from, 0),
                -coalesce(said.employee_count_from, 0),
                said.source,
                said.record_id
        ) as range_rank
    from {{ ref('stg_customer_records') }} as records
    inner join {{ ref('stg_source_customers') }} as said on records.source = said.source and records.record_id = said.record_id
    inner join ungraded on records.customer_id = ungraded.customer_id
    where
        records.valid_to is null
        and ungraded.employee_count is null
        and not said.is_deleted
        and (said.employee_count_from is not null or said.employee_count_to is not null)
),

by_range as (
    select
        ranges.customer_id,
        bands.size_band,
        ranges.source || ' ' || ranges.record_id || ' says '
        || coalesce(ranges.from_count || ' to ' || ranges.to_count || ' employees', ranges.from_count || ' employees or more')
            as size_reason
    from ranges
    inner join bands
        on
            bands.counts_employees
            and ranges.from_count >= coalesce(bands.from_employees, 0)
            and (bands.to_employees is null or ranges.to_count < bands.to_employees)
    where ranges.range_rank = 1
),

by_revenue as (
    select
        ungraded.customer_id,
        bands.size_band,
        'revenue ' || cast(round(ungraded.annual_revenue_amount, 0) as bigint) || ' ' || ungraded.currency_code as size_reason
    from ungraded
    inner join rates as own on ungraded.currency_code = own.currency_code
    inner join bands on bands.counts_revenue
    inner join rates as theirs on bands.currency_code = theirs.currency_code
    where
        ungraded.annual_revenue_amount * own.rate >= coalesce(bands.from_revenue_amount, 0) * theirs.rate
        and (
            bands.to_revenue_amount is null or ungraded.annual_revenue_amount * own.rate < bands.to_revenue_amount * theirs.rate
        )
),

as_said as (
    select
        ungraded.customer_id,
        case when not sheet.names_bands then ungraded.word end as size_band,
        'its records say ' || ungraded.word
        || case when sheet.names_bands then ', which is no name of the sheet size_bands' else '' end as size_reason
    from ungraded
    cross join sheet
    where ungraded.word is not null
),

found as (
    select customer_id, size_band, size_reason, 1 as step from graded
    union all
    select customer_id, size_band, size_reason, 2 as step from by_employees
    union all
    select customer_id, size_band, size_reason, 3 as step from by_range
    union all
    select customer_id, size_band, size_reason, 4 as step from by_revenue
    union all
    select customer_id, size_band, size_reason, 5 as step from as_said
),

ranked as (
    select *, row_number() over (partition by customer_id order by step, size_band) as step_rank from found
),

final as (
    select
        -- ids
        customer_id,

        -- text
        size_band,
        size_reason
    from ranked
    where step_rank = 1
)

select * from final
