-- What the dashboard shows beside the marts of tests/serving/conftest.py, by hand: the record, the evidence and what waits for a decision.
-- C1 was R2's; the file of 20 November, which gives it to R1, came a day late; R2 still claims it. Retired CX1 is C1 since the 15th.
-- C2 has two records that are joined by way of a third. C3 lies in the pool; zoho K-9 may be C2 as well.
create or replace table marts.customer_id_redirects as select * from (values
    ('CX1', 'C1', 'C1', 'merged', 'Its record crm 0012 is now one with crm 0011.', timestamp '2026-11-15')
) as t(old_customer_id, customer_id, first_customer_id, cause, detail, happened_at);

create or replace table marts.bridge_customer_records as
select * from marts.bridge_customer_records
union all
select * from (values ('C2', 'web', 'W-1', date '2026-11-02', null::date, 'With erp K-7: Same telephone number.')) as t;

create or replace table marts.fct_ownership_events as
select
    sequence, 1 as night, event_id, kind, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on,
    cast(happened_on as timestamp) as happened_at, known_on, recorded_on, cause, source_cause, rule_id, 'v1234567890abcdef' as rules_version, actor,
    source, record_id, case when source is not null then repeat('ab', 32) end as evidence_file_sha256, evidence_row, 'hash' || sequence as row_hash
from (values
    (1, 'e1', 'change', null::varchar, 'C1', 'owner', null::varchar, 'R2', date '2026-11-01', date '2026-11-01', date '2026-11-01', 'first_observed', null::varchar, null::varchar, null::varchar, 'crm', '0011', 1),
    (2, 'e2', 'change', null, 'C1', 'owner', 'R2', 'R1', date '2026-11-20', date '2026-11-20', date '2026-11-21', 'owner_changed', 'reassigned *today*', 'P1', 'Kim', 'crm', '0011', 4),
    (3, 'e3', 'change', null, 'C1', 'territory', null, 'UNASSIGNED', date '2026-01-01', date '2026-11-01', date '2026-11-01', 'no_rule_matches', null, null, null, null, null, null),
    (4, 'e4', 'change', null, 'C1', 'territory', 'UNASSIGNED', 'WEST', date '2026-11-10', date '2026-11-10', date '2026-11-10', 'rule', null, 'T-1', null, null, null, null),
    (5, 'e5', 'change', null, 'CX1', 'owner', null, 'R2', date '2026-11-02', date '2026-11-02', date '2026-11-02', 'first_observed', null, null, null, 'crm', '0012', 2),
    (6, 'e6', 'withdrawal', 'e5', 'CX1', 'owner', null, 'R2', date '2026-11-02', date '2026-11-15', date '2026-11-15', 'customer_retired', null, null, null, 'crm', '0012', 2),
    (7, 'e7', 'change', null, 'C2', 'owner', null, 'R2', date '2026-11-01', date '2026-11-01', date '2026-11-01', 'first_observed', null, null, null, 'crm', '0020', 2),
    (8, 'e8', 'change', null, 'C2', 'territory', null, 'CN', date '2026-01-01', date '2026-11-01', date '2026-11-01', 'rule', null, 'T-2', null, null, null, null),
    (9, 'e9', 'change', null, 'C3', 'owner', null, null, date '2026-11-01', date '2026-11-01', date '2026-11-01', 'never_owned', null, null, null, null, null, null),
    (10, 'e10', 'change', null, 'C3', 'territory', null, 'UNASSIGNED', date '2026-01-01', date '2026-11-01', date '2026-11-01', 'no_rule_matches', null, null, null, null, null, null)
) as t(sequence, event_id, kind, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on, known_on, recorded_on, cause, source_cause, rule_id, actor, source, record_id, evidence_row);

create or replace table marts.fct_ownership_conflicts as select * from (values
    ('C1', 'R1', 'R1|R2', 'P1', 'Rule P1 (first touch): R1 came first.', 2, date '2026-11-20', null::date),
    ('C1', 'R2', 'R1|R2', null, 'R2 claimed first, on 2026-11-01 through crm:0011.', 2, date '2026-11-05', date '2026-11-20'),
    ('C2', 'R2', 'R2|R9', null, 'R2 claimed first, on 2026-11-01 through crm:0020.', 2, date '2026-11-02', null)
) as t(customer_id, owner_rep_id, claimant_rep_ids, rule_id, decision_reason, claimant_count, valid_from, valid_to);

create or replace table marts.fct_territory_candidates as select * from (values
    ('C1', 'T-1', 'WEST', 'country US', 'The west is sold to from Seattle.', 'Rule T-1 (1 dimension: country US) beat 1 other: T-9 has a higher priority number.', 1, true, date '2026-11-10', null::date),
    ('C1', 'T-9', 'CN', 'country US', null, 'Lost to T-1: T-9 has a higher priority number.', 2, false, date '2026-11-10', null),
    ('C2', 'T-2', 'CN', 'country CN', null, 'Rule T-2 (1 dimension: country CN) is the only rule that matches.', 1, true, date '2026-01-01', null)
) as t(customer_id, rule_id, territory_id, matched_on, rule_reason, candidate_reason, candidate_rank, is_winner, valid_from, valid_to);

create or replace table marts.fct_match_pairs as select * from (values
    ('crm', '0011', 'crm', '0012', 'C1', 'C1', 'same', 'Same telephone number.', 0.99::double, 7.5::double, 0.0::double, 4.0::double),
    ('crm', '0020', 'erp', 'K-7', 'C2', 'C2', 'same', 'Same credit code.', 1.0, 27.0, 0.0, 4.0),
    ('erp', 'K-7', 'web', 'W-1', 'C2', 'C2', 'same', 'Same telephone number.', 0.99, 7.5, 0.0, 4.0),
    ('erp', 'K-7', 'erp', 'K-9', 'C2', 'C3', 'ask', 'One name is the short form of the other.', 0.75, 1.5, 0.0, 4.0)
) as t(left_source, left_record_id, right_source, right_record_id, left_customer_id, right_customer_id, verdict, evidence, score, weight, ask_above, same_above);

create or replace table marts.fct_match_evidence as select * from (values
    ('crm', '0011', 'crm', '0012', 'prior', 'population', -10.0::double, 'Before anything is compared'),
    ('crm', '0011', 'crm', '0012', 'phone', 'same', 17.5, 'Same telephone number'),
    ('crm', '0020', 'erp', 'K-7', 'prior', 'population', -10.0, 'Before anything is compared'),
    ('crm', '0020', 'erp', 'K-7', 'credit_code', 'same', 37.0, 'Same credit code'),
    ('erp', 'K-7', 'web', 'W-1', 'prior', 'population', -10.0, 'Before anything is compared'),
    ('erp', 'K-7', 'web', 'W-1', 'phone', 'same', 17.5, 'Same telephone number'),
    ('erp', 'K-7', 'erp', 'K-9', 'prior', 'population', -10.0, 'Before anything is compared'),
    ('erp', 'K-7', 'erp', 'K-9', 'name', 'short_form', 11.5, 'One name is the short form of the other')
) as t(left_source, left_record_id, right_source, right_record_id, field, level, weight, sentence);

create or replace table marts.fct_match_questions as select * from (values
    (1, 'erp', 'K-7', 'erp', 'K-9', 'C2', 'C3', 0.75::double, 1.5::double, 4, 'One name is the short form of the other.')
) as t(question_rank, left_source, left_record_id, right_source, right_record_id, left_customer_id, right_customer_id, score, weight, record_count, evidence);

create or replace table marts.fct_customer_values as select * from (values
    ('C1', 'crm', '0011', 'customer_name', 'Aurora Trading Ltd', 'trust', 'trust', 'Both records that have one say the same.', null::varchar, 2, 0)
) as t(customer_id, source, record_id, field, value, rule, decided_by, reason, other_values, agreeing_count, differing_count);

create or replace table marts.fct_assignment_drift as select * from (values
    ('territory:C1:crm:0011:CN', 'C1', 'crm', '0011', 'WEST', 'T-1', 'CN', null::varchar, 'territory', null::varchar, 'The rules say WEST, crm holds CN, put there by hand. Move it there, or write a rule that names it.', 11, date '2026-11-10', true),
    ('owner:C2:crm:0020', 'C2', 'crm', '0020', 'CN', 'T-2', null, 'R2', 'owner', 'R7', 'In CN, which R7 works, and owned by R2. Hand it over, or write a rule or a protection that keeps it.', 20, date '2026-11-01', false)
) as t(drift_id, customer_id, source, record_id, territory_id, rule_id, held_territory_id, owner_rep_id, drift, area_rep_ids, detail, days, since_date, is_manual);

create or replace table marts.fct_territory_rule_issues as select * from (values
    ('never_matches:T-9', 'T-9', null::varchar, 'CN', 'never_matches', null::varchar, null::varchar, 'T-9 never decides: nobody is in industry mining.', 0),
    ('gap', null, null, 'UNASSIGNED', 'gap', null, null, '1 customer whose country nobody knows is UNASSIGNED: no rule in force assigns them.', 1)
) as t(issue_id, rule_id, other_rule_id, territory_id, issue, country_code, region_code, detail, customer_count);

create or replace table marts.fct_handovers as select * from (values
    ('R8', 'C2', 'crm', '0020', 'C2', 'R2', null::varchar, 'customers', null::varchar, 'the sheet reps', 'R2 alone works CN.', null::varchar, null::decimal(18, 4), null::bigint, 31, date '2026-10-21', null::date, true),
    ('R8', 'crm:D-1', 'crm', 'D-1', null, 'R1', null, 'opportunities', 'A deal', 'the sheet reps', 'R1 is the manager of R8; it belongs to no known customer.', 'USD', 1200.5, null, 31, date '2026-10-21', null, true),
    ('R8', 'C1', 'crm', '0011', 'C1', null, 'R2', 'customers', null, 'the sheet reps', 'R2 has it since 2026-11-01.', null, null, 11, 11, date '2026-10-21', date '2026-11-01', false)
) as t(rep_id, subject_id, source, record_id, customer_id, proposed_rep_id, handed_over_to_rep_id, subject, subject_name, leaving_reason, proposal_reason, currency_code, amount, days_taken, days_without, left_on, handed_over_on, is_open);

create or replace table marts.fct_public_pool as select * from (values
    ('C1', 'WEST', 'P-A', null::varchar, 'PR-1', 'R1', 'R1', 'warned', 'no_activity', '25 days without a follow-up, of 30. It drops on 2026-11-26.', 'claim', 'R2|R7', 2, 25, 0, null::date, date '2026-11-26', null::date, null::date),
    ('C2', 'CN', 'P-A', null, 'PR-1', 'R2', 'R2', 'due', 'no_activity', '40 days without a follow-up, of 30. It should have dropped on 2026-11-11.', 'claim', null, 0, 40, 0, null, date '2026-11-11', null, null),
    ('C3', 'UNASSIGNED', null, null, null, null, null, 'in_pool', 'never_owned', 'Nobody was ever seen to own it.', null, null, 0, 20, 0, date '2026-11-01', null, null, null)
) as t(customer_id, territory_id, pool_id, crm_pool_id, pool_rule_id, owner_rep_id, last_owner_rep_id, status, trigger, reason, claim_method, may_take_rep_ids, may_take_count, days, ping_pong_count, since_date, due_date, cool_down_until, crm_expires_on);
