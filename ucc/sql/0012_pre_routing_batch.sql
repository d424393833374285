-- A routing batch in two statements: `append_batch` journals it and reads what it concerns, `write_batch` writes what
-- it means. They live here, not in queries.sql, for the reason of write_entries: what a step reads must be locked
-- before the statement that reads it takes its snapshot. Each room's part is a function of its own; these two only
-- put them in order. None of them decides anything: the folds are in ucc/routing/projection.py and
-- ucc/conversations/projector.py.
--
-- Rows are looked up by key. `enable_seqscan = off`: a plan is kept from the first call on, when a young database's
-- tables are empty and reading them whole looks as good as an index.

-- routing ----------------------------------------------------------------------------------------------------

-- Events at the end of agents' streams; gives the seq of each, in the order given.
CREATE FUNCTION append_agent_events(the_tenant bigint, now_ms bigint, agent_ids bigint[], events bytea[])
RETURNS bigint[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  seqs bigint[];
BEGIN
  WITH given AS (
    SELECT g.agent_id, g.event, g.number, row_number() OVER (PARTITION BY g.agent_id ORDER BY g.number) AS place
    FROM unnest(agent_ids, events) WITH ORDINALITY AS g (agent_id, event, number)
  ), streams AS (
    INSERT INTO agent_stream AS s (tenant_id, agent_id, head_seq)
    SELECT the_tenant, given.agent_id, count(*) FROM given GROUP BY given.agent_id ORDER BY given.agent_id
    ON CONFLICT (tenant_id, agent_id) DO UPDATE SET head_seq = s.head_seq + excluded.head_seq
    RETURNING s.agent_id, s.head_seq
  ), numbered AS (
    SELECT given.agent_id, given.event, given.number,
           streams.head_seq - count(*) OVER (PARTITION BY given.agent_id) + given.place AS seq
    FROM given JOIN streams ON streams.agent_id = given.agent_id
  ), stored AS (
    INSERT INTO agent_event (tenant_id, agent_id, seq, at_ms, event)
    SELECT the_tenant, numbered.agent_id, numbered.seq, now_ms, numbered.event FROM numbered
  )
  SELECT array_agg(numbered.seq ORDER BY numbered.number) INTO seqs FROM numbered;
  RETURN seqs;
END
$$;

-- What a fold needs of these interactions: their rows with what an offer's card shows, what rings, the agents they
-- are or were with (presence, capacity, and what counts as load), and names. `named` are ids whose names it will say.
CREATE FUNCTION read_work(the_tenant bigint, ids bigint[], agents bigint[], named bigint[]) RETURNS json
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
             i.disposition_note, coalesce(c.channel, 'webchat') AS channel, coalesce(c.locale, k.locale) AS locale,
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
                     AND i.state IN ('active', 'held', 'connecting', 'wrapping')) AS in_hand
      FROM app_user u LEFT JOIN presence p ON p.tenant_id = the_tenant AND p.agent_id = u.id
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

-- What a batch left behind: interactions, presences, ends of segments and of offers, then what begins. Offers begin
-- after the ends of earlier ones: at most one rings at an interaction.
CREATE FUNCTION write_work(the_tenant bigint, now_ms bigint, work jsonb) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  IF work ? 'interactions' THEN
    INSERT INTO interaction (tenant_id, id, parent_id, medium, queue_id, state, agent_id, priority, units,
                             created_at_ms, queued_at_ms, answered_at_ms, ended_at_ms, closed_at_ms,
                             wrap_up_until_ms, sla_breached_at_ms)
    SELECT the_tenant, r.* FROM jsonb_to_recordset(work->'interactions') AS r (
      id bigint, parent_id bigint, medium text, queue_id bigint, state text, agent_id bigint, priority int, units int,
      created_at_ms bigint, queued_at_ms bigint, answered_at_ms bigint, ended_at_ms bigint, closed_at_ms bigint,
      wrap_up_until_ms bigint, sla_breached_at_ms bigint)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      parent_id = excluded.parent_id, medium = excluded.medium, queue_id = excluded.queue_id, state = excluded.state,
      agent_id = excluded.agent_id, priority = excluded.priority, units = excluded.units,
      queued_at_ms = excluded.queued_at_ms, answered_at_ms = excluded.answered_at_ms,
      ended_at_ms = excluded.ended_at_ms, closed_at_ms = excluded.closed_at_ms,
      wrap_up_until_ms = excluded.wrap_up_until_ms, sla_breached_at_ms = excluded.sla_breached_at_ms;
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
  IF work ? 'segments_of' THEN
    UPDATE segment SET ended_at_ms = now_ms
    WHERE tenant_id = the_tenant AND ended_at_ms IS NULL
      AND interaction_id IN (SELECT value::bigint FROM jsonb_array_elements_text(work->'segments_of'));
  END IF;
  IF work ? 'ended' THEN
    UPDATE offer SET state = r.state, expires_at_ms = r.expires_at_ms, ended_at_ms = r.ended_at_ms, reason = r.reason
    FROM jsonb_to_recordset(work->'ended') AS r (
      interaction_id bigint, epoch bigint, state text, expires_at_ms bigint, ended_at_ms bigint, reason text)
    WHERE offer.tenant_id = the_tenant AND offer.interaction_id = r.interaction_id AND offer.epoch = r.epoch;
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
END
$$;

-- conversations ----------------------------------------------------------------------------------------------

-- The heads of conversations these interactions belong to, locked in the order of their ids, and the notes of the
-- transfers among them, which are notes under way no more.
CREATE FUNCTION lock_threads(the_tenant bigint, ids bigint[], children bigint[]) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  heads json;
  notes json;
BEGIN
  SELECT json_agg(r) INTO heads FROM (
    SELECT c.id, c.contact_id, c.state, c.contact_seq, c.ended_seq, c.interaction_id, c.interaction_state, c.queue_id,
           c.agent_id, c.last_text
    FROM conversation c WHERE c.tenant_id = the_tenant AND c.id IN (
      SELECT i.conversation_id FROM interaction i WHERE i.tenant_id = the_tenant AND i.id = ANY(ids))
    ORDER BY c.id FOR NO KEY UPDATE) AS r;
  IF children <> '{}' THEN
    WITH taken AS (
      DELETE FROM transfer_note n USING app_user u
      WHERE n.tenant_id = the_tenant AND n.interaction_id = ANY(children)
        AND u.tenant_id = the_tenant AND u.id = n.user_id
      RETURNING n.interaction_id, n.user_id, u.name AS user_name, n.text)
    SELECT json_agg(taken) INTO notes FROM taken;
  END IF;
  RETURN json_build_object('heads', coalesce(heads, '[]'), 'notes', coalesce(notes, '[]'));
END
$$;

-- What routing made of these conversations' work, and the lines of their logs; the end of the work resolves a
-- conversation unless more waits. Gives what write_entries gives of the lines.
CREATE FUNCTION write_threads(the_tenant bigint, now_ms bigint, threads jsonb) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  written json;
  moved record;
  is_ended boolean;
BEGIN
  -- One by one, by key: a statement over all is planned as if a hundred came, and reads the whole table for one.
  FOR moved IN
    SELECT * FROM jsonb_to_recordset(threads->'heads') AS given (
      id bigint, interaction_id bigint, state text, queue_id bigint, agent_id bigint, is_over boolean)
  LOOP
    is_ended := moved.is_over AND NOT EXISTS (
      SELECT FROM interaction i
      WHERE i.tenant_id = the_tenant AND i.conversation_id = moved.id AND i.state = 'new');
    UPDATE conversation SET
      interaction_id = moved.interaction_id, interaction_state = moved.state, queue_id = moved.queue_id,
      agent_id = moved.agent_id,
      state = CASE WHEN is_ended AND conversation.state <> 'spam' THEN 'resolved'
        WHEN moved.is_over OR moved.state NOT IN ('queued', 'active') THEN conversation.state
        WHEN conversation.state = 'resolved' THEN 'open' ELSE conversation.state END,
      resolved_at_ms = CASE WHEN is_ended AND conversation.state NOT IN ('resolved', 'spam') THEN now_ms
        WHEN NOT moved.is_over AND moved.state IN ('queued', 'active') THEN NULL
        ELSE conversation.resolved_at_ms END,
      waiting_since_ms = CASE WHEN is_ended AND conversation.state NOT IN ('resolved', 'spam') THEN NULL
        ELSE conversation.waiting_since_ms END,
      due_at_ms = CASE WHEN is_ended AND conversation.state NOT IN ('resolved', 'spam') THEN NULL
        ELSE conversation.due_at_ms END
    WHERE conversation.tenant_id = the_tenant AND conversation.id = moved.id;
  END LOOP;
  IF threads ? 'lines' THEN
    SELECT json_agg(w) INTO written
    FROM write_entries(the_tenant, true, now_ms, threads->'lines'->'heads', threads->'lines'->'items') AS w;
  END IF;
  RETURN coalesce(written, '[]');
END
$$;

-- What the agent who ends this work has seen: a later message of the contact revives it. One round trip.
CREATE FUNCTION mark_ending_of_work(the_tenant bigint, the_interaction bigint, the_agent bigint, seen int)
RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  UPDATE conversation c SET ended_seq = seen
  FROM interaction i
  WHERE i.tenant_id = the_tenant AND i.id = the_interaction AND i.agent_id = the_agent
    AND c.tenant_id = the_tenant AND c.id = i.conversation_id AND c.ended_seq < seen;
END
$$;

-- the batch --------------------------------------------------------------------------------------------------

-- Journal one batch, delete the commands it carried out, note the answers, and read what its facts concern: `ids` are
-- interactions, `children` those of transfers. The journal's key is the fence. `consumed` says how many commands were
-- there to delete; when some are gone the caller rolls back. The server ends this transaction by itself when its owner
-- falls asleep in it, so that a successor never waits.
CREATE FUNCTION append_batch(
  the_tenant bigint, the_shard int, the_seq bigint, the_node bigint, the_rules int, now_ms bigint, commands bytea,
  facts bytea, the_count int, the_previous bigint, about bigint[], answer_ids uuid[], refusals text[],
  row_ids bigint[], idle_ms_max text, ids bigint[], children bigint[], agents bigint[], named bigint[])
RETURNS TABLE (consumed int, work json, threads json)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', idle_ms_max, true);
  INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts,
                       previous_seq, interaction_ids)
  VALUES (the_shard, the_seq, the_tenant, the_node, the_rules, now_ms, the_count, append_batch.commands,
          append_batch.facts, the_previous, about);
  IF answer_ids <> '{}' THEN
    INSERT INTO routing_answer (tenant_id, command_id, refusal, at_ms)
    SELECT the_tenant, a.command_id, a.refusal, now_ms FROM unnest(answer_ids, refusals) AS a (command_id, refusal);
  END IF;
  consumed := 0;
  IF row_ids <> '{}' THEN
    DELETE FROM routing_command c WHERE c.tenant_id = the_tenant AND c.id = ANY(row_ids);
    GET DIAGNOSTICS consumed = ROW_COUNT;
  END IF;
  IF consumed = cardinality(row_ids) THEN
    IF ids <> '{}' THEN
      threads := lock_threads(the_tenant, ids, children);
    END IF;
    work := read_work(the_tenant, ids, agents, named);
  END IF;
  RETURN NEXT;
END
$$;

-- Write what a batch means: first the work, then the conversations around it, then what the agents are told.
CREATE FUNCTION write_batch(the_tenant bigint, now_ms bigint, work jsonb, threads jsonb, agent_ids bigint[],
                            events bytea[])
RETURNS TABLE (seqs bigint[], lines json)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM write_work(the_tenant, now_ms, work);
  IF threads IS NOT NULL THEN
    lines := write_threads(the_tenant, now_ms, threads);
  END IF;
  IF agent_ids <> '{}' THEN
    seqs := append_agent_events(the_tenant, now_ms, agent_ids, events);
  END IF;
  RETURN NEXT;
END
$$;

-- the take-over ----------------------------------------------------------------------------------------------

-- Take those shards that nobody alive owns, under a new epoch. The fence: the take-over is a row of the journal, where
-- an old owner's next row would stand; it is one statement, so that nobody waits for round trips while nobody decides.
-- `command` is an encoded open_shard without its last eight bytes, which are the epoch.
CREATE FUNCTION take_shards(the_node bigint, wanted int[], the_rules int, now_ms bigint, command bytea,
                            the_facts bytea)
RETURNS TABLE (shard int, epoch bigint, next_seq bigint, has_commands boolean, tenants bigint[])
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
  FOR shard, epoch, next_seq, has_commands IN
    UPDATE shard s SET node_id = the_node, epoch = s.epoch + 1
    WHERE s.shard = ANY(wanted)
      AND (s.node_id IS NULL OR s.node_id = the_node
           OR NOT EXISTS (SELECT FROM node n WHERE n.id = s.node_id AND n.expires_at > clock_timestamp()))
      AND EXISTS (SELECT FROM node n WHERE n.id = the_node AND n.expires_at > clock_timestamp())
    RETURNING s.shard, s.epoch, greatest(s.next_seq, coalesce(
      (SELECT j.first_seq + j.count FROM journal j WHERE j.shard = s.shard ORDER BY j.first_seq DESC LIMIT 1), 1)),
      EXISTS (SELECT FROM routing_command c WHERE c.shard = s.shard)
  LOOP
    INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts)
    VALUES (take_shards.shard, take_shards.next_seq, NULL, the_node, the_rules, now_ms, 1,
            command || int8send(take_shards.epoch), the_facts);
    tenants := ARRAY(
      SELECT t.tenant_id FROM tenant t
      WHERE t.tenant_id % 64 = take_shards.shard
        AND (EXISTS (SELECT FROM journal j WHERE j.tenant_id = t.tenant_id)
             OR EXISTS (SELECT FROM snapshot p WHERE p.tenant_id = t.tenant_id))
      ORDER BY t.tenant_id);
    RETURN NEXT;
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION append_agent_events, mark_ending_of_work, read_work, write_work, lock_threads, write_threads, append_batch,
  write_batch, take_shards FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_agent_events, mark_ending_of_work TO ucc_app, ucc_node;
GRANT EXECUTE ON FUNCTION read_work, write_work, lock_threads, write_threads, append_batch, write_batch,
  take_shards TO ucc_node;
