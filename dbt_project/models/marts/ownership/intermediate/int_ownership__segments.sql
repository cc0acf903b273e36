-- Whose claim counts in each piece of time within which nothing changes, and who claims the customer too, as known on a day.
-- Grain: one row per customer, day of knowledge and segment, from the customer's first observation on.
--   1. time is cut wherever a claim, or a rule of engagement that speaks for one, begins or ends
--   2. a claim that a rule speaks for beats all others; of several rules the lowest priority number, then the lowest id
--   3. of claims that one rule speaks for, and where no rule speaks, the claim that began first; but where a first_touch rule applies and
--      all protection has run out, the claim that began last: who is no longer protected has to make way
--   4. then the lowest source, then the lowest record_id
--   5. without a claim nobody owns the customer; the evidence is then the latest observation that shows nobody
-- Not here: who follows another customer's owner (int_ownership__decisions), periods of one owner (fct_ownership_periods).
with claims as (
    select * from {{ ref('int_ownership__claims') }}
),

voices as (
    select * from {{ ref('int_ownership__voices') }}
),

first_touch as (
    select customer_id, valid_from, valid_to
    from {{ ref('int_ownership__protections') }}
    where kind = 'first_touch'
),

first_claims as (
    select customer_id, known_on, min(valid_from) as valid_from from claims
    group by customer_id, known_on
),

boundaries as (
    select customer_id, known_on, valid_from from claims
    union
    select customer_id, known_on, valid_to as valid_from from claims
    where valid_to is not null
    union
    select customer_id, known_on, valid_from from voices
    union
    select customer_id, known_on, valid_to as valid_from from voices
    where valid_to <= known_on
    union
    select first_claims.customer_id, first_claims.known_on, first_touch.valid_from
    from first_claims
    inner join first_touch on first_claims.customer_id = first_touch.customer_id
    where first_touch.valid_from between first_claims.valid_from and first_claims.known_on
    union
    select first_claims.customer_id, first_claims.known_on, first_touch.valid_to as valid_from
    from first_claims
    inner join first_touch on first_claims.customer_id = first_touch.customer_id
    where first_touch.valid_to between first_claims.valid_from and first_claims.known_on
),

segments as (
    select
        customer_id,
        known_on,
        valid_from,
        lead(valid_from) over (partition by customer_id, known_on order by valid_from) as valid_to
    from boundaries
),

heard as (
    select
        segments.customer_id,
        segments.known_on,
        segments.valid_from,
        voices.source,
        voices.record_id,
        voices.claimed_from,
        voices.protection_id,
        voices.kind,
        voices.priority,
        voices.valid_to as protected_to,
        row_number() over (
            partition by
                segments.customer_id, segments.known_on, segments.valid_from, voices.source, voices.record_id, voices.claimed_from
            order by voices.priority asc, voices.protection_id asc, voices.valid_from asc, {{ open_end('voices.valid_to') }} asc
        ) as voice_rank
    from segments
    inner join voices
        on
            segments.customer_id = voices.customer_id
            and segments.known_on = voices.known_on
            and {{ holds_on('voices', 'segments.valid_from') }}
),

lapsed as (
    select distinct segments.customer_id, segments.known_on, segments.valid_from
    from segments
    inner join first_touch
        on
            segments.customer_id = first_touch.customer_id
            and {{ holds_on('first_touch', 'segments.valid_from') }}
),

-- Every claim in every segment, with what ranks it alone: at a million customers and 400 nights these are the most rows of the whole night.
covered as (
    select
        segments.customer_id,
        segments.known_on,
        segments.valid_from,
        segments.valid_to,
        claims.rep_id,
        claims.source,
        claims.record_id,
        claims.valid_from as claimed_from,
        heard.protection_id,
        heard.kind as protection_kind,
        heard.priority as protection_priority,
        heard.protected_to,
        lapsed.customer_id is not null and heard.protection_id is null and claims.rep_id is not null as is_lapsed,
        row_number() over (
            partition by segments.customer_id, segments.known_on, segments.valid_from
            order by
                case when claims.rep_id is null then 1 else 0 end asc,
                case when heard.protection_id is null then 1 else 0 end asc,
                coalesce(heard.priority, 0) asc,
                coalesce(heard.protection_id, '') asc,
                case
                    when lapsed.customer_id is not null and heard.protection_id is null then claims.valid_from else
                        cast('0001-01-01' as date)
                end desc,
                case when claims.rep_id is null then cast('0001-01-01' as date) else claims.valid_from end asc,
                claims.valid_from desc,
                claims.source asc,
                claims.record_id asc
        ) as claim_rank
    from segments
    left join claims
        on
            segments.customer_id = claims.customer_id
            and segments.known_on = claims.known_on
            and {{ holds_on('claims', 'segments.valid_from') }}
    left join heard
        on
            claims.customer_id = heard.customer_id
            and claims.known_on = heard.known_on
            and segments.valid_from = heard.valid_from
            and claims.source = heard.source
            and claims.record_id = heard.record_id
            and claims.valid_from = heard.claimed_from
            and heard.voice_rank = 1
    left join lapsed
        on
            segments.customer_id = lapsed.customer_id
            and segments.known_on = lapsed.known_on
            and segments.valid_from = lapsed.valid_from
),

rivals as (
    select
        covered.customer_id,
        covered.known_on,
        covered.valid_from,
        covered.rep_id,
        min(case when winners.rep_id is distinct from covered.rep_id then covered.claimed_from end) as rival_from
    from covered
    inner join covered as winners
        on
            covered.customer_id = winners.customer_id
            and covered.known_on = winners.known_on
            and covered.valid_from = winners.valid_from
            and winners.claim_rank = 1
    where covered.rep_id is not null
    group by covered.customer_id, covered.known_on, covered.valid_from, covered.rep_id
),

claimants as (
    select
        customer_id,
        known_on,
        valid_from,
        count(*) as claimant_count,
        {{ dbt.listagg("rep_id", "'|'", "order by rep_id") }} as claimant_rep_ids,
        min(rival_from) as rival_from
    from rivals
    group by customer_id, known_on, valid_from
),

final as (
    select
        -- ids
        covered.customer_id,
        covered.rep_id as owner_rep_id,
        covered.source,
        covered.record_id,
        claims.actor_rep_id,
        covered.protection_id,

        -- text
        claims.source_cause,
        covered.protection_kind,
        claimants.claimant_rep_ids,
        claims.evidence_file_sha256,

        -- numbers
        coalesce(claimants.claimant_count, 0) as claimant_count,
        covered.protection_priority,
        claims.evidence_row,

        -- dates
        covered.known_on,
        covered.valid_from,
        covered.valid_to,
        covered.claimed_from,
        claims.changed_at,
        covered.protected_to,
        claimants.rival_from,

        -- flags
        covered.is_lapsed and coalesce(claimants.claimant_count, 0) > 1 as is_lapsed
    from covered
    left join claimants
        on
            covered.customer_id = claimants.customer_id
            and covered.known_on = claimants.known_on
            and covered.valid_from = claimants.valid_from
    left join claims
        on
            covered.customer_id = claims.customer_id
            and covered.known_on = claims.known_on
            and covered.source = claims.source
            and covered.record_id = claims.record_id
            and covered.claimed_from = claims.valid_from
    where covered.claim_rank = 1
)

select * from final
