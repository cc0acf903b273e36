{{ config(severity='warn') }}
-- Fails for a quota of a CRM that counts nowhere, because it names neither a person nor a territory, or no day.
-- A warning: one bad row of an export must not stop the night, but somebody should see it. Rule sheets are refused at the door.
select
    source,
    record_id,
    quota_date,
    amount
from {{ ref('stg_quotas') }}
where
    coalesce({{ filled('rep_id') }}, {{ filled('territory_id') }}) is null
    or quota_date is null
