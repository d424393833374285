-- name: claim_key!
-- The first request with an Idempotency-Key claims it; a repeat may take over a claim whose attempt died before it
-- committed anything.
INSERT INTO idempotency (tenant_id, key, request_hash, at_ms, attempt)
VALUES (:tenant_id, :key, :request_hash, :now_ms, :attempt)
ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = excluded.request_hash, at_ms = excluded.at_ms,
  attempt = excluded.attempt, is_carried_out = false, status = NULL, answer = NULL, content_type = NULL
WHERE idempotency.at_ms < :forgotten_ms OR (idempotency.status IS NULL AND NOT idempotency.is_carried_out
  AND idempotency.at_ms < :stale_ms AND idempotency.request_hash = excluded.request_hash);

-- name: read_claim^
-- What is known of a key.
SELECT request_hash, status, content_type, answer, is_carried_out, at_ms FROM idempotency
WHERE tenant_id = :tenant_id AND key = :key;

-- name: mark_claim$
-- This transaction carries the request out, if it wrote anything; false: it did, and the key is another attempt's.
WITH wrote AS MATERIALIZED (
  SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS is_so
), marked AS (
  UPDATE idempotency SET is_carried_out = true FROM wrote
  WHERE wrote.is_so AND idempotency.tenant_id = :tenant_id AND idempotency.key = :key AND idempotency.attempt = :attempt
  RETURNING 1
)
SELECT NOT is_so OR EXISTS (SELECT FROM marked) FROM wrote;

-- name: store_answer!
-- Keep the first answer for repeats.
UPDATE idempotency SET status = :status, content_type = :content_type, answer = :answer
WHERE tenant_id = :tenant_id AND key = :key AND attempt = :attempt;

-- name: drop_claim!
-- The request was not carried out and may be tried again; after a failure of ours only when nothing was committed.
DELETE FROM idempotency
WHERE tenant_id = :tenant_id AND key = :key AND attempt = :attempt AND status IS NULL
  AND (:is_refused::boolean OR NOT is_carried_out);

-- name: lose_answer!
-- The request was carried out and its answer is known to nobody.
UPDATE idempotency SET status = 0
WHERE tenant_id = :tenant_id AND key = :key AND attempt = :attempt AND status IS NULL AND is_carried_out;

-- name: forget_answers!
-- Answers older than a day.
DELETE FROM idempotency WHERE tenant_id = :tenant_id AND at_ms < :before_ms;
