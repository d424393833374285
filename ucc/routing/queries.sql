-- ownership -----------------------------------------------------------------------------------------

-- name: register_node$
-- Take or take again this node's lease; gives its epoch (all tenants: ownership).
INSERT INTO node (id, epoch, name, expires_at)
VALUES (:node_id, 1, :name, clock_timestamp() + make_interval(secs => :ttl_s::float8))
ON CONFLICT (id) DO UPDATE SET epoch = node.epoch + 1, expires_at = excluded.expires_at
RETURNING epoch;

-- name: look
-- Renew this node's lease unless it ran out, and see every shard: its owner, the owner's time left, whether
-- commands wait in it; and whether a dead node is to be buried (all tenants: ownership).
WITH renewed AS (
  UPDATE node SET expires_at = clock_timestamp() + make_interval(secs => :ttl_s::float8)
  WHERE id = :node_id AND expires_at > clock_timestamp() RETURNING id
)
SELECT s.shard, s.node_id, s.epoch,
       (extract(epoch FROM n.expires_at - clock_timestamp()) * 1000)::int AS left_ms,
       EXISTS (SELECT FROM renewed) AS is_renewed,
       EXISTS (SELECT FROM routing_command c
               WHERE c.shard = s.shard AND c.set_aside_at_ms IS NULL) AS has_commands,
       EXISTS (SELECT FROM node WHERE expires_at <= clock_timestamp() AND id <> :node_id) AS has_dead_nodes
FROM shard s LEFT JOIN node n ON n.id = s.node_id
ORDER BY s.shard;

-- name: take_shards
-- Name this node the owner of those shards that nobody alive owns, each under a new epoch and behind the fence; gives
-- where their journals go on and whose engines live there. The function (ucc/sql) says how (all tenants: ownership).
SELECT shard, epoch, next_seq, has_commands, tenants
FROM take_shards(:node_id, :shards, :rules_version, :at_ms, :command, :facts);

-- name: release_shards!
-- Own these shards no more (all tenants: ownership).
UPDATE shard SET node_id = NULL, next_seq = released.next_seq
FROM unnest(:shards::int[], :seqs::bigint[]) AS released (shard, next_seq)
WHERE shard.shard = released.shard AND shard.node_id = :node_id;

-- name: expire_node!
-- End this node's lease now; a living node buries it (all tenants: ownership).
UPDATE node SET expires_at = clock_timestamp() WHERE id = :node_id;

-- name: list_dead_nodes
-- Nodes whose lease ran out, each claimed by one burier (all tenants: ownership).
SELECT id, name FROM node WHERE expires_at <= clock_timestamp() AND id <> :node_id
ORDER BY id FOR UPDATE SKIP LOCKED;

-- name: delete_nodes!
-- Forget buried nodes (all tenants: ownership).
DELETE FROM node WHERE id = ANY(:node_ids::bigint[]);

-- name: delete_sessions_of_nodes
-- Consoles that a dead node held (all tenants: a node dies for every tenant at once).
DELETE FROM agent_session WHERE node_id = ANY(:node_ids::bigint[]) RETURNING tenant_id, agent_id;

-- commands -------------------------------------------------------------------------------------------

-- name: add_command!
-- A command that follows from what this transaction stores.
INSERT INTO routing_command (tenant_id, shard, command_id, command, at_ms, seen_seq)
VALUES (:tenant_id, :shard, :command_id, :command, :at_ms, :seen_seq);

-- name: lock_agent_sessions!
-- One change of an agent's sessions at a time, so that "the last one left" is seen by one alone (all tenants: a lock
-- on an id that is unique in the database).
SELECT pg_advisory_xact_lock(:agent_id::bigint);

-- name: list_commands
-- What waits in a shard, in order, but for tenants that rest and what is under way; what was carried out by another way
-- is marked (all tenants: a shard's work).
SELECT c.id, c.tenant_id, c.command_id, c.command, c.seen_seq, a.command_id IS NOT NULL AS is_answered
FROM routing_command c
LEFT JOIN routing_answer a ON a.tenant_id = c.tenant_id AND a.command_id = c.command_id
WHERE c.shard = :shard AND c.set_aside_at_ms IS NULL AND c.tenant_id <> ALL(:resting::bigint[])
  AND c.id <> ALL(:under_way::bigint[])
ORDER BY c.id LIMIT :limit;

-- name: delete_commands!
-- Commands that were carried out by another way.
DELETE FROM routing_command WHERE tenant_id = :tenant_id AND id = ANY(:row_ids::bigint[]);

-- name: withdraw_command!
-- Take back a command nobody has carried out.
DELETE FROM routing_command WHERE tenant_id = :tenant_id AND command_id = :command_id;

-- name: set_command_aside!
-- Stop trying a command that keeps failing.
UPDATE routing_command SET set_aside_at_ms = :at_ms, error = :error
WHERE tenant_id = :tenant_id AND id = :row_id;

-- name: find_answer^
-- What became of a command, or no row.
SELECT refusal FROM routing_answer WHERE tenant_id = :tenant_id AND command_id = :command_id;

-- name: delete_answers!
-- Answers nobody waits for any more.
DELETE FROM routing_answer WHERE tenant_id = :tenant_id AND at_ms < :before_ms;

-- journal --------------------------------------------------------------------------------------------

-- name: append_batch^
-- Journal one batch, delete the commands it carried out, note the answers, and read what its facts concern; the heads of
-- their conversations are locked. The function (ucc/sql) says how; `work` and `threads` are JSON.
SELECT consumed, work, threads
FROM append_batch(:tenant_id, :shard, :first_seq, :node_id, :rules_version, :at_ms, :commands, :facts, :count,
                  :previous_seq, :about, :answer_ids, :refusals, :row_ids, :idle_ms_max, :interaction_ids, :children,
                  :agent_ids, :named_ids);

-- name: read_batch^
-- What the folds of a batch need, without a lock. The function (ucc/sql) sets the tenant: it is a transaction by itself.
SELECT work, threads FROM read_batch(:tenant_id, :interaction_ids, :agent_ids, :named_ids);

-- name: carry_batch^
-- Journal a batch whose heads are as they were read and write what it means, as append_batch and write_batch do, in one
-- statement that is a transaction by itself. It raises when a head moved or a command was taken back.
SELECT heads, lines
FROM carry_batch(:tenant_id, :shard, :first_seq, :node_id, :rules_version, :at_ms, :commands, :facts, :count,
                 :previous_seq, :about, :answer_ids, :refusals, :row_ids, :work, :threads, :streams, :counts,
                 :agent_ids, :behind, :events);

-- name: write_batch^
-- What a batch left behind: interactions, offers, presences, segments, heads and logs of conversations, and what the
-- agents are told; gives the heads of their streams and where the lines of the logs stand.
SELECT heads, lines
FROM write_batch(:tenant_id, :at_ms, :work, :threads, :streams, :counts, :agent_ids, :behind, :events);

-- name: find_append$
-- Whether this very batch stands in the journal: the connection may have died after the commit.
SELECT EXISTS (SELECT FROM journal WHERE tenant_id = :tenant_id AND shard = :shard AND first_seq = :first_seq
               AND node_id = :node_id AND at_ms = :at_ms AND commands = :commands);

-- name: list_journal
-- The rows of a tenant after a seq, in order.
SELECT shard, first_seq, count, at_ms, rules_version, commands, facts, previous_seq FROM journal
WHERE tenant_id = :tenant_id AND first_seq > :after_seq ORDER BY first_seq LIMIT :limit;

-- name: list_facts
-- What the rows of a tenant after a seq say, in order.
SELECT first_seq, count, at_ms, facts, previous_seq FROM journal
WHERE tenant_id = :tenant_id AND first_seq > :after_seq ORDER BY first_seq LIMIT :limit;

-- name: find_seq_before$
-- The last seq of a tenant before a moment; where the journal begins later, the one it follows.
SELECT coalesce(
  (SELECT first_seq + count - 1 FROM journal
   WHERE tenant_id = :tenant_id AND at_ms < :before_ms ORDER BY first_seq DESC LIMIT 1),
  (SELECT previous_seq FROM journal WHERE tenant_id = :tenant_id ORDER BY first_seq LIMIT 1), 0);

-- name: list_facts_of_interactions
-- What the rows up to a seq say that are about any of these interactions, in order.
SELECT at_ms, facts FROM journal
WHERE tenant_id = :tenant_id AND first_seq <= :upto_seq AND interaction_ids && :interaction_ids::bigint[]
ORDER BY first_seq;

-- name: read_time_zone$
-- The time zone that a tenant's days begin by.
SELECT time_zone FROM tenant WHERE tenant_id = :tenant_id;

-- name: list_subjects
-- Queues, skills, teams, agents or the tenant, that figures are kept of, by name; a team has no id but its name's number.
SELECT id, name FROM (
  SELECT id, name FROM queue WHERE tenant_id = :tenant_id AND :kind = 'queue' AND is_active
  UNION ALL SELECT id, name FROM skill WHERE tenant_id = :tenant_id AND :kind = 'skill'
  UNION ALL SELECT DISTINCT 0::bigint, team FROM app_user
    WHERE tenant_id = :tenant_id AND :kind = 'team' AND is_active AND team IS NOT NULL
  UNION ALL SELECT id, name FROM app_user WHERE tenant_id = :tenant_id AND :kind = 'agent' AND is_active
  UNION ALL SELECT 0::bigint, name FROM tenant WHERE tenant_id = :tenant_id AND :kind = 'tenant') AS found
WHERE (name, id) > (:after_name::text, :after_id::bigint) ORDER BY name, id LIMIT :count;

-- name: list_journal_of_interaction
-- The rows that say something about an interaction.
SELECT first_seq, at_ms, commands, facts FROM journal
WHERE tenant_id = :tenant_id AND interaction_ids @> ARRAY[:interaction_id::bigint]
ORDER BY first_seq LIMIT :limit;

-- name: find_moment^
-- The row in which a command of this seq said something about an interaction.
SELECT first_seq, at_ms, commands, facts FROM journal
WHERE tenant_id = :tenant_id AND first_seq <= :seq AND first_seq + count > :seq
  AND interaction_ids @> ARRAY[:interaction_id::bigint];

-- name: list_snapshots
-- Snapshots of a tenant, the latest first.
SELECT upto_seq, rules_version, at_ms, state, state_hash FROM snapshot
WHERE tenant_id = :tenant_id ORDER BY upto_seq DESC;

-- name: find_snapshot^
-- The latest snapshot of a tenant up to a seq.
SELECT upto_seq, at_ms, state FROM snapshot
WHERE tenant_id = :tenant_id AND upto_seq <= :upto_seq ORDER BY upto_seq DESC LIMIT 1;

-- name: add_snapshot!
-- Keep the state after a seq.
INSERT INTO snapshot (tenant_id, shard, upto_seq, rules_version, at_ms, state, state_hash)
VALUES (:tenant_id, :shard, :upto_seq, :rules_version, :at_ms, :state, :state_hash)
ON CONFLICT (tenant_id, upto_seq) DO NOTHING;

-- name: prune_snapshots!
-- Keep the latest two, and the latest one that lies before the kept journal.
DELETE FROM snapshot WHERE tenant_id = :tenant_id
  AND upto_seq < (SELECT min(upto_seq) FROM (SELECT upto_seq FROM snapshot WHERE tenant_id = :tenant_id
                  ORDER BY upto_seq DESC LIMIT 2) AS kept)
  AND upto_seq < coalesce((SELECT max(upto_seq) FROM snapshot WHERE tenant_id = :tenant_id AND at_ms < :before_ms), 0);

-- name: prune_journal!
-- Drop a tenant's rows older than the kept days, where a snapshot stands in for them and newer rows follow.
DELETE FROM journal WHERE tenant_id = :tenant_id AND at_ms < :before_ms
  AND first_seq + count - 1 <= (SELECT max(upto_seq) FROM snapshot
                                WHERE tenant_id = :tenant_id AND at_ms < :before_ms)
  AND EXISTS (SELECT FROM journal later WHERE later.shard = journal.shard AND later.first_seq > journal.first_seq);

-- projections ------------------------------------------------------------------------------------------

-- name: list_interactions
-- Interactions with what an offer's card shows of them.
SELECT i.id, i.conversation_id, i.contact_id, i.parent_id, i.medium, i.queue_id, i.state, i.agent_id, i.priority,
       i.units, i.reason, i.created_at_ms, i.queued_at_ms, i.answered_at_ms, i.ended_at_ms, i.closed_at_ms,
       i.wrap_up_until_ms, i.sla_breached_at_ms, i.is_reopened, i.disposition_id, i.disposition_note,
       i.exit, i.callback_to, i.bond, i.asked_by, i.until_ms, i.tries, i.tries_max, i.audience,
       (SELECT o.name FROM app_user o WHERE o.tenant_id = i.tenant_id AND o.id = i.asked_by) AS asked_by_name,
       coalesce(c.channel, 'webchat') AS channel, coalesce(c.locale, k.locale) AS locale,
       coalesce(k.name, '') AS contact_name, coalesce(k.is_vip, false) AS contact_is_vip
FROM interaction i
LEFT JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
CROSS JOIN LATERAL (SELECT coalesce(i.contact_id, c.contact_id) AS id OFFSET 0) AS whose -- coalesce is leaky to RLS
LEFT JOIN contact k ON k.tenant_id = :tenant_id AND k.id = whose.id
WHERE i.tenant_id = :tenant_id AND i.id = ANY(:interaction_ids::bigint[]);

-- name: append_events$
-- Put events at the end of agents' streams; gives their heads. The function (ucc/sql) is part of write_batch too.
SELECT append_events(:tenant_id, :at_ms, :streams, :counts, :agent_ids, :behind, :events);

-- name: prune_agent_events!
-- Events of agents' streams older than anybody resumes from.
DELETE FROM agent_event WHERE tenant_id = :tenant_id AND at_ms < :before_ms;

-- presence and sessions ----------------------------------------------------------------------------------

-- name: list_presences
-- Presence, load per medium and wrap-ups of these agents; who never signed in is offline.
SELECT u.id AS agent_id, u.capacity, coalesce(p.session, 'offline') AS session,
       coalesce(p.status, 'off_queue') AS status, p.reason, p.next_status, p.next_reason,
       coalesce(p.is_blocked, false) AS is_blocked, coalesce(p.since_ms, u.created_at_ms) AS since_ms,
       coalesce((SELECT jsonb_object_agg(w.medium, w.units) FROM (
         SELECT i.medium, sum(i.units) AS units FROM interaction i
         WHERE i.tenant_id = u.tenant_id AND i.agent_id = u.id
           AND i.state IN ('active', 'held', 'in_flow', 'connecting', 'wrapping')
         GROUP BY i.medium) AS w), '{}') AS load,
       (SELECT count(*)::int FROM interaction i WHERE i.tenant_id = u.tenant_id AND i.agent_id = u.id
          AND i.state = 'wrapping') AS wrap_ups,
       (SELECT planned.value FROM jsonb_array_elements(l.breaks) WITH ORDINALITY AS planned (value, nth)
        WHERE (planned.value ->> 'to_ms')::bigint > :now_ms::bigint ORDER BY planned.nth LIMIT 1) AS next_break
FROM app_user u LEFT JOIN presence p ON p.tenant_id = u.tenant_id AND p.agent_id = u.id
LEFT JOIN agent_plan l ON l.tenant_id = u.tenant_id AND l.agent_id = u.id
WHERE u.tenant_id = :tenant_id AND u.is_active AND (:agent_ids::bigint[] IS NULL OR u.id = ANY(:agent_ids::bigint[]))
  AND u.id > :after_id::bigint
ORDER BY u.id LIMIT :count;

-- name: list_live_acts
-- Lines of the audit of these acts since a moment, newest first, with the names of what they were done to.
SELECT a.seq, a.at_ms, u.name AS user_name, a.act, coalesce(q.name, p.name, '') AS name, r.name AS redirect_name,
       a.detail ->> 'status' AS status, a.detail ->> 'reason' AS reason
FROM audit a
LEFT JOIN app_user u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
LEFT JOIN queue q ON q.tenant_id = a.tenant_id AND a.target = 'queue:' || q.id
LEFT JOIN app_user p ON p.tenant_id = a.tenant_id AND a.target = 'user:' || p.id
LEFT JOIN queue r ON r.tenant_id = a.tenant_id AND r.id = (a.detail ->> 'redirect_queue_id')::bigint
WHERE a.tenant_id = :tenant_id AND a.act = ANY(:acts::text[]) AND a.at_ms >= :since_ms::bigint
  AND (:before_seq::bigint IS NULL OR a.seq < :before_seq)
ORDER BY a.seq DESC LIMIT :count;

-- name: list_moved_agents
-- Active users whose stream or whose conversations in hand have something since a moment, by id.
SELECT u.id FROM app_user u
WHERE u.tenant_id = :tenant_id AND u.is_active AND u.id > :after_id::bigint
  AND ((SELECT e.at_ms FROM agent_event e WHERE e.tenant_id = u.tenant_id AND e.agent_id = u.id
        ORDER BY e.seq DESC LIMIT 1) >= :since_ms::bigint
    OR EXISTS (SELECT FROM interaction i JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
               WHERE i.tenant_id = u.tenant_id AND i.agent_id = u.id
               AND i.state IN ('active', 'held', 'in_flow', 'connecting', 'wrapping', 'interrupted')
               AND c.last_at_ms >= :since_ms::bigint))
ORDER BY u.id LIMIT :count;

-- name: list_work_in_hand
-- What these agents have in hand, the oldest first, with what its contact waits for; parked work is not in hand.
SELECT i.agent_id, i.id AS interaction_id, i.conversation_id, coalesce(k.name, '') AS contact_name, i.medium, i.state,
       i.bond, i.queue_id, q.name AS queue_name,
       coalesce(CASE WHEN i.state = 'wrapping' THEN i.ended_at_ms END, i.answered_at_ms, i.created_at_ms) AS since_ms,
       CASE WHEN c.interaction_id = i.id AND i.state <> 'wrapping' THEN c.waiting_since_ms END AS waiting_since_ms,
       CASE WHEN c.interaction_id = i.id AND i.state <> 'wrapping' THEN c.due_at_ms END AS due_at_ms,
       CASE WHEN i.state = 'wrapping' THEN i.ended_at_ms + q.wrap_up_s * 1000 END AS wrap_up_over_at_ms
FROM interaction i
LEFT JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
LEFT JOIN contact k ON k.tenant_id = i.tenant_id AND k.id = i.contact_id
LEFT JOIN queue q ON q.tenant_id = i.tenant_id AND q.id = i.queue_id
WHERE i.tenant_id = :tenant_id AND i.agent_id = ANY(:agent_ids::bigint[])
  AND i.state IN ('active', 'held', 'in_flow', 'connecting', 'wrapping', 'interrupted')
ORDER BY i.agent_id, since_ms, i.id LIMIT :limit;

-- name: list_breaks_over
-- Agents who are still away for what a planned break of theirs was for that has ended, and no other break runs.
SELECT p.agent_id, max((planned.value ->> 'to_ms')::bigint) AS over_at_ms
FROM presence p
JOIN agent_plan l ON l.tenant_id = p.tenant_id AND l.agent_id = p.agent_id
CROSS JOIN jsonb_array_elements(l.breaks) AS planned (value)
WHERE p.tenant_id = :tenant_id AND p.agent_id = ANY(:agent_ids::bigint[]) AND p.status = 'off_queue'
  AND p.session <> 'offline' AND planned.value ->> 'reason' = p.reason
  AND (planned.value ->> 'to_ms')::bigint BETWEEN p.since_ms AND :now_ms::bigint
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(l.breaks) AS running (value)
                  WHERE :now_ms::bigint >= (running.value ->> 'from_ms')::bigint
                    AND :now_ms::bigint < (running.value ->> 'to_ms')::bigint)
GROUP BY p.agent_id;

-- name: read_plan^
-- An active user's planned shifts and breaks.
SELECT coalesce(p.shifts, '[]') AS shifts, coalesce(p.breaks, '[]') AS breaks
FROM app_user u LEFT JOIN agent_plan p ON p.tenant_id = u.tenant_id AND p.agent_id = u.id
WHERE u.tenant_id = :tenant_id AND u.id = :agent_id AND u.is_active;

-- name: list_plans
-- Shifts and breaks of active users who have a plan, by id.
SELECT p.agent_id, p.shifts, p.breaks
FROM agent_plan p JOIN app_user u ON u.tenant_id = p.tenant_id AND u.id = p.agent_id AND u.is_active
WHERE p.tenant_id = :tenant_id AND p.agent_id > :after_id::bigint ORDER BY p.agent_id LIMIT :count;

-- name: add_session$
-- Note that a node holds a console of the agent; nothing comes back if it was noted already.
INSERT INTO agent_session (tenant_id, agent_id, node_id, since_ms)
VALUES (:tenant_id, :agent_id, :node_id, :at_ms) ON CONFLICT DO NOTHING RETURNING node_id;

-- name: delete_session!
-- This node holds no console of the agent any more.
DELETE FROM agent_session WHERE tenant_id = :tenant_id AND agent_id = :agent_id AND node_id = :node_id;

-- name: has_session$
-- Whether any node holds a console of the agent.
SELECT EXISTS (SELECT FROM agent_session WHERE tenant_id = :tenant_id AND agent_id = :agent_id);

-- name: list_sessions
-- Agents of a tenant with a console on a living node; the one that asks is alive, even if its lease just ran out.
SELECT DISTINCT s.agent_id FROM agent_session s
WHERE s.tenant_id = :tenant_id
  AND (s.node_id = :node_id
       OR EXISTS (SELECT FROM node n WHERE n.id = s.node_id AND n.expires_at > clock_timestamp()))
ORDER BY s.agent_id;

-- work, as screens ask for it ------------------------------------------------------------------------------

-- name: list_offers_of_interaction
-- Every offer of an interaction, oldest first.
SELECT o.interaction_id, o.epoch, o.agent_id, u.name AS agent_name, o.queue_id, q.name AS queue_name, o.state,
       o.offered_at_ms, o.expires_at_ms, o.ended_at_ms, o.reason, o.why, o.journal_seq
FROM offer o
LEFT JOIN app_user u ON u.tenant_id = o.tenant_id AND u.id = o.agent_id
LEFT JOIN queue q ON q.tenant_id = o.tenant_id AND q.id = o.queue_id
WHERE o.tenant_id = :tenant_id AND o.interaction_id = :interaction_id
ORDER BY o.offered_at_ms, o.epoch LIMIT :limit;

-- name: list_offers_of_agent
-- What rings at an agent now.
SELECT o.interaction_id, o.epoch, o.agent_id, u.name AS agent_name, o.queue_id, q.name AS queue_name, o.state,
       o.offered_at_ms, o.expires_at_ms, o.ended_at_ms, o.reason, o.why, o.journal_seq
FROM offer o
LEFT JOIN app_user u ON u.tenant_id = o.tenant_id AND u.id = o.agent_id
LEFT JOIN queue q ON q.tenant_id = o.tenant_id AND q.id = o.queue_id
WHERE o.tenant_id = :tenant_id AND o.agent_id = :agent_id AND o.state = 'ringing'
ORDER BY o.offered_at_ms, o.epoch LIMIT :limit;

-- name: find_offer^
-- What became of an offer at this agent.
SELECT state FROM offer
WHERE tenant_id = :tenant_id AND interaction_id = :interaction_id AND epoch = :epoch AND agent_id = :agent_id;

-- name: write_disposition!
-- The outcome of an interaction, kept before wrap-up is completed.
UPDATE interaction SET disposition_id = :disposition_id, disposition_note = :note
WHERE tenant_id = :tenant_id AND id = :interaction_id;

-- name: is_disposition$
-- Whether there is such an outcome code.
SELECT EXISTS (SELECT FROM disposition WHERE tenant_id = :tenant_id AND id = :disposition_id);

-- name: add_child!
-- The child of a transfer, before the engine knows it: same conversation, contact and reason.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, parent_id, medium, queue_id, state, priority,
                         audience, units, reason, created_at_ms)
SELECT tenant_id, :child_id, conversation_id, contact_id, id, medium, coalesce(:queue_id, queue_id), 'new', priority,
       audience, units, reason, :at_ms
FROM interaction WHERE tenant_id = :tenant_id AND id = :interaction_id;

-- name: add_consult!
-- A consult about work in hand, before the engine knows it: same conversation, contact and reason.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, parent_id, medium, queue_id, state, priority,
                         audience, units, reason, created_at_ms, bond, asked_by)
SELECT tenant_id, :child_id, conversation_id, contact_id, id, medium, coalesce(:queue_id, queue_id), 'new', priority,
       audience, units, reason, :at_ms, 'consult', :asked_by
FROM interaction WHERE tenant_id = :tenant_id AND id = :interaction_id;

-- name: add_callback$
-- The callback of waiting work, before the engine knows it: same conversation, contact and reason. Nothing comes back of
-- work that does not wait, or whose contact has left it already.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, parent_id, medium, queue_id, state, priority,
                         audience, units, reason, created_at_ms, is_reopened, exit, callback_to)
SELECT tenant_id, :child_id, conversation_id, contact_id, id, :medium, queue_id, 'new', priority, audience, units, reason,
       created_at_ms, is_reopened, 'callback', :callback_to
FROM interaction WHERE tenant_id = :tenant_id AND id = :interaction_id AND state IN ('queued', 'offered') AND exit IS NULL
RETURNING id;

-- name: cancel_child!
-- The transfer was refused: its child never was.
UPDATE interaction SET state = 'cancelled', closed_at_ms = :at_ms
WHERE tenant_id = :tenant_id AND id = :child_id AND state = 'new';

-- name: cancel_lost_children!
-- Children of transfers that a crash kept from the engine.
UPDATE interaction SET state = 'cancelled', closed_at_ms = :at_ms
WHERE tenant_id = :tenant_id AND state = 'new' AND parent_id IS NOT NULL AND created_at_ms < :before_ms;

-- name: add_interaction!
-- Work whose command is stored in the same transaction; the projector takes it from here.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, medium, queue_id, state, priority, audience,
                         reason, created_at_ms, is_reopened, exit, callback_to)
VALUES (:tenant_id, :id, :conversation_id, :contact_id, :medium, :queue_id, 'new', :priority, :audience, :reason, :now_ms,
        :is_reopened, :exit, :callback_to);

-- name: set_audience!
-- Work that stands ready has its priority by another audience now, or by none.
UPDATE interaction SET audience = :audience WHERE tenant_id = :tenant_id AND id = :id AND state = 'new';

-- name: move_interactions!
-- The work done for a contact follows.
UPDATE interaction SET contact_id = :kept_id WHERE tenant_id = :tenant_id AND contact_id = :merged_id;

-- name: return_interactions!
-- Work of returned conversations follows.
UPDATE interaction SET contact_id = :merged_id
WHERE tenant_id = :tenant_id AND contact_id = :kept_id AND conversation_id = ANY(:ids::bigint[]);

-- name: list_teams
-- The teams people of the tenant are in.
SELECT DISTINCT team FROM app_user WHERE tenant_id = :tenant_id AND team IS NOT NULL ORDER BY team LIMIT 1000;

-- name: list_known
-- Which of these skills and people exist.
SELECT id FROM skill WHERE tenant_id = :tenant_id AND id = ANY(:skill_ids::bigint[])
UNION ALL SELECT id FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:agent_ids::bigint[]);

-- queues, hours, SLA -----------------------------------------------------------------------------------------

-- name: list_queues
-- Queues with their hours and what waits, by name.
SELECT q.id, q.name, q.requirement, q.hours_id, q.sla_policy_id, q.offer_s, q.wrap_up_s, q.preferred_s,
       q.overflow_after_s, q.overflow_queue_id, q.overflow_exit, q.blocked_queue_id, q.waiting_max, q.tells_position,
       q.is_active, q.distribution,
       h.time_zone, h.week, h.holidays, to_jsonb(s) - 'tenant_id' AS sla_policy,
       (SELECT count(*)::int FROM interaction i WHERE i.tenant_id = q.tenant_id AND i.queue_id = q.id
          AND i.state IN ('queued', 'offered')) AS waiting
FROM queue q
LEFT JOIN hours h ON h.tenant_id = q.tenant_id AND h.id = q.hours_id
LEFT JOIN sla_policy s ON s.tenant_id = q.tenant_id AND s.id = q.sla_policy_id
WHERE q.tenant_id = :tenant_id AND (:queue_ids::bigint[] IS NULL OR q.id = ANY(:queue_ids::bigint[]))
  AND (q.name, q.id) > (:after_name::text, :after_id::bigint)
ORDER BY q.name, q.id LIMIT :count;

-- name: list_routable_agents
-- Skills of the agents who would be offered work now (capacity aside).
SELECT p.agent_id, coalesce(jsonb_object_agg(s.skill_id::text, s.level) FILTER (WHERE s.skill_id IS NOT NULL), '{}')
         AS skills
FROM presence p
JOIN app_user u ON u.tenant_id = p.tenant_id AND u.id = p.agent_id AND u.is_active
LEFT JOIN agent_skill s ON s.tenant_id = p.tenant_id AND s.agent_id = p.agent_id
WHERE p.tenant_id = :tenant_id AND p.session = 'online' AND p.status = 'on_queue' AND NOT p.is_blocked
GROUP BY p.agent_id;

-- name: add_queue!
-- A new queue.
INSERT INTO queue (tenant_id, id, name, requirement, hours_id, sla_policy_id, offer_s, wrap_up_s, preferred_s,
                   overflow_after_s, overflow_queue_id, overflow_exit, blocked_queue_id, waiting_max, tells_position,
                   is_active, distribution)
VALUES (:tenant_id, :id, :name, :requirement, :hours_id, :sla_policy_id, :offer_s, :wrap_up_s, :preferred_s,
        :overflow_after_s, :overflow_queue_id, :overflow_exit, :blocked_queue_id, :waiting_max, :tells_position,
        :is_active, :distribution);

-- name: change_queue!
-- A queue's policy as it is now.
UPDATE queue SET name = :name, requirement = :requirement, hours_id = :hours_id, sla_policy_id = :sla_policy_id,
  offer_s = :offer_s, wrap_up_s = :wrap_up_s, preferred_s = :preferred_s, overflow_after_s = :overflow_after_s,
  overflow_queue_id = :overflow_queue_id, overflow_exit = :overflow_exit, blocked_queue_id = :blocked_queue_id,
  waiting_max = :waiting_max, tells_position = :tells_position,
  is_active = :is_active, distribution = :distribution
WHERE tenant_id = :tenant_id AND id = :id;

-- name: distribute_queue$
-- A part of how an active queue hands out its work is this now.
UPDATE queue SET distribution = distribution || :change
WHERE tenant_id = :tenant_id AND id = :id AND is_active RETURNING id;

-- name: delete_queue!
-- A queue is gone; what still names it refuses that.
DELETE FROM queue WHERE tenant_id = :tenant_id AND id = :id;

-- name: count_queue_uses^
-- What would miss a queue.
SELECT (SELECT count(*)::int FROM inbox WHERE tenant_id = :tenant_id AND queue_id = :queue_id) AS inboxes,
       (SELECT count(*)::int FROM queue WHERE tenant_id = :tenant_id AND overflow_queue_id = :queue_id) AS overflows,
       (SELECT count(*)::int FROM queue WHERE tenant_id = :tenant_id AND blocked_queue_id = :queue_id) AS blocked_queues,
       (SELECT count(*)::int FROM conversation WHERE tenant_id = :tenant_id AND queue_id = :queue_id) AS conversations,
       (SELECT count(*)::int FROM interaction WHERE tenant_id = :tenant_id AND queue_id = :queue_id
          AND state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')) AS interactions;

-- name: lock_queues
-- Queues of a tenant are written one at a time, so that two that overflow to each other cannot both be right.
SELECT pg_advisory_xact_lock(hashtextextended('queue', :tenant_id::bigint));

-- name: list_overflows
-- Where each queue overflows to, for the search of circles, and what it is called.
SELECT id, name, overflow_queue_id FROM queue WHERE tenant_id = :tenant_id;

-- name: list_queue_ids
-- Active queues that follow these hours or this SLA policy (ids are unique over both), or (null) all of them.
SELECT id FROM queue WHERE tenant_id = :tenant_id AND is_active
  AND (:followed_id::bigint IS NULL OR :followed_id IN (hours_id, sla_policy_id))
ORDER BY id;

-- name: list_hours
-- Opening hours, by name.
SELECT id, name, time_zone, week, holidays FROM hours
WHERE tenant_id = :tenant_id AND (:ids::bigint[] IS NULL OR id = ANY(:ids::bigint[]))
  AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: add_hours!
-- New opening hours.
INSERT INTO hours (tenant_id, id, name, time_zone, week, holidays)
VALUES (:tenant_id, :id, :name, :time_zone, :week, :holidays);

-- name: change_hours!
-- Opening hours as they are now.
UPDATE hours SET name = :name, time_zone = :time_zone, week = :week, holidays = :holidays
WHERE tenant_id = :tenant_id AND id = :id;

-- name: delete_hours!
-- Opening hours are gone; queues and inboxes that follow them refuse that.
DELETE FROM hours WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_sla_policies
-- SLA policies, by name.
SELECT id, name, answer_s, answer_percent, first_response_s, next_response_s, resolution_s, warn_percent, response_pauses,
       resolution_pauses FROM sla_policy
WHERE tenant_id = :tenant_id AND (:ids::bigint[] IS NULL OR id = ANY(:ids::bigint[]))
  AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: add_sla_policy!
-- A new SLA policy.
INSERT INTO sla_policy (tenant_id, id, name, answer_s, answer_percent, first_response_s, next_response_s, resolution_s,
                        warn_percent, response_pauses, resolution_pauses)
VALUES (:tenant_id, :id, :name, :answer_s, :answer_percent, :first_response_s, :next_response_s, :resolution_s,
        :warn_percent, :response_pauses, :resolution_pauses);

-- name: change_sla_policy!
-- An SLA policy as it is now.
UPDATE sla_policy SET name = :name, answer_s = :answer_s, answer_percent = :answer_percent,
  first_response_s = :first_response_s, next_response_s = :next_response_s, resolution_s = :resolution_s,
  warn_percent = :warn_percent, response_pauses = :response_pauses, resolution_pauses = :resolution_pauses
WHERE tenant_id = :tenant_id AND id = :id;

-- name: delete_sla_policy!
-- An SLA policy is gone; queues that follow it refuse that.
DELETE FROM sla_policy WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_names
-- Names of skills, queues and agents by id; ids are unique over all of them.
SELECT id, name FROM skill WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
UNION ALL SELECT id, name FROM queue WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
UNION ALL SELECT id, name FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]);
