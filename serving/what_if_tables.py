"""What another set of rule sheets would change, as tables of a scratch file: per customer, per flow, per quota, per territory and person.

Here: the SQL, step by step. Not here: running the models over the sheets (orchestration/scratch.py), the figures that people read
(what_if.py), files for CRMs (proposed_moves.py).

The scratch file holds `marts.*` as the other sheets would have them, `before.*` (dim_territories, bridge_rep_territories by the sheets in
force, for the day that is asked about), and `asked.*`, taken from the home. The day is the variable `asked_on`. Only customers that some
source still has are compared.

  places        who has a place in a territory: works it or one above it, in any role, or leads one of these
  customers     one row per customer: territory, rule and reason before and after, today's owner, open pipeline, potential
    is_broken     today's owner has no place in the territory after; of customers that stay: has lost the place
    owner after   who owns it today; of broken ones whom the rules name, else nobody
  proposals     whom the rules name: the territory's assignment_policy (named: default_rep_id, as long as that person is active;
                round_robin: in turn from the lowest rep_id; least_loaded: whoever has the fewest customers by then), else its only owner
  quotas        a territory's quota is that of the nearest one at or above it that has one. What is left of it, from the month of the day
                on, goes with the customers that move out of its reach, in proportion to their open pipeline; where its customers have none,
                to their potential; where that is unknown, to their number
"""

_DAY = "cast(getvariable('asked_on') as date)"
_HOLDS = f"{{0}}.valid_from <= {_DAY} and ({{0}}.valid_to is null or {_DAY} < {{0}}.valid_to)"
_BELOW = "instr('/' || low.path || '/', '/' || up.territory_id || '/') > 0"


def taken(potential: str) -> dict[str, str]:
    """What is read of the attached `home`: tables `asked.<name>` and their queries. `potential`: an expression over marts.dim_customers."""
    return {
        "customers": f"""
            select customer_id, customer_name, cast({potential} as decimal(38, 4)) as potential
            from home.marts.dim_customers where is_active""",
        "assignments": f"""
            select customer_id, territory_id, rule_id, assignment_reason
            from home.marts.fct_territory_assignments as a where {_HOLDS.format("a")}""",
        "owners": """
            select customer_id, owner_rep_id from home.marts.fct_ownership_periods
            where valid_to is null and owner_rep_id is not null""",
        "deals": """
            select customer_id, sum(home_amount) as amount, count(*) as deals, count(*) - count(home_amount) as deals_without_amount
            from home.marts.fct_opportunities
            where outcome = 'open' and not is_deleted and is_in_latest_export and customer_id is not null
            group by customer_id""",
        "quotas": f"""
            select territory_id, sum(home_amount) as amount from home.intermediate.int_performance__quotas
            where counts_for_territory and month >= date_trunc('month', {_DAY}) group by territory_id having sum(home_amount) > 0""",
        "rules": f"""
            select distinct territory_id from home.intermediate.int_territory__rules as r
            where field = '' and effect = 'assign' and {_HOLDS.format("r")}""",
        "issues": "select issue_id from home.marts.fct_territory_rule_issues",
        "reps": """
            select rep_id, arg_max(rep_name, valid_from) as rep_name from home.marts.dim_reps
            where decided_by <> 'referenced only' group by rep_id""",
        "records": """
            select bridge.customer_id, bridge.source, bridge.record_id, crm.name, crm.owner_rep_id
            from home.marts.bridge_customer_records as bridge
            inner join home.clean.customers as crm on bridge.source = crm.source and bridge.record_id = crm.record_id
            where bridge.valid_to is null and crm.is_in_latest_export and not coalesce(crm.is_deleted, false)""",
        "record_territories": """
            select source, customer_record_id as record_id, territory_id, record_id as link_id from home.clean.customer_territories
            where is_in_latest_export and not coalesce(is_deleted, false) and coalesce(territory_id, '') <> ''
            union all
            select source, record_id, territory_id, cast(null as varchar) as link_id from home.clean.customers
            where is_in_latest_export and not coalesce(is_deleted, false) and coalesce(territory_id, '') <> ''""",
        "users": """
            select source, record_id as user_id, rep_id, name, coalesce(is_active, true) as is_active from home.clean.reps
            where is_in_latest_export and rep_id is not null""",
    }


def _territories(side: str) -> str:
    return f"select * from {side}.dim_territories as t where {_HOLDS.format('t')}"


def _places(side: str) -> str:
    return f"""
        with territories as ({_territories(side)}),
        reach as (
            select low.territory_id, up.territory_id as upper_id, up.manager_rep_id
            from territories as low inner join territories as up on {_BELOW}
        )
        select reach.territory_id, workers.rep_id
        from reach inner join {side}.bridge_rep_territories as workers on reach.upper_id = workers.territory_id
        where {_HOLDS.format("workers")}
        union
        select territory_id, manager_rep_id as rep_id from reach where manager_rep_id is not null"""


def _quota_of(side: str) -> str:
    return f"""
        with territories as ({_territories(side)})
        select low.territory_id, arg_max(up.territory_id, up.level) as quota_territory_id
        from territories as low
        inner join territories as up on {_BELOW}
        inner join asked.quotas as quotas on up.territory_id = quotas.territory_id
        group by low.territory_id"""


_CUSTOMERS = f"""
    select
        customers.customer_id, customers.customer_name, customers.potential,
        coalesce(deals.amount, 0) as pipeline, coalesce(deals.deals, 0) as deals,
        coalesce(deals.deals_without_amount, 0) as deals_without_amount,
        old.territory_id as from_territory_id, old.rule_id as from_rule_id, old.assignment_reason as reason_before,
        new.territory_id as to_territory_id, new.rule_id as to_rule_id, new.assignment_reason as reason_after,
        old.territory_id is distinct from new.territory_id as is_moved,
        owners.owner_rep_id,
        before_places.rep_id is not null as had_place,
        after_places.rep_id is not null as has_place,
        owners.owner_rep_id is not null and after_places.rep_id is null and (is_moved or before_places.rep_id is not null) as is_broken
    from asked.customers as customers
    left join asked.assignments as old on customers.customer_id = old.customer_id
    left join (select * from marts.fct_territory_assignments as a where {_HOLDS.format("a")}) as new
        on customers.customer_id = new.customer_id
    left join asked.owners as owners on customers.customer_id = owners.customer_id
    left join asked.deals as deals on customers.customer_id = deals.customer_id
    left join answer.places_before as before_places
        on old.territory_id = before_places.territory_id and owners.owner_rep_id = before_places.rep_id
    left join answer.places_after as after_places
        on new.territory_id = after_places.territory_id and owners.owner_rep_id = after_places.rep_id"""

_POLICIES = f"""
    with active as (select distinct rep_id from marts.dim_reps as r where is_active and {_HOLDS.format("r")}),
    workers as (
        select distinct bridge.territory_id, bridge.rep_id
        from marts.bridge_rep_territories as bridge inner join active on bridge.rep_id = active.rep_id
        where bridge.role = 'owner' and {_HOLDS.format("bridge")}
    ),
    counted as (select territory_id, count(*) as worker_count, min(rep_id) as only_rep_id from workers group by territory_id)
    select
        t.territory_id, coalesce(counted.worker_count, 0) as worker_count, t.default_rep_id,
        case
            when t.territory_id = 'UNASSIGNED' then null
            when t.assignment_policy = 'named' then case when active.rep_id is not null then 'named' end
            when counted.worker_count = 1 then 'only'
            when counted.worker_count > 1 then t.assignment_policy
        end as way,
        case when way = 'named' then t.default_rep_id when way = 'only' then counted.only_rep_id end as rep_id,
        case
            when way = 'named' then 'assignment_policy of ' || t.territory_id || ' is named: ' || t.default_rep_id
            when way = 'only' then 'the only one who works ' || t.territory_id || ' as owner'
            when way is not null then 'assignment_policy of ' || t.territory_id || ' is ' || way
            when t.territory_id = 'UNASSIGNED' then 'no rule assigns the customer'
            when t.assignment_policy = 'named'
                then 'default_rep_id ' || coalesce(t.default_rep_id, '(empty)') || ' of ' || t.territory_id || ' is not active'
            when counted.worker_count is null then 'nobody active works ' || t.territory_id || ' as owner'
            else counted.worker_count || ' people work ' || t.territory_id || ' as owner and it has no assignment_policy'
        end as reason
    from ({_territories("marts")}) as t
    left join counted on t.territory_id = counted.territory_id
    left join active on t.default_rep_id = active.rep_id"""

_WORKERS = f"""
    select distinct bridge.territory_id, bridge.rep_id, dense_rank() over (partition by bridge.territory_id order by bridge.rep_id) as turn
    from marts.bridge_rep_territories as bridge
    inner join answer.policies as policies
        on bridge.territory_id = policies.territory_id and policies.way in ('round_robin', 'least_loaded')
    inner join (select distinct rep_id from marts.dim_reps as r where is_active and {_HOLDS.format("r")}) as active
        on bridge.rep_id = active.rep_id
    where bridge.role = 'owner' and {_HOLDS.format("bridge")}"""

_PROPOSALS = """
    with broken as (
        select customer_id, to_territory_id as territory_id, row_number() over (partition by to_territory_id order by customer_id) as place
        from answer.customers where is_broken
    ),
    waiting as (select territory_id, count(*) as how_many from broken group by territory_id),
    loads as (select owner_rep_id as rep_id, count(*) as load from answer.customers where not is_broken group by 1),
    slots as (
        select workers.territory_id, workers.rep_id, coalesce(loads.load, 0) + unnest(generate_series(1, waiting.how_many)) as load_then
        from answer.workers as workers
        inner join answer.policies as policies on workers.territory_id = policies.territory_id and policies.way = 'least_loaded'
        inner join waiting on workers.territory_id = waiting.territory_id
        left join loads on workers.rep_id = loads.rep_id
    ),
    dealt as (
        select territory_id, rep_id, row_number() over (partition by territory_id order by load_then, rep_id) as place from slots
    )
    select
        broken.customer_id,
        coalesce(policies.rep_id, turns.rep_id, dealt.rep_id) as proposed_owner_rep_id,
        policies.reason as proposal_reason
    from broken
    left join answer.policies as policies on broken.territory_id = policies.territory_id
    left join answer.workers as turns
        on
            policies.way = 'round_robin' and broken.territory_id = turns.territory_id
            and turns.turn = (broken.place - 1) % nullif(policies.worker_count, 0) + 1
    left join dealt on policies.way = 'least_loaded' and broken.territory_id = dealt.territory_id and broken.place = dealt.place"""

_WEIGHTS = """
    with reached as (
        select customers.*, before_quota.quota_territory_id, after_quota.quota_territory_id as quota_after
        from answer.customers as customers
        inner join answer.quota_before as before_quota on customers.from_territory_id = before_quota.territory_id
        left join answer.quota_after as after_quota on customers.to_territory_id = after_quota.territory_id
    ),
    totals as (
        select
            quota_territory_id, sum(greatest(pipeline, 0)) as pipeline, sum(greatest(coalesce(potential, 0), 0)) as potential,
            count(*) as customers
        from reached group by quota_territory_id
    )
    select
        reached.customer_id, reached.from_territory_id, reached.to_territory_id, reached.quota_territory_id, quotas.amount,
        reached.is_moved and reached.quota_after is distinct from reached.quota_territory_id as is_leaving,
        case
            when totals.pipeline > 0 then 'open pipeline'
            when totals.potential > 0 then 'potential'
            else 'number of customers'
        end as basis,
        quotas.amount * case basis
            when 'open pipeline' then greatest(reached.pipeline, 0) / nullif(totals.pipeline, 0)
            when 'potential' then greatest(coalesce(reached.potential, 0), 0) / nullif(totals.potential, 0)
            else 1 / totals.customers
        end as quota_share
    from reached
    inner join totals on reached.quota_territory_id = totals.quota_territory_id
    inner join asked.quotas as quotas on reached.quota_territory_id = quotas.territory_id"""

_BALANCE = f"""
    with rules_after as (
        select distinct territory_id from intermediate.int_territory__rules as r
        where field = '' and effect = 'assign' and {_HOLDS.format("r")}
    ),
    owners_after as (
        select customers.*,
            case when is_broken then proposals.proposed_owner_rep_id else owner_rep_id end as owner_after
        from answer.customers as customers left join answer.proposals as proposals on customers.customer_id = proposals.customer_id
    ),
    sides as (
        select 'territory' as kind, 'before' as side, from_territory_id as id, pipeline, potential from owners_after
        union all
        select 'territory', 'after', to_territory_id, pipeline, potential from owners_after
        union all
        select 'rep', 'before', owner_rep_id, pipeline, potential from owners_after where owner_rep_id is not null
        union all
        select 'rep', 'after', owner_after, pipeline, potential from owners_after where owner_after is not null
    ),
    in_play as (
        select 'territory' as kind, 'before' as side, territory_id as id from asked.rules
        union
        select 'territory', 'after', territory_id from rules_after
        union
        select 'rep', 'before', rep_id from before.bridge_rep_territories as b where role = 'owner' and {_HOLDS.format("b")}
        union
        select 'rep', 'after', rep_id from marts.bridge_rep_territories as b where role = 'owner' and {_HOLDS.format("b")}
        union
        select kind, side, id from sides
    )
    select
        in_play.kind, in_play.id, in_play.side, count(sides.id) as customers, coalesce(sum(sides.potential), 0) as potential,
        coalesce(sum(sides.pipeline), 0) as pipeline
    from in_play left join sides on in_play.kind = sides.kind and in_play.side = sides.side and in_play.id = sides.id
    group by all"""


def steps() -> dict[str, str]:
    """Tables `answer.<name>` and their queries, in the order in which they are made."""
    names = f"""
        select territory_id as id, territory_name as name, 0 as rank from ({_territories("marts")})
        union all
        select territory_id, territory_name, 1 from ({_territories("before")})"""
    people = """
        select rep_id as id, rep_name as name, 0 as rank from asked.reps
        union all
        select rep_id, max(rep_name), 1 from marts.dim_reps group by rep_id"""
    return {
        "territory_names": f"select id, arg_min(name, rank) as name from ({names}) group by id",
        "rep_names": f"select id, arg_min(name, rank) as name from ({people}) group by id",
        "places_before": _places("before"),
        "places_after": _places("marts"),
        "quota_before": _quota_of("before"),
        "quota_after": _quota_of("marts"),
        "customers": _CUSTOMERS,
        "policies": _POLICIES,
        "workers": _WORKERS,
        "proposals": _PROPOSALS,
        "weights": _WEIGHTS,
        "balance": _BALANCE,
    }
