-- Changes of owner (归属) of each record, by the source's own history or by the difference of exports.
-- Grain: one row per source, customer record, change of owner and stretch of days on which it was known.
-- Here: names and types only. What stands now: known_to is null. What stood on a day: known_from <= day < known_to.
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
        first_sequence,

        -- dates
        changed_on,
        changed_at,
        as_of_date,
        known_from,
        known_to
    from source
)

select * from final
