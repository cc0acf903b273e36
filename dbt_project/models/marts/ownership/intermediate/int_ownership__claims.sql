-- Who claimed a customer through which source record, from when to when, as known on a day.
-- Grain: one row per customer, day of knowledge, source record and period in which the record had one owner.
--   1. an observed owner holds from its observation until the record's next one; a null owner is nobody's claim, but evidence
--   2. of several changes on one day the last one holds, since a period is whole days: by its moment, where an export that knows none comes
--      last, for it shows the end of the day; a repeated owner is one claim
-- Not here: which claim wins (int_ownership__segments).
with points as (
    select * from {{ ref('int_ownership__points') }}
),

observed as (
    select * from {{ ref('int_ownership__observed') }}
),

known as (
    select
        points.known_on,
        observed.*,
        row_number() over (
            partition by observed.customer_id, points.known_on, observed.source, observed.record_id, observed.changed_on
            order by
                coalesce(observed.changed_at, cast('9999-12-31' as timestamp)) desc,
                observed.observed_by asc,
                observed.sequence desc
        ) as place_from_the_end
    from points
    inner join observed
        on
            points.customer_id = observed.customer_id
            and points.known_on >= observed.known_from
            and points.known_on < {{ open_end('observed.known_to') }}
            and points.known_on >= observed.changed_on
),

compared as (
    select
        *,
        lag(rep_id) over (partition by customer_id, known_on, source, record_id order by changed_on) as former_rep_id,
        row_number() over (partition by customer_id, known_on, source, record_id order by changed_on) as observation_number
    from known
    where place_from_the_end = 1
),

changed as (
    select *
    from compared
    where observation_number = 1 or rep_id is distinct from former_rep_id
),

final as (
    select
        -- ids
        customer_id,
        source,
        record_id,
        rep_id,
        actor_rep_id,

        -- text
        source_cause,
        evidence_file_sha256,

        -- numbers
        evidence_row,

        -- dates
        known_on,
        changed_at,
        changed_on as valid_from,
        lead(changed_on) over (partition by customer_id, known_on, source, record_id order by changed_on) as valid_to
    from changed
)

select * from final
