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
