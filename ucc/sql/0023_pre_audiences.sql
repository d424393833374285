-- Audiences: saved selections of contacts, and the priority they give to work.
CREATE TABLE audience (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  condition jsonb NOT NULL,         -- a ContactCondition of ucc.domain.audience
  priority int CHECK (priority BETWEEN 0 AND 9), -- NULL: routing does not ask
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);
ALTER TABLE audience ENABLE ROW LEVEL SECURITY;
ALTER TABLE audience FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON audience TO ucc_app, ucc_node
  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON audience TO ucc_app, ucc_node;

-- The name of the audience that gave work its priority, as it was then.
ALTER TABLE interaction ADD COLUMN audience text;

-- As before, with the audience, and the tries of callbacks that are dialled.
CREATE OR REPLACE FUNCTION read_work(the_tenant bigint, ids bigint[], agents bigint[], named bigint[]) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  interactions json;
  ringing json;
  present json;
  names json;
BEGIN
  IF ids <> '{}' THEN
    SELECT json_agg(r) INTO interactions FROM (
      SELECT i.id, i.conversation_id, i.contact_id, i.parent_id, i.medium, i.queue_id, i.state, i.agent_id,
             i.priority, i.units, i.reason, i.created_at_ms, i.queued_at_ms, i.answered_at_ms, i.ended_at_ms,
             i.closed_at_ms, i.wrap_up_until_ms, i.sla_breached_at_ms, i.is_reopened, i.disposition_id,
             i.disposition_note, i.exit, i.callback_to, i.bond, i.asked_by, i.until_ms, i.tries, i.tries_max,
             i.audience,
             (SELECT o.name FROM app_user o WHERE o.tenant_id = the_tenant AND o.id = i.asked_by) AS asked_by_name,
             coalesce(c.channel, 'webchat') AS channel,
             coalesce(c.locale, k.locale) AS locale,
             coalesce(k.name, '') AS contact_name, coalesce(k.is_vip, false) AS contact_is_vip
      FROM interaction i
      -- OFFSET 0: each is looked up by its key, whatever the planner thinks of the number of rows.
      LEFT JOIN LATERAL (
        SELECT o.channel, o.locale, o.contact_id FROM conversation o
        WHERE o.tenant_id = the_tenant AND o.id = i.conversation_id OFFSET 0) AS c ON true
      -- Apart: row-level security takes coalesce for leaky, and would look for the contact in the whole tenant.
      CROSS JOIN LATERAL (SELECT coalesce(i.contact_id, c.contact_id) AS contact_id OFFSET 0) AS whose
      LEFT JOIN LATERAL (
        SELECT o.name, o.locale, o.is_vip FROM contact o
        WHERE o.tenant_id = the_tenant AND o.id = whose.contact_id OFFSET 0) AS k ON true
      WHERE i.tenant_id = the_tenant AND i.id = ANY(ids)) AS r;
    SELECT json_agg(r), named || coalesce(array_agg(r.agent_id), '{}')
           || coalesce(array_agg(r.queue_id) FILTER (WHERE r.queue_id IS NOT NULL), '{}')
    INTO ringing, named FROM (
      SELECT o.interaction_id, o.epoch, o.agent_id, o.queue_id, o.state, o.offered_at_ms, o.expires_at_ms,
             o.ended_at_ms, o.reason, o.why, o.journal_seq
      FROM offer o
      WHERE o.tenant_id = the_tenant AND o.interaction_id = ANY(ids) AND o.state = 'ringing') AS r;
    agents := agents || ARRAY(SELECT i.agent_id FROM interaction i
                              WHERE i.tenant_id = the_tenant AND i.id = ANY(ids) AND i.agent_id IS NOT NULL);
  END IF;
  IF agents <> '{}' THEN
    SELECT json_agg(r) INTO present FROM (
      SELECT u.id AS agent_id, u.capacity, coalesce(p.session, 'offline') AS session,
             coalesce(p.status, 'off_queue') AS status, p.reason, p.next_status, p.next_reason,
             coalesce(p.is_blocked, false) AS is_blocked, coalesce(p.since_ms, u.created_at_ms) AS since_ms,
             ARRAY(SELECT json_build_array(i.id, i.medium, i.units, i.state) FROM interaction i
                   WHERE i.tenant_id = the_tenant AND i.agent_id = u.id
                     AND i.state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')
                     AND i.state IN ('active', 'held', 'in_flow', 'connecting', 'wrapping')) AS in_hand,
             (SELECT planned.value FROM jsonb_array_elements(l.breaks) WITH ORDINALITY AS planned (value, nth)
              WHERE (planned.value ->> 'to_ms')::bigint > extract(epoch FROM clock_timestamp()) * 1000
              ORDER BY planned.nth LIMIT 1) AS next_break
      FROM app_user u LEFT JOIN presence p ON p.tenant_id = the_tenant AND p.agent_id = u.id
      LEFT JOIN agent_plan l ON l.tenant_id = the_tenant AND l.agent_id = u.id
      WHERE u.tenant_id = the_tenant AND u.id = ANY(agents) AND u.is_active) AS r;
  END IF;
  IF named <> '{}' THEN
    SELECT json_object_agg(r.id, r.name) INTO names FROM (
      SELECT id, name FROM skill WHERE tenant_id = the_tenant AND id = ANY(named)
      UNION ALL SELECT id, name FROM queue WHERE tenant_id = the_tenant AND id = ANY(named)
      UNION ALL SELECT id, name FROM app_user WHERE tenant_id = the_tenant AND id = ANY(named)) AS r;
  END IF;
  RETURN json_build_object('interactions', coalesce(interactions, '[]'), 'ringing', coalesce(ringing, '[]'),
                           'agents', coalesce(present, '[]'), 'names', coalesce(names, '{}'));
END
$$;
