-- The hot path of messages in one round trip: locks the heads, numbers and stores entries, moves heads, clocks and
-- search terms, in a transaction of its own when it is called alone. It lives here, not in queries.sql, because the
-- tenant must be set and the heads locked before the statement that reads them takes its snapshot. The ids are named
-- wherever heads are read: without statistics the planner would read every head of the tenant.
--
-- Unless `is_judged` (the caller locked the heads and decided), only conversations are written in which every item
-- is plain: a text of the contact that asks nothing new of routing, or of an agent, in an open conversation, and
-- whose clock the caller's due time fits (`due_queues`, `due_firsts`: what it was computed for; null: it counted
-- on a clock that runs already). What is not plain gives no row; the caller takes the long way with it.
CREATE FUNCTION write_entries(
  the_tenant bigint, is_judged boolean, now_ms bigint,
  conversation_ids bigint[], ids bigint[], kinds text[], authors text[], user_ids bigint[], external_ids text[],
  interaction_ids bigint[], texts text[], bodies text[], terms text[], previews text[],
  dues bigint[], due_queues bigint[], due_firsts boolean[]
) RETURNS TABLE (ord int, conversation_id bigint, seq int, is_new boolean, interaction_id bigint, queue_id bigint,
                 is_answered boolean, is_waiting boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  -- In the order of their ids, so that two batches never wait in a ring.
  PERFORM FROM conversation WHERE tenant_id = the_tenant AND id = ANY(conversation_ids) ORDER BY id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH item AS MATERIALIZED (
    SELECT t.ord::int - 1 AS ord, t.conversation_id, t.id, t.kind, t.author, t.user_id, t.external_id,
           coalesce(t.interaction_id, head.interaction_id) AS interaction_id, t.text, t.body, t.terms, t.preview,
           t.due_at_ms, head.inbox_id, head.head_seq, head.queue_id, head.agent_seq > 0 AS is_answered,
           head.waiting_since_ms IS NOT NULL AS is_waiting,
           is_judged OR (head.state = 'open' AND t.kind = 'message' AND (t.author = 'agent' OR (
             head.interaction_state IN ('new', 'queued', 'offered', 'connecting', 'active', 'held', 'interrupted')
             AND (head.waiting_since_ms IS NOT NULL
                  OR (head.queue_id = t.due_queue AND (head.agent_seq = 0) = t.due_first))))) AS is_plain
    FROM unnest(conversation_ids, ids, kinds, authors, user_ids, external_ids, interaction_ids, texts, bodies, terms,
                previews, dues, due_queues, due_firsts) WITH ORDINALITY
      AS t(conversation_id, id, kind, author, user_id, external_id, interaction_id, text, body, terms, preview,
           due_at_ms, due_queue, due_first, ord)
    JOIN conversation AS head
      ON head.tenant_id = the_tenant AND head.id = t.conversation_id AND head.id = ANY(conversation_ids)
  ), taken AS MATERIALIZED (
    SELECT * FROM (SELECT *, bool_and(coalesce(item.is_plain, false)) OVER (PARTITION BY item.conversation_id) AS is_taken
                   FROM item) AS judged WHERE judged.is_taken
  ), known AS MATERIALIZED (
    SELECT taken.ord, stored.conversation_id, stored.seq
    FROM taken CROSS JOIN LATERAL (
      SELECT entry.conversation_id, entry.seq FROM entry WHERE entry.tenant_id = the_tenant
        AND entry.inbox_id = taken.inbox_id AND entry.external_id = taken.external_id LIMIT 1) AS stored
  ), fresh AS MATERIALIZED (
    SELECT taken.*, (taken.head_seq + row_number() OVER (PARTITION BY taken.conversation_id ORDER BY taken.ord))::int AS seq
    FROM taken WHERE NOT EXISTS (SELECT FROM known WHERE known.ord = taken.ord)
  ), added AS (
    INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, external_id,
                       interaction_id, text, body, at_ms)
    SELECT the_tenant, fresh.conversation_id, fresh.seq, fresh.id, fresh.inbox_id, fresh.kind, fresh.author,
           fresh.user_id, fresh.external_id, fresh.interaction_id, fresh.text, fresh.body::jsonb, now_ms FROM fresh
  ), searchable AS (
    INSERT INTO entry_terms (tenant_id, conversation_id, seq, at_ms, terms)
    SELECT the_tenant, fresh.conversation_id, fresh.seq, now_ms, string_to_array(fresh.terms, ' ')
    FROM fresh WHERE fresh.terms <> ''
  ), said AS (
    SELECT *, fresh.kind = 'message' AS is_message,
           max(fresh.seq) FILTER (WHERE fresh.kind = 'message' AND fresh.author = 'agent')
             OVER (PARTITION BY fresh.conversation_id) AS answered_seq
    FROM fresh
  ), moved_to AS MATERIALIZED (
    SELECT said.conversation_id, max(said.seq) AS seq, max(said.answered_seq) AS agent_seq,
           max(said.seq) FILTER (WHERE said.is_message AND said.author = 'contact') AS contact_seq,
           count(*) FILTER (WHERE said.is_message AND said.author = 'contact'
                            AND said.seq > coalesce(said.answered_seq, 0)) > 0 AS is_waiting,
           min(said.due_at_ms) FILTER (WHERE said.is_message AND said.author = 'contact'
                                       AND said.seq > coalesce(said.answered_seq, 0)) AS due_at_ms,
           bool_or(said.is_message) AS is_said,
           (array_agg(said.preview ORDER BY said.seq DESC) FILTER (WHERE said.is_message))[1] AS preview,
           (array_agg(said.author ORDER BY said.seq DESC) FILTER (WHERE said.is_message))[1] AS author
    FROM said GROUP BY said.conversation_id
  ), moved AS (
    UPDATE conversation SET
      head_seq = moved_to.seq,
      contact_seq = coalesce(moved_to.contact_seq, conversation.contact_seq),
      agent_seq = coalesce(moved_to.agent_seq, conversation.agent_seq),
      waiting_since_ms = CASE WHEN moved_to.agent_seq IS NULL AND conversation.waiting_since_ms IS NOT NULL
        THEN conversation.waiting_since_ms WHEN moved_to.is_waiting THEN now_ms END,
      due_at_ms = CASE WHEN moved_to.agent_seq IS NULL AND conversation.waiting_since_ms IS NOT NULL
        THEN conversation.due_at_ms ELSE moved_to.due_at_ms END,
      last_at_ms = CASE WHEN moved_to.is_said THEN now_ms ELSE conversation.last_at_ms END,
      last_text = coalesce(moved_to.preview, conversation.last_text),
      last_author = coalesce(moved_to.author, conversation.last_author)
    FROM moved_to WHERE conversation.tenant_id = the_tenant AND conversation.id = moved_to.conversation_id
      AND conversation.id = ANY(conversation_ids)
  )
  SELECT fresh.ord, fresh.conversation_id, fresh.seq, true, fresh.interaction_id, fresh.queue_id, fresh.is_answered,
         fresh.is_waiting FROM fresh
  UNION ALL
  SELECT known.ord, known.conversation_id, known.seq, false, NULL, NULL, NULL, NULL FROM known;
END
$$;
REVOKE ALL ON FUNCTION write_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_entries TO ucc_app, ucc_node;
