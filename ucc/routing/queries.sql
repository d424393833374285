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
-- Name this node the owner of those shards that nobody alive owns, under a new epoch; gives where the journal
-- goes on (all tenants: ownership).
UPDATE shard SET node_id = :node_id, epoch = epoch + 1
WHERE shard = ANY(:shards::int[])
  AND (node_id IS NULL OR node_id = :node_id
       OR NOT EXISTS (SELECT FROM node WHERE node.id = shard.node_id AND node.expires_at > clock_timestamp()))
  AND EXISTS (SELECT FROM node WHERE node.id = :node_id AND node.expires_at > clock_timestamp())
RETURNING shard, epoch, greatest(next_seq, coalesce(
  (SELECT j.first_seq + j.count FROM journal j WHERE j.shard = shard.shard ORDER BY j.first_seq DESC LIMIT 1),
  1)) AS next_seq, EXISTS (SELECT FROM routing_command c WHERE c.shard = shard.shard) AS has_commands;

-- name: open_shards!
-- The fence: the take-over is a row of the journal, where an old owner's next row would stand (all tenants: fence).
INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts)
SELECT opened.shard, opened.first_seq, NULL, :node_id, :rules_version, :at_ms, 1, opened.commands, :facts
FROM unnest(:shards::int[], :seqs::bigint[], :commands::bytea[]) AS opened (shard, first_seq, commands);

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

-- name: list_tenants_of_shards
-- Tenants that have a journal or a snapshot in these shards (all tenants: a take-over opens each).
SELECT tenant_id FROM tenant
WHERE tenant_id % 64 = ANY(:shards::bigint[])
  AND (EXISTS (SELECT FROM journal j WHERE j.tenant_id = tenant.tenant_id)
       OR EXISTS (SELECT FROM snapshot s WHERE s.tenant_id = tenant.tenant_id))
ORDER BY tenant_id;

-- commands -------------------------------------------------------------------------------------------

-- name: add_command!
-- A command that follows from what this transaction stores.
INSERT INTO routing_command (tenant_id, shard, command_id, command, at_ms)
VALUES (:tenant_id, :shard, :command_id, :command, :at_ms);

-- name: lock_agent_sessions!
-- One change of an agent's sessions at a time, so that "the last one left" is seen by one alone (all tenants: a lock
-- on an id that is unique in the database).
SELECT pg_advisory_xact_lock(:agent_id::bigint);

-- name: list_commands
-- What waits in a shard, in order, but for tenants that rest; what was carried out by another way is marked (all
-- tenants: a shard's work).
SELECT c.id, c.tenant_id, c.command_id, c.command, a.command_id IS NOT NULL AS is_answered
FROM routing_command c
LEFT JOIN routing_answer a ON a.tenant_id = c.tenant_id AND a.command_id = c.command_id
WHERE c.shard = :shard AND c.set_aside_at_ms IS NULL AND c.tenant_id <> ALL(:resting::bigint[])
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

-- name: append_journal$
-- Journal one batch, delete the commands it carried out and note the answers; gives how many were deleted. The
-- server ends this transaction by itself when its owner falls asleep in it, so that a successor never waits.
WITH guarded AS (
  SELECT set_config('idle_in_transaction_session_timeout', :idle_ms_max::text, true)
), appended AS (
  INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts,
                       previous_seq, interaction_ids)
  SELECT :shard, :first_seq, :tenant_id, :node_id, :rules_version, :at_ms, :count, :commands, :facts,
         :previous_seq, :interaction_ids::bigint[]
  FROM guarded
), answered AS (
  INSERT INTO routing_answer (tenant_id, command_id, refusal, at_ms)
  SELECT :tenant_id, a.command_id, a.refusal, :at_ms
  FROM unnest(:answer_ids::uuid[], :refusals::text[]) AS a (command_id, refusal)
), consumed AS (
  DELETE FROM routing_command WHERE tenant_id = :tenant_id AND id = ANY(:row_ids::bigint[]) RETURNING id
)
SELECT count(*)::int FROM consumed;

-- name: find_append$
-- Whether this very batch stands in the journal: the connection may have died after the commit.
SELECT EXISTS (SELECT FROM journal WHERE tenant_id = :tenant_id AND shard = :shard AND first_seq = :first_seq
               AND node_id = :node_id AND at_ms = :at_ms AND commands = :commands);

-- name: list_journal
-- The rows of a tenant after a seq, in order.
SELECT shard, first_seq, count, at_ms, rules_version, commands, facts, previous_seq FROM journal
WHERE tenant_id = :tenant_id AND first_seq > :after_seq ORDER BY first_seq LIMIT :limit;

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
       coalesce(c.channel, 'webchat') AS channel, coalesce(c.locale, k.locale) AS locale,
       coalesce(k.name, '') AS contact_name, coalesce(k.is_vip, false) AS contact_is_vip
FROM interaction i
LEFT JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
LEFT JOIN contact k ON k.tenant_id = i.tenant_id AND k.id = coalesce(i.contact_id, c.contact_id)
WHERE i.tenant_id = :tenant_id AND i.id = ANY(:interaction_ids::bigint[]);

-- name: list_names
-- Names of skills, queues and agents by id; ids are unique over all of them.
SELECT id, name FROM skill WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
UNION ALL SELECT id, name FROM queue WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
UNION ALL SELECT id, name FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]);

-- name: write_projections!
-- What a batch left behind: interactions, offers, presences, and the ends of segments, in one statement.
WITH interactions AS (
  INSERT INTO interaction (tenant_id, id, parent_id, medium, queue_id, state, agent_id, priority, units,
                           created_at_ms, queued_at_ms, answered_at_ms, ended_at_ms, closed_at_ms,
                           wrap_up_until_ms, sla_breached_at_ms)
  SELECT :tenant_id, r.id, r.parent_id, r.medium, r.queue_id, r.state, r.agent_id, r.priority, r.units,
         r.created_at_ms, r.queued_at_ms, r.answered_at_ms, r.ended_at_ms, r.closed_at_ms,
         r.wrap_up_until_ms, r.sla_breached_at_ms
  FROM jsonb_to_recordset(:interactions::jsonb) AS r (
    id bigint, parent_id bigint, medium text, queue_id bigint, state text, agent_id bigint, priority int, units int,
    created_at_ms bigint, queued_at_ms bigint, answered_at_ms bigint, ended_at_ms bigint, closed_at_ms bigint,
    wrap_up_until_ms bigint, sla_breached_at_ms bigint)
  ON CONFLICT (tenant_id, id) DO UPDATE SET
    parent_id = excluded.parent_id, medium = excluded.medium, queue_id = excluded.queue_id, state = excluded.state,
    agent_id = excluded.agent_id, priority = excluded.priority, units = excluded.units,
    queued_at_ms = excluded.queued_at_ms, answered_at_ms = excluded.answered_at_ms,
    ended_at_ms = excluded.ended_at_ms, closed_at_ms = excluded.closed_at_ms,
    wrap_up_until_ms = excluded.wrap_up_until_ms, sla_breached_at_ms = excluded.sla_breached_at_ms
), presences AS (
  INSERT INTO presence (tenant_id, agent_id, session, status, reason, next_status, next_reason, is_blocked, since_ms)
  SELECT :tenant_id, r.agent, r.session, r.status, r.reason, r.next_status, r.next_reason, r.is_blocked, r.since_ms
  FROM jsonb_to_recordset(:presences::jsonb) AS r (
    agent bigint, session text, status text, reason text, next_status text, next_reason text, is_blocked boolean,
    since_ms bigint)
  JOIN app_user u ON u.tenant_id = :tenant_id AND u.id = r.agent
  ON CONFLICT (tenant_id, agent_id) DO UPDATE SET
    session = excluded.session, status = excluded.status, reason = excluded.reason,
    next_status = excluded.next_status, next_reason = excluded.next_reason, is_blocked = excluded.is_blocked,
    since_ms = excluded.since_ms
), segments AS (
  UPDATE segment SET ended_at_ms = :at_ms
  WHERE tenant_id = :tenant_id AND interaction_id = ANY(:segments_of::bigint[]) AND ended_at_ms IS NULL
)
UPDATE offer SET state = r.state, expires_at_ms = r.expires_at_ms, ended_at_ms = r.ended_at_ms, reason = r.reason
FROM jsonb_to_recordset(:ended::jsonb) AS r (
  interaction_id bigint, epoch bigint, state text, expires_at_ms bigint, ended_at_ms bigint, reason text)
WHERE offer.tenant_id = :tenant_id AND offer.interaction_id = r.interaction_id AND offer.epoch = r.epoch;

-- name: add_offers!
-- Offers of a batch, after the ends of earlier ones: at most one rings at an interaction.
INSERT INTO offer (tenant_id, interaction_id, epoch, agent_id, queue_id, state, offered_at_ms, expires_at_ms,
                   ended_at_ms, reason, why, journal_seq)
SELECT :tenant_id, r.interaction_id, r.epoch, r.agent_id, r.queue_id, r.state, r.offered_at_ms, r.expires_at_ms,
       r.ended_at_ms, r.reason, r.why, r.journal_seq
FROM jsonb_to_recordset(:offers::jsonb) AS r (
  interaction_id bigint, epoch bigint, agent_id bigint, queue_id bigint, state text, offered_at_ms bigint,
  expires_at_ms bigint, ended_at_ms bigint, reason text, why jsonb, journal_seq bigint);

-- name: open_segments!
-- Intervals of handling that begin.
INSERT INTO segment (tenant_id, interaction_id, started_at_ms, agent_id, kind)
SELECT :tenant_id, r.interaction_id, :at_ms, r.agent_id, r.kind
FROM jsonb_to_recordset(:segments::jsonb) AS r (interaction_id bigint, agent_id bigint, kind text)
ON CONFLICT (tenant_id, interaction_id, started_at_ms, kind)
  DO UPDATE SET ended_at_ms = NULL, agent_id = excluded.agent_id;

-- name: list_ringing_offers
-- The live offers of these interactions.
SELECT interaction_id, epoch, agent_id, queue_id, state, offered_at_ms, expires_at_ms, ended_at_ms, reason, why,
       journal_seq
FROM offer WHERE tenant_id = :tenant_id AND interaction_id = ANY(:interaction_ids::bigint[]) AND state = 'ringing';

-- name: append_agent_events
-- Put events at the end of agents' streams; gives the seq of each.
WITH given AS (
  SELECT g.agent_id, g.event, g.number, row_number() OVER (PARTITION BY g.agent_id ORDER BY g.number) AS place
  FROM unnest(:agent_ids::bigint[], :events::bytea[]) WITH ORDINALITY AS g (agent_id, event, number)
), heads AS (
  INSERT INTO agent_stream (tenant_id, agent_id, head_seq)
  SELECT :tenant_id, agent_id, count(*) FROM given GROUP BY agent_id ORDER BY agent_id
  ON CONFLICT (tenant_id, agent_id) DO UPDATE SET head_seq = agent_stream.head_seq + excluded.head_seq
  RETURNING agent_id, head_seq
), stored AS (
  INSERT INTO agent_event (tenant_id, agent_id, seq, at_ms, event)
  SELECT :tenant_id, given.agent_id, heads.head_seq - counted.events + given.place, :at_ms, given.event
  FROM given JOIN heads USING (agent_id)
  JOIN (SELECT agent_id, count(*) AS events FROM given GROUP BY agent_id) AS counted USING (agent_id)
  RETURNING agent_id, seq
)
SELECT given.number, heads.head_seq - counted.events + given.place AS seq
FROM given JOIN heads USING (agent_id)
JOIN (SELECT agent_id, count(*) AS events FROM given GROUP BY agent_id) AS counted USING (agent_id)
ORDER BY given.number;

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
           AND i.state IN ('active', 'held', 'connecting', 'wrapping')
         GROUP BY i.medium) AS w), '{}') AS load,
       (SELECT count(*)::int FROM interaction i WHERE i.tenant_id = u.tenant_id AND i.agent_id = u.id
          AND i.state = 'wrapping') AS wrap_ups
FROM app_user u LEFT JOIN presence p ON p.tenant_id = u.tenant_id AND p.agent_id = u.id
WHERE u.tenant_id = :tenant_id AND u.is_active AND (:agent_ids::bigint[] IS NULL OR u.id = ANY(:agent_ids::bigint[]))
  AND u.id > :after_id::bigint
ORDER BY u.id LIMIT :count;

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
-- Agents of a tenant with a console on a living node.
SELECT DISTINCT s.agent_id FROM agent_session s
JOIN node n ON n.id = s.node_id AND n.expires_at > clock_timestamp()
WHERE s.tenant_id = :tenant_id ORDER BY s.agent_id;

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
-- One offer.
SELECT agent_id, state FROM offer
WHERE tenant_id = :tenant_id AND interaction_id = :interaction_id AND epoch = :epoch;

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
                         units, reason, created_at_ms)
SELECT tenant_id, :child_id, conversation_id, contact_id, id, medium, coalesce(:queue_id, queue_id), 'new', priority,
       units, reason, :at_ms
FROM interaction WHERE tenant_id = :tenant_id AND id = :interaction_id;

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
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, medium, queue_id, state, priority, reason,
                         created_at_ms, is_reopened)
VALUES (:tenant_id, :id, :conversation_id, :contact_id, 'chat', :queue_id, 'new', :priority, :reason, :now_ms,
        :is_reopened);

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
       q.overflow_after_s, q.overflow_queue_id, q.waiting_max, q.tells_position, q.is_active, q.distribution,
       h.time_zone, h.week, h.holidays, s.answer_s,
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
                   overflow_after_s, overflow_queue_id, waiting_max, tells_position, is_active, distribution)
VALUES (:tenant_id, :id, :name, :requirement, :hours_id, :sla_policy_id, :offer_s, :wrap_up_s, :preferred_s,
        :overflow_after_s, :overflow_queue_id, :waiting_max, :tells_position, :is_active, :distribution);

-- name: change_queue!
-- A queue's policy as it is now.
UPDATE queue SET name = :name, requirement = :requirement, hours_id = :hours_id, sla_policy_id = :sla_policy_id,
  offer_s = :offer_s, wrap_up_s = :wrap_up_s, preferred_s = :preferred_s, overflow_after_s = :overflow_after_s,
  overflow_queue_id = :overflow_queue_id, waiting_max = :waiting_max, tells_position = :tells_position,
  is_active = :is_active, distribution = :distribution
WHERE tenant_id = :tenant_id AND id = :id;

-- name: delete_queue!
-- A queue is gone; what still names it refuses that.
DELETE FROM queue WHERE tenant_id = :tenant_id AND id = :id;

-- name: count_queue_uses^
-- What would miss a queue.
SELECT (SELECT count(*)::int FROM inbox WHERE tenant_id = :tenant_id AND queue_id = :queue_id) AS inboxes,
       (SELECT count(*)::int FROM queue WHERE tenant_id = :tenant_id AND overflow_queue_id = :queue_id) AS overflows,
       (SELECT count(*)::int FROM conversation WHERE tenant_id = :tenant_id AND queue_id = :queue_id) AS conversations,
       (SELECT count(*)::int FROM interaction WHERE tenant_id = :tenant_id AND queue_id = :queue_id
          AND state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')) AS interactions;

-- name: list_overflows
-- Where each queue overflows to, for the search of cycles.
SELECT id, overflow_queue_id FROM queue WHERE tenant_id = :tenant_id AND overflow_queue_id IS NOT NULL;

-- name: count_skills$
-- How many of these skills there are.
SELECT count(*)::int FROM skill WHERE tenant_id = :tenant_id AND id = ANY(:skill_ids::bigint[]);

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
SELECT id, name, answer_s, answer_percent, next_response_s, resolution_s FROM sla_policy
WHERE tenant_id = :tenant_id AND (:ids::bigint[] IS NULL OR id = ANY(:ids::bigint[]))
  AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: add_sla_policy!
-- A new SLA policy.
INSERT INTO sla_policy (tenant_id, id, name, answer_s, answer_percent, next_response_s, resolution_s)
VALUES (:tenant_id, :id, :name, :answer_s, :answer_percent, :next_response_s, :resolution_s);

-- name: change_sla_policy!
-- An SLA policy as it is now.
UPDATE sla_policy SET name = :name, answer_s = :answer_s, answer_percent = :answer_percent,
  next_response_s = :next_response_s, resolution_s = :resolution_s
WHERE tenant_id = :tenant_id AND id = :id;

-- name: delete_sla_policy!
-- An SLA policy is gone; queues that follow it refuse that.
DELETE FROM sla_policy WHERE tenant_id = :tenant_id AND id = :id;
