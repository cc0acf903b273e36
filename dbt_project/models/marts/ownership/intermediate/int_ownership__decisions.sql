-- Who is accountable for each customer, also where that follows another customer's owner, as known on a day.
-- Grain: one row per customer, day of knowledge and segment.
--   1. headquarters (总部): the owner of a group's head office is heard in every company of the group
--   2. branch (分支机构): the owner of the company above is heard in its branches
--   3. both are heard from what claims say of that other company (int_ownership__segments), so that nothing is passed on twice; as known on
--      the newest day on which anything became known of it
--   4. they beat a claim for which no rule speaks, and rules with a higher priority number or id; they do not beat what comes before them
--   5. a customer without a claim of its own follows, too; where nobody owns the company above, the customer's own claims count
--   6. a rule is named where it had something to decide: between several people, or between a claim and the owner of another company
--   7. nobody follows before the customer was first seen or claimed itself
--   8. a customer that was seen before anybody was known to own it begins in the public pool (公海) on the day it was first seen, as known on
--      nights on which its id is in use (int_ownership__memberships)
with segments as (
    select * from {{ ref('int_ownership__segments') }}
),

points as (
    select
        points.customer_id,
        points.known_on,
        max(case when memberships.customer_id is not null then judged.first_seen_date end) as first_seen_date
    from {{ ref('int_ownership__points') }} as points
    inner join {{ ref('int_ownership__judged') }} as judged on points.customer_id = judged.customer_id
    left join {{ ref('int_ownership__memberships') }} as memberships
        on
            points.customer_id = memberships.customer_id
            and points.known_on >= memberships.known_from
            and points.known_on < {{ open_end('memberships.known_to') }}
    group by points.customer_id, points.known_on
),

groups as (
    select * from {{ ref('int_ownership__groups') }}
),

protections as (
    select * from {{ ref('int_ownership__protections') }}
),

followed as (
    select
        groups.customer_id,
        groups.head_customer_id as leading_customer_id,
        protections.protection_id,
        protections.kind,
        protections.priority,
        protections.valid_from,
        protections.valid_to
    from groups
    inner join protections on groups.customer_id = protections.customer_id and protections.kind = 'headquarters'

    union all

    select
        groups.customer_id,
        groups.company_customer_id as leading_customer_id,
        protections.protection_id,
        protections.kind,
        protections.priority,
        protections.valid_from,
        protections.valid_to
    from groups
    inner join protections on groups.customer_id = protections.customer_id and protections.kind = 'branch'
    where groups.is_branch and groups.company_customer_id is not null
),

starts as (
    select
        points.customer_id,
        points.known_on,
        least(min(points.first_seen_date), min(segments.valid_from)) as valid_from
    from points
    left join segments on points.customer_id = segments.customer_id and points.known_on = segments.known_on
    group by points.customer_id, points.known_on
),

spans as (
    select
        points.customer_id,
        points.known_on,
        lead(points.known_on) over (partition by points.customer_id order by points.known_on) as next_known_on
    from points
    inner join (select distinct leading_customer_id from followed) as leading_customers
        on points.customer_id = leading_customers.leading_customer_id
),

passed_on as (
    select
        points.customer_id,
        points.known_on,
        followed.protection_id,
        followed.kind as protection_kind,
        followed.priority as protection_priority,
        leaders.owner_rep_id,
        leaders.source,
        leaders.record_id,
        leaders.actor_rep_id,
        leaders.source_cause,
        leaders.evidence_file_sha256,
        leaders.evidence_row,
        leaders.claimed_from,
        leaders.changed_at,
        greatest(followed.valid_from, leaders.valid_from, starts.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('followed.valid_to') ~ ', ' ~ open_end('leaders.valid_to') ~ ')') }} as valid_to
    from points
    inner join starts on points.customer_id = starts.customer_id and points.known_on = starts.known_on
    inner join followed on points.customer_id = followed.customer_id
    inner join spans
        on
            followed.leading_customer_id = spans.customer_id
            and points.known_on >= spans.known_on
            and points.known_on < coalesce(spans.next_known_on, cast('9999-12-31' as date))
    inner join segments as leaders
        on
            spans.customer_id = leaders.customer_id
            and spans.known_on = leaders.known_on
            and {{ periods_meet('followed', 'leaders') }}
    where
        leaders.owner_rep_id is not null
        and greatest(followed.valid_from, leaders.valid_from, starts.valid_from) <= points.known_on
        and {{ open_end('leaders.valid_to') }} > starts.valid_from
        and {{ open_end('followed.valid_to') }} > starts.valid_from
),

edges as (
    select customer_id, known_on, valid_from from segments
    union
    select customer_id, known_on, valid_from from passed_on
    union
    select customer_id, known_on, valid_to as valid_from from passed_on
    where valid_to <= known_on
    union
    select customer_id, known_on, first_seen_date as valid_from from points
    where first_seen_date <= known_on
),

pieces as (
    select
        customer_id,
        known_on,
        valid_from,
        lead(valid_from) over (partition by customer_id, known_on order by valid_from) as valid_to
    from edges
),

heard as (
    select
        pieces.customer_id,
        pieces.known_on,
        pieces.valid_from as piece_from,
        passed_on.protection_id,
        passed_on.protection_kind,
        passed_on.protection_priority,
        passed_on.owner_rep_id,
        passed_on.source,
        passed_on.record_id,
        passed_on.actor_rep_id,
        passed_on.source_cause,
        passed_on.evidence_file_sha256,
        passed_on.evidence_row,
        passed_on.claimed_from,
        passed_on.changed_at,
        row_number() over (
            partition by pieces.customer_id, pieces.known_on, pieces.valid_from
            order by passed_on.protection_priority asc, passed_on.protection_id asc, passed_on.protection_kind asc, passed_on.valid_from asc
        ) as voice_rank
    from pieces
    inner join passed_on
        on
            pieces.customer_id = passed_on.customer_id
            and pieces.known_on = passed_on.known_on
            and {{ holds_on('passed_on', 'pieces.valid_from') }}
),

compared as (
    select
        pieces.customer_id,
        pieces.known_on,
        pieces.valid_from,
        pieces.valid_to,
        segments.owner_rep_id as claiming_rep_id,
        segments.claimant_rep_ids,
        coalesce(segments.claimant_count, 0) as claimant_count,
        segments.rival_from,
        segments.is_lapsed,
        segments.protected_to,
        heard.owner_rep_id is not null
        and (
            segments.owner_rep_id is null
            or segments.protection_id is null
            or heard.protection_priority < segments.protection_priority
            or (heard.protection_priority = segments.protection_priority and heard.protection_id < segments.protection_id)
        ) as is_passed_on,
        segments.source as own_source,
        segments.record_id as own_record_id,
        segments.actor_rep_id as own_actor,
        segments.source_cause as own_source_cause,
        segments.evidence_file_sha256 as own_file,
        segments.evidence_row as own_row,
        segments.claimed_from as own_claimed_from,
        segments.changed_at as own_changed_at,
        case
            when segments.claimant_count > 1 or heard.owner_rep_id <> segments.owner_rep_id then segments.protection_id
        end as own_protection_id,
        segments.protection_kind as own_protection_kind,
        heard.owner_rep_id as heard_rep_id,
        heard.source as heard_source,
        heard.record_id as heard_record_id,
        heard.actor_rep_id as heard_actor,
        heard.source_cause as heard_source_cause,
        heard.evidence_file_sha256 as heard_file,
        heard.evidence_row as heard_row,
        heard.claimed_from as heard_claimed_from,
        heard.changed_at as heard_changed_at,
        heard.protection_id as heard_protection_id,
        heard.protection_kind as heard_protection_kind
    from pieces
    left join segments
        on
            pieces.customer_id = segments.customer_id
            and pieces.known_on = segments.known_on
            and {{ holds_on('segments', 'pieces.valid_from') }}
    left join heard
        on
            pieces.customer_id = heard.customer_id
            and pieces.known_on = heard.known_on
            and pieces.valid_from = heard.piece_from
            and heard.voice_rank = 1
),

final as (
    select
        -- ids
        customer_id,
        case when is_passed_on then heard_rep_id else claiming_rep_id end as owner_rep_id,
        case when is_passed_on then heard_source else own_source end as source,
        case when is_passed_on then heard_record_id else own_record_id end as record_id,
        case when is_passed_on then heard_actor else own_actor end as actor_rep_id,
        case when is_passed_on then heard_protection_id else own_protection_id end as protection_id,
        claiming_rep_id,

        -- text
        case when is_passed_on then heard_protection_kind else own_protection_kind end as protection_kind,
        case when is_passed_on then heard_source_cause else own_source_cause end as source_cause,
        claimant_rep_ids,
        case when is_passed_on then heard_file else own_file end as evidence_file_sha256,

        -- numbers
        claimant_count,
        case when is_passed_on then heard_row else own_row end as evidence_row,

        -- dates
        known_on,
        valid_from,
        valid_to,
        case when is_passed_on then heard_claimed_from else own_claimed_from end as claimed_from,
        case when is_passed_on then heard_changed_at else own_changed_at end as changed_at,
        rival_from,
        protected_to,

        -- flags
        is_passed_on,
        coalesce(is_lapsed, false) and not is_passed_on as is_lapsed
    from compared
)

select * from final
