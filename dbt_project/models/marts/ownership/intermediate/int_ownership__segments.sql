-- Who is accountable for a customer in each piece of time within which no claim changes, and who claims it too.
-- Grain: one row per customer and segment, from the customer's first observation on.
--   1. time is cut wherever a claim of the customer begins or ends
--   2. the claim that began first decides, then the lowest source, then the lowest record_id
--   3. without a claim nobody does; the evidence is then the latest observation that shows nobody
-- Not here: periods of one owner (fct_ownership_periods), disputes (fct_ownership_conflicts).
with claims as (
    select * from {{ ref('int_ownership__claims') }}
),

boundaries as (
    select customer_id, valid_from from claims
    union
    select customer_id, valid_to as valid_from from claims where valid_to is not null
),

segments as (
    select
        customer_id,
        valid_from,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from boundaries
),

covered as (
    select
        segments.customer_id,
        segments.valid_from,
        segments.valid_to,
        claims.rep_id,
        claims.source,
        claims.record_id,
        claims.evidence_file_sha256,
        claims.evidence_row,
        claims.valid_from as claimed_from,
        row_number() over (
            partition by segments.customer_id, segments.valid_from
            order by
                case when claims.rep_id is null then 1 else 0 end asc,
                case when claims.rep_id is not null then claims.valid_from end asc,
                claims.valid_from desc,
                claims.source asc,
                claims.record_id asc
        ) as claim_rank
    from segments
    left join claims
        on
            segments.customer_id = claims.customer_id
            and {{ holds_on('claims', 'segments.valid_from') }}
),

rivals as (
    select
        covered.customer_id,
        covered.valid_from,
        covered.rep_id,
        min(covered.claimed_from) as claimed_from,
        min(case when winners.rep_id is distinct from covered.rep_id then covered.claimed_from end) as rival_from
    from covered
    inner join covered as winners
        on
            covered.customer_id = winners.customer_id
            and covered.valid_from = winners.valid_from
            and winners.claim_rank = 1
    where covered.rep_id is not null
    group by covered.customer_id, covered.valid_from, covered.rep_id
),

claimants as (
    select
        customer_id,
        valid_from,
        count(*) as claimant_count,
        {{ dbt.listagg("rep_id", "'|'", "order by rep_id") }} as claimant_rep_ids,
        min(rival_from) as rival_from
    from rivals
    group by customer_id, valid_from
),

final as (
    select
        -- ids
        covered.customer_id,
        covered.rep_id as owner_rep_id,
        covered.source,
        covered.record_id,

        -- text
        claimants.claimant_rep_ids,
        covered.evidence_file_sha256,

        -- numbers
        coalesce(claimants.claimant_count, 0) as claimant_count,
        covered.evidence_row,

        -- dates
        covered.valid_from,
        covered.valid_to,
        covered.claimed_from,
        claimants.rival_from
    from covered
    left join claimants
        on
            covered.customer_id = claimants.customer_id
            and covered.valid_from = claimants.valid_from
    where covered.claim_rank = 1
)

select * from final
