-- The hot path of messages in one round trip: locks each head, numbers and stores the entries, moves heads, clocks and
-- search terms, in a transaction of its own when it is called alone. It lives here, not in queries.sql, because the
-- tenant must be set, and a head locked, before the statement that reads it takes its snapshot. Small statements by
-- key, each planned once, cost a third less for one item than a statement over all; what they add is stored together.
--
-- Items come ordered by conversation, so that two batches never wait in a ring. Unless `is_judged` (the caller locked
-- the heads and decided), an item is written only if it is plain: a text of the contact that asks nothing new of
-- routing, or of an agent, in an open conversation, and if the clock its due time was computed for is the one found
-- (`due_queue`, `due_first`; null: a clock that runs already). What is not plain gives no row; the caller takes the
-- long way with it. Items of one conversation have one author, so they are plain all or none.
CREATE TYPE new_entry AS (
  conversation_id bigint, seq int, id bigint, inbox_id bigint, kind text, author text, user_id bigint,
  external_id text, interaction_id bigint, text text, body jsonb, terms text);

CREATE FUNCTION write_entries(the_tenant bigint, is_judged boolean, now_ms bigint, items jsonb)
RETURNS TABLE (place int, conversation_id bigint, seq int, is_new boolean, interaction_id bigint, queue_id bigint,
               is_answered boolean, is_waiting boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  item record;
  head record;
  fresh new_entry[] := '{}';
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  FOR item IN
    SELECT * FROM jsonb_to_recordset(items) AS t(
      place int, conversation_id bigint, id bigint, kind text, author text, user_id bigint, external_id text,
      interaction_id bigint, text text, body jsonb, terms text, preview text, due_at_ms bigint, due_queue bigint,
      due_first boolean)
  LOOP
    SELECT c.inbox_id, c.head_seq, c.state, c.interaction_state, c.interaction_id, c.queue_id,
           c.agent_seq > 0 AS is_answered, c.waiting_since_ms IS NOT NULL AS is_waiting INTO head
    FROM conversation c WHERE c.tenant_id = the_tenant AND c.id = item.conversation_id FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    IF NOT is_judged THEN
      CONTINUE WHEN item.kind <> 'message' OR head.state <> 'open';
      CONTINUE WHEN item.author <> 'agent' AND (
        coalesce(head.interaction_state NOT IN
                 ('new', 'queued', 'offered', 'connecting', 'active', 'held', 'interrupted'), true)
        OR NOT head.is_waiting AND (head.queue_id IS DISTINCT FROM item.due_queue
                                    OR head.is_answered IS DISTINCT FROM NOT item.due_first));
    END IF;
    place := item.place;
    queue_id := head.queue_id;
    is_answered := head.is_answered;
    is_waiting := head.is_waiting;
    interaction_id := coalesce(item.interaction_id, head.interaction_id);
    -- A known id is answered with where it stands.
    SELECT e.conversation_id, e.seq INTO conversation_id, seq FROM entry e
    WHERE e.tenant_id = the_tenant AND e.inbox_id = head.inbox_id AND e.external_id = item.external_id;
    is_new := NOT FOUND;
    IF is_new THEN
      conversation_id := item.conversation_id;
      seq := head.head_seq + 1;
      fresh := array_append(fresh, ROW(
        item.conversation_id, head.head_seq + 1, item.id, head.inbox_id, item.kind, item.author, item.user_id,
        item.external_id, coalesce(item.interaction_id, head.interaction_id), item.text, item.body, item.terms
      )::new_entry);
      IF item.kind <> 'message' THEN
        UPDATE conversation SET head_seq = head.head_seq + 1
        WHERE conversation.tenant_id = the_tenant AND conversation.id = item.conversation_id;
      ELSIF item.author = 'contact' THEN
        UPDATE conversation SET head_seq = head.head_seq + 1, contact_seq = head.head_seq + 1,
          waiting_since_ms = coalesce(conversation.waiting_since_ms, now_ms),
          due_at_ms = CASE WHEN head.is_waiting THEN conversation.due_at_ms ELSE item.due_at_ms END,
          last_at_ms = now_ms, last_text = item.preview, last_author = item.author
        WHERE conversation.tenant_id = the_tenant AND conversation.id = item.conversation_id;
      ELSE
        UPDATE conversation SET head_seq = head.head_seq + 1,
          agent_seq = CASE item.author WHEN 'agent' THEN head.head_seq + 1 ELSE conversation.agent_seq END,
          waiting_since_ms = CASE item.author WHEN 'agent' THEN NULL ELSE conversation.waiting_since_ms END,
          due_at_ms = CASE item.author WHEN 'agent' THEN NULL ELSE conversation.due_at_ms END,
          last_at_ms = now_ms, last_text = item.preview, last_author = item.author
        WHERE conversation.tenant_id = the_tenant AND conversation.id = item.conversation_id;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
  INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, external_id, interaction_id,
                     text, body, at_ms)
  SELECT the_tenant, f.conversation_id, f.seq, f.id, f.inbox_id, f.kind, f.author, f.user_id, f.external_id,
         f.interaction_id, f.text, f.body, now_ms FROM unnest(fresh) AS f;
  INSERT INTO entry_terms (tenant_id, conversation_id, seq, at_ms, terms)
  SELECT the_tenant, f.conversation_id, f.seq, now_ms, string_to_array(f.terms, ' ')
  FROM unnest(fresh) AS f WHERE f.terms <> '';
END
$$;
REVOKE ALL ON FUNCTION write_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_entries TO ucc_app, ucc_node;
