-- entries: the hot path ------------------------------------------------------------------------------

-- name: lock_conversations
-- The heads of these conversations, locked in the order of their ids so that two batches never wait in a ring.
SELECT id, inbox_id, contact_id, state, head_seq, contact_seq, agent_seq, ended_seq, interaction_id, interaction_state,
       queue_id, agent_id, waiting_since_ms, resolved_at_ms, locale
FROM conversation WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
ORDER BY id FOR NO KEY UPDATE;

-- name: write_entries
-- Entries of one batch, numbered behind the locked heads; a known external id is answered with what is stored.
-- Heads, waiting clocks and search terms follow in the same statement.
WITH item AS (
  SELECT * FROM unnest(
    :ords::int[], :conversation_ids::bigint[], :inbox_ids::bigint[], :heads::int[], :ids::bigint[], :kinds::text[],
    :authors::text[], :user_ids::bigint[], :external_ids::text[], :interaction_ids::bigint[], :texts::text[],
    :bodies::text[], :terms::text[], :previews::text[], :due::bigint[], :at::bigint[])
  AS t(ord, conversation_id, inbox_id, head, id, kind, author, user_id, external_id, interaction_id, text,
       body, terms, preview, due_at_ms, at_ms)
), known AS (
  SELECT item.ord, entry.conversation_id, entry.seq
  FROM item JOIN entry ON entry.tenant_id = :tenant_id AND entry.inbox_id = item.inbox_id
    AND entry.external_id = item.external_id
), fresh AS (
  SELECT item.*, (item.head + row_number() OVER (PARTITION BY conversation_id ORDER BY ord))::int AS seq
  FROM item WHERE NOT EXISTS (SELECT FROM known WHERE known.ord = item.ord)
), added AS (
  INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, external_id, interaction_id,
                     text, body, at_ms)
  SELECT :tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, external_id, interaction_id,
         text, body::jsonb, at_ms FROM fresh
), searchable AS (
  INSERT INTO entry_terms (tenant_id, conversation_id, seq, at_ms, terms)
  SELECT :tenant_id, conversation_id, seq, at_ms, string_to_array(terms, ' ') FROM fresh WHERE terms <> ''
), said AS (
  SELECT conversation_id, author, seq, at_ms, due_at_ms, preview,
         max(seq) FILTER (WHERE author = 'agent') OVER (PARTITION BY conversation_id) AS answered_seq
  FROM fresh WHERE kind = 'message'
), head AS (
  SELECT conversation_id, max(seq) AS seq FROM fresh GROUP BY conversation_id
), talk AS (
  SELECT conversation_id,
         max(seq) FILTER (WHERE author = 'contact') AS contact_seq,
         max(answered_seq) AS agent_seq,
         min(at_ms) FILTER (WHERE author = 'contact' AND seq > coalesce(answered_seq, 0)) AS waiting_since_ms,
         min(due_at_ms) FILTER (WHERE author = 'contact' AND seq > coalesce(answered_seq, 0)) AS due_at_ms,
         max(at_ms) AS at_ms,
         (array_agg(preview ORDER BY seq DESC))[1] AS preview,
         (array_agg(author ORDER BY seq DESC))[1] AS author
  FROM said GROUP BY conversation_id
), moved AS (
  UPDATE conversation SET
    head_seq = head.seq,
    contact_seq = coalesce(talk.contact_seq, contact_seq),
    agent_seq = coalesce(talk.agent_seq, agent_seq),
    waiting_since_ms = CASE WHEN talk.agent_seq IS NULL AND conversation.waiting_since_ms IS NOT NULL
      THEN conversation.waiting_since_ms WHEN talk.conversation_id IS NULL THEN NULL ELSE talk.waiting_since_ms END,
    due_at_ms = CASE WHEN talk.agent_seq IS NULL AND conversation.waiting_since_ms IS NOT NULL
      THEN conversation.due_at_ms WHEN talk.conversation_id IS NULL THEN NULL ELSE talk.due_at_ms END,
    last_at_ms = coalesce(talk.at_ms, last_at_ms),
    last_text = coalesce(talk.preview, last_text),
    last_author = coalesce(talk.author, last_author)
  FROM head LEFT JOIN talk USING (conversation_id)
  WHERE conversation.tenant_id = :tenant_id AND conversation.id = head.conversation_id
)
SELECT ord, conversation_id, seq, true AS is_new FROM fresh
UNION ALL SELECT ord, conversation_id, seq, false FROM known;

-- name: read_stored_entries
-- Entries by place, for answers to repeated writes.
SELECT entry.*, app_user.name AS user_name
FROM unnest(:conversation_ids::bigint[], :seqs::int[]) AS wanted (conversation_id, seq)
JOIN entry ON entry.tenant_id = :tenant_id AND entry.conversation_id = wanted.conversation_id AND entry.seq = wanted.seq
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id;

-- name: claim_attachments
-- Files that this person uploaded and nobody used yet, taken for an entry: all of them or none.
WITH found AS (
  SELECT id FROM attachment
  WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]) AND entry_seq IS NULL
    AND (by_visitor = :visitor_id OR by_user_id = :user_id)
    AND (conversation_id IS NULL OR conversation_id = :conversation_id)
  FOR UPDATE
)
UPDATE attachment SET conversation_id = :conversation_id, entry_seq = 0
WHERE tenant_id = :tenant_id AND id IN (SELECT id FROM found)
  AND (SELECT count(*) FROM found) = cardinality(:ids::bigint[])
RETURNING id, key, name, media_type, size_bytes, width, height;

-- name: is_known$
-- Whether a message with this external id is stored.
SELECT EXISTS (SELECT FROM entry WHERE tenant_id = :tenant_id AND inbox_id = :inbox_id AND external_id = :external_id);

-- name: place_attachments!
-- Where a claimed file was used.
UPDATE attachment SET entry_seq = :seq
WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND id = ANY(:ids::bigint[]);

-- name: open_again!
-- A message made this conversation live again.
UPDATE conversation SET state = 'open', snoozed_until_ms = NULL, resolved_at_ms = NULL
WHERE tenant_id = :tenant_id AND id = :id AND state <> 'open';

-- name: add_interaction!
-- Work that is about to be queued; from here on routing's projector alone changes the row.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, medium, queue_id, state, priority, reason,
                         created_at_ms, is_reopened)
VALUES (:tenant_id, :id, :conversation_id, :contact_id, 'chat', :queue_id, 'new', :priority, :reason, :now_ms,
        :is_reopened);

-- name: head_for_new_work!
-- The conversation's work is this new interaction.
UPDATE conversation SET interaction_id = :interaction_id, interaction_state = 'new', queue_id = :queue_id, agent_id = NULL
WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_spare_interaction$
-- Work kept ready for the case that the present one is over by the time a message is judged.
SELECT id FROM interaction
WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND state = 'new' AND id <> :interaction_id
ORDER BY id DESC LIMIT 1;

-- name: read_work_facts^
-- What new work of a conversation needs to know: its queue, who had it last, how urgent, which language.
SELECT conversation.contact_id, coalesce(conversation.queue_id, inbox.queue_id) AS queue_id, conversation.context,
       contact.is_vip, coalesce(inbox.hours_id, queue.hours_id) AS hours_id, inbox.queue_id AS inbox_queue_id,
       (SELECT interaction.agent_id FROM interaction JOIN app_user ON app_user.tenant_id = interaction.tenant_id
          AND app_user.id = interaction.agent_id AND app_user.is_active
        WHERE interaction.tenant_id = :tenant_id AND interaction.conversation_id = conversation.id
          AND interaction.answered_at_ms IS NOT NULL
        ORDER BY interaction.id DESC LIMIT 1) AS last_agent_id
FROM conversation
JOIN inbox ON inbox.tenant_id = conversation.tenant_id AND inbox.id = conversation.inbox_id
JOIN contact ON contact.tenant_id = conversation.tenant_id AND contact.id = conversation.contact_id
LEFT JOIN queue ON queue.tenant_id = conversation.tenant_id
  AND queue.id = coalesce(conversation.queue_id, inbox.queue_id)
WHERE conversation.tenant_id = :tenant_id AND conversation.id = :id;

-- name: list_language_skills
-- Skills that are languages and that somebody has.
SELECT id, name, category, locale FROM skill
WHERE tenant_id = :tenant_id AND locale IS NOT NULL
  AND EXISTS (SELECT FROM agent_skill JOIN app_user ON app_user.tenant_id = agent_skill.tenant_id
                AND app_user.id = agent_skill.agent_id AND app_user.is_active
              WHERE agent_skill.tenant_id = skill.tenant_id AND agent_skill.skill_id = skill.id);

-- name: read_hours^
-- Opening hours as written.
SELECT name, time_zone, week, holidays FROM hours WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_queue_policies
-- For each queue its targets and hours, what the clocks of waiting contacts need.
SELECT queue.id, queue.name, queue.tells_position, sla_policy.answer_s, sla_policy.next_response_s,
       hours.time_zone, hours.week, hours.holidays
FROM queue
LEFT JOIN sla_policy ON sla_policy.tenant_id = queue.tenant_id AND sla_policy.id = queue.sla_policy_id
LEFT JOIN hours ON hours.tenant_id = queue.tenant_id AND hours.id = queue.hours_id
WHERE queue.tenant_id = :tenant_id;

-- name: read_secret$
-- What signs this tenant's short-lived addresses.
SELECT secret FROM tenant WHERE tenant_id = :tenant_id;

-- visitors ---------------------------------------------------------------------------------------------

-- name: read_inbox_by_key^
-- The entry point of a snippet (all tenants: the key is all a page knows; row-level policy every_tenant_read).
SELECT inbox.tenant_id, inbox.id, inbox.channel, inbox.key, inbox.name, inbox.queue_id, inbox.hours_id, inbox.settings,
       inbox.secrets, inbox.first_hit_at_ms, inbox.is_active
FROM inbox WHERE inbox.key = :key;

-- name: mark_first_hit!
-- A page with the snippet was seen for the first time.
UPDATE inbox SET first_hit_at_ms = :now_ms WHERE tenant_id = :tenant_id AND id = :id AND first_hit_at_ms IS NULL;

-- name: read_started^
-- The conversation that a start with this id made before.
SELECT entry.conversation_id, entry.at_ms, entry.author, conversation.contact_id
FROM entry JOIN conversation ON conversation.tenant_id = entry.tenant_id AND conversation.id = entry.conversation_id
WHERE entry.tenant_id = :tenant_id AND entry.inbox_id = :inbox_id AND entry.external_id = :external_id;

-- name: read_thread^
-- The newest conversation of a thread, locked.
SELECT id, state, resolved_at_ms FROM conversation
WHERE tenant_id = :tenant_id AND inbox_id = :inbox_id AND contact_id = :contact_id AND thread_key = :thread_key
  AND state <> 'spam'
ORDER BY state IN ('resolved', 'spam'), id DESC LIMIT 1 FOR NO KEY UPDATE;

-- name: add_conversation$
-- A new conversation, unless the thread has one that is not over.
INSERT INTO conversation (tenant_id, id, inbox_id, channel, contact_id, thread_key, queue_id, last_at_ms, locale, context,
                          created_at_ms)
VALUES (:tenant_id, :id, :inbox_id, :channel, :contact_id, :thread_key, :queue_id, :now_ms, :locale, :context, :now_ms)
ON CONFLICT (tenant_id, inbox_id, thread_key) WHERE state NOT IN ('resolved', 'spam') DO NOTHING
RETURNING id;

-- name: add_visitor!
-- A visitor's session, bound to its conversation.
INSERT INTO visitor (tenant_id, id, token_hash, inbox_id, contact_id, conversation_id, origin, created_at_ms, seen_at_ms,
                     expires_at_ms)
VALUES (:tenant_id, :id, :token_hash, :inbox_id, :contact_id, :conversation_id, :origin, :now_ms, :now_ms, :expires_at_ms);

-- name: read_visitor^
-- The session of a token (all tenants: the token is all a visitor has; row-level policy every_tenant_read).
SELECT visitor.tenant_id, visitor.id, visitor.inbox_id, visitor.contact_id, visitor.conversation_id, visitor.expires_at_ms,
       inbox.key, inbox.is_active, inbox.settings
FROM visitor JOIN inbox ON inbox.tenant_id = visitor.tenant_id AND inbox.id = visitor.inbox_id
WHERE visitor.token_hash = :token_hash;

-- name: bind_visitor!
-- The session goes on in another conversation of the same contact.
UPDATE visitor SET conversation_id = :conversation_id WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_visitor_conversation^
-- What a visitor may know of their conversation.
SELECT conversation.id, conversation.state, conversation.head_seq, conversation.interaction_id,
       conversation.interaction_state, conversation.queue_id, conversation.agent_read_seq, conversation.contact_id,
       conversation.contact_seq, conversation.context, app_user.name AS agent_name, queue.name AS queue_name,
       inbox.hours_id, interaction.is_reopened
FROM conversation
JOIN inbox ON inbox.tenant_id = conversation.tenant_id AND inbox.id = conversation.inbox_id
LEFT JOIN app_user ON app_user.tenant_id = conversation.tenant_id AND app_user.id = conversation.agent_id
LEFT JOIN queue ON queue.tenant_id = conversation.tenant_id AND queue.id = conversation.queue_id
LEFT JOIN interaction ON interaction.tenant_id = conversation.tenant_id AND interaction.id = conversation.interaction_id
WHERE conversation.tenant_id = :tenant_id AND conversation.id = :id;

-- name: merge_context!
-- Facts about the visitor's side: page, rating; given keys replace old ones.
UPDATE conversation SET context = context || :context WHERE tenant_id = :tenant_id AND id = :id;

-- name: mark_ending^
-- An ending was asked for while the contact's last message was this one; a later one revives the work.
UPDATE conversation SET ended_seq = greatest(ended_seq, coalesce(:seq::int, contact_seq))
WHERE tenant_id = :tenant_id AND id = :id
RETURNING interaction_id, interaction_state;

-- name: read_entries_after
-- The log of a conversation from behind a number, oldest first.
SELECT entry.*, app_user.name AS user_name FROM entry
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id
WHERE entry.tenant_id = :tenant_id AND entry.conversation_id = :conversation_id AND entry.seq > :seq
ORDER BY entry.seq LIMIT :limit;

-- name: read_entries_before
-- The log of a conversation up to before a number, newest first.
SELECT entry.*, app_user.name AS user_name FROM entry
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id
WHERE entry.tenant_id = :tenant_id AND entry.conversation_id = :conversation_id AND entry.seq < :seq
ORDER BY entry.seq DESC LIMIT :limit;

-- routing's facts ---------------------------------------------------------------------------------------

-- name: lock_conversations_of_work
-- The heads of conversations these interactions belong to, locked in the order of their ids.
SELECT id, contact_id, state, contact_seq, ended_seq, interaction_id, interaction_state, queue_id, agent_id, last_text
FROM conversation WHERE tenant_id = :tenant_id AND id IN (
  SELECT conversation_id FROM interaction WHERE tenant_id = :tenant_id AND id = ANY(:interaction_ids::bigint[]))
ORDER BY id FOR NO KEY UPDATE;

-- name: list_conversations_of_work
-- Which conversation each of these interactions belongs to.
SELECT id, conversation_id FROM interaction
WHERE tenant_id = :tenant_id AND id = ANY(:interaction_ids::bigint[]) AND conversation_id IS NOT NULL;

-- name: move_heads!
-- What routing made of these conversations' work; the end of the work resolves the conversation unless more waits.
UPDATE conversation SET
  interaction_id = moved.interaction_id, interaction_state = moved.state, queue_id = moved.queue_id,
  agent_id = moved.agent_id,
  state = CASE WHEN is_ended THEN 'resolved' WHEN moved.is_over OR conversation.state = 'spam'
    OR moved.state NOT IN ('queued', 'active') THEN conversation.state
    WHEN conversation.state = 'resolved' THEN 'open' ELSE conversation.state END,
  resolved_at_ms = CASE WHEN is_ended THEN :now_ms WHEN NOT moved.is_over AND moved.state IN ('queued', 'active')
    THEN NULL ELSE conversation.resolved_at_ms END,
  waiting_since_ms = CASE WHEN is_ended THEN NULL ELSE conversation.waiting_since_ms END,
  due_at_ms = CASE WHEN is_ended THEN NULL ELSE conversation.due_at_ms END
FROM (
  SELECT given.*, given.is_over AND current.state IN ('open', 'pending', 'snoozed')
    AND NOT EXISTS (SELECT FROM interaction WHERE interaction.tenant_id = :tenant_id
                    AND interaction.conversation_id = given.id AND interaction.state = 'new') AS is_ended
  FROM unnest(:ids::bigint[], :interaction_ids::bigint[], :states::text[], :queue_ids::bigint[], :agent_ids::bigint[],
              :are_over::boolean[]) AS given (id, interaction_id, state, queue_id, agent_id, is_over)
  JOIN conversation current ON current.tenant_id = :tenant_id AND current.id = given.id
) AS moved
WHERE conversation.tenant_id = :tenant_id AND conversation.id = moved.id;

-- name: list_names
-- Names of agents and queues by id; ids are unique over both.
SELECT id, name FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
UNION ALL SELECT id, name FROM queue WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]);
