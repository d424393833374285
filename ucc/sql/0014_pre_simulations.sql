-- Questions of supervisors about a day, and their answers (ucc.domain.simulation).
CREATE TABLE simulation (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  progress real NOT NULL DEFAULT 0,
  write jsonb NOT NULL,             -- SimulationWrite
  report bytea,                     -- Report as JSON
  error text,                       -- of a failed one, for people
  created_by text,
  created_at_ms bigint NOT NULL,
  seen_at_ms bigint NOT NULL,       -- its node was at work on it; long ago: the node is gone
  ended_at_ms bigint,
  PRIMARY KEY (tenant_id, id)
);
ALTER TABLE simulation ENABLE ROW LEVEL SECURITY;
ALTER TABLE simulation FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON simulation TO ucc_app, ucc_node
  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON simulation TO ucc_app, ucc_node;
