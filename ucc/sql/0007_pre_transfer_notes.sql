-- Notes of transfers that are under way: whoever journals the transfer writes them into the log with it.
CREATE TABLE transfer_note (
  tenant_id bigint NOT NULL,
  interaction_id bigint NOT NULL,   -- the child that is about to be queued or offered
  conversation_id bigint NOT NULL,
  user_id bigint NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (tenant_id, interaction_id),
  FOREIGN KEY (tenant_id, interaction_id) REFERENCES interaction ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES app_user
);
ALTER TABLE transfer_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer_note FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON transfer_note TO ucc_app, ucc_node
  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON transfer_note TO ucc_app, ucc_node;
