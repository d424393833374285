-- entries: the hot path ------------------------------------------------------------------------------

-- name: lock_conversations
-- The heads of these conversations, locked in the order of their ids so that two batches never wait in a ring.
SELECT id, inbox_id, contact_id, state, head_seq, contact_seq, agent_seq, ended_seq, interaction_id, interaction_state,
       queue_id, agent_id, waiting_since_ms, resolved_at_ms, locale
FROM conversation WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
ORDER BY id FOR NO KEY UPDATE;

-- name: write_entries
-- Entries of one batch, numbered behind the heads. The function (ucc/sql) says what it writes when the caller has not
-- judged; a known external id breaks it.
SELECT conversation_id, base_seq, interaction_id, queue_id, is_answered, is_waiting, is_changed, is_turned
FROM write_entries(:tenant_id, :is_judged, :now_ms, :heads, :items);

-- name: tidy_search$
-- New search terms taken into the index (all tenants: they share it).
SELECT tidy_search();

-- name: list_known
-- Where the messages stand whose ids are known already.
SELECT e.conversation_id, e.seq, e.inbox_id, e.external_id
FROM unnest(:inbox_ids::bigint[], :external_ids::text[]) AS wanted (inbox_id, external_id)
JOIN entry e ON e.tenant_id = :tenant_id AND e.inbox_id = wanted.inbox_id AND e.external_id = wanted.external_id;

-- name: read_stored_entries
-- Entries by place, for answers to repeated writes.
SELECT entry.conversation_id, entry.seq, entry.id, entry.kind, entry.author, entry.user_id, entry.external_id,
  entry.interaction_id, entry.text, entry.body, entry.at_ms, app_user.name AS user_name
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

-- name: read_spare_interaction^
-- Work kept ready for the case that the present one is over by the time a message is judged.
SELECT id, audience FROM interaction
WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND state = 'new' AND bond IS NULL AND id <> :interaction_id
ORDER BY id DESC LIMIT 1;

-- name: head_for_new_work!
-- The conversation's work is this new interaction.
UPDATE conversation SET interaction_id = :interaction_id, interaction_state = 'new', queue_id = :queue_id, agent_id = NULL,
  answered_by = NULL
WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_work_facts^
-- What new work of a conversation needs to know: its queue, who had it last, whose contact it is, how urgent, which
-- language, which callback the contact awaits. A queue for the blocked is where work was sent, not where the conversation belongs.
SELECT conversation.contact_id, conversation.channel, queue.id AS queue_id, conversation.context, contact.is_vip, contact.is_blocked,
       contact.phone, coalesce(inbox.hours_id, queue.hours_id) AS hours_id,
       EXISTS (SELECT FROM audience WHERE audience.tenant_id = :tenant_id AND audience.priority IS NOT NULL) AS asks_audiences,
       (SELECT interaction.created_at_ms FROM interaction WHERE interaction.tenant_id = :tenant_id
          AND interaction.id = conversation.interaction_id) AS arrived_at_ms,
       (SELECT other.interaction_id FROM conversation AS other WHERE other.tenant_id = :tenant_id
          AND other.contact_id = conversation.contact_id AND other.id <> conversation.id
          AND other.interaction_state = ANY(:in_hand::text[])
        ORDER BY other.last_at_ms DESC LIMIT 1) AS linked_id,
       (SELECT interaction.id FROM interaction WHERE interaction.tenant_id = :tenant_id
          AND interaction.contact_id = conversation.contact_id AND interaction.exit = 'callback'
          AND interaction.state IN ('queued', 'offered', 'scheduled', 'connecting')
        ORDER BY interaction.created_at_ms, interaction.id LIMIT 1) AS awaited_id,
       (SELECT interaction.agent_id FROM interaction JOIN app_user ON app_user.tenant_id = interaction.tenant_id
          AND app_user.id = interaction.agent_id AND app_user.is_active
        WHERE interaction.tenant_id = :tenant_id AND interaction.conversation_id = conversation.id
          AND interaction.answered_at_ms IS NOT NULL AND interaction.bond IS NULL
        ORDER BY interaction.id DESC LIMIT 1) AS last_agent_id,
       (SELECT app_user.id FROM app_user WHERE app_user.tenant_id = :tenant_id
          AND app_user.id = contact.owner_id AND app_user.is_active) AS owner_id
FROM conversation
JOIN inbox ON inbox.tenant_id = conversation.tenant_id AND inbox.id = conversation.inbox_id
JOIN contact ON contact.tenant_id = conversation.tenant_id AND contact.id = conversation.contact_id
JOIN queue ON queue.tenant_id = conversation.tenant_id AND queue.id = CASE
  WHEN EXISTS (SELECT FROM queue AS other WHERE other.tenant_id = :tenant_id
               AND other.blocked_queue_id = conversation.queue_id) THEN inbox.queue_id
  ELSE coalesce(conversation.queue_id, inbox.queue_id) END
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
SELECT queue.id, queue.name, queue.tells_position,
       coalesce(sla_policy.first_response_s, sla_policy.answer_s) AS first_response_s, sla_policy.next_response_s,
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

-- name: lock_start!
-- Copies of one start wait for the first of them.
SELECT pg_advisory_xact_lock(hashtextextended(:external_id::text, :tenant_id::bigint));

-- name: read_started^
-- The conversation that a start with this id made before.
SELECT entry.conversation_id, entry.at_ms, entry.author, entry.text, conversation.contact_id
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

-- name: lock_visitor^
-- The session, locked before its conversations; its contact may have been merged since the socket opened.
SELECT conversation_id, contact_id FROM visitor WHERE tenant_id = :tenant_id AND id = :id FOR UPDATE;

-- name: bind_visitor!
-- The session goes on in another conversation of the same contact.
UPDATE visitor SET conversation_id = :conversation_id WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_visitor_conversation^
-- What a visitor may know of their conversation.
SELECT conversation.id, conversation.state, conversation.head_seq, conversation.interaction_id,
       conversation.interaction_state, conversation.queue_id, conversation.agent_read_seq, conversation.contact_id,
       conversation.contact_seq, conversation.context, app_user.name AS agent_name,
       ARRAY(SELECT u.name FROM interaction s JOIN app_user u ON u.tenant_id = s.tenant_id AND u.id = s.agent_id
             WHERE s.tenant_id = conversation.tenant_id AND s.conversation_id = conversation.id AND s.bond = 'seat'
               AND s.state NOT IN ('closed', 'abandoned', 'cancelled', 'failed') ORDER BY s.id) AS seat_names,
       queue.name AS queue_name,
       inbox.hours_id, inbox.settings, interaction.is_reopened, interaction.exit, interaction.callback_to,
       CASE WHEN interaction.state = 'scheduled' THEN interaction.until_ms END AS due_ms
FROM conversation
JOIN inbox ON inbox.tenant_id = conversation.tenant_id AND inbox.id = conversation.inbox_id
LEFT JOIN app_user ON app_user.tenant_id = conversation.tenant_id AND app_user.id = conversation.agent_id
LEFT JOIN queue ON queue.tenant_id = conversation.tenant_id AND queue.id = conversation.queue_id
LEFT JOIN interaction ON interaction.tenant_id = conversation.tenant_id AND interaction.id = conversation.interaction_id
WHERE conversation.tenant_id = :tenant_id AND conversation.id = :id;

-- name: read_conversation_of_work$
-- The conversation that work is done on.
SELECT conversation_id FROM interaction WHERE tenant_id = :tenant_id AND id = :interaction_id;

-- name: merge_context!
-- Facts about the visitor's side: page, rating; given keys replace old ones.
UPDATE conversation SET context = context || :context WHERE tenant_id = :tenant_id AND id = :id;

-- name: mark_ending^
-- An ending was asked for while the contact's last message was this one; a later one revives the work.
UPDATE conversation SET ended_seq = greatest(ended_seq, contact_seq)
WHERE tenant_id = :tenant_id AND id = :id
RETURNING interaction_id, interaction_state;

-- name: read_entries_after
-- The log of a conversation from behind a number, oldest first.
SELECT entry.conversation_id, entry.seq, entry.id, entry.kind, entry.author, entry.user_id, entry.external_id,
  entry.interaction_id, entry.text, entry.body, entry.at_ms, app_user.name AS user_name
FROM entry
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id
WHERE entry.tenant_id = :tenant_id AND entry.conversation_id = :conversation_id AND entry.seq > :seq
ORDER BY entry.seq LIMIT :limit;

-- name: read_entries_before
-- The log of a conversation up to before a number, newest first.
SELECT entry.conversation_id, entry.seq, entry.id, entry.kind, entry.author, entry.user_id, entry.external_id,
  entry.interaction_id, entry.text, entry.body, entry.at_ms, app_user.name AS user_name
FROM entry
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id
WHERE entry.tenant_id = :tenant_id AND entry.conversation_id = :conversation_id AND entry.seq < :seq
ORDER BY entry.seq DESC LIMIT :limit;

-- transfers ---------------------------------------------------------------------------------------------

-- name: keep_transfer_note!
-- What is left for whoever gets a transfer; notes a crash left behind in this conversation go.
WITH lost AS (
  DELETE FROM transfer_note USING interaction
  WHERE transfer_note.tenant_id = :tenant_id AND transfer_note.conversation_id = :conversation_id
    AND interaction.tenant_id = :tenant_id AND interaction.id = transfer_note.interaction_id
    AND interaction.state = 'cancelled'
)
INSERT INTO transfer_note (tenant_id, interaction_id, conversation_id, user_id, text)
VALUES (:tenant_id, :interaction_id, :conversation_id, :user_id, :text);

-- name: drop_transfer_note!
-- The transfer is not: its note goes.
DELETE FROM transfer_note WHERE tenant_id = :tenant_id AND interaction_id = :interaction_id;

-- heads and lists ---------------------------------------------------------------------------------------

-- name: read_conversations
-- Heads as lists and threads show them.
SELECT c.id, c.inbox_id, c.channel, c.contact_id, c.state, c.snoozed_until_ms, c.head_seq, c.queue_id, c.agent_id,
       c.contact_seq, c.agent_seq, c.contact_read_seq, c.contact_delivered_seq, c.agent_read_seq, c.waiting_since_ms,
       c.due_at_ms, c.last_at_ms, c.last_text, c.last_author, c.locale, c.context, c.disposition_id, c.created_at_ms,
       c.resolved_at_ms, contact.name AS contact_name, contact.is_vip AS contact_is_vip, queue.name AS queue_name,
       app_user.name AS agent_name, to_jsonb(interaction) AS interaction,
       CASE WHEN c.waiting_since_ms IS NULL THEN NULL
            WHEN c.agent_seq = 0 THEN coalesce(sla_policy.first_response_s, sla_policy.answer_s)
            ELSE sla_policy.next_response_s END AS target_s,
       (SELECT coalesce(jsonb_agg(a), '[]') FROM (
          SELECT clock, kind, max(at_ms) AS at_ms FROM sla_alert
          WHERE sla_alert.tenant_id = c.tenant_id AND sla_alert.interaction_id = c.interaction_id
          GROUP BY clock, kind ORDER BY 3) AS a) AS sla_alerts,
       (SELECT coalesce(jsonb_agg(b), '[]') FROM (
          SELECT i.id AS interaction_id, i.bond, i.state, u.id AS agent_id, u.name AS agent_name, q.name AS queue_name,
                 i.asked_by, a.name AS asked_by_name, i.until_ms,
                 coalesce(i.answered_at_ms, i.queued_at_ms, i.created_at_ms) AS since_ms
          FROM interaction i
          LEFT JOIN app_user u ON u.tenant_id = i.tenant_id AND u.id = coalesce(i.agent_id, (
            SELECT o.agent_id FROM offer o WHERE o.tenant_id = i.tenant_id AND o.interaction_id = i.id
              AND o.state = 'ringing' LIMIT 1))
          LEFT JOIN app_user a ON a.tenant_id = i.tenant_id AND a.id = i.asked_by
          LEFT JOIN queue q ON q.tenant_id = i.tenant_id AND q.id = i.queue_id
          WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id AND i.bond IS NOT NULL AND i.state <> 'new'
            AND i.state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')
          ORDER BY i.id) AS b) AS bonded,
       (SELECT coalesce(jsonb_agg(w), '[]') FROM (
          SELECT i.id AS interaction_id, i.agent_id, i.ended_at_ms, i.wrap_up_until_ms AS until_ms
          FROM interaction i
          WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id AND i.state = 'wrapping'
            AND i.id IS DISTINCT FROM c.interaction_id
          ORDER BY i.id) AS w) AS wrap_ups,
       (SELECT coalesce(jsonb_agg(l), '[]') FROM (
          SELECT o.id AS conversation_id, o.channel, o.interaction_state AS state, q.name AS queue_name, o.agent_id,
                 u.name AS agent_name
          FROM conversation o
          LEFT JOIN queue q ON q.tenant_id = o.tenant_id AND q.id = o.queue_id
          LEFT JOIN app_user u ON u.tenant_id = o.tenant_id AND u.id = o.agent_id
          WHERE o.tenant_id = c.tenant_id AND o.contact_id = c.contact_id AND o.id <> c.id
            AND o.interaction_state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')
          ORDER BY o.last_at_ms DESC LIMIT 5) AS l) AS linked,
       (SELECT count(*)::int FROM entry WHERE entry.tenant_id = c.tenant_id AND entry.conversation_id = c.id
          AND entry.seq > c.agent_read_seq AND entry.author = 'contact') AS unread,
       ARRAY(SELECT tag_id FROM conversation_tag t WHERE t.tenant_id = c.tenant_id AND t.conversation_id = c.id
             ORDER BY tag_id) AS tag_ids,
       EXISTS (SELECT FROM visitor v WHERE v.tenant_id = c.tenant_id AND v.conversation_id = c.id AND v.is_online
               AND v.seen_at_ms > :online_ms) AS is_contact_online
FROM conversation c
JOIN contact ON contact.tenant_id = c.tenant_id AND contact.id = c.contact_id
LEFT JOIN queue ON queue.tenant_id = c.tenant_id AND queue.id = c.queue_id
LEFT JOIN sla_policy ON sla_policy.tenant_id = c.tenant_id AND sla_policy.id = queue.sla_policy_id
LEFT JOIN app_user ON app_user.tenant_id = c.tenant_id AND app_user.id = c.agent_id
LEFT JOIN interaction ON interaction.tenant_id = c.tenant_id AND interaction.id = c.interaction_id
WHERE c.tenant_id = :tenant_id AND c.id = ANY(:ids::bigint[]);

-- name: list_linked
-- Conversations with live work of the same contacts as these.
SELECT o.id FROM conversation c JOIN conversation o ON o.tenant_id = c.tenant_id AND o.contact_id = c.contact_id
  AND o.id <> c.id AND o.interaction_state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')
WHERE c.tenant_id = :tenant_id AND c.id = ANY(:ids::bigint[]) ORDER BY o.id LIMIT :limit;

-- name: list_served_queues
-- Queues whose requirement this user's skills meet.
SELECT id FROM queue WHERE tenant_id = :tenant_id AND is_active
  AND EXISTS (SELECT FROM app_user WHERE app_user.tenant_id = :tenant_id AND app_user.id = :user_id)
  AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(requirement) AS asked
    WHERE NOT EXISTS (SELECT FROM agent_skill WHERE agent_skill.tenant_id = :tenant_id
                      AND agent_skill.agent_id = :user_id AND agent_skill.skill_id = (asked->>0)::bigint
                      AND agent_skill.level >= (asked->>1)::int));

-- name: list_readable
-- Which of these conversations a user may read: own, handled before, of queues they serve, or mentioned in; and while a
-- consult or a seat of theirs lives.
SELECT c.id FROM conversation c
WHERE c.tenant_id = :tenant_id AND c.id = ANY(:ids::bigint[]) AND (
  :is_everything::boolean OR c.agent_id = :user_id OR c.queue_id = ANY(:queue_ids::bigint[])
  OR EXISTS (SELECT FROM interaction i WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id
             AND i.agent_id = :user_id
             AND (i.bond IS NULL OR i.state NOT IN ('closed', 'abandoned', 'cancelled', 'failed')))
  OR EXISTS (SELECT FROM offer o JOIN interaction i ON i.tenant_id = o.tenant_id AND i.id = o.interaction_id
             WHERE o.tenant_id = c.tenant_id AND i.conversation_id = c.id AND o.agent_id = :user_id
               AND (o.state = 'ringing' OR o.state = 'accepted' AND i.bond IS NULL))
  OR EXISTS (SELECT FROM mention m WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id
             AND m.user_id = :user_id));

-- name: may_answer$
-- Whom a user answers the contact for: the agent who has the conversation, who is the user, or beside whom the user has a
-- seat in the conference. Nothing comes back of somebody who may not.
SELECT c.agent_id FROM conversation c WHERE c.tenant_id = :tenant_id AND c.id = :id AND c.agent_id IS NOT NULL
  AND (c.agent_id = :user_id OR EXISTS (
    SELECT FROM interaction i WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.id AND i.agent_id = :user_id
      AND i.bond = 'seat' AND i.state = 'active'));

-- name: read_holder$
-- The agent in whose hands the conversation is.
SELECT agent_id FROM conversation WHERE tenant_id = :tenant_id AND id = :id;

-- name: count_views^
-- How many conversations stand in each view of a user.
SELECT
  (SELECT count(*) FROM interaction i WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id
     AND i.conversation_id IS NOT NULL
     AND i.state IN ('connecting', 'active', 'held', 'in_flow', 'interrupted', 'parked', 'wrapping'))::int AS mine,
  (SELECT count(*) FROM interaction i JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
   WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id AND i.bond IS DISTINCT FROM 'consult'
     AND i.state IN ('connecting', 'active', 'held', 'in_flow', 'interrupted')
     AND c.waiting_since_ms IS NOT NULL)::int AS working,
  (SELECT count(*) FROM interaction i JOIN conversation c ON c.tenant_id = i.tenant_id AND c.id = i.conversation_id
   WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id AND i.bond IS DISTINCT FROM 'consult'
     AND i.state IN ('connecting', 'active', 'held', 'in_flow', 'interrupted')
     AND c.waiting_since_ms IS NULL)::int AS waiting_on_contact,
  (SELECT count(*) FROM interaction i WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id
     AND i.conversation_id IS NOT NULL AND i.state = 'wrapping')::int AS wrap_up,
  (SELECT count(*) FROM interaction i WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id
     AND i.conversation_id IS NOT NULL AND i.state = 'parked')::int AS parked,
  (SELECT count(DISTINCT m.conversation_id) FROM mention m
   WHERE m.tenant_id = :tenant_id AND m.user_id = :user_id AND m.seen_at_ms IS NULL)::int AS mentions,
  (SELECT count(*) FROM conversation c WHERE c.tenant_id = :tenant_id AND c.agent_id IS NULL
     AND c.state IN ('open', 'pending') AND c.interaction_state IN ('new', 'queued', 'offered', 'failed')
     AND (:is_everything::boolean OR c.queue_id = ANY(:queue_ids::bigint[])))::int AS unassigned,
  (SELECT count(*) FROM conversation c WHERE c.tenant_id = :tenant_id AND c.queue_id = ANY(:queue_ids::bigint[])
     AND c.state IN ('open', 'pending', 'snoozed'))::int AS my_queues,
  (SELECT count(*) FROM conversation c WHERE c.tenant_id = :tenant_id AND c.interaction_state = 'abandoned'
     AND c.last_at_ms > :since_ms AND (:is_everything::boolean OR c.queue_id = ANY(:queue_ids::bigint[])))::int AS missed,
  (SELECT count(*) FROM conversation c WHERE c.tenant_id = :tenant_id AND c.state IN ('open', 'pending', 'snoozed')
     AND (:is_everything::boolean OR c.agent_id = :user_id OR c.queue_id = ANY(:queue_ids::bigint[])))::int AS open;

-- name: list_own
-- A user's work in some states, contacts who wait first by their deadline, then by last activity.
SELECT c.id, (c.waiting_since_ms IS NULL)::int AS grp, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms) AS key
FROM conversation c
WHERE c.tenant_id = :tenant_id AND c.id IN (
  SELECT i.conversation_id FROM interaction i
  WHERE i.tenant_id = :tenant_id AND i.agent_id = :user_id AND i.state = ANY(:works::text[])
    -- Whoever is asked for advice owes the contact nothing.
    AND (:is_waiting::boolean IS NULL OR i.bond IS DISTINCT FROM 'consult'))
  AND (:tag_id::bigint IS NULL OR EXISTS (SELECT FROM conversation_tag t WHERE t.tenant_id = c.tenant_id
       AND t.conversation_id = c.id AND t.tag_id = :tag_id))
  AND (NOT :is_vip::boolean OR EXISTS (SELECT FROM contact v WHERE v.tenant_id = c.tenant_id AND v.id = c.contact_id
       AND v.is_vip) OR EXISTS (SELECT FROM interaction w WHERE w.tenant_id = c.tenant_id AND w.id = c.interaction_id
       AND w.priority = 9)) -- VIP by an audience
  AND (:is_waiting::boolean IS NULL OR (c.waiting_since_ms IS NOT NULL) = :is_waiting)
  AND (:queue_id::bigint IS NULL OR c.queue_id = :queue_id)
  AND ((c.waiting_since_ms IS NULL)::int, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms), c.id)
      > (:grp::int, :key::bigint, :id::bigint)
ORDER BY 2, 3, 1 LIMIT :limit;

-- name: list_mentioned
-- Conversations with a mention of the user they have not seen.
SELECT c.id, (c.waiting_since_ms IS NULL)::int AS grp, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms) AS key
FROM conversation c
WHERE c.tenant_id = :tenant_id AND c.id IN (
  SELECT m.conversation_id FROM mention m
  WHERE m.tenant_id = :tenant_id AND m.user_id = :user_id AND m.seen_at_ms IS NULL)
  AND (:queue_id::bigint IS NULL OR c.queue_id = :queue_id)
  AND (:tag_id::bigint IS NULL OR EXISTS (SELECT FROM conversation_tag t WHERE t.tenant_id = c.tenant_id
       AND t.conversation_id = c.id AND t.tag_id = :tag_id))
  AND (NOT :is_vip::boolean OR EXISTS (SELECT FROM contact v WHERE v.tenant_id = c.tenant_id AND v.id = c.contact_id
       AND v.is_vip) OR EXISTS (SELECT FROM interaction w WHERE w.tenant_id = c.tenant_id AND w.id = c.interaction_id
       AND w.priority = 9)) -- VIP by an audience
  AND ((c.waiting_since_ms IS NULL)::int, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms), c.id)
      > (:grp::int, :key::bigint, :id::bigint)
ORDER BY 2, 3, 1 LIMIT :limit;

-- name: list_conversations
-- Conversations by their states, their work's states and their queue, as far as the user sees them.
SELECT c.id, (c.waiting_since_ms IS NULL)::int AS grp, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms) AS key
FROM conversation c
WHERE c.tenant_id = :tenant_id
  AND (c.state = ANY(:states::text[]) OR c.last_at_ms > :since_ms::bigint)
  AND (:works::text[] IS NULL OR c.interaction_state = ANY(:works))
  AND (NOT :is_unassigned::boolean OR c.agent_id IS NULL)
  AND (:queue_id::bigint IS NULL OR c.queue_id = :queue_id)
  AND (:tag_id::bigint IS NULL OR EXISTS (SELECT FROM conversation_tag t WHERE t.tenant_id = c.tenant_id
       AND t.conversation_id = c.id AND t.tag_id = :tag_id))
  AND (NOT :is_vip::boolean OR EXISTS (SELECT FROM contact v WHERE v.tenant_id = c.tenant_id AND v.id = c.contact_id
       AND v.is_vip) OR EXISTS (SELECT FROM interaction w WHERE w.tenant_id = c.tenant_id AND w.id = c.interaction_id
       AND w.priority = 9)) -- VIP by an audience
  AND (:within::bigint[] IS NULL OR c.queue_id = ANY(:within))
  AND (:is_everything::boolean OR c.agent_id = :user_id OR c.queue_id = ANY(:queue_ids::bigint[]))
  AND ((c.waiting_since_ms IS NULL)::int, coalesce(c.due_at_ms, c.waiting_since_ms + :late_ms, -c.last_at_ms), c.id)
      > (:grp::int, :key::bigint, :id::bigint)
ORDER BY 2, 3, 1 LIMIT :limit;

-- name: find_conversations
-- Conversations with an entry or a contact's name that holds the words, newest first.
SELECT c.id, 0 AS grp, -c.last_at_ms AS key
FROM conversation c JOIN contact ON contact.tenant_id = c.tenant_id AND contact.id = c.contact_id
WHERE c.tenant_id = :tenant_id
  AND (:queue_id::bigint IS NULL OR c.queue_id = :queue_id)
  AND (:tag_id::bigint IS NULL OR EXISTS (SELECT FROM conversation_tag t WHERE t.tenant_id = c.tenant_id
       AND t.conversation_id = c.id AND t.tag_id = :tag_id))
  AND (NOT :is_vip::boolean OR EXISTS (SELECT FROM contact v WHERE v.tenant_id = c.tenant_id AND v.id = c.contact_id
       AND v.is_vip) OR EXISTS (SELECT FROM interaction w WHERE w.tenant_id = c.tenant_id AND w.id = c.interaction_id
       AND w.priority = 9)) -- VIP by an audience
  AND (:is_everything::boolean OR c.agent_id = :user_id OR c.queue_id = ANY(:queue_ids::bigint[]))
  AND (contact.name ILIKE :pattern OR c.id IN (
    SELECT t.conversation_id FROM find_entry_terms(:terms::tsquery) AS t WHERE t.text ILIKE :pattern))
  AND (0, -c.last_at_ms, c.id) > (:grp::int, :key::bigint, :id::bigint)
ORDER BY 3, 1 LIMIT :limit;

-- name: find_entries
-- Entries that hold the words, newest first, in conversations the user sees.
SELECT entry.conversation_id, entry.seq, entry.id, entry.kind, entry.author, entry.user_id, entry.external_id,
  entry.interaction_id, entry.text, entry.body, entry.at_ms, app_user.name AS user_name
FROM find_entry_terms(:terms::tsquery) AS t
JOIN entry ON entry.tenant_id = :tenant_id AND entry.conversation_id = t.conversation_id AND entry.seq = t.seq
JOIN conversation c ON c.tenant_id = entry.tenant_id AND c.id = entry.conversation_id
LEFT JOIN app_user ON app_user.tenant_id = entry.tenant_id AND app_user.id = entry.user_id
WHERE t.text ILIKE :pattern
  AND (:is_everything::boolean OR c.agent_id = :user_id OR c.queue_id = ANY(:queue_ids::bigint[]))
ORDER BY entry.at_ms DESC LIMIT :limit;

-- name: list_interactions
-- Stretches of work on a conversation, newest first.
SELECT * FROM interaction WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
  AND (:before_id::bigint IS NULL OR id < :before_id) ORDER BY id DESC LIMIT :limit;

-- name: count_handled_by_hour
-- A user's chats that ended since a moment, by the hours passed since then, and how long they were in hand.
SELECT ((ended_at_ms - :since_ms) / 3600000)::int AS hour, count(*)::int AS handled,
       sum(ended_at_ms - answered_at_ms)::bigint AS in_hand_ms
FROM interaction
WHERE tenant_id = :tenant_id AND agent_id = :user_id AND ended_at_ms >= :since_ms AND answered_at_ms IS NOT NULL
  AND bond IS NULL
GROUP BY 1 ORDER BY 1;

-- name: raise_marks
-- Move read and delivered marks forward, never beyond the last entry; gives those that moved.
UPDATE conversation c SET
  contact_read_seq = greatest(c.contact_read_seq, least(m.contact_read, c.head_seq)),
  contact_delivered_seq = greatest(c.contact_delivered_seq, least(m.contact_delivered, c.head_seq)),
  agent_read_seq = greatest(c.agent_read_seq, least(m.agent_read, c.head_seq))
FROM unnest(:ids::bigint[], :contact_read::int[], :contact_delivered::int[], :agent_read::int[])
  AS m (id, contact_read, contact_delivered, agent_read)
WHERE c.tenant_id = :tenant_id AND c.id = m.id AND (
  least(m.contact_read, c.head_seq) > c.contact_read_seq
  OR least(m.contact_delivered, c.head_seq) > c.contact_delivered_seq
  OR least(m.agent_read, c.head_seq) > c.agent_read_seq)
RETURNING c.id, c.contact_read_seq, c.contact_delivered_seq, c.agent_read_seq;

-- name: list_drafts
-- What a user left in the composer of a conversation.
SELECT kind, text, updated_at_ms FROM draft
WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND user_id = :user_id ORDER BY kind;

-- name: keep_draft!
-- Keep what is in the composer.
INSERT INTO draft (tenant_id, conversation_id, user_id, kind, text, updated_at_ms)
VALUES (:tenant_id, :conversation_id, :user_id, :kind, :text, :now_ms)
ON CONFLICT (tenant_id, conversation_id, user_id, kind)
  DO UPDATE SET text = excluded.text, updated_at_ms = excluded.updated_at_ms;

-- name: drop_draft!
-- The composer is empty.
DELETE FROM draft WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND user_id = :user_id AND kind = :kind;

-- acts of agents -----------------------------------------------------------------------------------------

-- name: list_users
-- Which of these users exist.
SELECT id FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]) AND is_active;

-- name: add_mentions!
-- Colleagues named in a note.
INSERT INTO mention (tenant_id, user_id, conversation_id, seq, at_ms)
SELECT :tenant_id, user_id, :conversation_id, :seq, :now_ms FROM unnest(:user_ids::bigint[]) AS named (user_id)
ON CONFLICT DO NOTHING;

-- name: see_mentions!
-- A user read the conversation up to this number.
UPDATE mention SET seen_at_ms = :now_ms
WHERE tenant_id = :tenant_id AND user_id = :user_id AND conversation_id = :conversation_id AND seq <= :seq
  AND seen_at_ms IS NULL;

-- name: lock_conversation^
-- One head, locked.
SELECT id, state, contact_id, inbox_id, contact_seq, interaction_id, interaction_state, queue_id, agent_id, last_text,
       snoozed_until_ms
FROM conversation WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE;

-- name: change_state!
-- A person changed the state of a conversation.
UPDATE conversation SET state = :state, snoozed_until_ms = :snoozed_until_ms,
  resolved_at_ms = CASE WHEN :state::text IN ('resolved', 'spam') THEN coalesce(resolved_at_ms, :now_ms::bigint) END,
  waiting_since_ms = CASE WHEN :state::text IN ('resolved', 'spam') THEN NULL ELSE waiting_since_ms END,
  due_at_ms = CASE WHEN :state::text IN ('resolved', 'spam') THEN NULL ELSE due_at_ms END
WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_tags!
-- Take away all tags but these.
DELETE FROM conversation_tag
WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND NOT tag_id = ANY(:tag_ids::bigint[]);

-- name: lock_tags
-- Which of these tags exist; they stay until the commit.
SELECT id FROM tag WHERE tenant_id = :tenant_id AND id = ANY(:tag_ids::bigint[]) ORDER BY id FOR KEY SHARE;

-- name: add_tags!
-- Put on these tags.
INSERT INTO conversation_tag (tenant_id, conversation_id, tag_id)
SELECT :tenant_id, :conversation_id, tag_id FROM unnest(:tag_ids::bigint[]) AS given (tag_id)
ON CONFLICT DO NOTHING;

-- name: next_wake_ms$
-- When the next snoozed conversation wakes (all tenants: one timer; row-level policy every_tenant_snoozed).
SELECT min(snoozed_until_ms) FROM conversation WHERE state = 'snoozed';

-- name: list_due_snoozes
-- Snoozed conversations whose time has come (all tenants: one timer; row-level policy every_tenant_snoozed).
SELECT tenant_id, id FROM conversation
WHERE state = 'snoozed' AND snoozed_until_ms <= :now_ms ORDER BY snoozed_until_ms LIMIT 200;

-- name: wake_conversations
-- Open again what was snoozed, once.
UPDATE conversation SET state = 'open', snoozed_until_ms = NULL
WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]) AND state = 'snoozed' AND snoozed_until_ms <= :now_ms
RETURNING id;

-- streams and visitors' presence --------------------------------------------------------------------------

-- name: list_heads
-- The last entry's number of conversations.
SELECT id, head_seq AS seq FROM conversation WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]);

-- name: list_agent_heads
-- The last event's number of agents' streams; 0 for an agent nothing happened to.
SELECT wanted.id, coalesce(agent_stream.head_seq, 0) AS seq FROM unnest(:ids::bigint[]) AS wanted (id)
LEFT JOIN agent_stream ON agent_stream.tenant_id = :tenant_id AND agent_stream.agent_id = wanted.id;

-- name: read_events_after
-- An agent's stream from behind a number, oldest first.
SELECT seq, event FROM agent_event
WHERE tenant_id = :tenant_id AND agent_id = :agent_id AND seq > :seq ORDER BY seq LIMIT :limit;

-- name: move_visitors
-- Visitors came or went; says whether that changed whether anybody of the conversation is there.
WITH given AS (
  SELECT v.id, v.conversation_id, v.is_online AS was_online, g.is_online
  FROM unnest(:ids::bigint[], :are_online::boolean[]) AS g (id, is_online)
  JOIN visitor v ON v.tenant_id = :tenant_id AND v.id = g.id
  ORDER BY v.id FOR UPDATE OF v
), moved AS (
  UPDATE visitor SET is_online = given.is_online,
    seen_at_ms = CASE WHEN given.is_online THEN :now_ms ELSE visitor.seen_at_ms END
  FROM given WHERE visitor.tenant_id = :tenant_id AND visitor.id = given.id
)
SELECT given.conversation_id, given.is_online,
       given.was_online <> given.is_online AND NOT EXISTS (
         SELECT FROM visitor other WHERE other.tenant_id = :tenant_id AND other.conversation_id = given.conversation_id
         AND other.id <> given.id AND other.is_online AND other.seen_at_ms > :online_ms) AS is_changed
FROM given;

-- name: list_live_work
-- The work of these conversations that is not over and whose contact matters to it.
SELECT id, interaction_id FROM conversation
WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[])
  AND interaction_state IN ('new', 'queued', 'offered', 'connecting', 'scheduled', 'active', 'held', 'in_flow',
                            'interrupted', 'parked')
ORDER BY id;

-- name: list_unreported
-- Visitors said to be online whom no node reports any more (all tenants: a node dies for every tenant at once).
SELECT tenant_id, id FROM visitor WHERE is_online AND seen_at_ms < :before_ms ORDER BY seen_at_ms LIMIT :limit;

-- the widget before the first word ------------------------------------------------------------------------

-- name: read_reception^
-- Who is on queue and could serve this queue, and how long contacts of this queue waited for an answer, typically.
SELECT ARRAY(
    SELECT app_user.name FROM presence
    JOIN app_user ON app_user.tenant_id = presence.tenant_id AND app_user.id = presence.agent_id AND app_user.is_active
    JOIN queue ON queue.tenant_id = presence.tenant_id AND queue.id = :queue_id
    WHERE presence.tenant_id = :tenant_id AND presence.session <> 'offline' AND presence.status = 'on_queue'
      AND NOT presence.is_blocked AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(queue.requirement) AS asked
        WHERE NOT EXISTS (SELECT FROM agent_skill WHERE agent_skill.tenant_id = :tenant_id
                          AND agent_skill.agent_id = presence.agent_id AND agent_skill.skill_id = (asked->>0)::bigint
                          AND agent_skill.level >= (asked->>1)::int))
    ORDER BY presence.since_ms LIMIT :team_max) AS team,
  (SELECT (percentile_disc(0.5) WITHIN GROUP (ORDER BY answered_at_ms - queued_at_ms) / 1000)::int
   FROM (SELECT answered_at_ms, queued_at_ms FROM interaction
         WHERE tenant_id = :tenant_id AND queue_id = :queue_id AND answered_at_ms > :since_ms AND queued_at_ms IS NOT NULL
           AND bond IS NULL
         ORDER BY id DESC LIMIT 200) AS recent) AS reply_s;

-- name: list_of_contact
-- A contact's conversations, newest first.
SELECT id FROM conversation
WHERE tenant_id = :tenant_id AND contact_id = :contact_id AND (:before::bigint IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit;

-- files -----------------------------------------------------------------------------------------------------

-- name: add_attachment!
-- A stored file, not yet used by an entry.
INSERT INTO attachment (tenant_id, id, conversation_id, key, name, media_type, size_bytes, width, height, by_user_id,
                        by_visitor, created_at_ms)
VALUES (:tenant_id, :id, :conversation_id, :key, :name, :media_type, :size_bytes, :width, :height, :by_user_id,
        :by_visitor, :now_ms);

-- name: sum_attachments$
-- How much a visitor has stored.
SELECT coalesce(sum(size_bytes), 0)::bigint FROM attachment WHERE tenant_id = :tenant_id AND by_visitor = :visitor_id;

-- name: read_attachment^
-- A file by its random name, with what signed its address (all tenants: the signature is checked next; row-level
-- policies every_tenant_read).
SELECT attachment.name, attachment.media_type, tenant.secret
FROM attachment JOIN tenant ON tenant.tenant_id = attachment.tenant_id WHERE attachment.key = :key;

-- merged contacts -------------------------------------------------------------------------------------------

-- name: move_conversations
-- Every conversation of a contact becomes another's; says which.
UPDATE conversation SET contact_id = :kept_id WHERE tenant_id = :tenant_id AND contact_id = :merged_id RETURNING id;

-- name: hand_over_visitors!
-- The visitors' tokens of a contact follow.
UPDATE visitor SET contact_id = :kept_id WHERE tenant_id = :tenant_id AND contact_id = :merged_id;

-- name: return_conversations!
-- Conversations go back, if they are still where the merge put them.
UPDATE conversation SET contact_id = :merged_id
WHERE tenant_id = :tenant_id AND contact_id = :kept_id AND id = ANY(:ids::bigint[]);

-- name: return_visitors!
-- Tokens of returned conversations follow.
UPDATE visitor SET contact_id = :merged_id
WHERE tenant_id = :tenant_id AND contact_id = :kept_id AND conversation_id = ANY(:ids::bigint[]);
