-- name: add_tenant!
-- A new client company; RLS lets it in because the transaction is bound to its id.
INSERT INTO tenant (tenant_id, name, slug, time_zone, locale, secret, created_at_ms)
VALUES (:tenant_id, :name, :slug, :time_zone, :locale, :secret, :created_at_ms);

-- name: tenant_of_slug^
-- The tenant of a slug (all tenants: nothing else is known yet).
SELECT tenant_id, name, slug, locale FROM tenant WHERE slug = :slug;

-- name: list_tenant_ids
-- Every tenant (all tenants: the hourly sweep visits each).
SELECT tenant_id FROM tenant ORDER BY tenant_id;

-- name: add_user!
-- A new user.
INSERT INTO app_user (tenant_id, id, email, name, password_hash, role, locale, team, capacity,
                      handling, is_active, created_at_ms)
VALUES (:tenant_id, :id, :email, :name, :password_hash, :role, :locale, :team, :capacity,
        :handling, :is_active, :created_at_ms);

-- name: list_users
-- A page of the tenant's users by name, with their skills.
SELECT u.id, u.email, u.name, u.role, u.team, u.locale, u.is_active, u.capacity, u.handling,
       coalesce((SELECT jsonb_object_agg(s.skill_id::text, s.level) FROM agent_skill s
                 WHERE s.tenant_id = u.tenant_id AND s.agent_id = u.id), '{}') AS skills
FROM app_user u
WHERE u.tenant_id = :tenant_id AND (NOT :only_active OR u.is_active) AND (u.name, u.id) > (:after_name, :after_id)
ORDER BY u.name, u.id LIMIT :count;

-- name: read_user^
-- One user with their skills.
SELECT u.id, u.email, u.name, u.role, u.team, u.locale, u.is_active, u.capacity, u.handling,
       coalesce((SELECT jsonb_object_agg(s.skill_id::text, s.level) FROM agent_skill s
                 WHERE s.tenant_id = u.tenant_id AND s.agent_id = u.id), '{}') AS skills
FROM app_user u WHERE u.tenant_id = :tenant_id AND u.id = :id;

-- name: lock_user^
-- One user, kept from other writers until the commit.
SELECT id, email, name, role, team, locale, is_active, capacity, handling, password_hash FROM app_user
WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE;

-- name: lock_admins
-- The active admins, kept from other writers, so that two of them cannot remove each other.
SELECT id FROM app_user WHERE tenant_id = :tenant_id AND role = 'admin' AND is_active ORDER BY id FOR NO KEY UPDATE;

-- name: change_user!
-- Write a user back whole.
UPDATE app_user SET email = :email, name = :name, role = :role, team = :team, is_active = :is_active, capacity = :capacity,
                    handling = :handling
WHERE tenant_id = :tenant_id AND id = :id;

-- name: change_password!
-- A new password hash.
UPDATE app_user SET password_hash = :password_hash WHERE tenant_id = :tenant_id AND id = :id;

-- name: read_preferences^
-- What a user set for themselves, and the tenant's name.
SELECT u.locale, u.theme, u.preferences, t.name AS tenant_name
FROM app_user u JOIN tenant t USING (tenant_id) WHERE u.tenant_id = :tenant_id AND u.id = :id;

-- name: change_preferences!
-- What a user sets for themselves; NULL leaves a field as it is.
UPDATE app_user SET locale = coalesce(:locale, locale), theme = coalesce(:theme, theme),
       preferences = coalesce(:preferences::jsonb, preferences)
WHERE tenant_id = :tenant_id AND id = :id;

-- name: user_of_email^
-- Whom an address signs in as (all tenants: the tenant is not known before the sign-in).
SELECT tenant_id, id, password_hash, is_active FROM app_user WHERE email = :email;

-- name: lock_failures^
-- The failures of a key, the row made if need be, kept until the commit (all tenants: none is known before the sign-in).
INSERT INTO login_failure (key, failures, first_at_ms, last_at_ms) VALUES (:key, 0, :now_ms, 0)
ON CONFLICT (key) DO UPDATE SET key = excluded.key
RETURNING failures, last_at_ms;

-- name: store_failures!
-- The failures of a key (all tenants: none is known before the sign-in).
UPDATE login_failure SET failures = :failures, last_at_ms = :last_at_ms WHERE key = :key;

-- name: forget_failures!
-- A sign-in went well: the account starts afresh (all tenants: as above).
DELETE FROM login_failure WHERE key = :key;

-- name: forgive_failure!
-- A sign-in went well: what was counted for its address beforehand is taken back (all tenants: as above).
UPDATE login_failure SET failures = greatest(failures - 1, 0) WHERE key = :key;

-- name: forget_old_failures!
-- Failures nobody will ask for again (all tenants: as above).
DELETE FROM login_failure WHERE last_at_ms < :before_ms;

-- name: add_session!
-- A sign-in.
INSERT INTO user_session (tenant_id, token_hash, user_id, csrf_hash, created_at_ms, seen_at_ms, expires_at_ms,
                          address, user_agent)
VALUES (:tenant_id, :token_hash, :user_id, :csrf_hash, :now_ms, :now_ms, :expires_at_ms, :address, :user_agent);

-- name: session_of_token^
-- The session of a token with its user (all tenants: the token says whose it is).
SELECT s.tenant_id, s.token_hash, s.user_id, s.csrf_hash, s.created_at_ms, s.seen_at_ms, s.expires_at_ms,
       u.name, u.role, u.is_active
FROM user_session s JOIN app_user u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
WHERE s.token_hash = :token_hash;

-- name: touch_session!
-- The session was used; it ends later now.
UPDATE user_session SET seen_at_ms = :seen_at_ms, expires_at_ms = :expires_at_ms
WHERE tenant_id = :tenant_id AND token_hash = :token_hash;

-- name: end_session!
-- One session ends.
DELETE FROM user_session WHERE tenant_id = :tenant_id AND token_hash = :token_hash;

-- name: end_sessions!
-- Every session of a user ends, save the one given (NULL: none is saved).
DELETE FROM user_session
WHERE tenant_id = :tenant_id AND user_id = :user_id AND token_hash IS DISTINCT FROM :kept::bytea;

-- name: end_tickets!
-- A user's tickets open nothing any more.
DELETE FROM socket_ticket WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: end_expired_sessions!
-- Sessions that are over.
DELETE FROM user_session WHERE tenant_id = :tenant_id AND expires_at_ms < :now_ms;

-- name: end_expired_tickets!
-- Tickets nobody used in time.
DELETE FROM socket_ticket WHERE tenant_id = :tenant_id AND expires_at_ms < :now_ms;

-- name: living_sessions
-- Which of these sessions still hold (all tenants: one node's sockets belong to many).
SELECT s.token_hash FROM user_session s JOIN app_user u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
WHERE s.token_hash = ANY(:token_hashes::bytea[]) AND s.expires_at_ms > :now_ms AND u.is_active;

-- name: add_ticket!
-- A ticket for one socket.
INSERT INTO socket_ticket (tenant_id, ticket_hash, user_id, session_hash, expires_at_ms)
VALUES (:tenant_id, :ticket_hash, :user_id, :session_hash, :expires_at_ms);

-- name: tenant_of_ticket$
-- Whose ticket it is (all tenants: the ticket says so).
SELECT tenant_id FROM socket_ticket WHERE ticket_hash = :ticket_hash;

-- name: use_ticket^
-- Take a ticket away, once; its session must still hold.
WITH used AS (
  DELETE FROM socket_ticket WHERE tenant_id = :tenant_id AND ticket_hash = :ticket_hash
  RETURNING tenant_id, user_id, session_hash, expires_at_ms
)
SELECT used.user_id, used.session_hash, used.expires_at_ms, u.name, u.role
FROM used JOIN app_user u ON u.tenant_id = used.tenant_id AND u.id = used.user_id
JOIN user_session s ON s.tenant_id = used.tenant_id AND s.token_hash = used.session_hash
WHERE u.is_active AND s.expires_at_ms > :now_ms;

-- name: add_api_key!
-- A new key; its secret is not stored.
INSERT INTO api_key (tenant_id, id, name, secret_hash, scopes, created_by, created_at_ms, expires_at_ms)
VALUES (:tenant_id, :id, :name, :secret_hash, :scopes, :created_by, :created_at_ms, :expires_at_ms);

-- name: list_api_keys
-- A page of the tenant's keys, newest first.
SELECT id, name, scopes, created_at_ms, expires_at_ms, seen_at_ms FROM api_key
WHERE tenant_id = :tenant_id AND revoked_at_ms IS NULL AND id < :before_id ORDER BY id DESC LIMIT :count;

-- name: api_key_of_id^
-- A key by the id it carries, with whether its maker is still active (all tenants: the key says whose it is).
SELECT k.tenant_id, k.id, k.name, k.secret_hash, k.scopes, k.expires_at_ms, k.seen_at_ms, k.revoked_at_ms
FROM api_key k WHERE k.id = :id;

-- name: touch_api_key!
-- The key was used.
UPDATE api_key SET seen_at_ms = :seen_at_ms WHERE tenant_id = :tenant_id AND id = :id;

-- name: revoke_api_key!
-- The key opens nothing any more.
UPDATE api_key SET revoked_at_ms = :now_ms WHERE tenant_id = :tenant_id AND id = :id AND revoked_at_ms IS NULL;

-- name: lock_audit!
-- One writer of a tenant's audit at a time, until the commit; its lines form a chain.
SELECT pg_advisory_xact_lock(7306, hashint8(:tenant_id::bigint));

-- name: last_audit^
-- The end of the chain.
SELECT seq, hash FROM audit WHERE tenant_id = :tenant_id ORDER BY seq DESC LIMIT 1;

-- name: add_audit!
-- One line more.
INSERT INTO audit (tenant_id, seq, at_ms, user_id, act, target, detail, previous_hash, hash)
VALUES (:tenant_id, :seq, :at_ms, :user_id, :act, :target, :detail, :previous_hash, :hash);

-- name: list_audit
-- A page of the audit, newest first.
SELECT a.seq, a.at_ms, a.user_id, u.name AS user_name, a.act, a.target, a.detail, a.hash
FROM audit a LEFT JOIN app_user u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
WHERE a.tenant_id = :tenant_id AND a.seq < :before_seq AND (:act::text IS NULL OR a.act = :act)
ORDER BY a.seq DESC LIMIT :count;

-- name: audit_from
-- The chain upwards from a seq, to check it.
SELECT seq, at_ms, user_id, act, target, detail, previous_hash, hash FROM audit
WHERE tenant_id = :tenant_id AND seq > :after_seq ORDER BY seq LIMIT :count;
