-- The hot path of messages, a whole batch by one statement, and search terms in the entry itself: one table and one
-- index less to write to for every message.
ALTER TABLE entry ADD COLUMN terms text[];  -- null: nothing to find
ALTER TABLE entry NO FORCE ROW LEVEL SECURITY;  -- for the owner, who moves the rows of all tenants
ALTER TABLE entry_terms NO FORCE ROW LEVEL SECURITY;
UPDATE entry SET terms = t.terms FROM entry_terms t
WHERE t.tenant_id = entry.tenant_id AND t.conversation_id = entry.conversation_id AND t.seq = entry.seq;
DROP TABLE entry_terms;
ALTER TABLE entry FORCE ROW LEVEL SECURITY;

-- New terms wait in the index's pending list; whoever fills it tidies it up, and a message would pay 0.1 s for that. A node
-- tidies every second (`tidy_search`), long before this limit.
CREATE INDEX entry_terms ON entry USING gin (array_to_tsvector(terms)) WITH (gin_pending_list_limit = 262144);

-- Row security lets no operator look at a row before the policy has, unless it is leakproof, and @@ is not: a search as
-- ucc_app reads every row of every tenant. The owner's policy hides nothing, so what these functions search takes the
-- index; they name the tenant themselves, `+ 0` so that no index that begins with it is taken instead.
CREATE POLICY search ON entry FOR SELECT TO ucc_owner USING (true);
CREATE FUNCTION find_entry_terms(query tsquery)
RETURNS TABLE (conversation_id bigint, seq int, text text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $$
  SELECT e.conversation_id, e.seq, e.text FROM entry e
  WHERE e.tenant_id + 0 = current_tenant() AND array_to_tsvector(e.terms) @@ query
$$;
CREATE POLICY search ON contact FOR SELECT TO ucc_owner USING (true);
CREATE FUNCTION find_contact_terms(query tsquery) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $$ SELECT c.id FROM contact c WHERE c.tenant_id + 0 = current_tenant() AND array_to_tsvector(c.terms) @@ query $$;
REVOKE ALL ON FUNCTION find_entry_terms, find_contact_terms FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_entry_terms, find_contact_terms TO ucc_app;
ALTER INDEX contact_terms SET (fastupdate = off);

-- Entries are written behind a head that is locked and found in the same transaction: nothing is left to check.
ALTER TABLE entry DROP CONSTRAINT entry_tenant_id_conversation_id_fkey;

DROP FUNCTION write_entries;
DROP TYPE new_entry;

-- One round trip, and a transaction of its own when it is called alone. It lives here, not in queries.sql, because the
-- tenant must be set, and heads locked, before the statement that reads them takes its snapshot.
--
-- `heads` says what becomes of each conversation, `items` its entries, the nth behind the head. Unless `is_judged` (the
-- caller locked the heads and decided), a conversation is written only if its items are plain: texts of the contact that
-- ask nothing new of routing, or of an agent, in an open conversation, and if the clock the due time was computed for is
-- the one found (`due_queue`, `due_first`; null: a clock that runs already). What is not plain gives no row; the caller
-- takes the long way with it, and with everything when a known external id breaks the statement.
CREATE FUNCTION write_entries(the_tenant bigint, is_judged boolean, now_ms bigint, heads jsonb, items jsonb)
RETURNS TABLE (conversation_id bigint, base_seq int, interaction_id bigint, queue_id bigint, is_answered boolean,
               is_waiting boolean, is_changed boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('ucc.tenant', the_tenant::text, true);
  IF NOT is_judged AND jsonb_array_length(heads) > 1 THEN  -- in one order, so that two batches never wait in a ring
    PERFORM FROM conversation c WHERE c.tenant_id = the_tenant
      AND c.id IN (SELECT (h ->> 'conversation_id')::bigint FROM jsonb_array_elements(heads) AS h)
    ORDER BY c.id FOR NO KEY UPDATE;
  END IF;
  RETURN QUERY
  WITH head AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(heads) AS t(
      conversation_id bigint, count int, contact_nth int, agent_nth int, clock text, due_at_ms bigint, preview text,
      author text, due_queue bigint, due_first boolean)
  ), moved AS (
    UPDATE conversation c SET
      head_seq = c.head_seq + h.count,
      contact_seq = coalesce(c.head_seq + h.contact_nth, c.contact_seq),
      agent_seq = coalesce(c.head_seq + h.agent_nth, c.agent_seq),
      waiting_since_ms = CASE h.clock WHEN 'start' THEN coalesce(c.waiting_since_ms, now_ms) WHEN 'restart' THEN now_ms
        WHEN 'stop' THEN NULL ELSE c.waiting_since_ms END,
      due_at_ms = CASE WHEN h.clock = 'restart' OR h.clock = 'start' AND c.waiting_since_ms IS NULL THEN h.due_at_ms
        WHEN h.clock = 'stop' THEN NULL ELSE c.due_at_ms END,
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
      h.clock = 'stop' OR coalesce(c.waiting_since_ms = now_ms, false) AS is_changed
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
  SELECT m.id, m.base_seq, m.interaction_id, m.queue_id, m.is_answered, m.is_waiting, m.is_changed FROM moved m;
END
$$;
REVOKE ALL ON FUNCTION write_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_entries TO ucc_app, ucc_node;

-- Only an index's owner may tidy it; the nodes do it in the owner's name.
CREATE FUNCTION tidy_search() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT gin_clean_pending_list('entry_terms'::regclass) $$;
REVOKE ALL ON FUNCTION tidy_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tidy_search TO ucc_node;
