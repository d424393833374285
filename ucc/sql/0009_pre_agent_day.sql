-- What an agent has handled today is asked for by every desk that has caught up.
CREATE INDEX interaction_ended ON interaction (tenant_id, agent_id, ended_at_ms) WHERE ended_at_ms IS NOT NULL;
