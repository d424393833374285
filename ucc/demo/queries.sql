-- name: is_seeded$
-- Whether the demo tenant is complete.
SELECT coalesce((settings ->> 'is_seeded')::boolean, false) FROM tenant WHERE tenant_id = :tenant_id;

-- name: mark_seeded!
-- The demo tenant is complete.
UPDATE tenant SET settings = settings || '{"is_seeded": true}' WHERE tenant_id = :tenant_id;

-- name: list_users
-- Users by address.
SELECT id, email FROM app_user WHERE tenant_id = :tenant_id;

-- name: set_user_place!
-- Team, language and capacity of the first admin.
UPDATE app_user SET name = :name, team = :team, locale = :locale WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_tags
-- Tags by name.
SELECT id, name FROM tag WHERE tenant_id = :tenant_id;

-- name: add_tag!
-- A tag, unless there is one of this name.
INSERT INTO tag (tenant_id, id, name, hue) VALUES (:tenant_id, :id, :name, :hue) ON CONFLICT (tenant_id, name) DO NOTHING;

-- name: list_dispositions
-- Outcome codes by name.
SELECT id, name FROM disposition WHERE tenant_id = :tenant_id;

-- name: add_disposition!
-- An outcome code, unless there is one of this name.
INSERT INTO disposition (tenant_id, id, name, position) VALUES (:tenant_id, :id, :name, :position)
ON CONFLICT (tenant_id, name) DO NOTHING;

-- name: count_templates$
-- How many templates there are.
SELECT count(*) FROM template WHERE tenant_id = :tenant_id;

-- name: add_template!
-- A template for everybody.
INSERT INTO template (tenant_id, id, name, shortcut, text, locale)
VALUES (:tenant_id, :id, :name, :shortcut, :text, :locale);

-- name: add_inbox!
-- An inbox with a known key, unless it exists.
INSERT INTO inbox (tenant_id, id, channel, name, key, queue_id, hours_id, settings, secrets)
VALUES (:tenant_id, :id, 'webchat', :name, :key, :queue_id, :hours_id, :settings, :secrets)
ON CONFLICT (key) DO NOTHING;

-- name: inbox_of_key^
-- The inbox of a key.
SELECT id, settings FROM inbox WHERE tenant_id = :tenant_id AND key = :key;

-- name: set_inbox_settings!
-- New settings of an inbox.
UPDATE inbox SET settings = :settings WHERE tenant_id = :tenant_id AND id = :id;

-- name: count_contacts$
-- How many contacts there are.
SELECT count(*) FROM contact WHERE tenant_id = :tenant_id;

-- name: list_contacts
-- Contacts in the order they were made.
SELECT id, name, locale FROM contact WHERE tenant_id = :tenant_id ORDER BY id;

-- name: set_contact_times!
-- When a contact was first met.
UPDATE contact SET created_at_ms = :at_ms, updated_at_ms = :at_ms WHERE tenant_id = :tenant_id AND id = :id;

-- name: touch_contact!
-- A contact was heard of.
UPDATE contact SET updated_at_ms = greatest(updated_at_ms, :at_ms) WHERE tenant_id = :tenant_id AND id = :id;

-- name: count_conversations$
-- How many conversations there are.
SELECT count(*) FROM conversation WHERE tenant_id = :tenant_id;

-- name: list_queues
-- Queues by name.
SELECT id, name FROM queue WHERE tenant_id = :tenant_id;

-- name: add_conversation!
-- A conversation of the past.
INSERT INTO conversation (tenant_id, id, inbox_id, channel, contact_id, thread_key, state, head_seq, interaction_id,
  interaction_state, queue_id, agent_id, contact_seq, agent_seq, contact_read_seq, contact_delivered_seq, agent_read_seq,
  ended_seq, last_at_ms, last_text, last_author, locale, context, disposition_id, created_at_ms, resolved_at_ms)
VALUES (:tenant_id, :id, :inbox_id, 'webchat', :contact_id, :thread_key, 'resolved', :head_seq, :interaction_id,
  :interaction_state, :queue_id, :agent_id, :contact_seq, :agent_seq, :head_seq, :head_seq, :head_seq, :head_seq,
  :last_at_ms, :last_text, :last_author, :locale, :context, :disposition_id, :created_at_ms, :resolved_at_ms);

-- name: add_entry*!
-- One line of a conversation of the past.
INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, user_id, interaction_id, text, body, at_ms,
  terms)
VALUES (:tenant_id, :conversation_id, :seq, :id, :inbox_id, :kind, :author, :user_id, :interaction_id, :text, :body, :at_ms,
  :terms);

-- name: add_interaction!
-- The work a conversation of the past was.
INSERT INTO interaction (tenant_id, id, conversation_id, contact_id, medium, queue_id, state, agent_id, reason, created_at_ms,
  queued_at_ms, answered_at_ms, ended_at_ms, closed_at_ms, disposition_id)
VALUES (:tenant_id, :id, :conversation_id, :contact_id, 'chat', :queue_id, :state, :agent_id, :reason, :created_at_ms,
  :created_at_ms, :answered_at_ms, :ended_at_ms, :closed_at_ms, :disposition_id);

-- name: add_segment*!
-- One interval of handling.
INSERT INTO segment (tenant_id, interaction_id, started_at_ms, agent_id, kind, ended_at_ms)
VALUES (:tenant_id, :interaction_id, :started_at_ms, :agent_id, :kind, :ended_at_ms);

-- name: add_conversation_tags!
-- Tags of a conversation of the past.
INSERT INTO conversation_tag (tenant_id, conversation_id, tag_id)
SELECT :tenant_id, :conversation_id, tag_id FROM unnest(:tag_ids::bigint[]) AS given (tag_id);
