-- name: contact_of_identity^
-- The contact an identity belongs to; a merge has to wait until the caller's conversation is stored.
SELECT c.id, c.name, c.email, c.phone, c.locale, c.note, c.attributes
FROM identity i JOIN contact c ON c.tenant_id = i.tenant_id AND c.id = i.contact_id
WHERE i.tenant_id = :tenant_id AND i.channel = :channel AND i.scope = :scope AND i.external_id = :external_id
FOR SHARE OF i;

-- name: add_contact_of_identity!
-- A new identity with its new contact, or nothing when the identity exists: of N in parallel one makes it.
WITH added AS (
  INSERT INTO identity (tenant_id, channel, scope, external_id, contact_id, is_verified, created_at_ms)
  VALUES (:tenant_id, :channel, :scope, :external_id, :id, :is_verified, :now_ms)
  ON CONFLICT (tenant_id, channel, scope, external_id) DO NOTHING RETURNING contact_id
)
INSERT INTO contact (tenant_id, id, name, email, phone, locale, terms, created_at_ms, updated_at_ms)
SELECT :tenant_id, added.contact_id, :name, :email, :phone, :locale, :terms, :now_ms, :now_ms FROM added;

-- name: add_contact!
-- A contact made by hand.
INSERT INTO contact (tenant_id, id, name, email, phone, locale, is_vip, owner_id, attributes, note, terms,
                     created_at_ms, updated_at_ms)
VALUES (:tenant_id, :id, :name, :email, :phone, :locale, :is_vip, :owner_id, :attributes, :note, :terms, :now_ms, :now_ms);

-- name: read_contacts
-- Contacts by id with tags, identities and how many conversations they have.
SELECT c.id, c.name, c.email, c.phone, c.locale, c.is_vip, c.is_blocked, c.owner_id, c.attributes, c.note, c.created_at_ms,
       c.updated_at_ms, c.merged_into,
       (SELECT coalesce(array_agg(t.tag_id ORDER BY t.tag_id), '{}') FROM contact_tag t
        WHERE t.tenant_id = c.tenant_id AND t.contact_id = c.id) AS tag_ids,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('channel', i.channel, 'scope', i.scope,
          'external_id', i.external_id, 'is_verified', i.is_verified) ORDER BY i.created_at_ms, i.external_id), '[]')
        FROM identity i WHERE i.tenant_id = c.tenant_id AND i.contact_id = c.id) AS identities,
       (SELECT count(*) FROM conversation v WHERE v.tenant_id = c.tenant_id AND v.contact_id = c.id) AS conversations
FROM contact c WHERE c.tenant_id = :tenant_id AND c.id = ANY(:ids::bigint[]);

-- name: kept_contact$
-- The contact this one was merged into, followed to its end; itself when it was not.
WITH RECURSIVE step AS (
  SELECT id, merged_into FROM contact WHERE tenant_id = :tenant_id AND id = :id
  UNION ALL
  SELECT c.id, c.merged_into FROM contact c JOIN step ON c.id = step.merged_into WHERE c.tenant_id = :tenant_id
)
SELECT id FROM step WHERE merged_into IS NULL;

-- name: lock_contacts
-- Contacts by id, kept from other writers, in one order.
SELECT id, name, email, phone, locale, is_vip, owner_id, attributes, note, merged_into FROM contact
WHERE tenant_id = :tenant_id AND id = ANY(:ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: store_contact!
-- Write a contact back whole.
UPDATE contact SET name = :name, email = :email, phone = :phone, locale = :locale, is_vip = :is_vip, owner_id = :owner_id,
       attributes = :attributes, note = :note, terms = :terms, updated_at_ms = :now_ms
WHERE tenant_id = :tenant_id AND id = :id;

-- name: set_blocked$
-- A contact is blocked now or is not; gives the id where that was otherwise before.
UPDATE contact SET is_blocked = :is_blocked, updated_at_ms = :now_ms
WHERE tenant_id = :tenant_id AND id = :id AND is_blocked <> :is_blocked RETURNING id;

-- name: keep_block!
-- Who is blocked stays blocked in the contact they are merged into.
UPDATE contact SET is_blocked = true
WHERE tenant_id = :tenant_id AND id = :kept_id AND EXISTS (
  SELECT FROM contact other WHERE other.tenant_id = :tenant_id AND other.id = :merged_id AND other.is_blocked);

-- name: complete_contact!
-- Fill what was empty with what an identity told.
UPDATE contact SET name = :name, email = :email, phone = :phone, locale = :locale, terms = :terms, updated_at_ms = :now_ms
WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_recent
-- A page of contacts, latest change first.
SELECT id, updated_at_ms FROM contact
WHERE tenant_id = :tenant_id AND merged_into IS NULL AND (updated_at_ms, id) < (:before_ms, :before_id)
ORDER BY updated_at_ms DESC, id DESC LIMIT :count;

-- name: search_contacts
-- A page of contacts with all the words, latest change first; the index over-matches, the patterns decide.
SELECT id, updated_at_ms FROM contact
WHERE tenant_id = :tenant_id AND merged_into IS NULL AND (updated_at_ms, id) < (:before_ms, :before_id)
  AND id IN (SELECT find_contact_terms(:query::tsquery))
  AND concat_ws(' ', name, email, phone, note, attributes::text) ILIKE ALL(:patterns::text[])
ORDER BY updated_at_ms DESC, id DESC LIMIT :count;

-- name: list_duplicates
-- Others with the same address or number: a suggestion to merge by hand.
SELECT id FROM contact
WHERE tenant_id = :tenant_id AND merged_into IS NULL AND id <> :id
  AND (email = :email OR phone = :phone) ORDER BY id LIMIT :count;

-- name: remove_tags!
-- A contact loses its tags.
DELETE FROM contact_tag WHERE tenant_id = :tenant_id AND contact_id = :contact_id;

-- name: lock_tags
-- Which of these tags exist; they stay until the commit.
SELECT id FROM tag WHERE tenant_id = :tenant_id AND id = ANY(:tag_ids::bigint[]) ORDER BY id FOR KEY SHARE;

-- name: add_tags!
-- A contact gets tags.
INSERT INTO contact_tag (tenant_id, contact_id, tag_id)
SELECT :tenant_id, :contact_id, tag_id FROM unnest(:tag_ids::bigint[]) AS given (tag_id)
ON CONFLICT (tenant_id, contact_id, tag_id) DO NOTHING;

-- name: list_tags
-- The tags of a contact.
SELECT tag_id FROM contact_tag WHERE tenant_id = :tenant_id AND contact_id = :contact_id ORDER BY tag_id;

-- name: move_identities
-- Every identity of a contact becomes another's; says which.
UPDATE identity SET contact_id = :kept_id WHERE tenant_id = :tenant_id AND contact_id = :merged_id
RETURNING channel, scope, external_id;

-- name: return_identity*!
-- One identity goes back, if it is still where the merge put it.
UPDATE identity SET contact_id = :merged_id
WHERE tenant_id = :tenant_id AND channel = :channel AND scope = :scope AND external_id = :external_id
  AND contact_id = :kept_id;

-- name: set_merged_into!
-- A contact is part of another now, or (NULL) stands alone again.
UPDATE contact SET merged_into = :kept_id, updated_at_ms = :now_ms WHERE tenant_id = :tenant_id AND id = :id;

-- name: add_merge!
-- A merge, with what its undoing needs.
INSERT INTO contact_merge (tenant_id, id, kept_id, merged_id, before, by_user_id, at_ms)
VALUES (:tenant_id, :id, :kept_id, :merged_id, :before, :by_user_id, :at_ms);

-- name: lock_merge^
-- One merge, kept from other writers.
SELECT id, kept_id, merged_id, before, at_ms, undone_at_ms FROM contact_merge
WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE;

-- name: later_merge$
-- A merge into the same contact after this one that still stands, which has to be undone first.
SELECT id FROM contact_merge
WHERE tenant_id = :tenant_id AND kept_id = :kept_id AND undone_at_ms IS NULL AND id <> :id
  AND (at_ms, id) > (:at_ms, :id) ORDER BY at_ms DESC, id DESC LIMIT 1;

-- name: mark_undone!
-- The merge is undone.
UPDATE contact_merge SET undone_at_ms = :now_ms WHERE tenant_id = :tenant_id AND id = :id;

-- audiences ---------------------------------------------------------------------------------------------

-- name: list_audiences
-- Audiences by name.
SELECT id, name, condition, priority FROM audience
WHERE tenant_id = :tenant_id AND (name, id) > (:after_name::text, :after_id::bigint) ORDER BY name, id LIMIT :count;

-- name: list_routing_audiences
-- Audiences that give priority, the highest first.
SELECT id, name, condition, priority FROM audience
WHERE tenant_id = :tenant_id AND priority IS NOT NULL ORDER BY priority DESC, name LIMIT :count;

-- name: read_audience^
-- One audience.
SELECT id, name, condition, priority FROM audience WHERE tenant_id = :tenant_id AND id = :id;

-- name: lock_audience^
-- One audience, kept from other writers.
SELECT id, name, condition, priority FROM audience WHERE tenant_id = :tenant_id AND id = :id FOR UPDATE;

-- name: count_audiences^
-- How many audiences there are beside this one, and how many of them give priority.
SELECT count(*) AS others, count(priority) AS with_priority FROM audience WHERE tenant_id = :tenant_id AND id <> :id;

-- name: add_audience!
-- A new audience.
INSERT INTO audience (tenant_id, id, name, condition, priority) VALUES (:tenant_id, :id, :name, :condition, :priority);

-- name: change_audience!
-- Write an audience whole.
UPDATE audience SET name = :name, condition = :condition, priority = :priority
WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_audience!
-- Remove an audience.
DELETE FROM audience WHERE tenant_id = :tenant_id AND id = :id;

-- name: list_users
-- Which of these people exist.
SELECT id FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:user_ids::bigint[]);

-- name: limit_statement$
-- Statements of this transaction end after so long.
SELECT set_config('statement_timeout', :limit_ms::text, true) FROM tenant WHERE tenant_id = :tenant_id;

-- name: count_members$
-- How many contacts a condition holds for, up to a number.
SELECT count(*) FROM (
  SELECT FROM contact c WHERE c.tenant_id = :tenant_id AND c.merged_into IS NULL AND ({condition}) LIMIT :count) AS member;

-- name: count_each$
-- How many contacts each of these conditions holds for, in their order: one look at the contacts for all of them.
SELECT ARRAY[{counts}] FROM contact c WHERE c.tenant_id = :tenant_id AND c.merged_into IS NULL;

-- name: counted?
-- Those of contacts c for whom a condition holds.
count(*) FILTER (WHERE {condition})

-- name: list_members
-- A page of the contacts a condition holds for, latest change first.
SELECT c.id, c.updated_at_ms FROM contact c
WHERE c.tenant_id = :tenant_id AND c.merged_into IS NULL AND (c.updated_at_ms, c.id) < (:before_ms, :before_id)
  AND ({condition})
ORDER BY c.updated_at_ms DESC, c.id DESC LIMIT :count;

-- name: audiences_of_contact$
-- Which of these audiences one contact is in.
SELECT array_remove(ARRAY[{choices}], NULL) FROM contact c WHERE c.tenant_id = :tenant_id AND c.id = :id;

-- name: choice?
-- The audience, where the contact is in it.
CASE WHEN {condition} THEN :audience_id::bigint END

-- name: negated?
-- A part of a condition that has to be false.
NOT ({condition})

-- name: name?
-- The name of contact c; all texts are '' where nothing is known.
c.name

-- name: email?
-- The address.
coalesce(c.email, '')

-- name: phone?
-- The number.
coalesce(c.phone, '')

-- name: language?
-- The language.
coalesce(c.locale, '')

-- name: attribute?
-- The attribute of this name.
coalesce(c.attributes ->> :key::text, '')

-- name: text_is?
-- A text is this, whatever its capitals.
lower({text}) = lower(:value::text)

-- name: text_contains?
-- A text has this in it.
strpos(lower({text}), lower(:value::text)) > 0

-- name: text_starts_with?
-- A text begins with this.
starts_with(lower({text}), lower(:value::text))

-- name: text_ends_with?
-- A text ends with this.
right(lower({text}), length(lower(:value::text))) = lower(:value::text)

-- name: text_is_known?
-- There is a text.
{text} <> ''

-- name: language_is?
-- The language is this, or this as a region speaks it.
lower({text}) = lower(:value::text) OR starts_with(lower({text}), lower(:value::text) || '-')

-- name: number_at_least?
-- A text is a whole number of up to 15 digits, and at least this one.
CASE WHEN {text} ~ '^[0-9]{1,15}$' THEN ({text})::bigint >= :value::bigint ELSE false END

-- name: number_at_most?
-- A text is a whole number of up to 15 digits, and at most this one.
CASE WHEN {text} ~ '^[0-9]{1,15}$' THEN ({text})::bigint <= :value::bigint ELSE false END

-- name: is_vip?
-- Marked as VIP by hand, or not.
c.is_vip = :value::boolean

-- name: is_blocked?
-- Blocked, or not.
c.is_blocked = :value::boolean

-- name: is_verified?
-- Has proved an identity, or none.
EXISTS (SELECT FROM identity i WHERE i.tenant_id = c.tenant_id AND i.contact_id = c.id AND i.is_verified) = :value::boolean

-- name: has_tag?
-- Has this tag.
EXISTS (SELECT FROM contact_tag t WHERE t.tenant_id = c.tenant_id AND t.contact_id = c.id AND t.tag_id = :value::bigint)

-- name: has_owner?
-- Belongs to this person.
coalesce(c.owner_id = :value::bigint, false)

-- name: has_any_owner?
-- Belongs to somebody.
c.owner_id IS NOT NULL

-- name: has_channel?
-- Has an identity on this channel.
EXISTS (SELECT FROM identity i WHERE i.tenant_id = c.tenant_id AND i.contact_id = c.id AND i.channel = :value::text)

-- name: created_since?
-- Known since this moment or later.
c.created_at_ms >= :since_ms::bigint

-- name: written_since?
-- Something was written in a conversation of theirs at this moment or later.
EXISTS (SELECT FROM conversation v
        WHERE v.tenant_id = c.tenant_id AND v.contact_id = c.id AND v.last_at_ms >= :since_ms::bigint)

-- name: has_conversations?
-- Has at least so many conversations.
:value::bigint <= (SELECT count(*) FROM (SELECT FROM conversation v WHERE v.tenant_id = c.tenant_id AND v.contact_id = c.id
                                         LIMIT :value::bigint) AS counted)
