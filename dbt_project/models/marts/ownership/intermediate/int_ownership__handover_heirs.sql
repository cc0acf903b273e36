-- Who should have each customer that a leaver left, or whose deals and orders wait.
-- Grain: one row per customer of which something waits for an heir.
--   1. who has the customer today, where that is somebody who is still there
--   2. else one of those who work its territory as owner: one customer after the other, in order of id, goes to whoever then has the
--      fewest, then to the lowest id. So the customers of one leaver are shared out and do not all fall to one colleague
--   3. else nobody: the leaver's manager comes next (fct_handovers), and then whoever leads the territory, who stands here as led_by
-- Not here: what waits (int_ownership__handover_subjects).
with company as (
    select * from {{ ref('stg_company') }}
),

spans as (
    select spans.*
    from {{ ref('int_ownership__spans') }} as spans
    cross join company
    where {{ holds_on('spans', 'company.as_of_date') }}
),

active_reps as (
    select distinct reps.rep_id
    from {{ ref('dim_reps') }} as reps
    cross join company
    where reps.is_active and {{ holds_on('reps', 'company.as_of_date') }}
),

workers as (
    select * from {{ ref('int_ownership__territory_workers') }}
),

waiting as (
    select distinct customer_id
    from {{ ref('int_ownership__handover_subjects') }}
    where handed_over_on is null and customer_id is not null
),

placed as (
    select
        waiting.customer_id,
        active_reps.rep_id as owner_rep_id,
        coalesce(assignments.territory_id, 'UNASSIGNED') as territory_id
    from waiting
    cross join company
    left join spans on waiting.customer_id = spans.customer_id
    left join active_reps on spans.owner_rep_id = active_reps.rep_id
    left join {{ ref('fct_territory_assignments') }} as assignments
        on
            waiting.customer_id = assignments.customer_id
            and {{ holds_on('assignments', 'company.as_of_date') }}
),

held as (
    select owner_rep_id as rep_id, count(*) as customer_count
    from spans
    where owner_rep_id is not null
    group by owner_rep_id
),

candidates as (
    select
        workers.territory_id,
        workers.rep_id,
        coalesce(held.customer_count, 0) as customer_count,
        count(*) over (partition by workers.territory_id) as candidate_count
    from workers
    left join held on workers.rep_id = held.rep_id
    where workers.role = 'owner' and workers.steps = 0
),

queued as (
    select
        customer_id,
        territory_id,
        row_number() over (partition by territory_id order by customer_id) as place
    from placed
    where owner_rep_id is null
),

-- A candidate's n-th new customer has the rank of its load by then; sorted by it, the places are what dealing out one by one gives.
offered as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.territory_id
            order by candidates.customer_count + queued.place, candidates.rep_id
        ) as place
    from candidates
    inner join queued on candidates.territory_id = queued.territory_id
),

leaders as (
    select territory_id, min(rep_id) as rep_id
    from workers
    where role = 'manager'
    group by territory_id
),

final as (
    select
        -- ids
        placed.customer_id,
        placed.territory_id,
        placed.owner_rep_id,
        offered.rep_id as worker_rep_id,
        leaders.rep_id as led_by_rep_id,

        -- numbers
        offered.customer_count,
        offered.candidate_count
    from placed
    left join queued on placed.customer_id = queued.customer_id
    left join offered
        on
            queued.territory_id = offered.territory_id
            and queued.place = offered.place
    left join leaders on placed.territory_id = leaders.territory_id
)

select * from final
