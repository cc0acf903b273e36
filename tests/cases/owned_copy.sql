-- What the record of ownership holds of the customers of explained_copy.sql, by hand: what `bailiwick owner` is asked of in tests.
-- CQINGHE: R1 since 1 November. On the 12th it fell into the pool. A file of the 8th came on the 15th: since the 8th it had been R2's.
-- COLD: R2's, until it was found on the 10th to be CQINGHE. CGROUP: nobody's, until R1 was appointed on the 15th.
drop table audit_files;
create table audit_files as select * from (values
    ('a1', 'salesforce/2026-11-01/Account.csv', 'loaded', date '2026-11-01'),
    ('a8', 'salesforce/2026-11-08/Account.csv', 'loaded', date '2026-11-08'),
    ('a12', 'salesforce/2026-11-12/Account.csv', 'loaded', date '2026-11-12')
) as t(sha256, file, status, as_of_date);
create table fct_ownership_events as
select
    sequence, 1 as night, event_id, kind, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on, cast(happened_on as timestamp) as happened_at,
    known_on, recorded_on, cause, source_cause, rule_id, 'v1234567890abcdef' as rules_version, actor, source, record_id, evidence_file_sha256, evidence_row,
    'hash' || sequence as row_hash
from (values
    (1, 'e1', 'change', null::varchar, 'CQINGHE', 'owner', null::varchar, 'R1', date '2026-11-01', date '2026-11-01', date '2026-11-01', 'first_observed', 'assigned', null::varchar, 'R9', 'salesforce', '001', 'a1', 3),
    (2, 'e2', 'change', null, 'CQINGHE', 'territory', null, 'EAST', date '2026-01-01', date '2026-11-01', date '2026-11-01', 'rule', null, 'T1', null, null, null, null, null),
    (3, 'e3', 'change', null, 'COLD', 'owner', null, 'R2', date '2026-11-02', date '2026-11-02', date '2026-11-02', 'first_observed', null, null, null, 'zoho', '1001', 'a1', 4),
    (4, 'e4', 'withdrawal', 'e3', 'COLD', 'owner', null, 'R2', date '2026-11-02', date '2026-11-10', date '2026-11-10', 'customer_retired', null, null, null, 'zoho', '1001', 'a1', 4),
    (5, 'e5', 'change', null, 'CQINGHE', 'owner', 'R1', null, date '2026-11-12', date '2026-11-12', date '2026-11-12', 'released_to_pool', 'returned', null, null, 'salesforce', '001', 'a12', 3),
    (6, 'e6', 'change', null, 'CQINGHE', 'owner', 'R1', 'R2', date '2026-11-08', date '2026-11-08', date '2026-11-15', 'owner_changed', null, 'P5', null, 'salesforce', '001', 'a8', 3),
    (7, 'e7', 'withdrawal', 'e5', 'CQINGHE', 'owner', 'R1', null, date '2026-11-12', date '2026-11-12', date '2026-11-15', 'known_better', 'returned', null, null, 'salesforce', '001', 'a12', 3),
    (8, 'e8', 'change', null, 'CQINGHE', 'owner', 'R2', null, date '2026-11-12', date '2026-11-12', date '2026-11-15', 'released_to_pool', 'returned', null, null, 'salesforce', '001', 'a12', 3),
    (9, 'e9', 'change', null, 'CGROUP', 'appointment', null, 'R1', date '2026-11-15', date '2026-11-15', date '2026-11-15', 'least_loaded', null, 'T2', null, null, null, null, null),
    (10, 'e10', 'change', null, 'CGROUP', 'owner', null, 'R1', date '2026-11-15', date '2026-11-15', date '2026-11-15', 'appointed', null, 'T2', null, null, null, null, null)
) as t(sequence, event_id, kind, withdrawn_event_id, customer_id, role, from_id, to_id, happened_on, known_on, recorded_on, cause, source_cause, rule_id, actor, source, record_id, evidence_file_sha256, evidence_row);
create table fct_ownership_conflicts as select * from (values
    ('CQINGHE', 'R2', 'R1|R2', 'P5', 'Rule P5 (first touch): R2 came first.', date '2026-11-08', date '2026-11-12')
) as t(customer_id, owner_rep_id, claimant_rep_ids, rule_id, decision_reason, valid_from, valid_to);
