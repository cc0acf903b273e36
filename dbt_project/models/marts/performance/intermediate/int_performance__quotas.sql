-- What each person and each territory was to sell (目标), and in which month it counts.
-- Grain: one row per row of the quota sheet or of a CRM's quota table that counts.
--   1. for the same person, territory and day the rule sheet wins, then the lowest source; all rows of the winner count
--   2. a quota counts in full in the month of its day; home_amount as in fct_opportunities
--   3. a person's quota counts for the territory it names, else for the one the person owned on its day (of several the lowest id),
--      else for UNASSIGNED
--   4. where a territory has a quota of its own in a month, the quotas of its people are not added to it
-- A row that names neither a person nor a territory counts nowhere; assert_every_quota_names_somebody shows it.
with company as (
    select * from {{ ref('stg_company') }}
),

rep_territories as (
    select * from {{ ref('bridge_rep_territories') }}
),

given as (
    select
        'rule sheet' as decided_by,
        0 as decided_rank,
        cast(row_number as varchar) as quota_row,
        {{ filled('rep_id') }} as rep_id,
        {{ filled('territory_id') }} as territory_id,
        quota_date,
        amount,
        currency_code
    from {{ ref('stg_rule_quotas') }}

    union all

    select
        source as decided_by,
        1 as decided_rank,
        record_id as quota_row,
        {{ filled('rep_id') }} as rep_id,
        {{ filled('territory_id') }} as territory_id,
        quota_date,
        amount,
        currency_code
    from {{ ref('stg_quotas') }}
),

ranked as (
    select
        *,
        dense_rank() over (
            partition by rep_id, territory_id, quota_date
            order by decided_rank, decided_by
        ) as quota_rank
    from given
    where
        coalesce(rep_id, territory_id) is not null
        and quota_date is not null
),

counted as (
    select
        ranked.decided_by,
        ranked.quota_row,
        ranked.rep_id,
        ranked.territory_id,
        ranked.quota_date,
        {{ month_of('ranked.quota_date') }} as month,
        case
            when coalesce({{ filled('ranked.currency_code') }}, company.home_currency_code) = company.home_currency_code
                then ranked.amount
        end as home_amount,
        ranked.rep_id is null as is_territory_quota
    from ranked
    cross join company
    where ranked.quota_rank = 1
),

owned_territories as (
    select
        counted.rep_id,
        counted.quota_date,
        min(rep_territories.territory_id) as territory_id
    from counted
    inner join rep_territories
        on
            counted.rep_id = rep_territories.rep_id
            and rep_territories.role = 'owner'
            and {{ holds_on('rep_territories', 'counted.quota_date') }}
    group by counted.rep_id, counted.quota_date
),

placed as (
    select
        counted.decided_by,
        counted.quota_row,
        counted.rep_id,
        coalesce(counted.territory_id, owned_territories.territory_id, 'UNASSIGNED') as territory_id,
        counted.home_amount,
        counted.quota_date,
        counted.month,
        counted.is_territory_quota
    from counted
    left join owned_territories
        on
            counted.rep_id = owned_territories.rep_id
            and counted.quota_date = owned_territories.quota_date
),

final as (
    select
        -- ids
        rep_id,
        territory_id,
        quota_row,

        -- text
        decided_by,

        -- numbers
        home_amount,

        -- dates
        quota_date,
        month,

        -- flags
        is_territory_quota,
        is_territory_quota or not bool_or(is_territory_quota) over (partition by territory_id, month) as counts_for_territory
    from placed
)

select * from final
