-- What the agent who ends work has seen comes with the command and is noted in the batch that ends it: no transaction
-- of its own, and nothing is noted of an ending that is refused.
ALTER TABLE routing_command ADD COLUMN seen_seq int;  -- of an ending: the conversation's last entry the agent had seen

-- What routing made of these conversations' work, and the `lines` that this adds to their logs; the end of the work
-- resolves a conversation unless more waits. Lines are no messages: they move nothing of a head but its number. Gives of
-- each head with lines what write_entries gives.
CREATE OR REPLACE FUNCTION write_threads(the_tenant bigint, now_ms bigint, threads jsonb) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
-- By key, one after the other, however many the planner expects.
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
  written json;
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
      SELECT g.*, coalesce(jsonb_array_length(g.lines), 0) AS count, g.is_over AND NOT EXISTS (
        SELECT FROM interaction i
        WHERE i.tenant_id = the_tenant AND i.conversation_id = g.id AND i.state = 'new') AS is_ended
      FROM jsonb_to_recordset(threads->'heads') AS g (
        id bigint, interaction_id bigint, state text, queue_id bigint, agent_id bigint, is_over boolean,
        ended_seq int, lines jsonb) OFFSET 0) AS h
    WHERE c.tenant_id = the_tenant AND c.id = h.id
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
  SELECT json_agg(json_build_object(
    'conversation_id', m.id, 'base_seq', m.base_seq, 'interaction_id', m.interaction_id, 'queue_id', m.queue_id,
    'is_answered', m.is_answered, 'is_waiting', m.is_waiting, 'is_turned', false))
  INTO written FROM moved m WHERE m.lines IS NOT NULL;
  IF threads ? 'lines' THEN  -- of a node of the version before
    SELECT json_agg(w) INTO written
    FROM write_entries(the_tenant, true, now_ms, threads->'lines'->'heads', threads->'lines'->'items') AS w;
  END IF;
  RETURN coalesce(written, '[]');
END
$$;

-- A batch that is whole by itself: what its folds need is read without a lock by `read_batch`; `carry_batch`, one statement
-- and a transaction by itself, journals it and writes all it means, if the heads are still as they were read. Most are;
-- the others go the long way, by append_batch and write_batch in one transaction.

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

-- Raises serialization_failure when a head is not as it was read (`known`), no_data_found when a command was taken back.
CREATE FUNCTION carry_batch(
  the_tenant bigint, the_shard int, the_seq bigint, the_node bigint, the_rules int, now_ms bigint, commands bytea,
  facts bytea, the_count int, the_previous bigint, about bigint[], answer_ids uuid[], refusals text[],
  row_ids bigint[], idle_ms_max text, ids bigint[], known text, work jsonb, threads jsonb, agent_ids bigint[],
  events bytea[])
RETURNS TABLE (seqs bigint[], lines json)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  consumed int;
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  SELECT a.consumed INTO consumed
  FROM append_batch(the_tenant, the_shard, the_seq, the_node, the_rules, now_ms, carry_batch.commands,
                    carry_batch.facts, the_count, the_previous, about, answer_ids, refusals, row_ids, idle_ms_max,
                    '{}', '{}', '{}', '{}') AS a;
  IF consumed <> cardinality(row_ids) THEN
    RAISE no_data_found USING MESSAGE = format('%s commands of the batch are gone', cardinality(row_ids) - consumed);
  END IF;
  IF ids <> '{}' AND lock_threads(the_tenant, ids, '{}')::text <> known THEN
    RAISE serialization_failure USING MESSAGE = 'a head moved since it was read';
  END IF;
  SELECT w.seqs, w.lines INTO seqs, lines
  FROM write_batch(the_tenant, now_ms, carry_batch.work, carry_batch.threads, carry_batch.agent_ids,
                   carry_batch.events) AS w;
  RETURN NEXT;
END
$$;

REVOKE ALL ON FUNCTION read_threads, read_batch, carry_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_threads, read_batch, carry_batch TO ucc_node;
