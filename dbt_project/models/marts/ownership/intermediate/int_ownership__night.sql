-- The night that is being worked on, and what was recorded before it.
-- Grain: one row per warehouse.
--   1. last_recorded_on: the newest recorded night up to the as-of date; what was known later is news
--   2. is_told_again: a past day that was recorded; it is told from the record, and nothing is added
--   3. appoints: people are appointed to customers that nobody has (分配); not on the record's first night, whose customers did not
--      appear then, nor on a past day: what was not decided then is not decided afterwards
--   4. has_basis: what customers were last recorded from is at hand, so that only those that changed are judged again
with company as (
    select * from {{ ref('stg_company') }}
),

nights as (
    select * from {{ ref('stg_record_nights') }}
),

basis as (
    select
        min(recorded_on) as first_recorded_on,
        max(recorded_on) as last_recorded_on
    from {{ ref('stg_ownership_basis') }}
),

recorded as (
    select
        company.as_of_date,
        company.calendar_start_date,
        company.rules_version,
        max(case when nights.recorded_on <= company.as_of_date then nights.recorded_on end) as last_recorded_on,
        min(nights.recorded_on) as first_recorded_on,
        max(nights.recorded_on) as newest_recorded_on
    from company
    left join nights on nights.night > 0
    group by company.as_of_date, company.calendar_start_date, company.rules_version
),

final as (
    select
        -- text
        recorded.rules_version,

        -- dates
        recorded.as_of_date,
        recorded.calendar_start_date,
        recorded.first_recorded_on,
        recorded.last_recorded_on,

        -- flags
        coalesce(recorded.newest_recorded_on > recorded.as_of_date and recorded.last_recorded_on = recorded.as_of_date, false)
            as is_told_again,
        coalesce(recorded.first_recorded_on < recorded.as_of_date and recorded.newest_recorded_on <= recorded.as_of_date, false)
            as appoints,
        coalesce(
            recorded.newest_recorded_on <= recorded.as_of_date
            and basis.first_recorded_on = recorded.newest_recorded_on
            and basis.last_recorded_on = recorded.newest_recorded_on,
            false
        ) as has_basis
    from recorded
    cross join basis
)

select * from final
