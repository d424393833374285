-- Statistics of the hot tables soon after they begin to fill: without them the planner takes any index that
-- starts with tenant_id for as good as the primary key, and reads a tenant's every row for each message.
ALTER TABLE conversation SET (autovacuum_analyze_threshold = 20, autovacuum_analyze_scale_factor = 0.1,
                              autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE entry SET (autovacuum_analyze_threshold = 200, autovacuum_analyze_scale_factor = 0.1);
ALTER TABLE entry_terms SET (autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.2);
ALTER TABLE interaction SET (autovacuum_analyze_threshold = 20, autovacuum_analyze_scale_factor = 0.1);
ALTER TABLE visitor SET (autovacuum_analyze_threshold = 50, autovacuum_analyze_scale_factor = 0.1);
ALTER TABLE routing_command SET (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- The primary key reads backwards as well.
DROP INDEX conversation_recent;
