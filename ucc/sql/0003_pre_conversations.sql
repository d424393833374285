-- What conversations need beside the base: endings that race with messages, visitors' presence, snoozes.

-- The contact's seq known when an ending was asked for (End, contact left or lost): a later message revives the work.
ALTER TABLE conversation ADD COLUMN ended_seq int NOT NULL DEFAULT 0;
CREATE INDEX conversation_snoozed ON conversation (snoozed_until_ms) WHERE state = 'snoozed';
CREATE INDEX conversation_last ON conversation (tenant_id, created_at_ms DESC);

-- A visitor is online while a node holds a socket and says so every 30 s; a dead node says nothing.
ALTER TABLE visitor ADD COLUMN is_online boolean NOT NULL DEFAULT true;
CREATE INDEX visitor_conversation ON visitor (tenant_id, conversation_id);
CREATE INDEX visitor_online ON visitor (seen_at_ms) WHERE is_online;

CREATE INDEX mention_unseen ON mention (tenant_id, user_id, at_ms DESC) WHERE seen_at_ms IS NULL;
CREATE INDEX attachment_unused ON attachment (tenant_id, by_visitor) WHERE entry_seq IS NULL;

-- One timer of a node wakes the snoozed of all tenants.
CREATE POLICY every_tenant_snoozed ON conversation FOR SELECT TO ucc_node USING (state = 'snoozed');
