-- What people who left (离职) had on the day they left, and what became of each of it.
-- Grain: one row per person, departure, kind of subject and subject.
--   1. customers: theirs on their last day, or since (a CRM may go on giving them some); handed over on the first day they are theirs no
--      more, whoever has them then, or nobody (the pool)
--   2. opportunities: deals that are still theirs and still open; and those that a CRM's own history shows passing from them to another on
--      the day they left or later, up to the as-of date. A deal that closed under their name needs no heir; other changes of a deal's
--      owner leave no trace
--   3. orders: those credited to them, ordered until they left, of which money is still to come: amount less the payments that name the
--      order, in home currency. An order is the business of whoever has its customer, so it is handed over when another person has it.
--      Only of systems that export payments: of the others nobody knows what was paid
--   4. amounts are in home currency by the rates in force on the as-of date; in their own where the sheet fx_rates has none; null where
--      an order and its payments cannot be compared
--   5. whoever came back has their own things again
-- Not here: who should get them (int_ownership__handover_heirs).
with company as (
    select * from {{ ref('stg_company') }}
),

leavers as (
    select * from {{ ref('int_ownership__leavers') }}
),

spans as (
    select * from {{ ref('int_ownership__spans') }}
),

customer_records as (
    select records.*
    from {{ ref('bridge_customer_records') }} as records
    cross join company
    where {{ holds_on('records', 'company.as_of_date') }}
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

-- customers
kept_spans as (
    select
        leavers.rep_id,
        leavers.left_on,
        leavers.returned_on,
        spans.*,
        row_number() over (
            partition by leavers.rep_id, leavers.left_on, spans.customer_id order by spans.valid_from desc
        ) as place_from_the_end
    from leavers
    inner join spans
        on
            leavers.rep_id = spans.owner_rep_id
            and leavers.left_on <= {{ open_end('spans.valid_to') }}
            and spans.valid_from < {{ open_end('leavers.returned_on') }}
),

customers as (
    select
        rep_id,
        left_on,
        'customers' as subject,
        customer_id as subject_id,
        source,
        record_id,
        customer_id,
        cast(null as varchar) as subject_name,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as currency_code,
        case
            when returned_on < {{ open_end('valid_to') }} then returned_on
            when valid_to is not null then greatest(valid_to, left_on)
        end as handed_over_on,
        case when returned_on < {{ open_end('valid_to') }} then rep_id else next_rep_id end as handed_over_to_rep_id
    from kept_spans
    where place_from_the_end = 1
),

-- opportunities
passed_on as (
    select
        leavers.rep_id,
        leavers.left_on,
        changes.source,
        changes.subject_record_id as record_id,
        changes.to_rep_id,
        changes.changed_on as passed_on,
        row_number() over (
            partition by leavers.rep_id, leavers.left_on, changes.source, changes.subject_record_id
            order by changes.changed_at desc, changes.record_id desc
        ) as place_from_the_end
    from leavers
    inner join {{ ref('stg_owner_changes') }} as changes
        on
            changes.subject = 'opportunities'
            and leavers.rep_id = changes.from_rep_id
            and leavers.left_on <= changes.changed_on
            and changes.changed_on < {{ open_end('leavers.returned_on') }}
    inner join company on changes.changed_on <= company.as_of_date
),

open_deals as (
    select *
    from {{ ref('stg_opportunities') }}
    where outcome = 'open' and not is_deleted and is_in_latest_export
),

dealt as (
    select
        leavers.rep_id,
        leavers.left_on,
        open_deals.source,
        open_deals.record_id,
        leavers.returned_on as handed_over_on,
        case when leavers.returned_on is not null then leavers.rep_id end as handed_over_to_rep_id
    from leavers
    inner join open_deals on leavers.rep_id = open_deals.rep_id

    union all

    select
        passed_on.rep_id,
        passed_on.left_on,
        passed_on.source,
        passed_on.record_id,
        passed_on.passed_on as handed_over_on,
        passed_on.to_rep_id as handed_over_to_rep_id
    from passed_on
    inner join {{ ref('stg_opportunities') }} as deals
        on
            passed_on.source = deals.source
            and passed_on.record_id = deals.record_id
            and not deals.is_deleted
            and deals.rep_id is distinct from passed_on.rep_id
            and (deals.outcome = 'open' or passed_on.passed_on <= deals.closed_date)
    where passed_on.place_from_the_end = 1
),

opportunities as (
    select
        dealt.rep_id,
        dealt.left_on,
        'opportunities' as subject,
        dealt.source || ':' || dealt.record_id as subject_id,
        dealt.source,
        dealt.record_id,
        customer_records.customer_id,
        deals.opportunity_name as subject_name,
        cast(deals.amount * coalesce(rates.rate, 1) as decimal(18, 4)) as amount,
        case
            when rates.rate is not null then company.home_currency_code
            else deals.currency_code
        end as currency_code,
        dealt.handed_over_on,
        dealt.handed_over_to_rep_id
    from dealt
    inner join {{ ref('stg_opportunities') }} as deals
        on
            dealt.source = deals.source
            and dealt.record_id = deals.record_id
    cross join company
    left join rates on coalesce({{ filled('deals.currency_code') }}, company.home_currency_code) = rates.currency_code
    left join customer_records
        on
            deals.source = customer_records.source
            and deals.customer_record_id = customer_records.record_id
),

-- orders
owed_orders as (
    select
        leavers.rep_id,
        leavers.left_on,
        leavers.returned_on,
        orders.source,
        orders.record_id,
        orders.customer_record_id,
        orders.amount,
        coalesce({{ filled('orders.currency_code') }}, company.home_currency_code) as currency_code
    from leavers
    inner join {{ ref('stg_orders') }} as orders
        on
            leavers.rep_id = orders.rep_id
            and leavers.left_on >= orders.ordered_date
    cross join company
    where
        not orders.is_deleted
        and orders.amount > 0
        and orders.source in (select source from {{ ref('stg_payments') }})
),

paid as (
    select
        payments.source,
        payments.order_record_id as record_id,
        sum(payments.amount) as amount,
        sum(payments.amount * rates.rate) as home_amount,
        min(coalesce({{ filled('payments.currency_code') }}, company.home_currency_code)) as currency_code,
        count(distinct coalesce({{ filled('payments.currency_code') }}, company.home_currency_code)) as currency_count,
        sum(case when rates.rate is null then 1 else 0 end) as unrated_count
    from {{ ref('stg_payments') }} as payments
    cross join company
    left join rates on coalesce({{ filled('payments.currency_code') }}, company.home_currency_code) = rates.currency_code
    where
        not payments.is_deleted
        and payments.amount is not null
        and {{ filled('payments.order_record_id') }} is not null
        and (payments.paid_date is null or payments.paid_date <= company.as_of_date)
    group by payments.source, payments.order_record_id
),

receivables as (
    select
        owed_orders.rep_id,
        owed_orders.left_on,
        owed_orders.returned_on,
        owed_orders.source,
        owed_orders.record_id,
        customer_records.customer_id,
        case
            when rates.rate is not null and coalesce(paid.unrated_count, 0) = 0
                then owed_orders.amount * rates.rate - coalesce(paid.home_amount, 0)
            when paid.record_id is null or (paid.currency_count = 1 and paid.currency_code = owed_orders.currency_code)
                then owed_orders.amount - coalesce(paid.amount, 0)
        end as amount,
        case
            when rates.rate is not null and coalesce(paid.unrated_count, 0) = 0 then company.home_currency_code
            when paid.record_id is null or (paid.currency_count = 1 and paid.currency_code = owed_orders.currency_code)
                then owed_orders.currency_code
        end as currency_code
    from owed_orders
    cross join company
    left join rates on owed_orders.currency_code = rates.currency_code
    left join paid
        on
            owed_orders.source = paid.source
            and owed_orders.record_id = paid.record_id
    left join customer_records
        on
            owed_orders.source = customer_records.source
            and owed_orders.customer_record_id = customer_records.record_id
),

new_owners as (
    select
        leavers.rep_id,
        leavers.left_on,
        spans.customer_id,
        spans.owner_rep_id,
        greatest(spans.valid_from, leavers.left_on) as taken_on,
        row_number() over (partition by leavers.rep_id, leavers.left_on, spans.customer_id order by spans.valid_from) as place
    from leavers
    inner join spans
        on
            leavers.rep_id <> spans.owner_rep_id
            and leavers.left_on < {{ open_end('spans.valid_to') }}
),

orders as (
    select
        receivables.rep_id,
        receivables.left_on,
        'orders' as subject,
        receivables.source || ':' || receivables.record_id as subject_id,
        receivables.source,
        receivables.record_id,
        receivables.customer_id,
        cast(null as varchar) as subject_name,
        cast(receivables.amount as decimal(18, 4)) as amount,
        receivables.currency_code,
        coalesce(new_owners.taken_on, receivables.returned_on) as handed_over_on,
        coalesce(
            new_owners.owner_rep_id, case when receivables.returned_on is not null then receivables.rep_id end
        ) as handed_over_to_rep_id
    from receivables
    left join new_owners
        on
            receivables.rep_id = new_owners.rep_id
            and receivables.left_on = new_owners.left_on
            and receivables.customer_id = new_owners.customer_id
            and new_owners.place = 1
    where receivables.amount is null or round(receivables.amount, 2) > 0
),

final as (
    select * from customers
    union all
    select * from opportunities
    union all
    select * from orders
)

select
    -- ids
    rep_id,
    subject_id,
    source,
    record_id,
    customer_id,
    handed_over_to_rep_id,

    -- text
    subject,
    subject_name,
    currency_code,

    -- numbers
    amount,

    -- dates
    left_on,
    handed_over_on
from final
