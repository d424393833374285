-- name: create_echo!
-- The one table of the floor (all tenants: it knows none).
CREATE TABLE IF NOT EXISTS echo (client_id text PRIMARY KEY, text text NOT NULL, at timestamptz NOT NULL DEFAULT now());

-- name: add_echo!
-- The one INSERT of an echo (all tenants: the floor knows none).
INSERT INTO echo (client_id, text) VALUES (:client_id, :text);
