-- What the shell of the engine needs beside the base: chained journal rows, what is set aside, who is connected where.

-- The last seq of the same tenant before this row: a loader sees at once that a row is missing.
ALTER TABLE journal ADD COLUMN previous_seq bigint NOT NULL DEFAULT 0;
-- Whom the row's facts are about, so that "why" is one look-up.
ALTER TABLE journal ADD COLUMN interaction_ids bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX journal_interactions ON journal USING gin (interaction_ids);

-- A command that failed five times is set aside with an alarm; the stream of commands goes on.
ALTER TABLE routing_command ADD COLUMN set_aside_at_ms bigint, ADD COLUMN error text;
DROP INDEX routing_command_shard;
CREATE INDEX routing_command_shard ON routing_command (shard, id) WHERE set_aside_at_ms IS NULL;
CREATE INDEX routing_command_id ON routing_command (tenant_id, command_id) WHERE command_id IS NOT NULL;
CREATE INDEX routing_answer_age ON routing_answer (tenant_id, at_ms);

-- Capacity units the work takes in its agent's hands.
ALTER TABLE interaction ADD COLUMN units int NOT NULL DEFAULT 1;
CREATE INDEX interaction_waiting ON interaction (tenant_id, queue_id) WHERE state IN ('queued', 'offered');
CREATE INDEX offer_recent ON offer (tenant_id, interaction_id, offered_at_ms);

-- Which node holds a live console of an agent; rows of a dead node are taken away by a living one.
CREATE TABLE agent_session (
  tenant_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  node_id bigint NOT NULL,
  since_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, node_id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES app_user ON DELETE CASCADE
);
CREATE INDEX agent_session_node ON agent_session (node_id);
ALTER TABLE agent_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_session FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON agent_session TO ucc_app, ucc_node
  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY every_tenant ON agent_session TO ucc_node USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON agent_session TO ucc_app, ucc_node;
