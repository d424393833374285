-- Idempotency keys: which attempt holds a key, and whether a transaction of it was committed.
-- A node of the version before leaves both at their defaults; its claims are taken over by age, as it expects.
ALTER TABLE idempotency ADD COLUMN attempt bigint NOT NULL DEFAULT 0,
                        ADD COLUMN is_carried_out boolean NOT NULL DEFAULT false;
