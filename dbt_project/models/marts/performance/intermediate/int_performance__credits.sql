-- Which customer and which territory each deal and each order counts for, then and now, and why.
-- Grain: one row per kind of record, source and record.
--   1. the customer is the one that the source's customer record stands for today
--   2. the credit date: when a deal was won or lost, else opened, else the as-of date; an order's day; never before the calendar
--   3. the territory on that day, found the way the company asks for (opportunity_credit):
--      customer_territory: where the customer belonged; own_field: the territory the record carries, if it is known;
--      rep_territory: where the person was owner, of several territories the one with the lowest id
--   4. the same as of the as-of date; nothing found is UNASSIGNED, with a reason
-- Not here: amounts and dates of the records (fct_opportunities, fct_orders).
with company as (
    select * from {{ ref('stg_company') }}
),

customer_records as (
    select * from {{ ref('bridge_customer_records') }}
),

assignments as (
    select * from {{ ref('fct_territory_assignments') }}
),

rep_territories as (
    select * from {{ ref('bridge_rep_territories') }}
),

territories as (
    select distinct territory_id from {{ ref('dim_territories') }}
),

sales_records as (
    select
        'opportunity' as record_kind,
        source,
        record_id,
        {{ filled('customer_record_id') }} as customer_record_id,
        {{ filled('rep_id') }} as rep_id,
        {{ filled('territory_id') }} as own_territory_id,
        case when outcome in ('won', 'lost') then coalesce(closed_date, opened_date) else opened_date end as happened_on
    from {{ ref('stg_opportunities') }}

    union all

    select
        'order' as record_kind,
        source,
        record_id,
        {{ filled('customer_record_id') }} as customer_record_id,
        {{ filled('rep_id') }} as rep_id,
        {{ filled('territory_id') }} as own_territory_id,
        ordered_date as happened_on
    from {{ ref('stg_orders') }}
),

dated as (
    select
        sales_records.*,
        company.opportunity_credit,
        greatest(coalesce(sales_records.happened_on, company.as_of_date), company.calendar_start_date) as credit_date,
        greatest(company.as_of_date, company.calendar_start_date) as as_of_day,
        customer_records.customer_id,
        case
            when sales_records.customer_record_id is null then 'no_customer'
            when customer_records.customer_id is null then 'unknown_customer'
        end as customer_issue
    from sales_records
    cross join company
    left join customer_records
        on
            sales_records.source = customer_records.source
            and sales_records.customer_record_id = customer_records.record_id
            and customer_records.valid_to is null
),

rep_days as (
    select rep_id, credit_date as day from dated where rep_id is not null
    union
    select rep_id, as_of_day as day from dated where rep_id is not null
),

rep_day_territories as (
    select
        rep_days.rep_id,
        rep_days.day,
        min(rep_territories.territory_id) as territory_id,
        count(distinct rep_territories.territory_id) as territory_count
    from rep_days
    inner join rep_territories
        on
            rep_days.rep_id = rep_territories.rep_id
            and rep_territories.role = 'owner'
            and {{ holds_on('rep_territories', 'rep_days.day') }}
    group by rep_days.rep_id, rep_days.day
),

credited as (
    select
        dated.*,
        case dated.opportunity_credit
            when 'customer_territory' then customer_then.territory_id
            when 'rep_territory' then rep_then.territory_id
            when 'own_field' then own_territories.territory_id
        end as found_territory_id,
        case dated.opportunity_credit
            when 'customer_territory' then customer_now.territory_id
            when 'rep_territory' then rep_now.territory_id
            when 'own_field' then own_territories.territory_id
        end as found_current_territory_id,
        rep_then.territory_count
    from dated
    left join assignments as customer_then
        on
            dated.customer_id = customer_then.customer_id
            and {{ holds_on('customer_then', 'dated.credit_date') }}
    left join assignments as customer_now
        on
            dated.customer_id = customer_now.customer_id
            and {{ holds_on('customer_now', 'dated.as_of_day') }}
    left join rep_day_territories as rep_then
        on dated.rep_id = rep_then.rep_id and dated.credit_date = rep_then.day
    left join rep_day_territories as rep_now
        on dated.rep_id = rep_now.rep_id and dated.as_of_day = rep_now.day
    left join territories as own_territories
        on dated.own_territory_id = own_territories.territory_id
),

final as (
    select
        -- ids
        source,
        record_id,
        customer_id,
        rep_id,
        coalesce(found_territory_id, 'UNASSIGNED') as credited_territory_id,
        coalesce(found_current_territory_id, 'UNASSIGNED') as current_territory_id,

        -- text
        record_kind,
        customer_issue,
        case
            when opportunity_credit = 'customer_territory' and customer_issue = 'no_customer'
                then 'The record names no customer.'
            when opportunity_credit = 'customer_territory' and customer_issue = 'unknown_customer'
                then 'The record names customer ' || customer_record_id || ', which ' || source || ' does not export.'
            when opportunity_credit = 'customer_territory' and found_territory_id = 'UNASSIGNED'
                then 'The customer was in no territory on ' || cast(credit_date as varchar) || '.'
            when opportunity_credit = 'customer_territory'
                then 'Territory of the customer on ' || cast(credit_date as varchar) || '.'
            when opportunity_credit = 'rep_territory' and rep_id is null
                then 'The record names no person.'
            when opportunity_credit = 'rep_territory' and found_territory_id is null
                then rep_id || ' owned no territory on ' || cast(credit_date as varchar) || '.'
            when opportunity_credit = 'rep_territory' and territory_count > 1
                then
                    rep_id || ' owned ' || cast(territory_count as varchar) || ' territories on '
                    || cast(credit_date as varchar) || '; the lowest id counts.'
            when opportunity_credit = 'rep_territory'
                then 'Territory of ' || rep_id || ' on ' || cast(credit_date as varchar) || '.'
            when opportunity_credit = 'own_field' and own_territory_id is null
                then 'The record carries no territory.'
            when opportunity_credit = 'own_field' and found_territory_id is null
                then 'The record carries territory ' || own_territory_id || ', which nobody describes.'
            when opportunity_credit = 'own_field'
                then 'Territory that the record itself carries.'
            else 'The setting opportunity_credit is ' || coalesce(opportunity_credit, 'empty') || ', which says nothing.'
        end as credit_reason,

        -- dates
        credit_date
    from credited
)

select * from final
