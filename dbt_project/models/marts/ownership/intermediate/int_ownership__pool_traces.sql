-- On which days somebody followed up a customer (跟进), and on which it bought.
-- Grain: one row per customer, kind of trace and day.
--   1. activity: an activity at the customer's record, else at its deal's or contact's customer, by whomever; and the last one that the
--      CRM itself counts for a record
--   2. deal: the closing day of a won deal, and the day of an order
--   3. what is deleted, and what is planned for a day after the as-of date, is no trace
-- Days are those of the source's own calendar. A record counts for the customer it belongs to today.
-- Not here: how long ago is too long (int_ownership__pool_triggers).
with company as (
    select * from {{ ref('stg_company') }}
),

customer_records as (
    select records.*
    from {{ ref('bridge_customer_records') }} as records
    cross join company
    where {{ holds_on('records', 'company.as_of_date') }}
),

opportunities as (
    select * from {{ ref('stg_opportunities') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

of_records as (
    select
        activities.source,
        coalesce(
            {{ filled('activities.customer_record_id') }},
            {{ filled('opportunities.customer_record_id') }},
            {{ filled('contacts.customer_record_id') }}
        ) as record_id,
        'activity' as kind,
        activities.activity_on as on_date
    from {{ ref('stg_activities') }} as activities
    left join opportunities
        on
            activities.source = opportunities.source
            and activities.opportunity_record_id = opportunities.record_id
    left join contacts
        on
            activities.source = contacts.source
            and activities.contact_record_id = contacts.record_id
    where not activities.is_deleted

    union all

    select source, record_id, 'activity' as kind, last_activity_on as on_date
    from {{ ref('stg_source_customers') }}

    union all

    select source, customer_record_id as record_id, 'deal' as kind, closed_date as on_date
    from opportunities
    where outcome = 'won' and not is_deleted

    union all

    select source, customer_record_id as record_id, 'deal' as kind, ordered_date as on_date
    from {{ ref('stg_orders') }}
    where not is_deleted
),

final as (
    select distinct
        -- ids
        customer_records.customer_id,

        -- text
        of_records.kind,

        -- dates
        of_records.on_date
    from of_records
    inner join customer_records
        on
            of_records.source = customer_records.source
            and of_records.record_id = customer_records.record_id
    cross join company
    where of_records.on_date <= company.as_of_date
)

select * from final
