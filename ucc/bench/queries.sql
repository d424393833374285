-- name: create_echo!
-- The one table of the floor (all tenants: it knows none).
CREATE TABLE IF NOT EXISTS echo (client_id text PRIMARY KEY, text text NOT NULL, at timestamptz NOT NULL DEFAULT now());

-- name: add_echo!
-- The one INSERT of an echo (all tenants: the floor knows none).
INSERT INTO echo (client_id, text) VALUES (:client_id, :text);

-- name: add_agents!
-- Agents of a load, each with a session and a ticket that opens one socket.
WITH given AS (
  SELECT * FROM unnest(:ids::bigint[], :token_hashes::bytea[], :ticket_hashes::bytea[]) AS g (id, token_hash, ticket_hash)
), users AS (
  INSERT INTO app_user (tenant_id, id, email, name, role, capacity, created_at_ms)
  SELECT :tenant_id, g.id, g.id || '@load.test', 'Agent ' || g.id, 'agent', :capacity::jsonb, :now_ms FROM given g
), sessions AS (
  INSERT INTO user_session (tenant_id, token_hash, user_id, csrf_hash, created_at_ms, seen_at_ms, expires_at_ms)
  SELECT :tenant_id, g.token_hash, g.id, '', :now_ms, :now_ms, :until_ms FROM given g
)
INSERT INTO socket_ticket (tenant_id, ticket_hash, user_id, session_hash, expires_at_ms)
SELECT :tenant_id, g.ticket_hash, g.id, g.token_hash, :until_ms FROM given g;

-- name: add_waiting!
-- Chats as the writer of a first message leaves them: contact, conversation, entry, work; `ids` are four a chat.
WITH given AS (
  SELECT ids[4 * n + 1] AS contact, ids[4 * n + 2] AS conversation, ids[4 * n + 3] AS entry, ids[4 * n + 4] AS work
  FROM (SELECT :ids::bigint[] AS ids) AS all_ids, generate_series(0, cardinality(ids) / 4 - 1) AS n
), contacts AS (
  INSERT INTO contact (tenant_id, id, name, created_at_ms, updated_at_ms)
  SELECT :tenant_id, g.contact, 'Visitor ' || g.contact, :now_ms, :now_ms FROM given g
), conversations AS (
  INSERT INTO conversation (tenant_id, id, inbox_id, channel, contact_id, thread_key, head_seq, contact_seq, interaction_id,
                            interaction_state, queue_id, waiting_since_ms, last_at_ms, last_text, created_at_ms)
  SELECT :tenant_id, g.conversation, :inbox_id, 'webchat', g.contact, g.contact::text, 1, 1, g.work, 'new',
         :queue_id::bigint, :now_ms, :now_ms, 'Where is my order?', :now_ms FROM given g
), entries AS (
  INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, interaction_id, text, at_ms)
  SELECT :tenant_id, g.conversation, 1, g.entry, :inbox_id, 'message', 'contact', g.work, 'Where is my order?', :now_ms
  FROM given g
)
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, medium, queue_id, state, reason, created_at_ms)
SELECT :tenant_id, g.work, g.conversation, g.contact, 'chat', :queue_id, 'new', 'Where is my order?', :now_ms FROM given g;

-- name: add_commands!
-- Commands of the engine, as the writers of facts store them.
INSERT INTO routing_command (tenant_id, shard, command, at_ms)
SELECT :tenant_id, :shard, command, :now_ms FROM unnest(:commands::bytea[]) AS given (command);

-- name: count_unread_commands$
-- How many commands the owner has not read yet.
SELECT count(*)::int FROM routing_command WHERE tenant_id = :tenant_id;

-- name: count_accepted_twice$
-- How much work was accepted more than once.
SELECT count(*)::int FROM (SELECT FROM offer WHERE tenant_id = :tenant_id AND state = 'accepted'
                           GROUP BY interaction_id HAVING count(*) > 1) AS twice;

-- name: add_load_tenant!
-- The tenant of a restart.
INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms) VALUES (:tenant_id, 'Load', 'load', 'secret', 1);

-- name: add_load_snapshot!
-- The state a restart begins with.
INSERT INTO snapshot (tenant_id, shard, upto_seq, rules_version, at_ms, state, state_hash)
VALUES (:tenant_id, 1, 1, 1, :at_ms, :state, '');

-- name: add_load_journal*!
-- What came after it.
INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts, previous_seq)
VALUES (1, :first_seq, :tenant_id, 1, 1, :at_ms, :count, :commands, :facts, :previous_seq);
