-- name: next_id_blocks
-- The next blocks of ids, each 1,024 ids long (all tenants: one counter serves every table).
SELECT nextval('id_block')::bigint AS block FROM generate_series(1, :count::int);

-- name: read_server_settings^
-- What the boot check judges (all tenants: settings of the server and of the connected role).
SELECT current_setting('server_version_num')::int AS version,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_user::text AS role,
       role.rolsuper AS is_superuser,
       role.rolbypassrls AS is_bypassing,
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relowner = role.oid AND c.relkind IN ('r', 'p') AND n.nspname = 'public')::int AS owned_tables
FROM pg_roles role WHERE role.rolname = current_user;

-- name: list_missing_roles
-- Which of our three roles do not exist (all tenants: roles belong to the server).
SELECT wanted.name FROM unnest(ARRAY['ucc_owner', 'ucc_app', 'ucc_node']) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name);

-- name: list_roles_out_of_reach
-- Which of our three roles the connected user cannot act as (all tenants: roles belong to the server).
SELECT rolname::text AS name FROM pg_roles
WHERE rolname IN ('ucc_owner', 'ucc_app', 'ucc_node') AND NOT pg_has_role(current_user, oid, 'SET');

-- name: read_user$
-- The connected user (all tenants: roles belong to the server).
SELECT current_user::text;

-- name: create_roles!
-- Make our three roles; none can sign in, none is above row-level security (all tenants: roles of the server).
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['ucc_owner', 'ucc_app', 'ucc_node'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another node was first
    END;
  END LOOP;
  GRANT ucc_app, ucc_node TO ucc_owner WITH ADMIN TRUE, SET FALSE, INHERIT FALSE;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT ucc_owner, ucc_app, ucc_node TO %I WITH SET TRUE, INHERIT FALSE', current_user);
  END IF;
END $$;

-- name: lock_migrations!
-- One node migrates at a time; the lock ends with the connection (all tenants: schema).
SELECT pg_advisory_lock(7305, 1);

-- name: limit_lock_waits!
-- A migration that cannot get its lock in 2 s gives up rather than queue everybody behind it (all tenants: schema).
SET lock_timeout = '2s';

-- name: create_migration_table!
-- What was applied, and who we are (all tenants: schema).
CREATE TABLE IF NOT EXISTS migration (
  name text PRIMARY KEY,
  sha256 bytea NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: create_installation_table!
-- One row: the random name by which nodes of one database know each other on a shared NATS (all tenants: schema).
CREATE TABLE IF NOT EXISTS installation (id text PRIMARY KEY);

-- name: create_installation!
-- Name this database once (all tenants: schema).
INSERT INTO installation (id) SELECT :id WHERE NOT EXISTS (SELECT FROM installation);

-- name: grant_installation!
-- Nodes may read the name and what was applied (all tenants: schema).
GRANT SELECT ON installation, migration TO ucc_app, ucc_node;

-- name: read_installation$
-- The name of this database (all tenants: one row).
SELECT id FROM installation;

-- name: has_migration_table$
-- Whether this database was ever migrated (all tenants: schema).
SELECT to_regclass('public.migration') IS NOT NULL;

-- name: list_migrations
-- What was applied (all tenants: schema).
SELECT name, sha256 FROM migration ORDER BY name;

-- name: add_migration!
-- Note that a migration was applied, in its own transaction (all tenants: schema).
INSERT INTO migration (name, sha256) VALUES (:name, :sha256);
