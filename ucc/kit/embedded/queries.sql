-- name: create_login!
-- The user of the socket and the roles it may act as (all tenants: roles of the embedded server).
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['ucc_owner', 'ucc_app', 'ucc_node'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', wanted);
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ucc') THEN
    CREATE ROLE ucc LOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  GRANT ucc_owner, ucc_app, ucc_node TO ucc WITH SET TRUE, INHERIT FALSE;
  GRANT ucc_app, ucc_node TO ucc_owner WITH ADMIN TRUE, SET FALSE, INHERIT FALSE;
END $$;

-- name: has_database$
-- Whether a database exists (all tenants: databases of the embedded server).
SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name);

-- name: create_database!
-- The database of the house, owned by the role that migrates (all tenants: databases of the embedded server).
CREATE DATABASE ucc OWNER ucc_owner;
