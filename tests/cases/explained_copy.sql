-- A published copy of a few customers, by hand: what `bailiwick explain` is asked of in tests. All names are invented.
create table audit_runs as select * from (values
    ('run-1', date '2026-11-21', timestamp '2026-11-22 01:00:00', timestamp '2026-11-22 01:00:00', 'v1', 9, 100)
) as t(run_id, as_of_date, started_at, finished_at, rules_version, checks_passed, rows_loaded);
create table audit_files as select * from (values ('crm/a.csv', 'loaded')) as t(file, status);
create table audit_quarantine as select * from (values ('crm', 'no_key')) as t(source, reason_code) limit 0;
create table kpi_territory_monthly as select * from (values ('EAST')) as t(territory_id) limit 0;

create table dim_customers as select * from (values
    ('CGROUP', null::varchar, 'Qinghe Group', 'CN', 'Shanghai', null::varchar, 1, null::varchar, null::varchar, null::decimal(5, 2), null::varchar, null::varchar),
    ('CQINGHE', 'CGROUP', '青禾机械有限公司', 'CN', '上海市', '91310000M000100Y4A', 3, 'large', '640 employees', 62.5, 'B', '25 of 40 points: industry machinery 25 of 40'),
    ('CBRANCH', 'CQINGHE', '青禾机械有限公司苏州分公司', 'CN', '苏州市', null, 1, null, 'its records say 重点, which is no name of the sheet size_bands', 10, null, '4 of 40 points: country cn 4 of 40'),
    ('CLIKE', null, '青禾机械', 'CN', null, null, 1, null, null, null, null, null),
    ('CACME', null, 'Larkspur', 'US', 'Seattle', null, 1, null, null, null, null, null),
    ('CACME2', null, 'Larkspur Tools', 'US', 'Boston', null, 1, null, null, null, null, null),
    ('CTWIN', null, 'Quillon', 'US', 'Portland', null, 2, null, null, null, null, null)
) as t(customer_id, parent_customer_id, customer_name, country_code, city_name, credit_code, record_count, size_band, size_reason, potential_score, potential_band, potential_reason);

create table customer_id_redirects as select * from (values
    ('COLD', 'CQINGHE', 'CQINGHE', 'merged', 'Its record zoho 1001 is now one with salesforce 001.', timestamp '2026-11-10')
) as t(old_customer_id, customer_id, first_customer_id, cause, detail, happened_at);

create table bridge_customer_records as select * from (values
    ('CQINGHE', 'salesforce', '001', 'With zoho 1001: Same name, Same telephone number; against it: Other street addresses.', date '2026-11-01', null::date),
    ('CQINGHE', 'zoho', '1001', 'With yonyou K-7: Same credit code.', date '2026-11-10', null),
    ('CQINGHE', 'yonyou', 'K-7', 'With zoho 1001: Same credit code.', date '2026-11-01', null),
    ('CQINGHE', 'zoho', '1002', 'With zoho 1001: Same name.', date '2026-11-01', date '2026-11-12'),
    ('COLD', 'zoho', '1001', 'No other record was found to be the same customer.', date '2026-11-01', date '2026-11-10'),
    ('CLIKE', 'zoho', '1002', 'No other record was found to be the same customer.', date '2026-11-12', null),
    ('CACME', 'salesforce', '007', 'No other record was found to be the same customer.', date '2026-11-01', null),
    ('CACME2', 'zoho', '007', 'No other record was found to be the same customer.', date '2026-11-01', null),
    ('CTWIN', 'salesforce', '008', 'No other record was found to be the same customer.', date '2026-11-01', null),
    ('CTWIN', 'salesforce', 'a:100:b', 'With salesforce 008: Says exactly the same.', date '2026-11-01', null)
) as t(customer_id, source, record_id, match_reason, valid_from, valid_to);

create table fct_match_pairs as select * from (values
    ('salesforce', '001', 'zoho', '1001', 'CQINGHE', 'CQINGHE', 'same', 'Same name, Same telephone number; against it: Other street addresses.', 1.0::double, 19.5::double, 0.0::double, 4.0::double),
    ('yonyou', 'K-7', 'zoho', '1001', 'CQINGHE', 'CQINGHE', 'same', 'Same credit code; against it: Names in two scripts, which say nothing of each other.', 1.0, 26.0, 0.0, 4.0),
    ('salesforce', '001', 'zoho', '1002', 'CQINGHE', 'CLIKE', 'ask', 'One name is the short form of the other; against it: Other telephone numbers.', 0.8182, 2.17, 0.0, 4.0)
) as t(left_source, left_record_id, right_source, right_record_id, left_customer_id, right_customer_id, verdict, evidence, score, weight, ask_above, same_above);

create table fct_match_evidence as select * from (values
    ('salesforce', '001', 'zoho', '1001', 'prior', 'population', -13.0::double, 'Before anything is compared: of some 4,096 records few are the same customer'),
    ('salesforce', '001', 'zoho', '1001', 'name', 'same', 19.0, 'Same name'),
    ('salesforce', '001', 'zoho', '1001', 'phone', 'same', 16.0, 'Same telephone number'),
    ('salesforce', '001', 'zoho', '1001', 'address', 'other', -6.0, 'Other street addresses'),
    ('salesforce', '001', 'zoho', '1001', 'place', 'same_city', 6.0, 'Same city'),
    ('salesforce', '001', 'zoho', '1001', 'caps', 'together', -2.5, 'Telephone, e-mail and domain count once where they come together, and so do address and place'),
    ('yonyou', 'K-7', 'zoho', '1001', 'prior', 'population', -13.0, 'Before anything is compared: of some 4,096 records few are the same customer'),
    ('yonyou', 'K-7', 'zoho', '1001', 'credit_code', 'same', 40.0, 'Same credit code'),
    ('yonyou', 'K-7', 'zoho', '1001', 'name', 'other_script', -1.0, 'Names in two scripts, which say nothing of each other'),
    ('salesforce', '001', 'zoho', '1002', 'prior', 'population', -13.0, 'Before anything is compared: of some 4,096 records few are the same customer'),
    ('salesforce', '001', 'zoho', '1002', 'name', 'short_form', 17.67, 'One name is the short form of the other'),
    ('salesforce', '001', 'zoho', '1002', 'phone', 'other', -2.5, 'Other telephone numbers')
) as t(left_source, left_record_id, right_source, right_record_id, field, level, weight, sentence);

create table fct_match_questions as select * from (values
    (1, 'salesforce', '001', 'zoho', '1002', 'CQINGHE', 'CLIKE', 0.8182::double, 2.17::double, 4, 'One name is the short form of the other; against it: Other telephone numbers.')
) as t(question_rank, left_source, left_record_id, right_source, right_record_id, left_customer_id, right_customer_id, score, weight, record_count, evidence);

create table fct_customer_values as select * from (values
    ('CQINGHE', 'yonyou', 'K-7', 'customer_name', '青禾机械有限公司', 'trust', 'trust', 'yonyou comes before salesforce in trust; 2 of 3 records that have one say so.', 'Qinghe Machinery (salesforce 001)', 2, 1),
    ('CQINGHE', 'zoho', '1001', 'phone', '+862155500100', 'newest', 'same_everywhere', 'Both records that have one say the same.', null, 2, 0)
) as t(customer_id, source, record_id, field, value, rule, decided_by, reason, other_values, agreeing_count, differing_count);

create table dim_territories as select * from (values
    ('EAST', 'East 华东', null::varchar, 'EAST', 1, 'R1', date '2026-01-01', null::date)
) as t(territory_id, territory_name, parent_territory_id, path, level, manager_rep_id, valid_from, valid_to);
create table dim_reps as select * from (values ('R1', '王小明', true, date '2026-01-01', null::date)) as t(rep_id, rep_name, is_active, valid_from, valid_to);
create table fct_territory_assignments as select * from (values
    ('CQINGHE', 'EAST', 'T1', 'Rule T1 (1 dimension: city 上海市; priority 100) beat 1 other: T2 is broader (country CN).', 2, date '2026-01-01', null::date),
    ('CGROUP', 'CHINA', 'T2', 'Rule T2 (1 dimension: country CN; priority 100) is the only one.', 1, date '2026-01-01', null),
    ('CLIKE', 'UNASSIGNED', null, 'No rule matches.', 0, date '2026-01-01', null)
) as t(customer_id, territory_id, rule_id, assignment_reason, candidate_count, valid_from, valid_to);
create table fct_territory_candidates as select * from (values
    ('CQINGHE', 'T1', 'EAST', 'city 上海市', null::varchar, 'Rule T1 (1 dimension: city 上海市; priority 100) beat 1 other: T2 is broader (country CN).', 1, true, date '2026-01-01', null::date),
    ('CQINGHE', 'T2', 'CHINA', 'country CN', null, 'Lost to T1: T2 is broader (country CN).', 2, false, date '2026-01-01', null),
    ('CQINGHE', 'T0', 'OLD', 'no condition', null, 'Rule T0 (no condition; priority 100) is the only rule that matches.', 1, true, date '2025-01-01', date '2026-01-01')
) as t(customer_id, rule_id, territory_id, matched_on, rule_reason, candidate_reason, candidate_rank, is_winner, valid_from, valid_to);
create table fct_ownership_periods as select * from (values
    ('CQINGHE', 'R1', false, date '2026-11-01', null::date, 'first_observed', 'salesforce', '001', 1),
    ('CGROUP', 'R1', false, date '2026-11-15', null, 'appointed', null, null, null),
    ('CLIKE', null, true, date '2026-11-12', null, 'never_owned', null, null, null)
) as t(customer_id, owner_rep_id, is_in_pool, valid_from, valid_to, cause, source, record_id, evidence_row);
