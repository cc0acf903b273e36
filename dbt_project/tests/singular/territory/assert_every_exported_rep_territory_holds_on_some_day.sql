{{ config(severity='warn') }}
-- Fails for a row of a CRM that says who works where, but holds on no day: no person, no territory, or an end before its beginning.
-- A warning: one bad row of an export must not stop the night, but somebody should see it. Rule sheets are refused at the door.
select
    source,
    record_id,
    rep_id,
    territory_id,
    valid_from,
    valid_to
from {{ ref('stg_rep_territories') }}
where
    {{ filled('rep_id') }} is null
    or {{ filled('territory_id') }} is null
    or valid_to <= valid_from
