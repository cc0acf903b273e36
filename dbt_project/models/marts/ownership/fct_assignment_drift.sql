-- Where the rules and what the CRMs hold have come apart, on the as-of date.
-- Grain: one row per kind of drift, customer, source record and territory that the CRM holds.
--   1. territory: a CRM holds a customer in another territory than the rules say; of a record that is in several, none is the rules'
--   2. unknown_territory: what the CRM holds is no territory of the company: no id, no source_territory_ids of the sheet, no equal name
--   3. owner: the customer lies in the area of some people and is owned by somebody else, who works neither it nor a territory above it
--   4. appointed_not_in_crm: somebody was appointed by the policy of the territory (分配), and no CRM knows yet
--   5. is_manual: a person put it there in the CRM, so a rule of the CRM will not put it back; overridden_by_rep_id: who, as far as the CRM
--      says; of an owner, who gave the customer to them
--   6. since_date: the first day on which both were so, as far as is known: the rules' assignment, and the CRM's, its record's or
--      the owner's
-- Only records that their source still has, and only customers with one. Whoever is in the public pool is owned by nobody: no owner drift.
-- Not here: why the rules say so (fct_territory_candidates), who claims the customer (fct_ownership_conflicts).
with company as (
    select * from {{ ref('stg_company') }}
),

assignments as (
    select assignments.*
    from {{ ref('fct_territory_assignments') }} as assignments
    cross join company
    where {{ holds_on('assignments', 'company.as_of_date') }}
),

customer_records as (
    select * from {{ ref('bridge_customer_records') }}
    where valid_to is null
),

sheet_territories as (
    select territories.*
    from {{ ref('stg_rule_territories') }} as territories
    cross join company
    where {{ holds_on('territories', 'company.as_of_date') }}
),

known_ids as (
    select territory_id as held_id, territory_id, 1 as sureness from sheet_territories

    union all

    select replace({{ alternatives('source_territory_ids') }}, '=', ':') as held_id, territory_id, 2 as sureness
    from sheet_territories
    where {{ filled('source_territory_ids') }} is not null

    union all

    select exported.territory_id as held_id, sheet_territories.territory_id, 3 as sureness
    from {{ ref('stg_territories') }} as exported
    inner join sheet_territories on {{ comparable('exported.territory_name') }} = {{ comparable('sheet_territories.territory_name') }}
),

translations as (
    select held_id, territory_id
    from (
        select
            *,
            row_number() over (partition by held_id order by sureness, territory_id) as sureness_rank
        from known_ids
    ) as numbered
    where sureness_rank = 1
),

links as (
    select
        source,
        customer_record_id as record_id,
        territory_id as held_id,
        cause,
        case when cause = 'manual' then assigned_by_rep_id end as overridden_by_rep_id,
        assigned_on as held_from
    from {{ ref('stg_customer_territories') }}
    where is_in_latest_export and not is_deleted and {{ filled('territory_id') }} is not null
),

record_fields as (
    select
        source,
        record_id,
        territory_id as held_id,
        cast(null as varchar) as cause,
        cast(null as varchar) as overridden_by_rep_id,
        cast(null as date) as held_from
    from {{ ref('stg_source_customers') }}
    where is_in_latest_export and not is_deleted and {{ filled('territory_id') }} is not null
),

held as (
    select
        holdings.source,
        holdings.record_id,
        coalesce(translations.territory_id, holdings.held_id) as held_territory_id,
        translations.territory_id is not null or holdings.held_id = territories.territory_id as is_known,
        max(case when holdings.cause = 'manual' then 1 else 0 end) = 1 as is_manual,
        max(holdings.overridden_by_rep_id) as overridden_by_rep_id,
        max(holdings.held_from) as held_from
    from (
        select * from links
        union all
        select * from record_fields
    ) as holdings
    left join translations on holdings.held_id = translations.held_id
    left join sheet_territories as territories on holdings.held_id = territories.territory_id
    group by all
),

compared as (
    select
        customer_records.customer_id,
        held.*,
        records.created_on,
        assignments.territory_id,
        assignments.rule_id,
        assignments.valid_from as assigned_from,
        max(case when held.held_territory_id = assignments.territory_id then 1 else 0 end) over (
            partition by held.source, held.record_id
        ) as is_held
    from held
    inner join customer_records on held.source = customer_records.source and held.record_id = customer_records.record_id
    inner join assignments on customer_records.customer_id = assignments.customer_id
    left join {{ ref('stg_source_customers') }} as records on held.source = records.source and held.record_id = records.record_id
    where not coalesce(records.is_deleted, false) and coalesce(records.is_in_latest_export, true)
),

territory_drift as (
    select
        case when is_known then 'territory' else 'unknown_territory' end as drift,
        customer_id,
        source,
        record_id,
        territory_id,
        rule_id,
        held_territory_id,
        cast(null as varchar) as owner_rep_id,
        cast(null as varchar) as area_rep_ids,
        overridden_by_rep_id,
        is_manual,
        greatest(assigned_from, coalesce(held_from, created_on, assigned_from)) as since_date,
        case
            when is_known
                then
                    'The rules say ' || territory_id || ', ' || source || ' holds ' || held_territory_id
                    || case when is_manual then coalesce(', put there by ' || overridden_by_rep_id, ', put there by hand') else '' end
                    || case
                        when territory_id = 'UNASSIGNED' then '. Write a rule for it, or take it out there.'
                        else '. Move it there, or write a rule that names it.'
                    end
            else
                'The rules say ' || territory_id || ', ' || source || ' holds ' || held_territory_id
                || ', which the sheet territories does not know. Write it into source_territory_ids of the territory that it is.'
        end as detail
    from compared
    where is_held = 0
),

owners as (
    select
        periods.customer_id,
        periods.owner_rep_id,
        periods.source,
        periods.record_id,
        periods.cause,
        periods.actor,
        periods.valid_from
    from {{ ref('fct_ownership_periods') }} as periods
    cross join company
    where not periods.is_in_pool and {{ holds_on('periods', 'company.as_of_date') }}
),

works as (
    select
        works.rep_id,
        works.territory_id,
        works.valid_from
    from {{ ref('bridge_rep_territories') }} as works
    cross join company
    where works.role = 'owner' and {{ holds_on('works', 'company.as_of_date') }}
),

areas as (
    select
        territory_id,
        {{ dbt.listagg("rep_id", "'|'", "order by rep_id") }} as area_rep_ids
    from (select distinct territory_id, rep_id from works) as distinct_works
    group by territory_id
),

paths as (
    select territories.territory_id, territories.path
    from {{ ref('dim_territories') }} as territories
    cross join company
    where {{ holds_on('territories', 'company.as_of_date') }}
),

at_home as (
    select distinct paths.territory_id, works.rep_id
    from paths
    inner join works on instr('/' || paths.path || '/', '/' || works.territory_id || '/') > 0
),

owner_drift as (
    select
        'owner' as drift,
        owners.customer_id,
        owners.source,
        owners.record_id,
        assignments.territory_id,
        assignments.rule_id,
        cast(null as varchar) as held_territory_id,
        owners.owner_rep_id,
        areas.area_rep_ids,
        owners.actor as overridden_by_rep_id,
        false as is_manual,
        greatest(owners.valid_from, assignments.valid_from) as since_date,
        'In ' || assignments.territory_id || ', which ' || replace(areas.area_rep_ids, '|', ', ') || case
            when instr(areas.area_rep_ids, '|') > 0 then ' work' else ' works'
        end || ', and owned by ' || owners.owner_rep_id
        || case when owners.actor <> owners.owner_rep_id then ', to whom ' || owners.actor || ' gave it' else '' end
        || '. Hand it over, or write a rule or a protection that keeps it.' as detail
    from owners
    inner join assignments on owners.customer_id = assignments.customer_id
    inner join areas on assignments.territory_id = areas.territory_id
    left join at_home on assignments.territory_id = at_home.territory_id and owners.owner_rep_id = at_home.rep_id
    where at_home.rep_id is null and owners.cause is distinct from 'appointed'
),

appointed_drift as (
    select
        'appointed_not_in_crm' as drift,
        owners.customer_id,
        owners.source,
        owners.record_id,
        assignments.territory_id,
        assignments.rule_id,
        cast(null as varchar) as held_territory_id,
        owners.owner_rep_id,
        areas.area_rep_ids,
        cast(null as varchar) as overridden_by_rep_id,
        false as is_manual,
        owners.valid_from as since_date,
        owners.owner_rep_id || ' was appointed on ' || {{ day_text('owners.valid_from') }}
        || ', and no CRM names an owner yet. Write ' || owners.owner_rep_id || ' into the record there.' as detail
    from owners
    inner join assignments on owners.customer_id = assignments.customer_id
    left join areas on assignments.territory_id = areas.territory_id
    where owners.cause = 'appointed'
),

drifts as (
    select * from territory_drift
    union all
    select * from owner_drift
    union all
    select * from appointed_drift
),

final as (
    select
        -- ids
        concat_ws(':', drifts.drift, drifts.customer_id, drifts.source, drifts.record_id, drifts.held_territory_id) as drift_id,
        drifts.customer_id,
        drifts.source,
        drifts.record_id,
        drifts.territory_id,
        drifts.rule_id,
        drifts.held_territory_id,
        drifts.owner_rep_id,
        drifts.overridden_by_rep_id,

        -- text
        drifts.drift,
        drifts.area_rep_ids,
        drifts.detail,

        -- numbers
        cast({{ dbt.datediff('least(drifts.since_date, company.as_of_date)', 'company.as_of_date', 'day') }} as bigint) as days,

        -- dates
        least(drifts.since_date, company.as_of_date) as since_date,

        -- flags
        drifts.is_manual
    from drifts
    cross join company
    inner join {{ ref('dim_customers') }} as customers on drifts.customer_id = customers.customer_id
    where customers.is_active
)

select * from final
