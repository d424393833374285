-- inboxes ------------------------------------------------------------------------------------------------

-- name: list_inboxes
-- Entry points by name.
SELECT * FROM inbox WHERE tenant_id = :tenant_id AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: read_inbox^
-- One entry point.
SELECT * FROM inbox WHERE tenant_id = :tenant_id AND id = :id;

-- name: add_inbox!
-- A new entry point.
INSERT INTO inbox (tenant_id, id, channel, name, key, queue_id, hours_id, settings, secrets, is_active)
VALUES (:tenant_id, :id, :channel, :name, :key, :queue_id, :hours_id, :settings, :secrets, :is_active);

-- name: change_inbox!
-- Write an entry point whole, but for its key, channel and secrets.
UPDATE inbox SET name = :name, queue_id = :queue_id, hours_id = :hours_id, settings = :settings, is_active = :is_active
WHERE tenant_id = :tenant_id AND id = :id;

-- name: change_secrets!
-- New secrets; what the old ones signed is refused from now on.
UPDATE inbox SET secrets = :secrets WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_inbox!
-- Remove an entry point nobody ever wrote to.
DELETE FROM inbox WHERE tenant_id = :tenant_id AND id = :id;

-- templates ----------------------------------------------------------------------------------------------

-- name: list_templates
-- Templates a user sees, by name: everybody's and their own.
SELECT * FROM template WHERE tenant_id = :tenant_id AND (user_id IS NULL OR user_id = :user_id)
  AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: read_template^
-- One template the user sees.
SELECT * FROM template WHERE tenant_id = :tenant_id AND id = :id AND (user_id IS NULL OR user_id = :user_id);

-- name: add_template!
-- A new template.
INSERT INTO template (tenant_id, id, name, shortcut, text, locale, user_id)
VALUES (:tenant_id, :id, :name, :shortcut, :text, :locale, :user_id);

-- name: change_template!
-- Write a template whole.
UPDATE template SET name = :name, shortcut = :shortcut, text = :text, locale = :locale, user_id = :user_id
WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_template!
-- Remove a template.
DELETE FROM template WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_words^
-- What a template may say of a conversation and its contact.
SELECT contact.name AS contact_name, contact.email, contact.phone, contact.attributes, conversation.id,
       conversation.context, queue.name AS queue_name, tenant.name AS tenant_name
FROM conversation
JOIN contact ON contact.tenant_id = conversation.tenant_id AND contact.id = conversation.contact_id
JOIN tenant ON tenant.tenant_id = conversation.tenant_id
LEFT JOIN queue ON queue.tenant_id = conversation.tenant_id AND queue.id = conversation.queue_id
WHERE conversation.tenant_id = :tenant_id AND conversation.id = :id;

-- tags and dispositions ------------------------------------------------------------------------------------

-- name: list_tags
-- Tags by name.
SELECT id, name, hue FROM tag WHERE tenant_id = :tenant_id AND (name, id) > (:after_name::text, :after_id::bigint)
ORDER BY name, id LIMIT :count;

-- name: read_tag^
-- One tag.
SELECT id, name, hue FROM tag WHERE tenant_id = :tenant_id AND id = :id;

-- name: add_tag!
-- A new tag.
INSERT INTO tag (tenant_id, id, name, hue) VALUES (:tenant_id, :id, :name, :hue);

-- name: change_tag!
-- Write a tag whole.
UPDATE tag SET name = :name, hue = :hue WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_tag!
-- Remove a tag, and take it off everything that has it.
DELETE FROM tag WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_dispositions
-- Outcome codes in their order.
SELECT id, name, position, is_active FROM disposition
WHERE tenant_id = :tenant_id AND (position, id) > (:after_position::int, :after_id::bigint)
ORDER BY position, id LIMIT :count;

-- name: read_disposition^
-- One outcome code.
SELECT id, name, position, is_active FROM disposition WHERE tenant_id = :tenant_id AND id = :id;

-- name: add_disposition!
-- A new outcome code.
INSERT INTO disposition (tenant_id, id, name, position, is_active)
VALUES (:tenant_id, :id, :name, :position, :is_active);

-- name: change_disposition!
-- Write an outcome code whole.
UPDATE disposition SET name = :name, position = :position, is_active = :is_active
WHERE tenant_id = :tenant_id AND id = :id;

-- name: is_disposition_used$
-- Whether any work ended with this outcome.
SELECT EXISTS (SELECT FROM interaction WHERE tenant_id = :tenant_id AND disposition_id = :id);

-- name: remove_disposition!
-- Remove an outcome code.
DELETE FROM disposition WHERE tenant_id = :tenant_id AND id = :id;
