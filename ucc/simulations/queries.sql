-- The journal, read as days; questions and their answers.

-- name: find_time_zone$
-- The time zone whose days are meant.
SELECT time_zone FROM tenant WHERE tenant_id = :tenant_id;

-- name: find_journal_begin$
-- When the journal begins; nothing before it can be played.
SELECT at_ms FROM journal WHERE tenant_id = :tenant_id ORDER BY first_seq LIMIT 1;

-- name: list_days
-- How many pieces of work came on each day since a time, the latest day first.
SELECT to_char(to_timestamp(created_at_ms / 1000.0) AT TIME ZONE :time_zone, 'YYYY-MM-DD') AS date,
       count(*)::int AS contacts
FROM interaction
WHERE tenant_id = :tenant_id AND created_at_ms >= :from_ms
GROUP BY date ORDER BY date DESC LIMIT :limit;

-- name: find_snapshot^
-- The latest state at or before a time.
SELECT upto_seq, state FROM snapshot WHERE tenant_id = :tenant_id AND at_ms <= :at_ms
ORDER BY upto_seq DESC LIMIT 1;

-- name: list_journal
-- The rows after a seq up to a time, in order.
SELECT first_seq, previous_seq, at_ms, commands, facts FROM journal
WHERE tenant_id = :tenant_id AND first_seq > :after_seq AND at_ms <= :until_ms ORDER BY first_seq LIMIT :limit;

-- name: list_queue_names
-- What queues are called.
SELECT id, name FROM queue WHERE tenant_id = :tenant_id;

-- name: list_skill_names
-- What skills are called.
SELECT id, name FROM skill WHERE tenant_id = :tenant_id;

-- name: list_agent_names
-- What people are called.
SELECT id, name FROM app_user WHERE tenant_id = :tenant_id;

-- name: list_staff
-- Whose work it is to take work: active agents.
SELECT id FROM app_user WHERE tenant_id = :tenant_id AND is_active AND role = 'agent';

-- name: list_teams
-- What teams are called.
SELECT DISTINCT team FROM app_user WHERE tenant_id = :tenant_id AND team IS NOT NULL;

-- name: lock_simulations
-- Questions of a tenant are taken one at a time, so that the limit holds.
SELECT pg_advisory_xact_lock(hashtextextended('simulation', :tenant_id::bigint));

-- name: count_open$
-- Questions that are not answered, of nodes that are alive.
SELECT count(*)::int FROM simulation
WHERE tenant_id = :tenant_id AND state IN ('queued', 'running') AND seen_at_ms >= :alive_ms::bigint;

-- name: add_simulation!
-- A question.
INSERT INTO simulation (tenant_id, id, state, write, created_by, created_at_ms, seen_at_ms)
VALUES (:tenant_id, :id, 'queued', :write, :created_by, :at_ms, :at_ms);

-- name: prune_simulations!
-- Keep the latest answers.
DELETE FROM simulation WHERE tenant_id = :tenant_id AND state IN ('done', 'failed') AND id NOT IN (
  SELECT id FROM simulation WHERE tenant_id = :tenant_id ORDER BY created_at_ms DESC, id DESC LIMIT :kept);

-- name: note_progress$
-- How far it is; nothing comes back if somebody took the question away.
UPDATE simulation SET state = :state, progress = :progress, seen_at_ms = :at_ms
WHERE tenant_id = :tenant_id AND id = :id AND state IN ('queued', 'running') RETURNING id;

-- name: end_simulation!
-- The answer, or why there is none.
UPDATE simulation SET state = :state, progress = 1, report = :report, error = :error, seen_at_ms = :at_ms,
  ended_at_ms = :at_ms
WHERE tenant_id = :tenant_id AND id = :id AND state IN ('queued', 'running');

-- name: find_simulation^
-- One question and its answer.
SELECT id, state, progress, write, report, error, created_by, created_at_ms, seen_at_ms, ended_at_ms
FROM simulation WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_simulations
-- Questions without their answers, the latest first.
SELECT id, state, progress, write, NULL::bytea AS report, error, created_by, created_at_ms, seen_at_ms, ended_at_ms
FROM simulation WHERE tenant_id = :tenant_id AND (created_at_ms, id) < (:before_ms::bigint, :before_id::bigint)
ORDER BY created_at_ms DESC, id DESC LIMIT :count;

-- name: delete_simulation$
-- Take a question away; its node ends the work when it next says how far it is.
DELETE FROM simulation WHERE tenant_id = :tenant_id AND id = :id RETURNING id;
