-- Changes of owner (归属) of each record, by the source's own history or by the difference of exports.
-- Grain: one row per source, customer record and change of owner.
-- Here: names and types only.
with source as (
    select * from {{ source('clean', 'owner_observations') }}
),

final as (
    select
        -- ids
        source,
        record_id,
        sequence,
        owner_rep_id,
        actor_rep_id,

        -- text
        observed_by,
        cause,
        file_sha256,

        -- numbers
        row_number,

        -- dates
        changed_on,
        changed_at,
        as_of_date,
        as_of_date as known_from,
        cast(null as date) as known_to
    from source
)

select * from final
