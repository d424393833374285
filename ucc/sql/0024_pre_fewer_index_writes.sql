-- No question looks into these: one about waiting work asks for more states than the first holds, and who has what in hand
-- is asked of `interaction_open`. Without them an offer and its accept change nothing of a head that an index holds, and
-- with room on its page the row moves alone.
DROP INDEX conversation_waiting, conversation_agent;

-- An offer and a stretch of handling come from the statement that has just written their work, which nothing deletes.
ALTER TABLE offer DROP CONSTRAINT offer_tenant_id_interaction_id_fkey;
ALTER TABLE segment DROP CONSTRAINT segment_tenant_id_interaction_id_fkey;

-- As before, with the ends of offers looked for by key: planned when a young database's offers were few, the join went
-- through all of a tenant's in each batch, until the table was analysed.
CREATE OR REPLACE FUNCTION write_work(the_tenant bigint, now_ms bigint, work jsonb) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
  IF work ? 'interactions' THEN
    INSERT INTO interaction (tenant_id, id, parent_id, medium, queue_id, state, agent_id, priority, units,
                             created_at_ms, queued_at_ms, answered_at_ms, ended_at_ms, closed_at_ms,
                             wrap_up_until_ms, sla_breached_at_ms, bond, asked_by, until_ms, tries,
                             tries_max)
    SELECT the_tenant, r.id, r.parent_id, r.medium, r.queue_id, r.state, r.agent_id, coalesce(r.priority, 0),
           coalesce(r.units, 1), r.created_at_ms, r.queued_at_ms, r.answered_at_ms, r.ended_at_ms, r.closed_at_ms,
           r.wrap_up_until_ms, r.sla_breached_at_ms, r.bond, r.asked_by, r.until_ms, coalesce(r.tries, 0),
           coalesce(r.tries_max, 0)
    FROM jsonb_to_recordset(work->'interactions') AS r (
      id bigint, parent_id bigint, medium text, queue_id bigint, state text, agent_id bigint, priority int, units int,
      created_at_ms bigint, queued_at_ms bigint, answered_at_ms bigint, ended_at_ms bigint, closed_at_ms bigint,
      wrap_up_until_ms bigint, sla_breached_at_ms bigint, bond text, asked_by bigint, until_ms bigint, tries int,
      tries_max int)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      parent_id = excluded.parent_id, medium = excluded.medium, queue_id = excluded.queue_id, state = excluded.state,
      agent_id = excluded.agent_id, priority = excluded.priority, units = excluded.units,
      queued_at_ms = excluded.queued_at_ms, answered_at_ms = excluded.answered_at_ms,
      ended_at_ms = excluded.ended_at_ms, closed_at_ms = excluded.closed_at_ms,
      wrap_up_until_ms = excluded.wrap_up_until_ms, sla_breached_at_ms = excluded.sla_breached_at_ms,
      bond = excluded.bond, asked_by = excluded.asked_by, until_ms = excluded.until_ms, tries = excluded.tries,
      tries_max = excluded.tries_max;
  END IF;
  IF work ? 'presences' THEN
    INSERT INTO presence (tenant_id, agent_id, session, status, reason, next_status, next_reason, is_blocked, since_ms)
    SELECT the_tenant, r.* FROM jsonb_to_recordset(work->'presences') AS r (
      agent bigint, session text, status text, reason text, next_status text, next_reason text, is_blocked boolean,
      since_ms bigint)
    JOIN app_user u ON u.tenant_id = the_tenant AND u.id = r.agent
    ON CONFLICT (tenant_id, agent_id) DO UPDATE SET
      session = excluded.session, status = excluded.status, reason = excluded.reason,
      next_status = excluded.next_status, next_reason = excluded.next_reason, is_blocked = excluded.is_blocked,
      since_ms = excluded.since_ms;
  END IF;
  IF work ? 'plans' THEN
    DELETE FROM agent_plan
    WHERE tenant_id = the_tenant
      AND agent_id IN (SELECT (value ->> 'agent')::bigint FROM jsonb_array_elements(work->'plans'));
    INSERT INTO agent_plan (tenant_id, agent_id, shifts, breaks)
    SELECT the_tenant, r.agent, r.shifts, r.breaks
    FROM jsonb_to_recordset(work->'plans') AS r (agent bigint, shifts jsonb, breaks jsonb)
    JOIN app_user u ON u.tenant_id = the_tenant AND u.id = r.agent
    WHERE r.shifts <> '[]' OR r.breaks <> '[]';
  END IF;
  IF work ? 'segments_of' THEN
    UPDATE segment SET ended_at_ms = now_ms
    WHERE tenant_id = the_tenant AND ended_at_ms IS NULL
      -- An array: row-level security takes the cast for leaky, and would compare all the tenant's segments with it.
      AND interaction_id = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(work->'segments_of')));
  END IF;
  IF work ? 'ended' THEN
    UPDATE offer SET state = r.state, expires_at_ms = r.expires_at_ms, ended_at_ms = r.ended_at_ms, reason = r.reason
    FROM jsonb_to_recordset(work->'ended') AS r (
      interaction_id bigint, epoch bigint, agent_id bigint, state text, expires_at_ms bigint, ended_at_ms bigint,
      reason text)
    -- An array, beside the join: whatever is looked at first, it is the offers of this work and not all the tenant's.
    WHERE offer.tenant_id = the_tenant
      AND offer.interaction_id = ANY(ARRAY(
        SELECT (value ->> 'interaction_id')::bigint FROM jsonb_array_elements(work->'ended')))
      AND offer.interaction_id = r.interaction_id AND offer.epoch = r.epoch AND offer.agent_id = r.agent_id;
  END IF;
  IF work ? 'offers' THEN
    INSERT INTO offer (tenant_id, interaction_id, epoch, agent_id, queue_id, state, offered_at_ms, expires_at_ms,
                       ended_at_ms, reason, why, journal_seq)
    SELECT the_tenant, r.* FROM jsonb_to_recordset(work->'offers') AS r (
      interaction_id bigint, epoch bigint, agent_id bigint, queue_id bigint, state text, offered_at_ms bigint,
      expires_at_ms bigint, ended_at_ms bigint, reason text, why jsonb, journal_seq bigint);
  END IF;
  IF work ? 'segments' THEN
    INSERT INTO segment (tenant_id, interaction_id, started_at_ms, agent_id, kind)
    SELECT the_tenant, r.interaction_id, now_ms, r.agent_id, r.kind
    FROM jsonb_to_recordset(work->'segments') AS r (interaction_id bigint, agent_id bigint, kind text)
    ON CONFLICT (tenant_id, interaction_id, started_at_ms, kind)
      DO UPDATE SET ended_at_ms = NULL, agent_id = excluded.agent_id;
  END IF;
  IF work ? 'alerts' THEN
    INSERT INTO sla_alert (tenant_id, interaction_id, clock, kind, at_ms)
    SELECT the_tenant, r.interaction_id, r.clock, r.kind, now_ms
    FROM jsonb_to_recordset(work->'alerts') AS r (interaction_id bigint, clock text, kind text)
    ON CONFLICT DO NOTHING;
  END IF;
END
$$;
