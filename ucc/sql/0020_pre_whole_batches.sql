-- What the agent who ends work has seen comes with the command and is noted in the batch that ends it: no transaction
-- of its own, and nothing is noted of an ending that is refused.
ALTER TABLE routing_command ADD COLUMN seen_seq int;  -- of an ending: the conversation's last entry the agent had seen

-- No question looks into these; the keys of conversations and offers answer what they were made for.
DROP INDEX conversation_last, offer_recent;
-- With room on its page the end of a segment needs no second entry in the key.
ALTER TABLE segment SET (fillfactor = 70);

-- A batch that is whole by itself: what its folds need is read without a lock by `read_batch`; `carry_batch`, one statement
-- and a transaction by itself, journals it and writes all it means, if the heads are still as they were read: they are
-- compared as they are written. Most are; the others go the long way, by append_batch and write_batch in one transaction.
-- What nodes of the version before call stays until the next.

-- What lock_threads gives where no work is transferred, without locking anything.
CREATE FUNCTION read_threads(the_tenant bigint, ids bigint[]) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  heads json;
BEGIN
  SELECT json_agg(r) INTO heads FROM (
    SELECT c.id, c.contact_id, c.state, c.contact_seq, c.ended_seq, c.interaction_id, c.interaction_state, c.queue_id,
           c.agent_id, c.last_text
    FROM conversation c WHERE c.tenant_id = the_tenant AND c.id IN (
      SELECT i.conversation_id FROM interaction i WHERE i.tenant_id = the_tenant AND i.id = ANY(ids))
    ORDER BY c.id) AS r;
  RETURN json_build_object('heads', coalesce(heads, '[]'), 'notes', '[]'::json);
END
$$;

CREATE FUNCTION read_batch(the_tenant bigint, ids bigint[], agents bigint[], named bigint[])
RETURNS TABLE (work json, threads json)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  IF ids <> '{}' THEN
    threads := read_threads(the_tenant, ids);
  END IF;
  work := read_work(the_tenant, ids, agents, named);
  RETURN NEXT;
END
$$;

-- Journal one batch, note the answers and delete the commands it carried out; gives how many of these were there. The
-- journal's key is the fence.
CREATE FUNCTION journal_batch(
  the_tenant bigint, the_shard int, the_seq bigint, the_node bigint, the_rules int, now_ms bigint, commands bytea,
  facts bytea, the_count int, the_previous bigint, about bigint[], answer_ids uuid[], refusals text[], row_ids bigint[])
RETURNS int
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  consumed int := 0;
BEGIN
  INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count, commands, facts,
                       previous_seq, interaction_ids)
  VALUES (the_shard, the_seq, the_tenant, the_node, the_rules, now_ms, the_count, journal_batch.commands,
          journal_batch.facts, the_previous, about);
  IF answer_ids <> '{}' THEN
    INSERT INTO routing_answer (tenant_id, command_id, refusal, at_ms)
    SELECT the_tenant, a.command_id, a.refusal, now_ms FROM unnest(answer_ids, refusals) AS a (command_id, refusal);
  END IF;
  IF row_ids <> '{}' THEN
    DELETE FROM routing_command c WHERE c.tenant_id = the_tenant AND c.id = ANY(row_ids);
    GET DIAGNOSTICS consumed = ROW_COUNT;
  END IF;
  RETURN consumed;
END
$$;

-- The long way's first statement, as before. The server ends this transaction by itself when its owner falls asleep in it,
-- so that a successor never waits.
CREATE OR REPLACE FUNCTION append_batch(
  the_tenant bigint, the_shard int, the_seq bigint, the_node bigint, the_rules int, now_ms bigint, commands bytea,
  facts bytea, the_count int, the_previous bigint, about bigint[], answer_ids uuid[], refusals text[],
  row_ids bigint[], idle_ms_max text, ids bigint[], children bigint[], agents bigint[], named bigint[])
RETURNS TABLE (consumed int, work json, threads json)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', idle_ms_max, true);
  consumed := journal_batch(the_tenant, the_shard, the_seq, the_node, the_rules, now_ms, commands, facts, the_count,
                            the_previous, about, answer_ids, refusals, row_ids);
  IF consumed = cardinality(row_ids) THEN
    IF ids <> '{}' THEN
      threads := lock_threads(the_tenant, ids, children);
    END IF;
    work := read_work(the_tenant, ids, agents, named);
  END IF;
  RETURN NEXT;
END
$$;

-- What routing made of these conversations' work, if the heads are still as they were read (`known_…`), and the `lines`
-- that this adds to their logs; the end of the work resolves a conversation unless more waits. Heads come in the order of
-- their ids, and before `work`, what the same batch makes of interactions, so that two writers never wait in a ring.
-- Lines are no messages: they move nothing of a head but its number. Gives of each head with lines what write_entries
-- gives. Raises serialization_failure when fewer heads than `count` are as they were.
CREATE FUNCTION write_threads(the_tenant bigint, now_ms bigint, threads jsonb, work jsonb) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
-- By key, one after the other, however many the planner expects.
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
  written json;
  moved_count int;
BEGIN
  WITH moved AS (
    UPDATE conversation c SET
      interaction_id = h.interaction_id, interaction_state = h.state, queue_id = h.queue_id, agent_id = h.agent_id,
      ended_seq = greatest(c.ended_seq, h.ended_seq), head_seq = c.head_seq + h.count,
      state = CASE WHEN h.is_ended AND c.state <> 'spam' THEN 'resolved'
        WHEN h.is_over OR h.state NOT IN ('queued', 'active') THEN c.state
        WHEN c.state = 'resolved' THEN 'open' ELSE c.state END,
      resolved_at_ms = CASE WHEN h.is_ended AND c.state NOT IN ('resolved', 'spam') THEN now_ms
        WHEN NOT h.is_over AND h.state IN ('queued', 'active') THEN NULL
        ELSE c.resolved_at_ms END,
      waiting_since_ms = CASE WHEN h.is_ended AND c.state NOT IN ('resolved', 'spam') THEN NULL
        ELSE c.waiting_since_ms END,
      due_at_ms = CASE WHEN h.is_ended AND c.state NOT IN ('resolved', 'spam') THEN NULL ELSE c.due_at_ms END
    FROM (
      SELECT g.*, coalesce(jsonb_array_length(g.lines), 0) AS count, g.is_over AND (
        -- Not EXISTS: it would be answered by reading all the tenant's open work once.
        SELECT i.id FROM interaction i
        WHERE i.tenant_id = the_tenant AND i.conversation_id = g.id AND i.state = 'new' AND i.id <> ALL(ARRAY(
          SELECT (w.value ->> 'id')::bigint FROM jsonb_array_elements(work->'interactions') AS w))
        LIMIT 1) IS NULL AS is_ended
      FROM jsonb_to_recordset(threads->'heads') AS g (
        id bigint, interaction_id bigint, state text, queue_id bigint, agent_id bigint, is_over boolean,
        ended_seq int, lines jsonb, known_contact_seq int, known_ended_seq int, known_interaction_id bigint,
        known_state text, known_queue_id bigint, known_agent_id bigint) OFFSET 0) AS h
    WHERE c.tenant_id = the_tenant AND c.id = h.id
      AND c.contact_seq = h.known_contact_seq AND c.ended_seq = h.known_ended_seq
      AND c.interaction_id IS NOT DISTINCT FROM h.known_interaction_id
      AND c.interaction_state IS NOT DISTINCT FROM h.known_state
      AND c.queue_id IS NOT DISTINCT FROM h.known_queue_id AND c.agent_id IS NOT DISTINCT FROM h.known_agent_id
    RETURNING c.id, c.head_seq - h.count AS base_seq, c.inbox_id, c.interaction_id, c.queue_id,
      c.agent_seq > 0 AS is_answered, c.waiting_since_ms IS NOT NULL AS is_waiting, h.lines
  ), stored AS (
    INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, interaction_id, text, body,
                       at_ms, terms)
    SELECT the_tenant, m.id, m.base_seq + i.nth, i.id, m.inbox_id, i.kind, i.author, i.user_id, i.interaction_id,
           i.text, i.body, now_ms, string_to_array(i.terms, ' ')
    FROM moved m CROSS JOIN LATERAL jsonb_to_recordset(m.lines) AS i (
      nth int, id bigint, kind text, author text, user_id bigint, interaction_id bigint, text text, body jsonb,
      terms text)
  )
  SELECT count(*), json_agg(json_build_object(
    'conversation_id', m.id, 'base_seq', m.base_seq, 'interaction_id', m.interaction_id, 'queue_id', m.queue_id,
    'is_answered', m.is_answered, 'is_waiting', m.is_waiting, 'is_turned', false)) FILTER (WHERE m.lines IS NOT NULL)
  INTO moved_count, written FROM moved m;
  IF moved_count < (threads->>'count')::int THEN
    RAISE serialization_failure USING MESSAGE = 'a head moved since it was read';
  END IF;
  RETURN coalesce(written, '[]');
END
$$;

-- What a batch left behind: interactions, presences, plans, ends of segments and of offers, then what begins; as before,
-- with what binds work to a contact's, and plans, and looked for by key: with joins by hash the ends were looked for
-- among all the tenant ever had. What is left out of a row of work is null, or what a column begins with.
CREATE OR REPLACE FUNCTION write_work(the_tenant bigint, now_ms bigint, work jsonb) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
  IF work ? 'interactions' THEN
    INSERT INTO interaction (tenant_id, id, parent_id, medium, queue_id, state, agent_id, priority, units,
                             created_at_ms, queued_at_ms, answered_at_ms, ended_at_ms, closed_at_ms,
                             wrap_up_until_ms, sla_breached_at_ms, bond, asked_by, until_ms)
    SELECT the_tenant, r.id, r.parent_id, r.medium, r.queue_id, r.state, r.agent_id, coalesce(r.priority, 0),
           coalesce(r.units, 1), r.created_at_ms, r.queued_at_ms, r.answered_at_ms, r.ended_at_ms, r.closed_at_ms,
           r.wrap_up_until_ms, r.sla_breached_at_ms, r.bond, r.asked_by, r.until_ms
    FROM jsonb_to_recordset(work->'interactions') AS r (
      id bigint, parent_id bigint, medium text, queue_id bigint, state text, agent_id bigint, priority int, units int,
      created_at_ms bigint, queued_at_ms bigint, answered_at_ms bigint, ended_at_ms bigint, closed_at_ms bigint,
      wrap_up_until_ms bigint, sla_breached_at_ms bigint, bond text, asked_by bigint, until_ms bigint)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      parent_id = excluded.parent_id, medium = excluded.medium, queue_id = excluded.queue_id, state = excluded.state,
      agent_id = excluded.agent_id, priority = excluded.priority, units = excluded.units,
      queued_at_ms = excluded.queued_at_ms, answered_at_ms = excluded.answered_at_ms,
      ended_at_ms = excluded.ended_at_ms, closed_at_ms = excluded.closed_at_ms,
      wrap_up_until_ms = excluded.wrap_up_until_ms, sla_breached_at_ms = excluded.sla_breached_at_ms,
      bond = excluded.bond, asked_by = excluded.asked_by, until_ms = excluded.until_ms;
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
    WHERE offer.tenant_id = the_tenant AND offer.interaction_id = r.interaction_id AND offer.epoch = r.epoch
      AND offer.agent_id = r.agent_id;
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

-- Events at the end of agents' streams: the `streams`, ascending, each with the `counts` of its events; then of each event
-- its agent and how many of the agent's come `behind` it. Gives the number of each stream's last event.
CREATE FUNCTION append_events(
  the_tenant bigint, now_ms bigint, streams bigint[], counts int[], agent_ids bigint[], behind int[], events bytea[])
RETURNS bigint[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  heads bigint[];
BEGIN
  WITH moved AS (
    INSERT INTO agent_stream AS s (tenant_id, agent_id, head_seq)
    SELECT the_tenant, g.agent_id, g.count FROM unnest(streams, counts) AS g (agent_id, count)
    ON CONFLICT (tenant_id, agent_id) DO UPDATE SET head_seq = s.head_seq + excluded.head_seq
    RETURNING s.agent_id, s.head_seq
  ), stored AS (
    INSERT INTO agent_event (tenant_id, agent_id, seq, at_ms, event)
    SELECT the_tenant, g.agent_id, m.head_seq - g.behind, now_ms, g.event
    FROM unnest(agent_ids, append_events.behind, append_events.events) AS g (agent_id, behind, event)
    JOIN moved m ON m.agent_id = g.agent_id
  )
  SELECT array_agg(m.head_seq ORDER BY m.agent_id) INTO heads FROM moved m;
  RETURN heads;
END
$$;

-- Write what a batch means: the conversations around the work, the work itself, then what the agents are told.
CREATE FUNCTION write_batch(
  the_tenant bigint, now_ms bigint, work jsonb, threads jsonb, streams bigint[], counts int[], agent_ids bigint[],
  behind int[], events bytea[])
RETURNS TABLE (heads bigint[], lines json)
LANGUAGE plpgsql
AS $$
BEGIN
  IF threads IS NOT NULL THEN
    lines := write_threads(the_tenant, now_ms, threads, work);
  END IF;
  PERFORM write_work(the_tenant, now_ms, work);
  IF streams <> '{}' THEN
    heads := append_events(the_tenant, now_ms, streams, counts, agent_ids, behind, events);
  END IF;
  RETURN NEXT;
END
$$;

-- Journal a batch and write what it means, one statement and a transaction by itself. Raises no_data_found when a command
-- was taken back, serialization_failure when a head moved since it was read.
CREATE FUNCTION carry_batch(
  the_tenant bigint, the_shard int, the_seq bigint, the_node bigint, the_rules int, now_ms bigint, commands bytea,
  facts bytea, the_count int, the_previous bigint, about bigint[], answer_ids uuid[], refusals text[],
  row_ids bigint[], work jsonb, threads jsonb, streams bigint[], counts int[], agent_ids bigint[], behind int[],
  events bytea[])
RETURNS TABLE (heads bigint[], lines json)
LANGUAGE plpgsql
AS $$
DECLARE
  gone int;
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  gone := cardinality(row_ids) - journal_batch(
    the_tenant, the_shard, the_seq, the_node, the_rules, now_ms, commands, facts, the_count, the_previous, about,
    answer_ids, refusals, row_ids);
  IF gone > 0 THEN
    RAISE no_data_found USING MESSAGE = format('%s commands of the batch are gone', gone);
  END IF;
  RETURN QUERY SELECT * FROM write_batch(the_tenant, now_ms, work, threads, streams, counts, agent_ids, behind, events);
END
$$;

REVOKE ALL ON FUNCTION
  read_threads, read_batch, journal_batch, carry_batch,
  write_threads(bigint, bigint, jsonb, jsonb), append_events,
  write_batch(bigint, bigint, jsonb, jsonb, bigint[], int[], bigint[], int[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_events TO ucc_app, ucc_node;
GRANT EXECUTE ON FUNCTION
  read_threads, read_batch, journal_batch, carry_batch,
  write_threads(bigint, bigint, jsonb, jsonb),
  write_batch(bigint, bigint, jsonb, jsonb, bigint[], int[], bigint[], int[], bytea[]) TO ucc_node;
