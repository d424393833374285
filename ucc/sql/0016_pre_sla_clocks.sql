-- SLA policies with all their clocks (ucc.domain.people.SlaPolicy), whose turn it is in a conversation, and what was told
-- of clocks that ran low or out.
ALTER TABLE sla_policy
  ADD COLUMN first_response_s int CHECK (first_response_s BETWEEN 1 AND 604800),
  ADD COLUMN warn_percent int CHECK (warn_percent BETWEEN 1 AND 99),
  ADD COLUMN response_pauses text[] NOT NULL DEFAULT '{}',
  ADD COLUMN resolution_pauses text[] NOT NULL DEFAULT '{}';

CREATE TABLE sla_alert (
  tenant_id bigint NOT NULL,
  interaction_id bigint NOT NULL,
  clock text NOT NULL CHECK (clock IN ('answer', 'first_response', 'next_response', 'resolution')),
  kind text NOT NULL CHECK (kind IN ('warned', 'breached')),
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, interaction_id, clock, kind, at_ms),
  FOREIGN KEY (tenant_id, interaction_id) REFERENCES interaction ON DELETE CASCADE
);
ALTER TABLE sla_alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE sla_alert FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sla_alert TO ucc_app, ucc_node
  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON sla_alert TO ucc_app, ucc_node;

ALTER TABLE conversation
  ADD COLUMN answered_by bigint,   -- the agent who has the work and wrote last; null: the contact waits for an answer
  ADD COLUMN turned_at_ms bigint;  -- when that last changed

DROP FUNCTION write_entries;

-- One round trip, and a transaction of its own when it is called alone. It lives here, not in queries.sql, because the
-- tenant must be set, and heads locked, before the statement that reads them takes its snapshot.
--
-- `heads` says what becomes of each conversation, `items` its entries, the nth behind the head. Unless `is_judged` (the
-- caller locked the heads and decided), a conversation is written only if its items are plain: texts of the contact that
-- ask nothing new of routing, or of an agent, in an open conversation, and if the clock the due time was computed for is
-- the one found (`due_queue`, `due_first`; null: a clock that runs already). What is not plain gives no row; the caller
-- takes the long way with it, and with everything when a known external id breaks the statement.
--
-- Whose turn it is: `answered_by` is the agent who has the work and wrote last, null: it is the agents' turn. A batch that
-- turns it leaves a command of the engine in the same transaction (agent_wrote, contact_wrote), where the queue has an
-- SLA policy; `is_turned` asks the caller to wake the owner. Clocks of the work run by it (router-rs/SPEC.md, R62–R66).
CREATE FUNCTION write_entries(the_tenant bigint, is_judged boolean, now_ms bigint, heads jsonb, items jsonb)
RETURNS TABLE (conversation_id bigint, base_seq int, interaction_id bigint, queue_id bigint, is_answered boolean,
               is_waiting boolean, is_changed boolean, is_turned boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  -- MessagePack of ucc.domain.engine, ids as eight bytes; a test decodes them. `otherwise` names no queue: where the
  -- work is over by then the command is refused, and the message gets new work by other ways.
  agent_wrote constant bytea := '\x93ab6167656e745f77726f7465cf';
  contact_wrote constant bytea := '\x93ad636f6e746163745f77726f7465cf';
  otherwise constant bytea := '\x9ba7656e71756575650000a46368617400010090c0c3c0';
  work text;
  holder bigint;
  is_said_by_holder boolean;
  clock text;
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  IF NOT is_judged AND jsonb_array_length(heads) > 1 THEN  -- in one order, so that two batches never wait in a ring
    PERFORM FROM conversation c WHERE c.tenant_id = the_tenant
      AND c.id IN (SELECT (h ->> 'conversation_id')::bigint FROM jsonb_array_elements(heads) AS h)
    ORDER BY c.id FOR NO KEY UPDATE;
  END IF;
  FOR conversation_id, base_seq, interaction_id, queue_id, is_answered, is_waiting, is_changed, is_turned, work, holder,
      is_said_by_holder, clock IN
  WITH head AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(heads) AS t(
      conversation_id bigint, count int, contact_nth int, agent_nth int, clock text, due_at_ms bigint, preview text,
      author text, due_queue bigint, due_first boolean,
      said_by bigint[])
  ), moved AS (
    UPDATE conversation c SET
      head_seq = c.head_seq + h.count,
      contact_seq = coalesce(c.head_seq + h.contact_nth, c.contact_seq),
      agent_seq = coalesce(c.head_seq + h.agent_nth, c.agent_seq),
      waiting_since_ms = CASE h.clock WHEN 'start' THEN coalesce(c.waiting_since_ms, now_ms) WHEN 'restart' THEN now_ms
        WHEN 'stop' THEN NULL ELSE c.waiting_since_ms END,
      due_at_ms = CASE WHEN h.clock = 'restart' OR h.clock = 'start' AND c.waiting_since_ms IS NULL THEN h.due_at_ms
        WHEN h.clock = 'stop' THEN NULL ELSE c.due_at_ms END,
      answered_by = CASE WHEN h.clock IN ('start', 'restart') THEN NULL
        WHEN c.agent_id = ANY(h.said_by) THEN c.agent_id ELSE c.answered_by END,
      turned_at_ms = CASE WHEN h.clock IN ('start', 'restart') AND c.answered_by IS NOT NULL
          OR c.agent_id = ANY(h.said_by) AND (h.clock = 'restart' OR c.answered_by IS DISTINCT FROM c.agent_id)
        THEN now_ms ELSE c.turned_at_ms END,
      last_at_ms = CASE WHEN h.author IS NULL THEN c.last_at_ms ELSE now_ms END,
      last_text = coalesce(h.preview, c.last_text),
      last_author = coalesce(h.author, c.last_author)
    FROM head h
    WHERE c.tenant_id = the_tenant AND c.id = h.conversation_id AND (is_judged OR c.state = 'open' AND (
      h.author = 'agent'
      OR c.interaction_state IN ('new', 'queued', 'offered', 'connecting', 'active', 'held', 'interrupted')
      AND (c.waiting_since_ms IS NOT NULL OR c.queue_id IS NOT DISTINCT FROM h.due_queue
           AND (c.agent_seq > 0) IS NOT DISTINCT FROM NOT h.due_first)))
    RETURNING c.id, c.head_seq - h.count AS base_seq, c.inbox_id, c.interaction_id, c.queue_id,
      c.agent_seq > 0 AS is_answered, c.waiting_since_ms IS NOT NULL AS is_waiting,
      h.clock = 'stop' OR coalesce(c.waiting_since_ms = now_ms, false) AS is_changed,
      coalesce(c.turned_at_ms = now_ms, false) AS is_turned, c.interaction_state, c.agent_id,
      c.agent_id = ANY(h.said_by) AS is_said_by_holder, h.clock
  ), written AS (
    INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, external_id, interaction_id,
                       text, body, at_ms, terms)
    SELECT the_tenant, m.id, m.base_seq + i.nth, i.id, m.inbox_id, i.kind, i.author, i.user_id, i.external_id,
           coalesce(i.interaction_id, m.interaction_id), i.text, i.body, now_ms, string_to_array(i.terms, ' ')
    FROM jsonb_to_recordset(items) AS i(
      conversation_id bigint, nth int, id bigint, kind text, author text, user_id bigint, external_id text,
      interaction_id bigint, text text, body jsonb, terms text)
    JOIN moved m ON m.id = i.conversation_id
  )
  SELECT m.id, m.base_seq, m.interaction_id, m.queue_id, m.is_answered, m.is_waiting, m.is_changed, m.is_turned,
         m.interaction_state, m.agent_id, m.is_said_by_holder, m.clock
  FROM moved m
  LOOP
    -- Apart from the statement above: seldom, and each more step of that one costs every message a tenth of its time.
    IF is_turned THEN
      INSERT INTO routing_command (tenant_id, shard, command, at_ms)
      SELECT the_tenant, the_tenant % 64, t.command, now_ms
      FROM queue q CROSS JOIN LATERAL (VALUES
        (1, agent_wrote || int8send(interaction_id) || '\xcf'::bytea || int8send(holder), is_said_by_holder
            AND work IN ('connecting', 'active', 'held', 'interrupted', 'parked', 'wrapping')),
        (2, contact_wrote || int8send(interaction_id) || otherwise, clock IN ('start', 'restart')
            AND work IN ('queued', 'offered', 'connecting', 'active', 'held', 'interrupted'))
      ) AS t (nth, command, is_asked)
      WHERE q.tenant_id = the_tenant AND q.id = queue_id AND q.sla_policy_id IS NOT NULL AND t.is_asked
      ORDER BY t.nth;
      is_turned := FOUND;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION write_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_entries TO ucc_app, ucc_node;
